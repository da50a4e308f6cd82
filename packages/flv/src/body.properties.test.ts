import { concatBytes, errorCode } from '@sluice/core'
import type { AudioCodec, VideoCodec } from '@sluice/media'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AudioConfigBody, AudioEndBody, AudioFrameBody } from './audio-body.ts'
import { writeAudioBody } from './enhanced-audio.ts'
import { writeVideoBody } from './enhanced-video.ts'
import { AUDIO_FOURCC, VIDEO_FOURCC } from './fourcc.ts'
import { audioKind, readAudioBody } from './read-audio-body.ts'
import { readVideoBody, videoKind } from './read-video-body.ts'
import type { VideoConfigBody, VideoEndBody, VideoFrameBody } from './video-body.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_RUNS === undefined ? {} : { numRuns: Number(process.env.FC_RUNS) }),
}

type VideoPart = VideoConfigBody | VideoFrameBody | VideoEndBody
type AudioPart = AudioConfigBody | AudioFrameBody | AudioEndBody

const plain = { noNullPrototype: true }
const record = fc.uint8Array({ maxLength: 40 })
const streamInfo = fc.uint8Array({ minLength: 34, maxLength: 34 })
const data = fc.uint8Array({ minLength: 1, maxLength: 40 })
const nanoseconds = fc.oneof(fc.constant(0), fc.constantFrom(1, 999_999), fc.nat(999_999))
const compositionOffset = fc.oneof(
  fc.integer({ min: -0x800000, max: 0x7fffff }),
  fc.constantFrom(0, -1, -0x800000, 0x7fffff),
)

function videoBodies(codec: VideoCodec): fc.Arbitrary<VideoPart> {
  const offset = codec === 'h264' || codec === 'hevc' ? compositionOffset : fc.constant(0)
  // A temporal delimiter in front is left out by the reader.
  const picture = codec === 'av1' ? data.filter((bytes) => bytes[0] !== 0x12) : data
  const common = { codec: fc.constant(codec) }
  const frame = { keyframe: fc.boolean(), compositionOffset: offset, nanoseconds, data: picture }
  return fc.oneof(
    fc.record(
      {
        type: fc.constant('config'),
        ...common,
        record: codec === 'vp8' ? fc.constant(new Uint8Array()) : record,
      },
      plain,
    ),
    fc.record({ type: fc.constant('frame'), ...common, ...frame }, plain),
    fc.record({ type: fc.constant('end'), ...common }, plain),
  )
}

function audioBodies(codec: AudioCodec): fc.Arbitrary<AudioPart> {
  const records: Partial<Record<AudioCodec, fc.Arbitrary<Uint8Array>>> = {
    aac: record,
    opus: record,
    flac: streamInfo,
  }
  const common = { codec: fc.constant(codec) }
  return fc.oneof(
    fc.record(
      { type: fc.constant('config'), ...common, record: records[codec] ?? fc.constant(new Uint8Array()) },
      plain,
    ),
    fc.record({ type: fc.constant('frame'), ...common, nanoseconds, data }, plain),
    fc.record({ type: fc.constant('end'), ...common }, plain),
  )
}

const videoBody = fc.oneof(...(['h264', 'hevc', 'av1', 'vp9', 'vp8'] as const).map(videoBodies))
const audioBody = fc.oneof(...(['aac', 'opus', 'flac', 'ac3', 'eac3', 'mp3'] as const).map(audioBodies))
const trackIds = fc.uniqueArray(fc.nat(255), { maxLength: 4 })

/** Big-endian. */
function number(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => value / 256 ** (size - 1 - i))
}

/**
 * Several single-track bodies of one packet type without modifiers, as a message of the given kind.
 *
 * @param head - what the high four bits of the first byte are, in place, and the packet type of Multitrack.
 */
function wrap(
  kind: number,
  head: number,
  tracks: readonly { trackId: number; single: Uint8Array }[],
): Uint8Array {
  const packetType = (tracks[0]?.single[0] ?? 0) & 0x0f
  const common = kind === 2 ? [] : [tracks[0]?.single.subarray(1, 5) ?? new Uint8Array()]
  const parts = tracks.flatMap(({ trackId, single }) => [
    ...(kind === 2 ? [single.subarray(1, 5)] : []),
    Uint8Array.of(trackId),
    ...(kind === 0 ? [] : [number(single.length - 5, 3)]),
    single.subarray(5),
  ])
  return concatBytes([Uint8Array.of(head, (kind << 4) | packetType), ...common, ...parts])
}

/** `read`, or the code of what was thrown: `internal` for anything but a declared error. */
function outcome(reader: () => unknown): string {
  try {
    reader()
    return 'read'
  } catch (error) {
    return errorCode(error)
  }
}

/** What `videoKind` has to say. */
function expectedVideoKind(bytes: Uint8Array): string {
  if (outcome(() => readVideoBody(bytes)) !== 'read') return 'other'
  const body = readVideoBody(bytes)
  if (body.type === 'frame') return body.keyframe ? 'keyframe' : 'frame'
  return body.type === 'config' ? 'config' : 'other'
}

/** What `audioKind` has to say. */
function expectedAudioKind(bytes: Uint8Array): string {
  if (outcome(() => readAudioBody(bytes)) !== 'read') return 'other'
  const { type } = readAudioBody(bytes)
  return type === 'frame' || type === 'config' ? type : 'other'
}

function expectReadOrRefused(bytes: Uint8Array): void {
  expect(outcome(() => readVideoBody(bytes))).toMatch(
    /^(read|flv\.video\.\w+|amf\.[\w.]+|core\.bytes\.truncated)$/,
  )
  expect(outcome(() => readAudioBody(bytes))).toMatch(/^(read|flv\.audio\.\w+)$/)
  expect(videoKind(bytes)).toBe(expectedVideoKind(bytes))
  expect(audioKind(bytes)).toBe(expectedAudioKind(bytes))
}

describe('bodies with a FourCC', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(videoBody, audioBody, (video, audio) => {
        expect(readVideoBody(writeVideoBody(video))).toEqual(video)
        expect(readAudioBody(writeAudioBody(audio))).toEqual(audio)
      }),
      parameters,
    )
  })

  it('are read out of messages of several tracks', () => {
    const kind = fc.constantFrom(1, 2)
    const frames = fc.array(
      audioBody.filter((body) => body.type === 'frame' && body.nanoseconds === 0),
      {
        minLength: 4,
        maxLength: 4,
      },
    )
    fc.assert(
      fc.property(kind, trackIds, frames, (kind, ids, bodies) => {
        const first = bodies[0]
        const tracks = ids.flatMap((trackId, i) => {
          const body = bodies[i]
          if (body === undefined || first === undefined) return []
          // One FourCC stands for all tracks of kind 1.
          return [{ trackId, body: kind === 1 ? { ...body, codec: first.codec } : body }]
        })
        const singles = tracks.map(({ trackId, body }) => ({ trackId, single: writeAudioBody(body) }))
        const message = tracks.length === 0 ? Uint8Array.of(0x95, 0x21) : wrap(kind, 0x95, singles)
        expect(readAudioBody(message)).toEqual({ type: 'multitrack', tracks })
      }),
      parameters,
    )
  })

  it('are read as the one track of a message', () => {
    const single = videoBody.filter((body) => body.type !== 'frame' || body.nanoseconds === 0)
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 2), fc.nat(255), single, (kind, trackId, body) => {
        const written = writeVideoBody(body)
        const head = ((written[0] ?? 0) & 0xf0) | 6
        expect(readVideoBody(wrap(kind, head, [{ trackId, single: written }]))).toEqual({
          type: 'multitrack',
          tracks: [{ trackId, body }],
        })
      }),
      parameters,
    )
  })
})

describe('media bodies from anywhere', () => {
  const firstBytes = fc.constantFrom(
    0x17,
    0x2c,
    0x57,
    0x90,
    0x96,
    0x97,
    0xa1,
    0xd4,
    0xd7,
    0xaf,
    0x2f,
    0x94,
    0x95,
  )
  const fourCc = fc
    .constantFrom(...Object.values(VIDEO_FOURCC), ...Object.values(AUDIO_FOURCC), 0x76766331)
    .map((value) => number(value, 4))
  const rest = fc.uint8Array({ maxLength: 40 })

  it('are read or refused, and peeking agrees', () => {
    fc.assert(fc.property(rest, expectReadOrRefused), parameters)
    fc.assert(
      fc.property(firstBytes, rest, (first, rest) => expectReadOrRefused(Uint8Array.of(first, ...rest))),
      parameters,
    )
    fc.assert(
      fc.property(fc.nat(255), fourCc, rest, (first, name, rest) =>
        expectReadOrRefused(Uint8Array.of(first, ...name, ...rest)),
      ),
      parameters,
    )
    fc.assert(
      fc.property(firstBytes, fc.nat(255), fourCc, rest, (first, second, name, rest) =>
        expectReadOrRefused(Uint8Array.of(first, second, ...name, ...rest)),
      ),
      parameters,
    )
  })

  it('are read or refused when damaged, and peeking agrees', () => {
    const written = fc.oneof(videoBody.map(writeVideoBody), audioBody.map(writeAudioBody))
    fc.assert(
      fc.property(written, fc.nat(), fc.nat(255), fc.nat(60), (bytes, at, byte, length) => {
        const damaged = bytes.slice(0, length)
        if (damaged.length > 0) damaged[at % damaged.length] = byte
        expectReadOrRefused(damaged)
      }),
      parameters,
    )
  })

  it('may have modifiers without end', () => {
    const endless = new Uint8Array(3_000_000).fill(0)
    for (let i = 0; i < endless.length; i += 3) endless[i] = i === 0 ? 0x97 : 0x17
    expect(outcome(() => readVideoBody(endless))).toBe('flv.video.truncated')
    expect(outcome(() => readAudioBody(endless))).toBe('flv.audio.truncated')
  })
})
