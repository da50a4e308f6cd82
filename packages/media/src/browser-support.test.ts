import { describe, expect, it } from 'vitest'
import { aacTrack } from './aac/aac-track.ts'
import { browserSupport, playsInBrowsers } from './browser-support.ts'
import { h264Track } from './h264/h264-track.ts'
import type { AudioTrack, VideoTrack } from './track.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

// Written by ffmpeg 5.1.9 with libx264; commands in h264/h264-track.test.ts.
const BASELINE = '0142c00dffe100156742c00dda0507ec04400000fa40003a9803c50aa801000468ce0fc8'
const INTERLACED = '014d401effe10018674d401ef405a126c104000003000400000300c87c50aa8001000468de0fc8'
const HIGH =
  '01640028ffe1001b67640028acd940780227e5c044000003000400000300c83c60c65801000668ebe3cb22c0fdf8f800'
const HIGH_10 = '016e001fffe10019676e001fa6cb405017fcb808800000030080000032078c195001000468ce0fc8fdfafa00'
const HIGH_422 = '017a001fffe10019677a001fbcb405017fcf80880000030008000003032078c19501000468ce0fc8fef8f800'
const HIGH_444 =
  '01f4001effe1001e67f4001e919680d83de32bff0cca0cc71000000300100000030320f162ea01000568ce0f1920fff8f800'
const MONOCHROME =
  '0164001effe1001a6764001ef3650290bf8f9f016c800000030080000019078b16cb01000668ebe3cb22c0fcf8f800'

describe('playsInBrowsers', () => {
  it.each([
    ['Baseline', BASELINE, true],
    ['Main, interlaced', INTERLACED, true],
    ['High', HIGH, true],
    ['High 10', HIGH_10, false],
    ['High 4:2:2', HIGH_422, false],
    ['High 4:4:4', HIGH_444, false],
    ['High, monochrome', MONOCHROME, false],
    ['High 4:4:4 in a record that says High', `0164${HIGH_444.slice(4)}`, false],
  ])('H.264 %s', (_name, hex, plays) => {
    expect(playsInBrowsers(h264Track(bytes(hex)))).toBe(plays)
  })

  it.each([
    ['LC', '1210', true],
    ['HE', '2b920800', true],
    ['HE v2', 'eb8a0800', true],
    ['7.1', '11b8', true],
    ['22.2', '11e8', false],
    ['LC with 960 samples a frame', '1214', false],
  ])('AAC %s', (_name, hex, plays) => {
    expect(playsInBrowsers(aacTrack(bytes(hex)))).toBe(plays)
  })

  it.each(['hevc', 'av1', 'vp9', 'vp8'] as const)('not %s', (codec) => {
    const track: VideoTrack = { ...h264Track(bytes(HIGH)), codec }
    expect(playsInBrowsers(track)).toBe(false)
  })

  it.each(['opus', 'flac', 'ac3', 'eac3', 'mp3'] as const)('not %s', (codec) => {
    const track: AudioTrack = { ...aacTrack(bytes('1210')), codec }
    expect(playsInBrowsers(track)).toBe(false)
  })
})
