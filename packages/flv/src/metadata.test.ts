import { AmfEcmaArray, AmfObject } from '@sluice/amf'
import { describe, expect, it } from 'vitest'
import { readMetadata } from './metadata.ts'

describe('readMetadata', () => {
  it('reads what OBS sends', () => {
    const metadata = AmfEcmaArray.of({
      duration: 0,
      fileSize: 0,
      width: 1280,
      height: 720,
      videocodecid: 7,
      videodatarate: 2500,
      framerate: 30,
      audiocodecid: 10,
      audiodatarate: 160,
      audiosamplerate: 48_000,
      stereo: true,
      encoder: 'obs-output module (libobs version 29.0.2)',
    })
    expect(readMetadata(metadata)).toStrictEqual({
      width: 1280,
      height: 720,
      frameRate: 30,
      hasVideo: true,
      hasAudio: true,
      videoBitrate: 2_500_000,
      audioBitrate: 160_000,
      videoCodec: 'h264',
      audioCodec: 'aac',
      sampleRate: 48_000,
      encoder: 'obs-output module (libobs version 29.0.2)',
    })
  })

  it('believes the flags before the codec ids', () => {
    const metadata = AmfObject.of({ hasVideo: false, videocodecid: 7, hasAudio: 'yes', audiocodecid: 'mp4a' })
    expect(readMetadata(metadata)).toStrictEqual({
      hasVideo: false,
      videoCodec: 'h264',
      hasAudio: true,
      audioCodec: 'aac',
    })
  })

  it('takes numbers written as text and other names of the frame rate', () => {
    expect(readMetadata(AmfObject.of({ width: ' 640', fps: '29.97' }))).toStrictEqual({
      width: 640,
      frameRate: 29.97,
    })
    expect(readMetadata(AmfObject.of({ framerate: 0, videoframerate: 25 }))).toStrictEqual({ frameRate: 25 })
  })

  it('passes over junk', () => {
    const junk = AmfObject.of({
      width: Number.NaN,
      height: -720,
      framerate: Number.POSITIVE_INFINITY,
      fps: '',
      videodatarate: 'fast',
      audiodatarate: 1e12,
      videocodecid: null,
      audiocodecid: AmfObject.of({}),
      encoder: ['x'],
      videoTrackIdInfoMap: [],
      audioTrackIdInfoMap: AmfObject.of({
        256: AmfObject.of({}),
        x: AmfObject.of({}),
        1: null,
        '-1': AmfObject.of({}),
      }),
    })
    expect(readMetadata(junk)).toStrictEqual({})
    expect(readMetadata(AmfObject.of({ encoder: '' }))).toStrictEqual({})
  })

  it.each([
    [1_752_589_105, 'hevc'], // hvc1 as a number, as ffmpeg writes it
    [1_635_135_537, 'av1'],
    ['vp09', 'vp9'],
    ['12', 'hevc'],
    ['1987063864', 'vp8'],
    [1_987_470_129, undefined], // vvc1
    ['avc', undefined],
    [Number.NaN, undefined],
  ])('takes %o for the codec %s', (videocodecid, codec) => {
    expect(readMetadata(AmfObject.of({ videocodecid })).videoCodec).toBe(codec)
  })

  it.each([
    [1_332_770_163, 'opus'],
    ['.mp3', 'mp3'],
    [2, 'mp3'],
    ['ec-3', 'eac3'],
    [11, undefined],
  ])('takes %o for the codec %s', (audiocodecid, codec) => {
    expect(readMetadata(AmfObject.of({ audiocodecid })).audioCodec).toBe(codec)
  })

  it('reads what is said of further tracks', () => {
    const metadata = AmfEcmaArray.of({
      videoTrackIdInfoMap: AmfObject.of({
        1: AmfObject.of({ width: 1024, height: 768, videodatarate: 2000, videocodecid: 'hvc1' }),
        2: AmfEcmaArray.of({ framerate: 60 }),
      }),
      audioTrackIdInfoMap: AmfObject.of({
        1: AmfObject.of({ audiodatarate: 256, channels: 2, samplerate: 44_100, language: 'de' }),
        255: AmfObject.of({}),
      }),
    })
    expect(readMetadata(metadata)).toStrictEqual({
      videoTracks: new Map([
        [1, { width: 1024, height: 768, videoBitrate: 2_000_000, videoCodec: 'hevc' }],
        [2, { frameRate: 60 }],
      ]),
      audioTracks: new Map([
        [1, { audioBitrate: 256_000, channels: 2, sampleRate: 44_100, language: 'de' }],
        [255, {}],
      ]),
    })
  })

  it.each([
    [
      { language: 'pt-BR', name: 'Português' },
      { language: 'pt-BR', name: 'Português' },
    ],
    [
      { language: 'zh-Hant-TW', title: 'Commentary' },
      { language: 'zh-Hant-TW', name: 'Commentary' },
    ],
    [{ label: ' a\u0000\nb ' }, { name: 'a b' }],
    [{ name: '', title: 7, label: 'x'.repeat(100) }, { name: 'x'.repeat(64) }],
    [{ language: 'in English, please' }, {}],
    [{ language: 7, name: '\n' }, {}],
  ])('reads %o as the label of a sound', (said, label) => {
    const audioTrackIdInfoMap = AmfObject.of({ 0: AmfObject.of(said) })
    expect(readMetadata(AmfObject.of({ audioTrackIdInfoMap })).audioTracks?.get(0)).toStrictEqual(label)
  })

  it('does not take what the stream is called for the name of its sound', () => {
    expect(readMetadata(AmfObject.of({ title: 'My show', language: 'de' }))).toStrictEqual({})
  })

  it('shortens a long encoder name', () => {
    expect(readMetadata(AmfObject.of({ encoder: 'x'.repeat(1000) })).encoder).toHaveLength(200)
  })

  it.each([null, undefined, 'text', 5, [AmfObject.of({ width: 640 })]])('finds nothing in %o', (value) => {
    expect(readMetadata(value)).toStrictEqual({})
  })
})
