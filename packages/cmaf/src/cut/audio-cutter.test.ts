import { concatBytes, millis, ticks } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { readFragments } from '../testing/fragments.ts'
import { AUDIO_TRACK, audioTrack, OPUS_HEAD } from '../testing/tracks.ts'
import { AudioCutter, type AudioCutterOptions } from './audio-cutter.ts'
import type { CutEvent, PartCut, SegmentCut } from './cut-event.ts'

const SPP = 1024

function packet(start: number): Packet {
  return { kind: 'audio', dts: ticks(start), pts: ticks(start), keyframe: true, data: Uint8Array.of(1, 2) }
}

function mark(number: number, time: number, discontinuity = false): Boundary {
  return { number, time: millis(time), independent: true, discontinuity }
}

function cutter(options: Partial<AudioCutterOptions> = {}): AudioCutter {
  return new AudioCutter({ track: AUDIO_TRACK, partTarget: millis(200), ...options })
}

function feed(cut: AudioCutter, from: number, count: number): void {
  for (let i = 0; i < count; i++) cut.packet(packet(from + i * SPP))
}

function segments(events: readonly CutEvent[]): SegmentCut[] {
  return events.filter((event) => event.type === 'segment')
}

function parts(events: readonly CutEvent[]): PartCut[] {
  return events.filter((event) => event.type === 'part')
}

describe('AudioCutter', () => {
  it.each([
    ['aac', AUDIO_TRACK, [false, false]],
    ['opus', audioTrack('opus', OPUS_HEAD), [true, true]],
  ])('puts packets of %s into a sample group where the codec needs it', (_codec, track, grouped) => {
    const cut = cutter({ track })
    cut.boundary(mark(0, 0))
    cut.boundary(mark(1, 400))
    feed(cut, 0, 20)
    cut.end()
    const fragments = readFragments(concatBytes(parts(cut.events()).flatMap((part) => part.pieces)))
    expect(fragments.slice(0, 2).map(({ sampleToGroup }) => sampleToGroup !== undefined)).toEqual(grouped)
  })

  it('begins a segment at the packet nearest to the boundary', () => {
    // 1000 ms is tick 48 000: packet 46 starts at 47 104, 896 before it, packet 47 at 48 128, 128 after it.
    const cut = cutter()
    cut.boundary(mark(0, 0))
    cut.boundary(mark(1, 1000))
    feed(cut, 0, 94)
    cut.end()
    expect(segments(cut.events()).map(({ segment, start, duration }) => [segment, start, duration])).toEqual([
      [0, 0, 47 * SPP],
      [1, 47 * SPP, 47 * SPP],
    ])
  })

  it('gives a packet whose middle is at the boundary to the later segment', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0))
    cut.boundary(mark(1, 1000))
    for (const start of [47_487 - SPP, 47_487, 47_488 + SPP]) cut.packet(packet(start))
    cut.end()
    expect(segments(cut.events())[1]?.start).toBe(47_488 + SPP)
    const atMiddle = cutter()
    atMiddle.boundary(mark(0, 0))
    atMiddle.boundary(mark(1, 1000))
    for (const start of [47_488 - SPP, 47_488]) atMiddle.packet(packet(start))
    atMiddle.end()
    expect(segments(atMiddle.events())[1]?.start).toBe(47_488)
  })

  it('holds packets until the horizon or a later boundary tells where they belong', () => {
    const cut = cutter({ partTarget: millis(22) })
    cut.boundary(mark(0, 0))
    feed(cut, 0, 10)
    expect(cut.events()).toEqual([])
    cut.horizon(millis(100)) // tick 4800: the middles of packets 0 to 3 are before it, one of them is held back
    expect(parts(cut.events())).toHaveLength(4)
    cut.horizon(millis(50))
    expect(cut.events()).toEqual([])
    cut.boundary(mark(1, 150)) // tick 7200: packets up to 6 are before it, 7 and later wait
    expect(parts(cut.events())).toHaveLength(2)
    cut.horizon(millis(1000))
    const events = cut.events()
    expect(segments(events)).toEqual([expect.objectContaining({ segment: 0, duration: 7 * SPP })])
  })

  it('stretches the packet before a gap, within a segment and at its end', () => {
    const cut = cutter({ partTarget: millis(1000) })
    cut.boundary(mark(0, 0))
    cut.boundary(mark(1, 500))
    for (const start of [0, SPP, 5000, 30_000, 30_000 + SPP]) cut.packet(packet(start))
    cut.end()
    const events = cut.events()
    expect(
      readFragments(concatBytes(parts(events).flatMap((part) => part.pieces))).map((fragment) =>
        fragment.samples.map((sample) => sample.duration),
      ),
    ).toEqual([
      [SPP, 5000 - SPP, 25_000],
      [SPP, SPP],
    ])
  })

  it('does not stretch over a discontinuity', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0))
    cut.boundary(mark(1, 5000, true))
    feed(cut, 0, 4)
    feed(cut, 240_000, 2)
    cut.end()
    expect(segments(cut.events()).map(({ duration, discontinuity }) => [duration, discontinuity])).toEqual([
      [4 * SPP, false],
      [2 * SPP, true],
    ])
  })

  it('keeps decode times rising when packets overlap or go back, without composition offsets', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0))
    for (const start of [0, 1000, 500, 3000]) cut.packet(packet(start))
    cut.end()
    const [fragment] = readFragments(concatBytes(parts(cut.events()).flatMap((part) => part.pieces)))
    expect(fragment?.samples.map((sample) => sample.duration)).toEqual([1000, 1, 1999, SPP])
    expect(fragment?.samples.every((sample) => sample.compositionOffset === 0)).toBe(true)
  })

  it('fills parts as far as whole packets go', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0))
    feed(cut, 0, 30)
    cut.end()
    expect(parts(cut.events()).map((part) => part.duration / SPP)).toEqual([9, 9, 9, 3])
  })

  it('drops and counts packets before the first boundary and before media time 0', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0))
    feed(cut, -100, 3)
    cut.end()
    expect(cut.counts.dropped).toBe(1)
    const later = cutter()
    later.boundary(mark(5, 1000))
    feed(later, 0, 48)
    later.end()
    expect(later.counts.dropped).toBe(47)
    expect(segments(later.events())[0]).toMatchObject({ segment: 5, start: 47 * SPP })
  })

  it('reports boundaries that no packet is nearest to', () => {
    const cut = cutter()
    for (const number of [0, 1, 2, 3]) cut.boundary(mark(number, number * 10))
    feed(cut, 0, 2)
    cut.end()
    expect(cut.events().flatMap((event) => (event.type === 'skipped' ? [event.segment] : []))).toEqual([0, 2])
    expect(cut.counts.skipped).toBe(2)
  })

  it('stops waiting when too many packets wait', () => {
    const cut = cutter({ maxWaiting: 10 })
    cut.boundary(mark(0, 0))
    feed(cut, 0, 25)
    expect(cut.counts.unwaited).toBe(15)
    cut.end()
    expect(segments(cut.events())[0]?.duration).toBe(25 * SPP)
  })

  it('refuses a boundary that the horizon had ruled out', () => {
    const cut = cutter()
    cut.horizon(millis(500))
    expect(() => cut.boundary(mark(0, 499))).toThrow(
      expect.objectContaining({ code: 'cmaf.cut.before_horizon' }),
    )
    cut.boundary(mark(0, 500))
  })

  it('refuses video and calls after the end', () => {
    const cut = cutter()
    expect(() => cut.packet({ ...packet(0), kind: 'video' })).toThrow(
      expect.objectContaining({ code: 'cmaf.cut.not_audio' }),
    )
    cut.end()
    for (const call of [() => cut.packet(packet(0)), () => cut.horizon(millis(1)), () => cut.end()]) {
      expect(call).toThrow(expect.objectContaining({ code: 'cmaf.cut.ended' }))
    }
  })
})
