import { ProtocolError } from '@sluice/core'
import { expect, it } from 'vitest'
import { hex } from '../testing/hex.ts'
import { FLAC_FFMPEG, FLAC_FFMPEG_END } from '../testing/records.ts'
import { flacTrack } from './flac-track.ts'
import { readFlacStreamInfo } from './stream-info.ts'

it.each([
  ['at the start', FLAC_FFMPEG],
  ['at the end', FLAC_FFMPEG_END],
])('describes what ffmpeg sends %s', (_name, streamInfo) => {
  expect(flacTrack(streamInfo)).toStrictEqual({
    kind: 'audio',
    codec: 'flac',
    codecString: 'fLaC',
    sampleRate: 48_000,
    channels: 1,
    samplesPerPacket: 1024,
    timescale: 48_000,
    config: streamInfo,
  })
})

const REST = '00'.repeat(20)

it('reads 7.1 with 32 bits, and blocks of several sizes', () => {
  expect(readFlacStreamInfo(hex(`0010 ffff 000000 000000 a0ffff f0 ${REST}`))).toStrictEqual({
    minBlockSize: 16,
    maxBlockSize: 65_535,
    sampleRate: 0xa0fff,
    channels: 8,
    bitsPerSample: 32,
  })
})

it.each([
  ['no bytes', ''],
  ['too few bytes', `0400 0400 000000 000815 0bb800f0 ${REST.slice(2)}`],
  ['a block header before it', `80000022 0400 0400 000000 000815 0bb800f0 ${REST}`],
  ['small blocks', `000f 0400 000000 000815 0bb800f0 ${REST}`],
  ['a largest block that is not', `0400 03ff 000000 000815 0bb800f0 ${REST}`],
  ['no sample rate', `0400 0400 000000 000815 000000f0 ${REST}`],
  ['3 bits', `0400 0400 000000 000815 0bb80020 ${REST}`],
])('refuses %s', (_name, bytes) => {
  expect(() => flacTrack(hex(bytes))).toThrow(
    expect.objectContaining({ code: 'media.flac.stream_info_invalid', constructor: ProtocolError }),
  )
})
