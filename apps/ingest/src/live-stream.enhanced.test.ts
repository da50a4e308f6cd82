import { existsSync, readFileSync } from 'node:fs'
import { RingReader, type StreamEntry, segmentRules, type TracksEntry } from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { writeVideoBody } from '@sluice/flv'
import { ServerSession } from '@sluice/rtmp'
import { describe, expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'

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

/** Everything that a feed of the stream would give. */
function entriesOf(stream: LiveStream): StreamEntry[] {
  const start = stream.ring.startAt(0)
  if (start === undefined) return []
  const reader = new RingReader(stream.ring, start)
  const entries: StreamEntry[] = []
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) entries.push(entry)
  return entries
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
