import { epochMillis, timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type { AudioTrack, VideoTrack } from '@sluice/media'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { FurtherEntry, FurtherTracksEntry, StreamEntry } from '../entry.ts'
import { segmentRules } from './boundary-decider.ts'
import { StreamClock } from './stream-clock.ts'

const START = 1_700_000_000_000
const HEADER = Uint8Array.of(0)
const payload = Uint8Array.of(9, 9)
const data = Uint8Array.of(7)

const videoTrack = (height: number): VideoTrack => ({
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 1280,
  height,
  pixelAspectRatio: [1, 1],
  frameRate: 25,
  timescale: VIDEO_TIMESCALE,
  config: Uint8Array.of(1),
})
const AAC: AudioTrack = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 1024,
  timescale: timescale(48_000),
  config: Uint8Array.of(0x11, 0x90),
}

let clock: StreamClock

beforeEach(() => {
  clock = new StreamClock(segmentRules(2))
  begin()
})

function begin(): void {
  clock.beginSession()
  clock.videoTrack(videoTrack(720), HEADER)
  clock.audioTrack(AAC, HEADER)
}

interface FrameOptions {
  readonly offset?: number
  /** Frames from keyframe to keyframe; default 25. */
  readonly gop?: number
  readonly at?: number
}

function main(frame: number, { offset = 0, gop = 25, at = 0 }: FrameOptions = {}, from = 0): void {
  const timestamp = from + frame * 40
  const now = epochMillis(START + at + timestamp)
  clock.video({ timestamp, compositionOffset: offset, keyframe: frame % gop === 0, payload }, now)
}

function further(trackId: number, frame: number, { offset = 0, gop = 25, at = 0 }: FrameOptions = {}): void {
  const timestamp = frame * 40
  const now = epochMillis(START + at + timestamp)
  clock.further(
    'video',
    trackId,
    { timestamp, compositionOffset: offset, keyframe: frame % gop === 0, data },
    now,
  )
}

function sound(trackId: number, packet: number): void {
  const timestamp = Math.round((packet * 64) / 3)
  const now = epochMillis(START + timestamp)
  if (trackId === 0) clock.audio({ timestamp, payload }, now)
  else clock.further('audio', trackId, { timestamp, compositionOffset: 0, keyframe: true, data }, now)
}

/** `boundary 1`, `video 2000`, `further 1 2000`, `tracks`. */
function told(entries: readonly StreamEntry[]): string[] {
  return entries.map((entry) => {
    if (entry.type === 'boundary') return `boundary ${entry.boundary.number}`
    if (entry.type === 'video') return `video ${entry.dts}`
    if (entry.type === 'further') return `further ${entry.trackId} ${entry.time}`
    if (entry.type === 'further-tracks')
      return `further-tracks ${entry.tracks.map(({ trackId }) => trackId).join()}`
    return entry.type
  })
}

const packets = (entries: readonly StreamEntry[], trackId = 1): FurtherEntry[] =>
  entries.filter((entry): entry is FurtherEntry => entry.type === 'further' && entry.trackId === trackId)
const announcements = (entries: readonly StreamEntry[]): FurtherTracksEntry[] =>
  entries.filter((entry): entry is FurtherTracksEntry => entry.type === 'further-tracks')

describe('a further picture', () => {
  it('is announced where the run begins, and comes behind the boundary that it belongs after', () => {
    clock.furtherTrack(1, videoTrack(360))
    for (const frame of [0, 1]) {
      // Whichever comes first.
      further(1, frame)
      main(frame)
    }
    main(2)
    further(1, 2)
    sound(0, 0)
    expect(told(clock.entries()).slice(0, 10)).toEqual([
      ...['tracks', 'further-tracks 1', 'boundary 0', 'video 0', 'further 1 0'],
      ...['video 40', 'further 1 40', 'video 80', 'further 1 80', 'audio'],
    ])
  })

  it('has exact times, its composition offset among them', () => {
    clock.furtherTrack(1, videoTrack(360))
    main(0, { offset: 80 })
    further(1, 0, { offset: 80 })
    main(1, { offset: 80 })
    further(1, 1, { offset: -40 })
    expect(packets(clock.entries()).map(({ packet }) => packet)).toEqual([
      { kind: 'video', dts: 0, pts: 80 * 90, keyframe: true, data },
      { kind: 'video', dts: 40 * 90, pts: 0, keyframe: false, data },
    ])
  })

  it('waits as a keyframe until the default picture is where it is shown', () => {
    clock.furtherTrack(1, videoTrack(360))
    main(0)
    for (let frame = 0; frame <= 50; frame++) further(1, frame, { offset: frame === 50 ? 80 : 0 })
    for (let frame = 1; frame < 52; frame++) main(frame)
    const entries = told(clock.entries())
    expect(entries).not.toContain('further 1 2000')
    main(52)
    expect(told(clock.entries())).toEqual(['video 2080', 'further 1 2000'])
  })

  it('is exact where its encoder reorders frames and that of the default one does not', () => {
    clock.furtherTrack(1, videoTrack(360))
    // As ffmpeg sends it: decoding begins two frames earlier, and both keyframes are shown at 80 ms.
    for (let frame = 0; frame < 10; frame++) {
      further(1, frame, { offset: frame === 0 ? 80 : 40 })
      if (frame >= 2) main(frame - 2, { at: 80 }, 80)
    }
    sound(0, 0)
    const entries = clock.entries()
    expect(entries.find((entry) => entry.type === 'boundary')).toMatchObject({ boundary: { time: 80 } })
    expect(
      packets(entries)
        .map(({ packet }) => [packet.dts / 90, packet.pts / 90])
        .slice(0, 3),
    ).toEqual([
      ...[
        [0, 80],
        [40, 80],
        [80, 120],
      ],
    ])
  })

  it('on another clock does not move the default one', () => {
    clock.furtherTrack(1, videoTrack(360))
    further(1, 0)
    for (let frame = 0; frame < 10; frame++) main(frame, {}, 5_000)
    sound(0, 0)
    expect(clock.entries().find((entry) => entry.type === 'boundary')).toMatchObject({
      boundary: { time: 0 },
    })
  })

  it('that joins a running broadcast disturbs nothing', () => {
    sound(0, 0)
    for (let frame = 0; frame < 30; frame++) main(frame)
    clock.entries()
    clock.furtherTrack(2, videoTrack(360))
    for (let frame = 30; frame < 60; frame++) {
      main(frame)
      further(2, frame)
    }
    const entries = clock.entries()
    expect(told(entries).slice(0, 3)).toEqual(['further-tracks 2', 'video 1200', 'further 2 1200'])
    expect(told(entries).filter((line) => line === 'tracks')).toEqual([])
    expect(announcements(entries)).toHaveLength(1)
  })

  it('that falls silent is gone, and comes back with its next keyframe', () => {
    clock.furtherTrack(1, videoTrack(360))
    sound(0, 0)
    for (let frame = 0; frame < 200; frame++) {
      main(frame)
      if (frame < 20 || frame > 110) further(1, frame)
    }
    const entries = told(clock.entries())
    expect(entries.filter((line) => line.startsWith('further-tracks'))).toEqual([
      ...['further-tracks 1', 'further-tracks ', 'further-tracks 1'],
    ])
    expect(entries[entries.indexOf('further-tracks ') - 1]).toBe('video 3240')
    // Frame 125 is the first keyframe behind the silence.
    expect(entries[entries.lastIndexOf('further-tracks 1') + 1]).toBe('further 1 5000')
  })

  it('has a new configuration from its next frame on, and not before', () => {
    clock.furtherTrack(1, videoTrack(360))
    main(0)
    further(1, 0)
    further(1, 1)
    clock.furtherTrack(1, videoTrack(480))
    clock.furtherTrack(1, videoTrack(480))
    further(1, 2, { gop: 2 })
    sound(0, 0)
    for (const frame of [1, 2]) main(frame)
    const entries = clock.entries()
    expect(told(entries).slice(3)).toEqual([
      ...['video 0', 'further 1 0', 'audio', 'video 40', 'further 1 40', 'further-tracks 1'],
      ...['video 80', 'further 1 80'],
    ])
    expect(announcements(entries).map(({ tracks }) => tracks[0]?.track)).toEqual([
      videoTrack(360),
      videoTrack(480),
    ])
  })

  it('is known anew when its publisher comes back', () => {
    clock.furtherTrack(1, videoTrack(360))
    for (const frame of [0, 1]) {
      main(frame)
      further(1, frame)
    }
    sound(0, 0)
    clock.endSession()
    begin()
    clock.furtherTrack(2, videoTrack(480))
    for (const frame of [0, 1]) {
      main(frame, { at: 5000 })
      further(1, frame, { at: 5000 })
      further(2, frame, { at: 5000 })
    }
    sound(0, 0)
    const entries = told(clock.entries())
    expect(entries.slice(entries.lastIndexOf('tracks'))).toEqual([
      ...['tracks', 'further-tracks 2', 'boundary 1', 'video 5000', 'further 2 5000'],
      ...['video 5040', 'further 2 5040', 'audio'],
    ])
    expect(clock.counters.furtherDropped).toBe(2)
  })

  it('gives out what still waits when the publisher leaves', () => {
    clock.furtherTrack(1, videoTrack(360))
    sound(0, 0)
    main(0)
    for (let frame = 0; frame < 5; frame++) further(1, frame)
    clock.endSession()
    expect(packets(clock.entries())).toHaveLength(5)
  })

  it('does not wait in memory for a default picture that does not come', () => {
    clock.furtherTrack(1, videoTrack(360))
    sound(0, 0)
    main(0)
    for (let frame = 0; frame < 1000; frame++) further(1, frame)
    expect(clock.counters.furtherDropped).toBeGreaterThan(900 - 301)
    for (let frame = 1; frame < 1100; frame++) {
      main(frame)
      if (frame > 1000) further(1, frame)
    }
    const given = packets(clock.entries()).map(({ time }) => time)
    // What waited last is taken up from its first keyframe on.
    expect(given.slice(0, 2)).toEqual([0, 37_000])
  })

  it('goes with the default picture over a jump of the timestamps', () => {
    clock.furtherTrack(1, videoTrack(360))
    sound(0, 0)
    for (let frame = 0; frame < 100; frame++) {
      const timestamp = frame * 40 + (frame < 50 ? 0 : 9_000_000)
      const now = epochMillis(START + frame * 40)
      const shared = { timestamp, compositionOffset: 0, keyframe: frame % 25 === 0 }
      clock.further('video', 1, { ...shared, data }, now)
      clock.video({ ...shared, payload }, now)
    }
    const entries = clock.entries()
    const times = entries.flatMap((entry) => (entry.type === 'video' ? [entry.dts] : []))
    expect(packets(entries).map(({ time }) => time)).toEqual(times)
  })

  it('is not there without a default picture', () => {
    clock.beginSession()
    clock.hints({ hasVideo: false, hasAudio: true })
    clock.audioTrack(AAC, HEADER)
    clock.furtherTrack(1, videoTrack(360))
    clock.furtherTrack(1, AAC)
    for (let packet = 0; packet < 10; packet++) {
      sound(0, packet)
      sound(1, packet)
    }
    further(1, 0)
    const entries = clock.entries()
    expect(announcements(entries).map(({ tracks }) => tracks.map(({ track }) => track.kind))).toEqual([
      ['audio'],
    ])
    expect(packets(entries).every(({ packet }) => packet.kind === 'audio')).toBe(true)
    expect(clock.counters.furtherDropped).toBe(1)
  })
})

describe('a further sound', () => {
  it('is placed by its own sample count, from where the run begins', () => {
    clock.furtherTrack(1, AAC)
    for (let packet = 0; packet < 20; packet++) {
      sound(0, packet)
      sound(1, packet)
    }
    main(5, { gop: 5 })
    for (let packet = 20; packet < 40; packet++) {
      sound(1, packet)
      sound(0, packet)
    }
    main(20)
    const entries = clock.entries()
    expect(told(entries).slice(0, 3)).toEqual(['tracks', 'further-tracks 1', 'boundary 0'])
    const starts = packets(entries).map(({ packet }) => packet.dts)
    const defaults = entries.flatMap((entry) => (entry.type === 'audio' ? [entry.at] : []))
    expect(starts).toEqual(defaults)
    expect(starts.every((at, index) => index === 0 || at - (starts[index - 1] ?? 0) === 1024)).toBe(true)
  })

  it('that its first frame has to describe is waited for, and not for ever', () => {
    clock.expectFurther('audio', 1)
    for (let frame = 0; frame < 5; frame++) main(frame)
    sound(0, 0)
    expect(clock.entries()).toEqual([])
    clock.furtherTrack(1, AAC)
    sound(1, 0)
    expect(told(clock.entries()).slice(0, 4)).toEqual(['tracks', 'further-tracks 1', 'boundary 0', 'video 0'])
    begin()
    clock.expectFurther('audio', 1)
    for (let frame = 0; frame < 50; frame++) main(frame, { at: 5000 })
    expect(told(clock.entries()).slice(0, 2)).toEqual(['tracks', 'boundary 1'])
  })

  it('is announced with what the metadata call it, and again when they call it otherwise', () => {
    clock.audioLabels(new Map([[1, { language: 'de' }]]))
    clock.furtherTrack(1, AAC)
    main(0)
    sound(0, 0)
    clock.audioLabels(new Map([[1, { language: 'de' }]]))
    clock.audioLabels(
      new Map([
        [0, { language: 'en' }],
        [1, { language: 'de', name: 'Kommentar' }],
      ]),
    )
    const labels = announcements(clock.entries()).map(({ tracks, defaultLabel }) => [
      defaultLabel,
      ...tracks.map(({ label }) => label),
    ])
    expect(labels).toEqual([
      [{}, { language: 'de' }],
      [{ language: 'en' }, { language: 'de', name: 'Kommentar' }],
    ])
  })
})

it('in whatever order messages come, no boundary follows a further keyframe at its time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 120, maxLength: 120 }),
      fc.constantFrom(0, 40, 80),
      fc.constantFrom(0, 40, 80),
      (lag, offset, furtherOffset) => {
        clock = new StreamClock(segmentRules(2))
        begin()
        clock.furtherTrack(1, videoTrack(360))
        sound(0, 0)
        const messages = lag.flatMap((late, frame) => [
          { place: frame, give: () => main(frame, { offset }) },
          { place: frame + late + 0.5, give: () => further(1, frame, { offset: furtherOffset }) },
        ])
        // In order within each track.
        let last = Number.NEGATIVE_INFINITY
        for (const message of messages.filter((_, index) => index % 2 === 1)) {
          message.place = Math.max(message.place, last + 1e-6)
          last = message.place
        }
        for (const { give } of messages.toSorted((a, b) => a.place - b.place)) give()
        clock.endSession()
        const keyframes = new Set<number>()
        const late: number[] = []
        let frames = 0
        for (const entry of clock.entries()) {
          if (entry.type === 'further') {
            frames += 1
            if (entry.packet.keyframe) keyframes.add(entry.packet.pts / 90)
          } else if (entry.type === 'boundary' && keyframes.has(entry.boundary.time))
            late.push(entry.boundary.time)
        }
        expect(late).toEqual([])
        expect(frames).toBe(120)
      },
    ),
  )
})
