import { epochMillis, millis, timescale } from '@sluice/core'
import type { AudioTrack, VideoTrack } from '@sluice/media'
import { describe, expect, test } from 'vitest'
import type { AudioEntry, BoundaryEntry, StreamEntry, VideoEntry } from '../entry.ts'
import { segmentRules } from './boundary-decider.ts'
import { type ClockPosition, StreamClock } from './stream-clock.ts'

const videoTrack = (config = 1): VideoTrack => ({
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 1280,
  height: 720,
  pixelAspectRatio: [1, 1],
  frameRate: 25,
  timescale: timescale(90_000),
  config: Uint8Array.of(config),
})

const audioTrack: AudioTrack = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 1024,
  timescale: timescale(48_000),
  config: Uint8Array.of(0x11, 0x90),
}

const header = Uint8Array.of(0)
const payload = Uint8Array.of(9, 9)
const START = 1_700_000_000_000

interface Options {
  readonly from?: number
  readonly seconds: number
  readonly gop?: number
  readonly wallClock?: number
  readonly video?: boolean
  readonly audio?: boolean
  readonly compositionOffset?: number
}

/** Publishes 25 frames a second and 48 kHz AAC, interleaved by timestamp. */
function publish(clock: StreamClock, options: Options): void {
  const {
    from = 0,
    seconds,
    gop = 25,
    wallClock = START,
    video = true,
    audio = true,
    compositionOffset = 0,
  } = options
  const messages: { timestamp: number; frame?: number }[] = []
  if (video)
    for (let frame = 0; frame < seconds * 25; frame++) messages.push({ timestamp: frame * 40, frame })
  if (audio) {
    for (let packet = 0; packet * 1024 < seconds * 48_000; packet++)
      messages.push({ timestamp: Math.round((packet * 64) / 3) })
  }
  messages.sort((a, b) => a.timestamp - b.timestamp)
  for (const { timestamp, frame } of messages) {
    const now = epochMillis(wallClock + timestamp)
    const stamped = (from + timestamp) >>> 0
    if (frame === undefined) clock.audio({ timestamp: stamped, payload }, now)
    else clock.video({ timestamp: stamped, compositionOffset, keyframe: frame % gop === 0, payload }, now)
  }
}

/** @param from - where another clock left off. */
function started(from?: ClockPosition): StreamClock {
  const clock = new StreamClock(segmentRules(2), from)
  clock.beginSession()
  clock.videoTrack(videoTrack(), header)
  clock.audioTrack(audioTrack, header)
  return clock
}

const boundaries = (entries: StreamEntry[]) =>
  entries.filter((entry): entry is BoundaryEntry => entry.type === 'boundary').map((entry) => entry.boundary)
const videos = (entries: StreamEntry[]) =>
  entries.filter((entry): entry is VideoEntry => entry.type === 'video')
const audios = (entries: StreamEntry[]) =>
  entries.filter((entry): entry is AudioEntry => entry.type === 'audio')

describe('stream clock', () => {
  test('tracks come first, then the boundary, then its keyframe', () => {
    const clock = started()
    publish(clock, { seconds: 5 })
    const entries = clock.entries()
    expect(entries.slice(0, 3).map((entry) => entry.type)).toEqual(['tracks', 'boundary', 'video'])
    expect(boundaries(entries)).toEqual([
      { number: 0, time: 0, independent: true, discontinuity: false },
      { number: 1, time: 2000, independent: true, discontinuity: false },
      { number: 2, time: 4000, independent: true, discontinuity: false },
    ])
    expect(clock.startedAt).toBe(START)
  })

  test('boundaries are presentation times where frames are reordered', () => {
    const clock = started()
    publish(clock, { seconds: 5, compositionOffset: 80 })
    expect(boundaries(clock.entries()).map((boundary) => boundary.time)).toEqual([80, 2080, 4080])
  })

  test('audio is placed by its sample count', () => {
    const clock = started()
    publish(clock, { seconds: 10, from: 123_456_789 })
    const at = audios(clock.entries()).map((entry) => entry.at)
    expect(at.every((ticks, index) => ticks === index * 1024)).toBe(true)
  })

  test('keyframes too far apart: segments are cut between them and say so', () => {
    const clock = started()
    publish(clock, { seconds: 20, gop: 250 })
    const marks = boundaries(clock.entries())
    expect(marks.filter((mark) => mark.independent).map((mark) => mark.time)).toEqual([0, 10_000])
    expect(marks.filter((mark) => !mark.independent).length).toBeGreaterThan(5)
  })

  test('a cut between keyframes lies where no frame of a later segment has been decoded', () => {
    const clock = started()
    const frame = 40
    // Decode order I P B B P B B: two frames in three are decoded behind a frame that is shown after them.
    const ahead = [2, -1, -1]
    for (let decoded = 0; decoded < 20 * 25; decoded++) {
      const timestamp = decoded * frame
      const compositionOffset = (1 + (decoded === 0 ? 0 : (ahead[(decoded - 1) % 3] ?? 0))) * frame
      clock.video(
        { timestamp, compositionOffset, keyframe: decoded === 0, payload },
        epochMillis(START + timestamp),
      )
      clock.audio({ timestamp, payload }, epochMillis(START + timestamp))
    }
    const entries = clock.entries()
    // The first cut has to wait until it is clear that keyframes are rare, and then comes as late as it may.
    const [, , ...marks] = boundaries(entries)
    expect(marks.length).toBeGreaterThan(5)
    for (const { number, time } of marks) {
      const at = entries.findIndex((entry) => entry.type === 'boundary' && entry.boundary.number === number)
      const before = videos(entries.slice(0, at)).map(({ pts }) => pts)
      expect(Math.max(...before), `segment ${number}`).toBeLessThan(time)
      expect(
        videos(entries.slice(at)).map(({ pts }) => pts),
        `segment ${number}`,
      ).toContain(time)
    }
  })

  test('the second track is waited for; video alone starts after a second', () => {
    const clock = new StreamClock(segmentRules(2))
    clock.beginSession()
    clock.videoTrack(videoTrack(), header)
    publish(clock, { seconds: 0.9, audio: false })
    expect(clock.entries()).toEqual([])
    publish(clock, { seconds: 3, audio: false })
    expect(clock.entries()[0]).toMatchObject({ type: 'tracks', audio: undefined })
  })

  test('metadata that names one track starts at once', () => {
    const clock = new StreamClock(segmentRules(2))
    clock.beginSession()
    clock.hints({ hasVideo: true, hasAudio: undefined })
    clock.videoTrack(videoTrack(), header)
    publish(clock, { seconds: 0.1, audio: false })
    expect(videos(clock.entries())).toHaveLength(3)
  })

  test('audio alone is cut every target duration', () => {
    const clock = new StreamClock(segmentRules(2))
    clock.beginSession()
    clock.hints({ hasVideo: undefined, hasAudio: true })
    clock.audioTrack(audioTrack, header)
    publish(clock, { seconds: 7, video: false })
    expect(boundaries(clock.entries()).map((boundary) => boundary.time)).toEqual([0, 2005, 4011, 6016])
  })

  test('another clock goes on where one left off, also where its wall clock is behind', () => {
    const first = started()
    publish(first, { seconds: 5 })
    first.endSession()
    first.move()
    const before = first.entries()
    expect(before.at(-1)).toEqual({ type: 'moved' })
    const { position } = first
    expect(position).toMatchObject({ startedAt: START, segment: boundaries(before).length })
    for (const [wallClock, time] of [
      [START + 7_000, 7_000],
      [START - 60_000, (position?.latest ?? 0) + 1],
    ] as const) {
      const next = started(position)
      publish(next, { from: 123_456, seconds: 3, wallClock })
      const [opening] = boundaries(next.entries())
      expect(opening).toEqual({
        number: position?.segment,
        time,
        independent: true,
        discontinuity: true,
      })
      expect(next.startedAt).toBe(START)
    }
  })

  test.each([3_600_000, -3_600_000])(
    'a leap of the host’s clock by %d ms changes nothing in a session',
    (leap) => {
      const [steady, leaping] = [0, leap].map((by) => {
        const clock = started()
        for (let frame = 0; frame < 200; frame++) {
          const timestamp = frame * 40
          const now = epochMillis(START + timestamp + (frame < 100 ? 0 : by))
          clock.audio({ timestamp, payload }, now)
          clock.video({ timestamp, compositionOffset: 0, keyframe: frame % 25 === 0, payload }, now)
        }
        return { entries: clock.entries(), startedAt: clock.startedAt, counters: clock.counters }
      })
      expect(leaping).toEqual(steady)
    },
  )

  test('a reconnect goes on at the wall clock with a discontinuity and the next number', () => {
    const clock = started()
    publish(clock, { seconds: 3 })
    clock.endSession()
    clock.beginSession()
    clock.videoTrack(videoTrack(), header)
    clock.audioTrack(audioTrack, header)
    publish(clock, { seconds: 3, wallClock: START + 13_000, from: 77 })
    const marks = boundaries(clock.entries())
    expect(marks.map(({ number, time, discontinuity }) => [number, time, discontinuity])).toEqual([
      [0, 0, false],
      [1, 2000, false],
      [2, 13_000, true],
      [3, 15_000, false],
    ])
  })

  test('a new codec configuration announces the tracks again at the next keyframe', () => {
    const clock = started()
    publish(clock, { seconds: 3 })
    clock.entries()
    clock.videoTrack(videoTrack(2), header)
    publish(clock, { seconds: 3, from: 3000, wallClock: START + 3000 })
    const entries = clock.entries()
    expect(entries.find((entry) => entry.type === 'tracks')).toMatchObject({
      video: { track: { config: Uint8Array.of(2) } },
    })
    expect(boundaries(entries)[0]).toMatchObject({ number: 2, time: 3000, discontinuity: true })
  })

  test('the same configuration again changes nothing', () => {
    const clock = started()
    publish(clock, { seconds: 3 })
    clock.videoTrack(videoTrack(), header)
    clock.audioTrack(audioTrack, header)
    publish(clock, { seconds: 3, from: 3000, wallClock: START + 3000 })
    expect(boundaries(clock.entries()).every((boundary) => !boundary.discontinuity)).toBe(true)
  })

  test('frames before the first keyframe are left out', () => {
    const clock = started()
    clock.video({ timestamp: 0, compositionOffset: 0, keyframe: false, payload }, epochMillis(START))
    clock.video({ timestamp: 40, compositionOffset: 0, keyframe: true, payload }, epochMillis(START + 40))
    expect(videos(clock.entries()).map((entry) => entry.dts)).toEqual([millis(40)])
    expect(clock.counters.videoBeforeKeyframe).toBe(1)
  })

  test('sound that arrived before the keyframe it belongs to is kept', () => {
    const clock = started()
    for (let index = 0; index < 20; index++) {
      clock.audio({ timestamp: Math.round((index * 64) / 3), payload }, epochMillis(START + index))
    }
    clock.video({ timestamp: 200, compositionOffset: 0, keyframe: true, payload }, epochMillis(START + 200))
    const entries = clock.entries()
    expect(entries[1]).toMatchObject({ type: 'boundary', boundary: { time: 200 } })
    expect(
      audios(entries)
        .map((entry) => entry.time)
        .every((time) => time >= 150 && time <= 410),
    ).toBe(true)
    expect(audios(entries).length).toBeGreaterThanOrEqual(10)
  })

  test('media without any configuration is not kept for ever', () => {
    const clock = new StreamClock(segmentRules(2))
    clock.beginSession()
    expect(() => publish(clock, { seconds: 12 })).toThrow(
      expect.objectContaining({ code: 'broadcast.clock.no_configuration' }),
    )
    clock.beginSession()
    const frame = { timestamp: 0, compositionOffset: 0, keyframe: true, payload: new Uint8Array(1 << 20) }
    expect(() => {
      for (let i = 0; i < 20; i++) clock.video(frame, epochMillis(START))
    }).toThrow(expect.objectContaining({ code: 'broadcast.clock.no_configuration' }))
    expect(clock.entries()).toEqual([])
  })

  test('a flood before the second track is known goes on with the first', () => {
    const clock = new StreamClock(segmentRules(2))
    clock.beginSession()
    clock.videoTrack(videoTrack(), header)
    const frame = { timestamp: 0, compositionOffset: 0, keyframe: true, payload: new Uint8Array(1 << 20) }
    for (let i = 0; i < 20; i++) clock.video({ ...frame, timestamp: i }, epochMillis(START + i))
    expect(videos(clock.entries())).toHaveLength(20)
  })
})
