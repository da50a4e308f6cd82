import { expect, it } from 'vitest'
import { AUDIO_FOURCC, audioCodecOf, fourCcName, VIDEO_FOURCC, videoCodecOf } from './fourcc.ts'

it('names the codecs', () => {
  const names = Object.values({ ...VIDEO_FOURCC, ...AUDIO_FOURCC }).map(fourCcName)
  expect(names.join(' ')).toBe('avc1 hvc1 av01 vp09 vp08 mp4a Opus fLaC ac-3 ec-3 .mp3')
})

it('finds the codec of each FourCC', () => {
  const video = Object.entries(VIDEO_FOURCC)
  const audio = Object.entries(AUDIO_FOURCC)
  expect(video.map(([, fourCc]) => videoCodecOf(fourCc))).toStrictEqual(video.map(([codec]) => codec))
  expect(audio.map(([, fourCc]) => audioCodecOf(fourCc))).toStrictEqual(audio.map(([codec]) => codec))
  expect(videoCodecOf(AUDIO_FOURCC.aac)).toBeUndefined()
  expect(audioCodecOf(0)).toBeUndefined()
})

it('prints what is no text', () => {
  expect(fourCcName(0xff410020)).toBe('\\xffA\\x00\\x20')
})
