import { concatBytes, type Millis, millis, ticks } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFragments } from '../testing/fragments.ts'
import { AUDIO_TRACK, VIDEO_TRACK } from '../testing/tracks.ts'
import { AudioCutter } from './audio-cutter.ts'
import type { CutCounts, CutEvent, PartCut, SegmentCut } from './cut-event.ts'
import { type BoundaryPlacement, VideoCutter } from './video-cutter.ts'

/** What a cutter is given, in order. */
type Call =
  | { readonly do: 'boundary'; readonly boundary: Boundary }
  | { readonly do: 'packet'; readonly packet: Packet }
  | { readonly do: 'horizon'; readonly time: Millis }

interface Cut {
  readonly events: readonly CutEvent[]
  readonly counts: CutCounts
}

const partTarget = fc.constantFrom(40, 100, 200, 333, 500).map(millis)

function cutVideo(calls: readonly Call[], placement: BoundaryPlacement, target: Millis): Cut {
  const cutter = new VideoCutter({ track: VIDEO_TRACK, partTarget: target, styp: true })
  for (const call of calls) {
    if (call.do === 'boundary') cutter.boundary(call.boundary, placement)
    if (call.do === 'packet') cutter.packet(call.packet)
  }
  cutter.end()
  return { events: cutter.events(), counts: cutter.counts }
}

function cutAudio(calls: readonly Call[], target: Millis): Cut {
  const cutter = new AudioCutter({ track: AUDIO_TRACK, partTarget: target })
  for (const call of calls) {
    if (call.do === 'boundary') cutter.boundary(call.boundary)
    if (call.do === 'packet') cutter.packet(call.packet)
    if (call.do === 'horizon') cutter.horizon(call.time)
  }
  cutter.end()
  return { events: cutter.events(), counts: cutter.counts }
}

function partsOf({ events }: Cut): PartCut[] {
  return events.filter((event) => event.type === 'part')
}

function segmentsOf({ events }: Cut): SegmentCut[] {
  return events.filter((event) => event.type === 'segment')
}

/** A packet's data names it: its index in the feed, of varying length. */
function dataOf(index: number): Uint8Array {
  return Uint8Array.from([index >> 8, index & 0xff, ...new Uint8Array(index % 5)])
}

/**
 * A video feed: groups of pictures of 1 to 20 frames at uneven distances, each with a reorder delay and
 * B-frames in between; boundaries stand before some of the groups, a few of them inside.
 */
const videoCalls = fc
  .array(
    fc.record({
      frames: fc.integer({ min: 1, max: 20 }),
      interval: fc.constantFrom(10, 16, 17, 33, 34, 40),
      jitter: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 20, maxLength: 20 }),
      delay: fc.constantFrom(0, 0, 40, 66),
      boundary: fc.constantFrom('none', 'plain', 'plain', 'discontinuity', 'inside'),
      gap: fc.constantFrom(0, 0, 0, 400),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((groups) => {
    const calls: Call[] = []
    let dts = -66
    let number = 3
    let index = 0
    let lastBoundary = -1
    for (const group of groups) {
      dts += group.gap
      for (let i = 0; i < group.frames; i++) {
        const pts = dts + group.delay + (i % 3 === 1 ? group.interval : 0)
        const isPlace = group.boundary === 'inside' ? i === group.frames >> 1 : i === 0
        if (group.boundary !== 'none' && isPlace && pts > lastBoundary) {
          const boundary = {
            number: number++,
            time: millis(pts),
            independent: i === 0,
            discontinuity: group.boundary === 'discontinuity',
          }
          calls.push({ do: 'boundary', boundary })
          lastBoundary = pts
        }
        const packet: Packet = {
          kind: 'video',
          dts: ticks(dts * 90),
          pts: ticks(pts * 90),
          keyframe: i === 0,
          data: dataOf(index++),
        }
        calls.push({ do: 'packet', packet })
        dts += group.interval + (group.jitter[i] ?? 0)
      }
    }
    return calls
  })

/** The same feed with all boundaries announced before the packets, as transcoded rungs have them. */
function announcedEarly(calls: readonly Call[]): Call[] {
  return [...calls.filter((call) => call.do === 'boundary'), ...calls.filter((call) => call.do === 'packet')]
}

/** An audio feed with gaps, boundaries known in time or by the horizon. */
const audioCalls = fc
  .array(
    fc.record({
      packets: fc.integer({ min: 1, max: 40 }),
      gap: fc.constantFrom(0, 0, 1, 700, 20_000),
      boundary: fc.constantFrom('none', 'plain', 'discontinuity'),
      after: fc.integer({ min: 1, max: 900 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((runs) => {
    const calls: Call[] = []
    let start = 0
    let time = -1
    let index = 0
    runs.forEach((run, number) => {
      if (run.boundary !== 'none') {
        time += run.after
        const discontinuity = run.boundary === 'discontinuity'
        calls.push({
          do: 'boundary',
          boundary: { number, time: millis(time), independent: true, discontinuity },
        })
      }
      start += run.gap
      for (let i = 0; i < run.packets; i++) {
        const packet: Packet = {
          kind: 'audio',
          dts: ticks(start),
          pts: ticks(start),
          keyframe: true,
          data: dataOf(index++),
        }
        calls.push({ do: 'packet', packet })
        start += 1024
        if (i % 7 === 0) calls.push({ do: 'horizon', time: millis(Math.max(0, time)) })
      }
    })
    return calls
  })

/** What holds for every cut, whatever the feed. */
function checkCut(cut: Cut, calls: readonly Call[], target: number): void {
  const parts = partsOf(cut)
  expect(parts.map(({ last }) => last)).toEqual(
    parts.map(({ segment }, index) => segment !== parts[index + 1]?.segment),
  )
  const packets = calls.flatMap((call) => (call.do === 'packet' ? [call.packet] : []))
  const samples: Uint8Array[] = []
  for (const segment of segmentsOf(cut)) {
    const parts = partsOf(cut).filter((part) => part.segment === segment.segment)
    const bytes = concatBytes(parts.flatMap((part) => part.pieces))
    const fragments = readFragments(bytes)

    // Durations add up exactly: sample by sample, part by part, segment by segment.
    let time: number = segment.start
    let announced: number = segment.start
    fragments.forEach((fragment, index) => {
      expect(fragment.baseDecodeTime).toBe(time)
      expect(parts[index]).toMatchObject({ part: index, start: announced })
      for (const sample of fragment.samples) {
        expect(sample.duration).toBeGreaterThanOrEqual(1)
        time += sample.duration
        samples.push(sample.data)
      }
      announced += parts[index]?.duration ?? 0
    })
    expect(fragments).toHaveLength(parts.length)
    expect([time, announced]).toEqual(Array(2).fill(segment.start + segment.duration))
    // Offsets and sizes are those of the joined file.
    expect(parts.map((part) => part.offset)).toEqual(
      parts.map((_, index) => parts.slice(0, index).reduce((sum, part) => sum + part.size, 0)),
    )
    expect(segment.size).toBe(bytes.length)
  }

  // Each segment begins where the one before ended, or after it at a discontinuity.
  const gaps = segmentsOf(cut).map((segment, index, all) => {
    const previous = all[index - 1]
    return previous === undefined ? 0 : segment.start - previous.start - previous.duration
  })
  expect(
    gaps.every((gap, index) => gap === 0 || (gap > 0 && segmentsOf(cut)[index]?.discontinuity === true)),
  ).toBe(true)

  // Every packet that was not dropped is there, once and in order.
  expect(samples).toEqual(packets.slice(cut.counts.dropped).map((packet) => packet.data))

  // No part is longer than the target unless it is a single sample that is.
  const overlong = partsOf(cut).filter((part) => part.duration > target)
  for (const part of overlong) expect(readFragments(concatBytes(part.pieces))[0]?.samples).toHaveLength(1)
  expect(cut.counts.overlong).toBe(overlong.length)

  // Every announced boundary has a segment or is reported as skipped, in order.
  const numbers = cut.events.flatMap((event) => (event.type === 'part' ? [] : [event.segment]))
  const announced = calls.flatMap((call) => (call.do === 'boundary' ? [call.boundary.number] : []))
  expect(numbers.toSorted((a, b) => a - b)).toEqual(announced)
  const skipped = cut.events.filter((event) => event.type === 'skipped')
  expect(skipped).toHaveLength(cut.counts.skipped)
}

/** Every part but the last of its segment is at least 85 % full, or could not have held the next sample. */
function checkFullness(cut: Cut, calls: readonly Call[], target: number): void {
  const times = calls.flatMap((call) => (call.do === 'packet' ? [call.packet.dts] : []))
  const parts = partsOf(cut)
  let sample = cut.counts.dropped
  parts.forEach((part, index) => {
    sample += countSamples(part)
    const next = parts[index + 1]
    if (next === undefined || next.segment !== part.segment) return
    const distance = (times[sample + 1] ?? 0) - (times[sample] ?? 0)
    const nextSample = countSamples(next) === 1 ? next.duration : distance
    expect(part.duration >= 0.85 * target || part.duration + nextSample > target).toBe(true)
  })
}

function countSamples({ pieces }: PartCut): number {
  return readFragments(concatBytes(pieces))[0]?.samples.length ?? 0
}

/** Boxes of audio, which is never reordered, say the times that are announced. */
function checkWrittenAsAnnounced(cut: Cut): void {
  for (const { start, duration, pieces } of partsOf(cut)) {
    const [fragment] = readFragments(concatBytes(pieces))
    expect(fragment?.baseDecodeTime).toBe(start)
    expect(fragment?.samples.reduce((sum, sample) => sum + sample.duration, 0)).toBe(duration)
  }
}

function presentationTimes(cut: Cut): number[] {
  return partsOf(cut).flatMap((part) =>
    readFragments(concatBytes(part.pieces)).flatMap((fragment) => {
      let time = fragment.baseDecodeTime
      return fragment.samples.map((sample) => {
        time += sample.duration
        return time - sample.duration + sample.compositionOffset
      })
    }),
  )
}

describe('cutting video', () => {
  it.each(['next-packet', 'time'] as const)("holds its promises for boundaries placed '%s'", (placement) => {
    fc.assert(
      fc.property(videoCalls, partTarget, (feed, target) => {
        const calls = placement === 'time' ? announcedEarly(feed) : feed
        const cut = cutVideo(calls, placement, target)
        checkCut(cut, calls, target * 90)
        const packets = calls.flatMap((call) => (call.do === 'packet' ? [call.packet.pts] : []))
        expect(presentationTimes(cut)).toEqual(packets.slice(cut.counts.dropped))
        const starts = new Map(
          calls.flatMap((call) =>
            call.do === 'boundary' ? [[call.boundary.number, call.boundary.time * 90] as const] : [],
          ),
        )
        const late = segmentsOf(cut).filter((segment) => segment.start !== starts.get(segment.segment))
        for (const segment of late) expect(segment.start).toBeGreaterThan(starts.get(segment.segment) ?? 0)
        expect(late).toHaveLength(cut.counts.late)
      }),
      { numRuns: 300 },
    )
  })

  it('is never late while the reorder delay does not change', () => {
    fc.assert(
      fc.property(videoCalls, partTarget, (feed, target) => {
        const constant = feed.filter((call) => call.do === 'packet').map((call) => call.packet)
        const calls = constant.flatMap((packet, index): Call[] => {
          const pts = ticks(packet.dts + 66 * 90)
          const boundary = { number: index, time: millis(pts / 90), independent: true, discontinuity: false }
          const before: Call[] = index % 9 === 0 ? [{ do: 'boundary', boundary }] : []
          return [...before, { do: 'packet', packet: { ...packet, pts } }]
        })
        const cut = cutVideo(calls, 'next-packet', target)
        expect(cut.counts.late).toBe(0)
        checkCut(cut, calls, target * 90)
        checkFullness(cut, calls, target * 90)
      }),
    )
  })

  it('makes the same bytes from the same feed, however often it is drained', () => {
    fc.assert(
      fc.property(videoCalls, partTarget, (calls, target) => {
        const cutter = new VideoCutter({ track: VIDEO_TRACK, partTarget: target, styp: true })
        const drained: CutEvent[] = []
        for (const call of calls) {
          if (call.do === 'boundary') cutter.boundary(call.boundary, 'next-packet')
          if (call.do === 'packet') cutter.packet(call.packet)
          drained.push(...cutter.events())
        }
        cutter.end()
        drained.push(...cutter.events())
        expect(drained).toEqual(cutVideo(calls, 'next-packet', target).events)
      }),
    )
  })

  it('makes the same segments from a feed that starts at a later boundary', () => {
    fc.assert(
      fc.property(videoCalls, partTarget, fc.nat(), (calls, target, choice) => {
        const marks = calls.flatMap((call, index) => (call.do === 'boundary' ? [index] : []))
        fc.pre(marks.length > 1)
        const from = marks[1 + (choice % (marks.length - 1))] ?? 0
        const whole = cutVideo(calls, 'next-packet', target)
        const later = cutVideo(calls.slice(from), 'next-packet', target)
        fc.pre(whole.counts.late === 0 && later.counts.late === 0)
        const first = segmentsOf(later)[0]?.segment ?? Number.POSITIVE_INFINITY
        expect(partsOf(later).flatMap((part) => part.pieces)).toEqual(
          partsOf(whole)
            .filter((part) => part.segment >= first)
            .flatMap((part) => part.pieces),
        )
      }),
    )
  })
})

describe('cutting audio', () => {
  it('holds its promises', () => {
    fc.assert(
      fc.property(audioCalls, partTarget, (calls, target) => {
        const cut = cutAudio(calls, target)
        checkCut(cut, calls, target * 48)
        checkFullness(cut, calls, target * 48)
        checkWrittenAsAnnounced(cut)
        const packets = calls.flatMap((call) => (call.do === 'packet' ? [call.packet.dts] : []))
        expect(presentationTimes(cut)).toEqual(packets.slice(cut.counts.dropped))
      }),
      { numRuns: 300 },
    )
  })

  it('does not depend on when boundaries become known, as long as the horizon is kept', () => {
    fc.assert(
      fc.property(audioCalls, partTarget, (calls, target) => {
        const boundaries = calls.filter((call) => call.do === 'boundary')
        const packets = calls.filter((call) => call.do === 'packet')
        const early = cutAudio([...boundaries, ...packets], target)
        const late = cutAudio([...packets, ...boundaries], target)
        const stepwise = cutAudio(
          [...packets, ...boundaries.flatMap((call) => [horizonAt(call), call])],
          target,
        )
        expect(late.events).toEqual(early.events)
        expect(stepwise.events).toEqual(early.events)
      }),
    )
  })
})

function horizonAt(call: Call): Call {
  return { do: 'horizon', time: call.do === 'boundary' ? call.boundary.time : millis(0) }
}
