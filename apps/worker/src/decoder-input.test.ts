import { packetOf, type TracksEntry, type VideoEntry } from '@sluice/broadcast'
import { concatBytes, millis, timescale } from '@sluice/core'
import { FlvReader, readVideoBody, writeVideoBody } from '@sluice/flv'
import type { AudioTrack, VideoTrack } from '@sluice/media'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame } from '@sluice/testkit'
import { describe, expect, it } from 'vitest'
import { decoderInput } from './decoder-input.ts'

const video: VideoTrack = {
  kind: 'video',
  codec: 'av1',
  codecString: 'av01.0.05M.08',
  width: 320,
  height: 180,
  pixelAspectRatio: [1, 1],
  frameRate: 25,
  timescale: timescale(90_000),
  config: Uint8Array.of(0x81, 0x05, 0x0c, 0x00),
}
const audio: AudioTrack = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 1024,
  timescale: timescale(48_000),
  config: Uint8Array.of(0x11, 0x90),
}
const tracks: TracksEntry = {
  type: 'tracks',
  video: { track: video, payload: AVC_CONFIGURATION },
  audio: { track: audio, payload: AAC_CONFIGURATION },
}
/** An H.264 frame as Enhanced RTMP carries it: its header is longer than that of FLV. */
const frame: VideoEntry = {
  type: 'video',
  dts: millis(40),
  pts: millis(120),
  keyframe: true,
  payload: writeVideoBody({
    type: 'frame',
    codec: 'h264',
    keyframe: true,
    compositionOffset: 80,
    nanoseconds: 0,
    data: Uint8Array.of(0, 0, 0, 2, 0x65, 1),
  }),
}

function flvBodies(pieces: readonly Uint8Array[]): Uint8Array[] {
  const reader = new FlvReader()
  reader.receive(concatBytes(pieces))
  return reader.events().flatMap((event) => (event.type === 'tag' ? [event.body] : []))
}

describe('a decoder that reads FLV', () => {
  const input = decoderInput('flv', tracks)

  it('gets the sequence headers, and messages as they came', () => {
    const packet = packetOf(frame)
    const sound = { type: 'audio', time: millis(0), at: packet.dts, payload: aacFrame() } as const
    const pieces = [
      ...input.header(),
      ...input.frame(frame, packet, packet.data),
      ...input.frame(sound, packetOf(sound), packetOf(sound).data),
    ]
    expect(pieces).toContain(frame.payload)
    const bodies = [AVC_CONFIGURATION, AAC_CONFIGURATION, frame.payload, sound.payload]
    expect(flvBodies(pieces).map((body) => [...body])).toEqual(bodies.map((body) => [...body]))
  })

  it('gets other data behind the same header', () => {
    const data = Uint8Array.of(0, 0, 0, 1, 0x66)
    const bodies = flvBodies([...input.header(), ...input.frame(frame, packetOf(frame), data)])
    const body = readVideoBody(bodies.at(-1) ?? new Uint8Array(0))
    expect(body).toMatchObject({ type: 'frame', keyframe: true, compositionOffset: 80, data })
  })

  it('gets no header for a codec that has none', () => {
    const bare = decoderInput('flv', {
      type: 'tracks',
      video: undefined,
      audio: { track: audio, payload: new Uint8Array(0) },
    })
    expect(flvBodies(bare.header())).toEqual([])
  })
})

it('a decoder that cannot read the codec from FLV gets fragmented MP4', () => {
  const input = decoderInput('mp4', tracks)
  const packet = packetOf(frame)
  expect(Buffer.from(concatBytes(input.header())).toString('latin1', 4, 8)).toBe('ftyp')
  expect(input.frame(frame, packet, packet.data).at(-1)).toBe(packet.data)
  const data = Uint8Array.of(9)
  expect(input.frame(frame, packet, data).at(-1)).toBe(data)
})
