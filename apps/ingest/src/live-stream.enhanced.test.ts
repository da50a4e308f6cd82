import { existsSync, readFileSync } from 'node:fs'
import {
  type BoundaryEntry,
  type FurtherEntry,
  type FurtherTracksEntry,
  type StreamEntry,
  segmentRules,
  type TracksEntry,
} from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { readScriptData, writeVideoBody } from '@sluice/flv'
import { ServerSession } from '@sluice/rtmp'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, avcFrame } from '@sluice/testkit'
import { describe, expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'
import { entriesOf } from './testing/entries.ts'

const CAPTURES = new URL('../../../../shared/captures/', import.meta.url)
const START = 1_700_000_000_000

/** What a recorded publisher's stream becomes. */
function replay(name: string): StreamEntry[] | undefined {
  const file = new URL(`${name}.c2s`, CAPTURES)
  if (!existsSync(file)) {
    console.log(`skipped: ${file.pathname} is not there`)
    return undefined
  }
  const stream = new LiveStream(segmentRules(2))
  stream.beginSession()
  const session = new ServerSession({ randomBytes: (size) => new Uint8Array(size) })
  session.receive(readFileSync(file))
  const now = epochMillis(START)
  for (let more = true; more; ) {
    more = false
    for (const event of session.events()) {
      if (event.type === 'publish-requested') more = true
      else if (event.type === 'metadata') stream.metadata(event.metadata)
      else if (event.type === 'video') stream.video(event.timestamp, event.payload, now)
      else if (event.type === 'audio') stream.audio(event.timestamp, event.payload, now)
    }
    if (more) session.acceptPublish()
  }
  stream.end()
  stream.flush()
  return entriesOf(stream)
}

describe('what recorded encoders publish by Enhanced RTMP', () => {
  it.each([
    ['ffmpeg-7.1-hevc-aac', /^hvc1\./, 'mp4a.40.2'],
    ['ffmpeg-9.0-av1-opus', /^av01\./, 'Opus'],
    ['ffmpeg-9.0-vp9-flac', /^vp09\./, 'fLaC'],
    ['ffmpeg-9.0-ac3', /^avc1\./, 'ac-3'],
    ['ffmpeg-9.0-multitrack', /^avc1\./, 'mp4a.40.2'],
    ['gstreamer-1.28-eflvmux', /^avc1\./, 'mp4a.40.2'],
    ['obs-32.2-av1-aac', /^av01\./, 'mp4a.40.2'],
    ['obs-32.2-multitrack-video', /^avc1\./, 'mp4a.40.2'],
    ['obs-32.2-vod-audio-track', /^avc1\./, 'mp4a.40.2'],
  ])('%s', (name, video, audio) => {
    const entries = replay(name)
    if (entries === undefined) return
    const runs = entries.filter((entry): entry is TracksEntry => entry.type === 'tracks')
    expect(runs).toHaveLength(1)
    expect(runs[0]?.video?.track.codecString).toMatch(video)
    expect(runs[0]?.audio?.track.codecString).toBe(audio)
    expect(runs[0]?.video?.track.width).toBeGreaterThan(0)
    expect(entries.filter((entry) => entry.type === 'video').length).toBeGreaterThan(1)
    expect(entries.filter((entry) => entry.type === 'audio').length).toBeGreaterThan(1)
    // OBS ends AV1 with a message at time 0: it must not turn the clock back.
    const times = entries.flatMap((entry) => (entry.type === 'video' ? [entry.dts] : []))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
})

/** Codec strings of further tracks, as the last entry that says them has them. */
function furtherOf(entries: readonly StreamEntry[]): string[] {
  const said = entries.filter((entry): entry is FurtherTracksEntry => entry.type === 'further-tracks').at(-1)
  return (said?.tracks ?? []).map(({ trackId, track }) => `${track.kind} ${trackId} ${track.codecString}`)
}

function packetsOf(entries: readonly StreamEntry[], kind: 'video' | 'audio'): FurtherEntry[] {
  return entries.filter(
    (entry): entry is FurtherEntry => entry.type === 'further' && entry.packet.kind === kind,
  )
}

describe('the further tracks of recorded encoders', () => {
  it.each([
    ['ffmpeg-9.0-multitrack', [/^video 1 hvc1\./, /^audio 1 Opus$/]],
    ['gstreamer-1.28-eflvmux', [/^video 1 hvc1\./, /^audio 1 mp4a\.6B$/]],
    ['obs-32.2-multitrack-video', [/^video 1 avc1\./]],
    ['obs-32.2-vod-audio-track', [/^audio 1 mp4a\.40\.2$/]],
  ])('%s', (name, tracks) => {
    const entries = replay(name)
    if (entries === undefined) return
    const found = furtherOf(entries)
    expect(found).toHaveLength(tracks.length)
    for (const [index, track] of tracks.entries()) expect(found[index]).toMatch(track)
    for (const { packet } of entries.filter((entry) => entry.type === 'further'))
      expect(packet.data.length).toBeGreaterThan(0)
    expect(entries.filter((entry) => entry.type === 'tracks')).toHaveLength(1)
  })

  it.each(['ffmpeg-9.0-multitrack', 'gstreamer-1.28-eflvmux', 'obs-32.2-multitrack-video'])(
    '%s: a keyframe of the second picture where each segment begins, behind its boundary',
    (name) => {
      const entries = replay(name)
      if (entries === undefined) return
      const marks = entries.filter((entry): entry is BoundaryEntry => entry.type === 'boundary')
      expect(marks.length).toBeGreaterThan(0)
      const pictures = packetsOf(entries, 'video')
      const times = pictures.map(({ packet }) => packet.dts)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      for (const mark of marks) {
        const next = pictures.find((picture) => picture.packet.pts >= (mark.boundary.time - 8) * 90)
        // A recording that was cut may end in between.
        if (next === undefined) continue
        expect(next.packet.keyframe).toBe(true)
        expect(Math.abs(next.packet.pts / 90 - mark.boundary.time)).toBeLessThanOrEqual(1)
        expect(entries.indexOf(next)).toBeGreaterThan(entries.indexOf(mark))
      }
    },
  )

  it.each(['ffmpeg-9.0-multitrack', 'obs-32.2-vod-audio-track'])(
    '%s: the second sound without a gap, from where the first one begins',
    (name) => {
      const entries = replay(name)
      if (entries === undefined) return
      const sounds = packetsOf(entries, 'audio')
      expect(sounds.length).toBeGreaterThan(20)
      const starts = sounds.map(({ packet }) => packet.dts)
      const step = (starts[1] ?? 0) - (starts[0] ?? 0)
      expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) + index * step))
      const first = entries.find((entry) => entry.type === 'audio')
      expect(Math.abs((sounds[0]?.time ?? 0) - (first?.time ?? 0))).toBeLessThanOrEqual(60)
    },
  )
})

it('takes names and languages of further sounds from the metadata', () => {
  const stream = new LiveStream(segmentRules(2))
  const now = epochMillis(START)
  stream.beginSession()
  // AMF0: an object is a list of keys and values, a string has its length before it.
  const text = (value: string): number[] => [0, value.length, ...Buffer.from(value)]
  const object = (fields: Readonly<Record<string, string | readonly number[]>>): number[] => [
    3,
    ...Object.entries(fields).flatMap(([key, value]) => [
      ...text(key),
      ...(typeof value === 'string' ? [2, ...text(value)] : value),
    ]),
    ...[0, 0, 9],
  ]
  const tracks = {
    0: object({ language: 'en' }),
    1: object({ language: 'de', title: 'Kommentar', audiodatarate: '96' }),
  }
  const script = [2, ...text('onMetaData'), ...object({ audioTrackIdInfoMap: object(tracks) })]
  stream.metadata(readScriptData(Uint8Array.from(script)).value)
  stream.video(0, AVC_CONFIGURATION, now)
  stream.audio(0, AAC_CONFIGURATION, now)
  stream.audio(0, Uint8Array.of(0x95, 0x00, ...Buffer.from('mp4a'), 1, 0x11, 0x90), now)
  stream.video(0, avcFrame(true), now)
  stream.flush()
  expect(entriesOf(stream).find(({ type }) => type === 'further-tracks')).toMatchObject({
    tracks: [{ trackId: 1, label: { language: 'de', name: 'Kommentar' } }],
    defaultLabel: { language: 'en' },
  })
})

describe('a further track that cannot be used', () => {
  const now = epochMillis(START)

  it('is left out and said once, and the publisher goes on', () => {
    const said: string[] = []
    const stream = new LiveStream(segmentRules(2), {
      leftOut: ({ code, message }) => said.push(`${code}: ${message}`),
    })
    stream.beginSession()
    const fourCc = (text: string): number[] => [...Buffer.from(text)]
    for (let count = 0; count < 3; count++) {
      // A sequence start of one byte in H.264, and one of a codec that is not read.
      stream.video(0, Uint8Array.of(0x96, 0x00, ...fourCc('avc1'), 1, 0xff), now)
      stream.video(0, Uint8Array.of(0x96, 0x00, ...fourCc('vvc1'), 2, 0xff), now)
    }
    expect(said.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'ingest.video.bad_configuration: video track 1 is left out',
      'ingest.video.unsupported_codec: video track 2 is left out',
    ])
    expect(stream.furtherProblems).toHaveLength(2)
    stream.beginSession()
    expect(stream.furtherProblems).toEqual([])
  })

  it('is one of too many', () => {
    const said: string[] = []
    const stream = new LiveStream(segmentRules(2), { leftOut: ({ code }) => said.push(code) })
    stream.beginSession()
    for (let trackId = 1; trackId < 20; trackId++)
      stream.audio(0, Uint8Array.of(0x95, 0x00, ...Buffer.from('mp4a'), trackId, 0x11, 0x90), now)
    expect(said).toEqual(Array(3).fill('ingest.multitrack.too_many_tracks'))
  })
})

it('counts the bytes of a wrapped track once', () => {
  const stream = new LiveStream(segmentRules(2))
  stream.beginSession()
  // OneTrack, CodedFrames, hvc1, track 0, no composition offset, one byte of picture.
  const wrapped = Uint8Array.of(0x96, 0x01, 0x68, 0x76, 0x63, 0x31, 0, 0, 0, 0, 1)
  stream.video(0, wrapped, epochMillis(START))
  expect(stream.totals).toMatchObject({ bytes: wrapped.length, videoFrames: 1 })
})

describe('a codec that says what it is in its frames', () => {
  const now = epochMillis(START)
  /** An MPEG-1 Layer III frame header: 128 kbit/s at 44.1 kHz, joint stereo. */
  const MP3 = Uint8Array.of(0x2f, 0xff, 0xfb, 0x90, 0x64, ...new Uint8Array(413))

  it('is known with its first one, and not announced again', () => {
    const stream = new LiveStream(segmentRules(2))
    stream.beginSession()
    stream.clock.hints({ hasVideo: false, hasAudio: true })
    for (let i = 0; i < 3; i++) stream.audio(i * 26, MP3, now)
    expect(stream.tracks.audio).toMatchObject({ codec: 'mp3', sampleRate: 44_100, channels: 2 })
    stream.flush()
    expect(entriesOf(stream).map(({ type }) => type)).toEqual([
      'tracks',
      'boundary',
      'audio',
      'audio',
      'audio',
    ])
  })

  it('is found out again when its publisher comes back', () => {
    const stream = new LiveStream(segmentRules(2))
    const session = (at: number): void => {
      stream.beginSession()
      stream.clock.hints({ hasVideo: false, hasAudio: true })
      for (let i = 0; i < 3; i++) stream.audio(i * 26, MP3, epochMillis(START + at + i * 26))
      stream.clock.endSession()
    }
    session(0)
    session(5_000)
    stream.flush()
    const types = entriesOf(stream).map(({ type }) => type)
    expect(types.filter((type) => type === 'tracks')).toHaveLength(2)
    expect(types.filter((type) => type === 'audio')).toHaveLength(6)
  })

  it('waits for a frame that can be decoded alone', () => {
    const stream = new LiveStream(segmentRules(2))
    stream.beginSession()
    const frame = { type: 'frame', codec: 'vp8', compositionOffset: 0, nanoseconds: 0 } as const
    // Start code and 320 by 180 behind the three bytes of the frame tag.
    const keyframe = Uint8Array.of(0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 0, 0)
    stream.video(0, writeVideoBody({ ...frame, keyframe: false, data: Uint8Array.of(1, 2, 3) }), now)
    expect(stream.tracks.video).toBeUndefined()
    stream.video(40, writeVideoBody({ ...frame, keyframe: true, data: keyframe }), now)
    expect(stream.tracks.video).toMatchObject({ codec: 'vp8', width: 320, height: 180 })
  })
})
