import { timescale } from '@sluice/core'
import { expect, it } from 'vitest'
import { sameTrack } from './same-track.ts'
import type { AudioTrack, VideoTrack } from './track.ts'

const video: VideoTrack = {
  kind: 'video',
  codec: 'vp9',
  codecString: 'vp09.00.10.08',
  width: 640,
  height: 360,
  pixelAspectRatio: [1, 1],
  frameRate: undefined,
  timescale: timescale(90_000),
  config: Uint8Array.of(1, 2, 3),
}
const flac = (config: Uint8Array): AudioTrack => ({
  kind: 'audio',
  codec: 'flac',
  codecString: 'fLaC',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 4608,
  timescale: timescale(48_000),
  config,
})

it('a picture of another size needs another decoder, also with the same record', () => {
  expect(sameTrack(video, { ...video, config: Uint8Array.of(1, 2, 3), pixelAspectRatio: [2, 2] })).toBe(true)
  expect(sameTrack(video, { ...video, width: 1280 })).toBe(false)
  expect(sameTrack(video, { ...video, config: Uint8Array.of(1, 2, 4) })).toBe(false)
  expect(sameTrack(video, { ...video, pixelAspectRatio: [4, 3] })).toBe(false)
  expect(sameTrack(video, flac(new Uint8Array(34)))).toBe(false)
})

it('totals at the end of a FLAC stream change nothing, its format does', () => {
  const begun = new Uint8Array(34).fill(7)
  const ended = begun.slice()
  ended.fill(9, 4, 10)
  ended.fill(9, 14)
  ended[13] = (7 & 0xf0) | 3
  expect(sameTrack(flac(begun), flac(ended))).toBe(true)
  const deeper = begun.slice()
  deeper[13] = 0x97
  expect(sameTrack(flac(begun), flac(deeper))).toBe(false)
})
