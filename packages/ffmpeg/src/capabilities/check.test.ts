import { BUILT_IN_PROFILES } from '@sluice/ladder'
import { expect, test } from 'vitest'
import { checkProfile, checkSource, inputFormat, toneMappingObstacle } from './check.ts'
import type { FfmpegCapabilities } from './probe.ts'

const FULL: FfmpegCapabilities = {
  binary: '/usr/bin/ffmpeg',
  version: { text: '5.1.9-0+deb12u1', major: 5, minor: 1 },
  encoders: ['libx264', 'aac'],
  decoders: ['h264', 'hevc', 'aac', 'libdav1d', 'opus'],
  muxers: ['mp4'],
  demuxers: ['flv', 'mov', 'mp4'],
  filters: ['scale', 'tonemap', 'zscale'],
  hardware: [],
  videoEncoder: { kind: 'software' },
}
const { default: ladder, source } = BUILT_IN_PROFILES

test('a profile that can run has no obstacles', () => {
  expect(checkProfile(FULL, ladder)).toEqual([])
})

test('every missing part is named once', () => {
  expect(checkProfile({ ...FULL, encoders: [], muxers: [] }, ladder)).toEqual([
    {
      code: 'ffmpeg.encoder_missing',
      message: 'profile "default" needs the encoder libx264, which /usr/bin/ffmpeg (5.1.9-0+deb12u1) lacks',
    },
    {
      code: 'ffmpeg.encoder_missing',
      message: 'profile "default" needs the encoder aac, which /usr/bin/ffmpeg (5.1.9-0+deb12u1) lacks',
    },
    { code: 'ffmpeg.format_missing', message: '/usr/bin/ffmpeg (5.1.9-0+deb12u1) cannot write mp4' },
  ])
})

test('a GPU’s encoder stands in the place of x264', () => {
  const videoEncoder = { kind: 'nvenc' } as const
  expect(checkProfile({ ...FULL, videoEncoder, encoders: ['h264_nvenc', 'aac'] }, ladder)).toEqual([])
  expect(checkProfile({ ...FULL, videoEncoder }, ladder)).toMatchObject([
    { message: expect.stringContaining('needs the encoder h264_nvenc') },
  ])
})

test('a profile that encodes nothing runs on anything', () => {
  expect(checkProfile({ ...FULL, encoders: [], muxers: [] }, source)).toEqual([])
})

test('tone mapping needs its filters', () => {
  expect(toneMappingObstacle(FULL)).toBeUndefined()
  expect(toneMappingObstacle({ ...FULL, filters: ['scale', 'tonemap'] })).toBe(
    '/usr/bin/ffmpeg (5.1.9-0+deb12u1) has no filter zscale, which an ffmpeg with libzimg has',
  )
})

test('a source needs decoders and a readable container', () => {
  expect(checkSource(FULL, { video: { codec: 'av1' }, audio: { codec: 'opus' } })).toEqual([])
  expect(checkSource(FULL, { video: { codec: 'vp9' }, audio: undefined })).toEqual([
    {
      code: 'ffmpeg.decoder_missing',
      message: 'the source is vp9, for which /usr/bin/ffmpeg (5.1.9-0+deb12u1) has no decoder',
    },
  ])
  expect(checkSource({ ...FULL, demuxers: ['mp4'] }, { video: { codec: 'h264' }, audio: undefined })).toEqual(
    [{ code: 'ffmpeg.format_missing', message: '/usr/bin/ffmpeg (5.1.9-0+deb12u1) cannot read flv' }],
  )
})

test.each([
  { version: '5.1', video: 'h264', audio: 'aac', format: 'flv' },
  { version: '5.1', video: 'hevc', audio: 'aac', format: 'mp4' },
  { version: '6.0', video: 'av1', audio: 'aac', format: 'mp4' },
  { version: '6.1', video: 'hevc', audio: 'aac', format: 'flv' },
  { version: '7.1', video: 'av1', audio: 'opus', format: 'mp4' },
  { version: '9.0', video: 'av1', audio: 'opus', format: 'flv' },
  { version: '5.1', video: 'h264', audio: 'opus', format: 'mp4' },
] as const)('$video and $audio reach ffmpeg $version as $format', ({ version, video, audio, format }) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const source = { video: { codec: video }, audio: { codec: audio } }
  expect(inputFormat({ version: { text: version, major, minor } }, source)).toBe(format)
})
