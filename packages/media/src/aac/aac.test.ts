import { ProtocolError, StateError, toHex, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { hex as bytes } from '../testing/hex.ts'
import { aacTrack } from './aac-track.ts'
import { readAudioSpecificConfig, writeAudioSpecificConfig } from './audio-specific-config.ts'

const LC_STEREO = {
  sampleRate: 44_100,
  channelConfiguration: 2,
  channels: 2,
  frameLength: 1024,
  sbr: undefined,
} as const

/** Configs that are written the way they were read. */
const CONFIGS = [
  { name: 'LC stereo', hex: '1210', config: LC_STEREO, codecString: 'mp4a.40.2', channels: 2 },
  {
    name: 'LC mono, 48 kHz',
    hex: '1188',
    config: { ...LC_STEREO, sampleRate: 48_000, channelConfiguration: 1, channels: 1 },
    codecString: 'mp4a.40.2',
    channels: 1,
  },
  {
    name: 'LC 7.1',
    hex: '11b8',
    config: { ...LC_STEREO, sampleRate: 48_000, channelConfiguration: 7, channels: 8 },
    codecString: 'mp4a.40.2',
    channels: 8,
  },
  {
    name: 'LC 7.1 with two channels behind',
    hex: '11e0',
    config: { ...LC_STEREO, sampleRate: 48_000, channelConfiguration: 12, channels: 8 },
    codecString: 'mp4a.40.2',
    channels: 8,
  },
  {
    name: 'LC with 960 samples a frame',
    hex: '1214',
    config: { ...LC_STEREO, frameLength: 960 },
    codecString: 'mp4a.40.2',
    channels: 2,
  },
  {
    name: 'LC at a rate of no index',
    hex: '1780 52 0890', // 42 001 Hz
    config: { ...LC_STEREO, sampleRate: 42_001 },
    codecString: 'mp4a.40.2',
    channels: 2,
  },
  {
    name: 'HE-AAC, hierarchical',
    hex: '2b920800',
    config: {
      ...LC_STEREO,
      sampleRate: 22_050,
      sbr: { signalling: 'hierarchical', sampleRate: 44_100, parametricStereo: false },
    },
    codecString: 'mp4a.40.5',
    channels: 2,
  },
  {
    name: 'HE-AAC v2, hierarchical',
    hex: 'eb8a0800',
    config: {
      ...LC_STEREO,
      sampleRate: 22_050,
      channelConfiguration: 1,
      channels: 1,
      sbr: { signalling: 'hierarchical', sampleRate: 44_100, parametricStereo: true },
    },
    codecString: 'mp4a.40.29',
    channels: 2,
  },
  {
    name: 'HE-AAC, backward compatible',
    hex: '139056e5a0',
    config: {
      ...LC_STEREO,
      sampleRate: 22_050,
      sbr: { signalling: 'backward-compatible', sampleRate: 44_100, parametricStereo: false },
    },
    codecString: 'mp4a.40.5',
    channels: 2,
  },
  {
    name: 'HE-AAC v2, backward compatible',
    hex: '138856e5a54880',
    config: {
      ...LC_STEREO,
      sampleRate: 22_050,
      channelConfiguration: 1,
      channels: 1,
      sbr: { signalling: 'backward-compatible', sampleRate: 44_100, parametricStereo: true },
    },
    codecString: 'mp4a.40.29',
    channels: 2,
  },
] as const

describe('AudioSpecificConfig', () => {
  it.each(CONFIGS)('reads and writes $name', ({ hex, config, codecString, channels }) => {
    const asc = bytes(hex)
    expect(readAudioSpecificConfig(asc)).toStrictEqual(config)
    expect(toHex(writeAudioSpecificConfig(config))).toBe(hex.replaceAll(' ', ''))
    expect(aacTrack(asc)).toStrictEqual({
      kind: 'audio',
      codec: 'aac',
      codecString,
      sampleRate: config.sampleRate,
      channels,
      samplesPerPacket: config.frameLength,
      timescale: config.sampleRate,
      config: asc,
    })
  })

  it.each([
    // ffmpeg 5.1.9: `ffmpeg -f lavfi -i sine=r=48000 -t 0.2 -c:a aac OPTIONS out.mp4`, extradata.
    ['ffmpeg: -ac 2 -ar 44100', '1210 56e500', { sampleRate: 44_100, channels: 2, sbr: undefined }],
    ['ffmpeg: -ac 6 -ar 48000', '11b0 56e500', { channelConfiguration: 6, channels: 6, sbr: undefined }],
    ['ffmpeg: -ac 2 -ar 7350', '1610 56e500', { sampleRate: 7350, channels: 2 }],
    [
      'ffmpeg: -ac 3 -ar 48000 (2.1 in a program config element)',
      '1180 04c4 0100 2000 0d4c 6176 6335 392e 3337 2e31 3030 56e5 00',
      { sampleRate: 48_000, channelConfiguration: 0, channels: 3, sbr: undefined },
    ],
    [
      'ffmpeg: -channel_layout quad -ar 48000',
      '1180 04c4 0400 2110 0d4c 6176 6335 392e 3337 2e31 3030 56e5 00',
      { channelConfiguration: 0, channels: 4, sbr: undefined },
    ],
    [
      'ffmpeg: -channel_layout 6.1 -ar 48000',
      '1180 04c8 4800 2000 c440 0d4c 6176 6335 392e 3337 2e31 3030 56e5 00',
      { channelConfiguration: 0, channels: 7, sbr: undefined },
    ],
    // OBS Studio 29.0 with ffmpeg_aac, GStreamer 1.22 with avenc_aac, from their RTMP streams.
    ['OBS', '1190 56e500', { sampleRate: 48_000, channels: 2, sbr: undefined }],
    ['GStreamer', '1210', { sampleRate: 44_100, channels: 2, sbr: undefined }],
    ['padding behind the config', '1210 000000', { channels: 2, sbr: undefined }],
    ['a core coder delay and an extension flag', '1213 fffe', { channels: 2, frameLength: 1024 }],
  ])('reads %s', (_name, hex, config) => {
    expect(readAudioSpecificConfig(bytes(hex))).toMatchObject(config)
  })

  it('reads SBR behind a program config element', () => {
    const asc = bytes('1180 04c4 0100 2000 00 56e5 98')
    expect(readAudioSpecificConfig(asc).sbr).toStrictEqual({
      signalling: 'backward-compatible',
      sampleRate: 48_000,
      parametricStereo: false,
    })
  })

  it.each([
    ['media.aac.config_truncated', ''],
    ['media.aac.config_truncated', '12'],
    ['media.aac.config_truncated', '1780'],
    ['media.aac.sample_rate', '1690'], // index 13
    ['media.aac.sample_rate', '1780 0000 10'], // 0 Hz
    ['media.aac.channel_configuration', '1240'], // 8, reserved
    ['media.aac.channel_configuration', '1180 0400 0000 0000'], // an element without channels
    ['media.aac.nested_sbr', '2b921400'],
  ])('throws %s for %s', (code, hex) => {
    expect(() => readAudioSpecificConfig(bytes(hex))).toThrow(
      expect.objectContaining({ code, constructor: ProtocolError }),
    )
  })

  it.each([
    ['AAC Main', '0a10'],
    ['AAC-ELD, an extended object type', 'f8e8 5000'],
    ['SBR over AAC Main', '2b920400'],
    ['an OpusHead', '4f70 7573 4865 6164 0102 3801 80bb 0000 0000 00'],
  ])('does not handle %s', (_name, hex) => {
    expect(() => readAudioSpecificConfig(bytes(hex))).toThrow(
      expect.objectContaining({ code: 'media.aac.object_type', constructor: UnsupportedError }),
    )
  })

  it.each([
    ['channels that do not fit', { ...LC_STEREO, channels: 3 }],
    ['a program config element', { ...LC_STEREO, channelConfiguration: 0 }],
    ['a rate of 25 bits', { ...LC_STEREO, sampleRate: 0x1000000 }],
    ['a rate with a fraction', { ...LC_STEREO, sampleRate: 44_100.5 }],
  ])('does not write %s', (_name, config) => {
    expect(() => writeAudioSpecificConfig(config)).toThrow(StateError)
  })
})
