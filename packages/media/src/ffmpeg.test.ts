import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { browserSupport } from './browser-support.ts'
import { boxPayload, type Encoded, encode, encoders } from './testing/ffmpeg.ts'
import type { AudioCodec, VideoCodec, VideoTrack } from './track.ts'
import { audioTrackOf, videoTrackOf } from './track-of.ts'

const available = encoders()

interface VideoCase {
  readonly encoder: string
  readonly codec: VideoCodec
  readonly name: string
  /** After `testsrc2=`. */
  readonly source: string
  readonly options?: readonly string[]
  readonly codecString: string | RegExp
  readonly support: string
  /** False where the codec's headers do not tell it. */
  readonly rate?: boolean
}

const CRF = ['-crf', '40']
const X265 = { encoder: 'libx265', codec: 'hevc', support: 'some', rate: true } as const
const AOM = { encoder: 'libaom-av1', codec: 'av1', support: 'some' } as const
const VP9 = { encoder: 'libvpx-vp9', codec: 'vp9', support: 'some' } as const

/** Options of x265 that change how its sequence parameter set is spelt. */
function x265(parameters: string, format = 'yuv420p'): string[] {
  return ['-preset', 'ultrafast', '-pix_fmt', format, '-x265-params', `log-level=error:${parameters}`]
}

const VIDEO: readonly VideoCase[] = [
  {
    ...X265,
    name: 'Main, 30000/1001',
    source: 's=320x240:r=30000/1001',
    options: x265('open-gop=0'),
    codecString: 'hvc1.1.6.L60.90',
  },
  {
    ...X265,
    name: 'cropped to 854x478',
    source: 's=854x478:r=24000/1001',
    options: [...x265('bframes=4:b-pyramid=1:ref=4'), '-preset', 'medium'],
    codecString: 'hvc1.1.6.L90.90',
  },
  {
    ...X265,
    name: 'an even number beyond eight',
    source: 's=642x362:r=25',
    options: x265('keyint=10:bframes=2'),
    codecString: /^hvc1\.1\.6\.L\d+\.90$/,
  },
  {
    ...X265,
    name: 'anamorphic, with scaling lists',
    source: 's=720x576:r=25,setsar=16/11',
    options: x265('scaling-list=default'),
    codecString: 'hvc1.1.6.L90.90',
  },
  {
    ...X265,
    name: 'extended aspect ratio, high tier',
    source: 's=640x360:r=60,setsar=59/54',
    options: x265('level-idc=4:high-tier=1:vbv-maxrate=20000:vbv-bufsize=20000'),
    codecString: 'hvc1.1.6.H120.90',
  },
  {
    ...X265,
    name: 'colour description, HDR',
    source: 's=640x360:r=50',
    options: x265('colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1', 'yuv420p10le'),
    codecString: /^hvc1\.2\.4\.L\d+\.90$/,
  },
  {
    ...X265,
    name: 'temporal layers, lossless, weighted',
    source: 's=640x360:r=30',
    options: x265('temporal-layers=3:bframes=4:b-adapt=0:amp=1:rect=1:cu-lossless=1'),
    codecString: /^hvc1\.1\.6\.L\d+\.90$/,
  },
  {
    ...X265,
    name: '4:2:2 with 10 bits',
    source: 's=640x362:r=50',
    options: x265('open-gop=0', 'yuv422p10le'),
    codecString: /^hvc1\.4\.10\.L\d+\.9D\.8$/,
    support: 'none',
  },
  {
    ...X265,
    name: '4:4:4',
    source: 's=640x360:r=25,scale=641:361',
    options: x265('open-gop=0', 'yuv444p'),
    codecString: /^hvc1\.4\.10\.L\d+\.9E\.8$/,
    support: 'none',
  },
  {
    ...X265,
    name: 'monochrome',
    source: 's=642x362:r=25',
    options: x265('open-gop=0', 'gray'),
    codecString: /^hvc1\.4\.10\.L\d+\.9/,
    support: 'none',
  },
  { ...AOM, name: '8 bits', source: 's=320x240:r=30', codecString: /^av01\.0\.00M\.08$/ },
  { ...AOM, name: 'odd size', source: 's=320x240:r=25,scale=321:243', codecString: /^av01\.0\.00M\.08$/ },
  {
    ...AOM,
    name: '10 bits',
    source: 's=640x360:r=60',
    options: ['-pix_fmt', 'yuv420p10le'],
    codecString: /^av01\.0\.\d\dM\.10$/,
  },
  {
    ...AOM,
    name: 'High, 4:4:4',
    source: 's=160x90:r=25',
    options: ['-pix_fmt', 'yuv444p'],
    codecString: /^av01\.1\.\d\dM\.08$/,
    support: 'none',
  },
  {
    ...AOM,
    name: 'Professional, 4:2:2 with 12 bits',
    source: 's=160x90:r=25',
    options: ['-pix_fmt', 'yuv422p12le'],
    codecString: /^av01\.2\.\d\dM\.12$/,
    support: 'none',
  },
  {
    ...AOM,
    name: 'monochrome',
    source: 's=160x90:r=25',
    options: ['-pix_fmt', 'gray'],
    codecString: /^av01\.0\.\d\dM\.08$/,
  },
  {
    ...AOM,
    name: 'RGB',
    source: 's=160x90:r=25',
    options: ['-pix_fmt', 'gbrp'],
    codecString: /^av01\.1\.\d\dM\.08$/,
    support: 'none',
  },
  {
    ...AOM,
    encoder: 'libsvtav1',
    name: 'SVT-AV1',
    source: 's=160x90:r=25',
    options: ['-preset', '12', '-pix_fmt', 'yuv420p10le'],
    codecString: /^av01\.0\.\d\dM\.10$/,
  },
  {
    ...AOM,
    encoder: 'librav1e',
    name: 'rav1e',
    source: 's=160x90:r=25',
    options: ['-speed', '10'],
    codecString: /^av01\.0\.\d\dM\.08$/,
  },
  { ...VP9, name: 'profile 0', source: 's=320x240:r=30', codecString: /^vp09\.00\.\d\d\.08$/ },
  { ...VP9, name: 'odd size', source: 's=320x240:r=30,scale=321:243', codecString: /^vp09\.00\.\d\d\.08$/ },
  {
    ...VP9,
    name: 'profile 1',
    source: 's=160x90:r=30',
    options: ['-pix_fmt', 'yuv444p'],
    codecString: /^vp09\.01\.\d\d\.08$/,
    support: 'none',
  },
  {
    ...VP9,
    name: 'profile 1, RGB',
    source: 's=160x90:r=30',
    options: ['-pix_fmt', 'gbrp'],
    codecString: /^vp09\.01\.\d\d\.08$/,
    support: 'none',
  },
  {
    ...VP9,
    name: 'profile 2',
    source: 's=160x90:r=30',
    options: ['-pix_fmt', 'yuv420p10le'],
    codecString: /^vp09\.02\.\d\d\.10$/,
  },
  {
    ...VP9,
    name: 'profile 2 with 12 bits',
    source: 's=160x90:r=30',
    options: ['-pix_fmt', 'yuv420p12le'],
    codecString: /^vp09\.02\.\d\d\.12$/,
    support: 'none',
  },
  {
    ...VP9,
    name: 'profile 3',
    source: 's=160x90:r=30',
    options: ['-pix_fmt', 'yuv422p12le'],
    codecString: /^vp09\.03\.\d\d\.12$/,
    support: 'none',
  },
  {
    encoder: 'libvpx',
    codec: 'vp8',
    name: 'odd size',
    source: 's=320x240:r=30,scale=321:243',
    codecString: 'vp08.00.20.08',
    support: 'none',
  },
]

/** How each codec's record is taken from a file. */
const VIDEO_RECORDS: Readonly<Record<VideoCodec, (file: Buffer) => Uint8Array | undefined>> = {
  h264: (file) => boxPayload(file, 'avcC'),
  hevc: (file) => boxPayload(file, 'hvcC'),
  av1: (file) => boxPayload(file, 'av1C'),
  vp9: (file) => boxPayload(file, 'vpcC').subarray(4),
  vp8: () => undefined,
}

function encodeVideo({ encoder, codec, source, options = [] }: VideoCase): Encoded {
  const speed = encoder.startsWith('libvpx') || encoder === 'libaom-av1' ? ['-cpu-used', '8'] : []
  const quality = encoder === 'librav1e' ? [] : CRF
  const all = ['-frames:v', '3', '-c:v', encoder, ...speed, ...quality, ...options]
  return encode(`testsrc2=${source}`, all, codec === 'vp8' ? 'mkv' : 'mp4')
}

describe('video of ffmpeg', () => {
  it.for(VIDEO)('$encoder: $name', (one, { skip }) => {
    if (!available.has(one.encoder)) return skip(`this ffmpeg has no ${one.encoder}`)
    const { file, packet, probed } = encodeVideo(one)
    const track = videoTrackOf(one.codec, VIDEO_RECORDS[one.codec](file), packet)
    expect(track).toMatchObject({
      kind: 'video',
      codec: one.codec,
      width: probed.width,
      height: probed.height,
    })
    expect(track?.codecString).toMatch(one.codecString)
    expect(track && browserSupport(track)).toBe(one.support)
    expect(track?.frameRate).toSatisfy((rate) =>
      agrees(rate, one.rate === true ? probed.frameRate : undefined),
    )
    expect(track?.pixelAspectRatio.join(':')).toBe(one.codec === 'hevc' ? probed.sampleAspectRatio : '1:1')
    expect(levelOf(track)).toBe(one.codec === 'hevc' || one.codec === 'av1' ? probed.level : undefined)
  })

  it.runIf(available.has('libaom-av1'))(
    'AV1 whose record has no sequence header is described by a keyframe',
    () => {
      const { file, packet, probed } = encode(
        'testsrc2=s=320x240',
        ['-frames:v', '2', '-c:v', 'libaom-av1', '-cpu-used', '8'],
        'mp4',
      )
      const record = boxPayload(file, 'av1C').subarray(0, 4)
      expect(videoTrackOf('av1', record, undefined)).toBeUndefined()
      const track = videoTrackOf('av1', record, packet)
      expect(track).toMatchObject({ width: probed.width, height: probed.height, config: record })
      // A temporal delimiter, which some senders leave in.
      expect(videoTrackOf('av1', record, Uint8Array.of(0x12, 0, ...packet))).toStrictEqual(track)
    },
  )
})

/** Of codec strings that ffprobe's number for the level is part of. */
function levelOf(track: VideoTrack | undefined): number | undefined {
  const [, hevc, av1] = /^hvc1.*\.[LH](\d+)|^av01\.\d\.(\d+)/.exec(track?.codecString ?? '') ?? []
  const level = hevc ?? av1
  return level === undefined ? undefined : Number(level)
}

function agrees(rate: number | undefined, expected: number | undefined): boolean {
  if (rate === undefined || expected === undefined) return rate === expected
  return Math.abs(rate - expected) < 1e-6
}

interface AudioCase {
  readonly encoder: string
  readonly codec: Exclude<AudioCodec, 'aac'>
  readonly rate: number
  readonly layout: string
  readonly options?: readonly string[]
  readonly samples: number
  readonly support?: string
}

const OPUS = { encoder: 'libopus', codec: 'opus', rate: 48_000, samples: 960 } as const
const FLAC = { encoder: 'flac', codec: 'flac', options: ['-frame_size', '1152'], samples: 1152 } as const
const AC3 = { encoder: 'ac3', codec: 'ac3', samples: 1536 } as const
const EAC3 = { encoder: 'eac3', codec: 'eac3', samples: 1536 } as const
const MP3 = { encoder: 'libmp3lame', codec: 'mp3', support: 'none' } as const

const AUDIO: readonly AudioCase[] = [
  { ...OPUS, layout: 'mono' },
  { ...OPUS, layout: 'stereo' },
  { ...OPUS, layout: 'stereo', rate: 24_000 },
  { ...OPUS, layout: '5.1', options: ['-mapping_family', '1'] },
  { ...OPUS, layout: '7.1', options: ['-mapping_family', '1'] },
  { ...OPUS, layout: 'stereo', options: ['-mapping_family', '255'], support: 'none' },
  {
    ...OPUS,
    layout: 'stereo',
    options: ['-application', 'lowdelay', '-frame_duration', '2.5'],
    samples: 120,
  },
  { ...OPUS, layout: 'mono', options: ['-frame_duration', '40', '-b:a', '12k'], samples: 1920 },
  { ...OPUS, layout: 'mono', options: ['-frame_duration', '60', '-b:a', '8k'], samples: 2880 },
  { ...OPUS, layout: 'stereo', options: ['-frame_duration', '120'], samples: 5760 },
  { ...FLAC, layout: 'stereo', rate: 44_100 },
  { ...FLAC, layout: 'mono', rate: 96_000, options: [...FLAC.options, '-sample_fmt', 's32'] },
  { ...FLAC, layout: '7.1', rate: 48_000 },
  { ...AC3, layout: 'stereo', rate: 48_000 },
  { ...AC3, layout: 'mono', rate: 32_000 },
  { ...AC3, layout: '5.1', rate: 44_100 },
  { ...AC3, layout: '3.0', rate: 48_000 },
  { ...AC3, layout: '4.0', rate: 48_000 },
  { ...EAC3, layout: 'stereo', rate: 48_000 },
  { ...EAC3, layout: 'mono', rate: 32_000 },
  { ...EAC3, layout: '5.1', rate: 44_100 },
  { ...EAC3, layout: '5.1', rate: 48_000, options: ['-b:a', '3000k'], samples: 512, support: 'none' },
  {
    ...EAC3,
    layout: '3.1',
    rate: 48_000,
    options: ['-dialnorm', '-20', '-mixing_level', '90', '-ltrt_cmixlev', '0.7'],
  },
  { ...MP3, layout: 'stereo', rate: 48_000, samples: 1152 },
  { ...MP3, layout: 'mono', rate: 44_100, samples: 1152 },
  { ...MP3, layout: 'stereo', rate: 22_050, samples: 576 },
  { ...MP3, layout: 'mono', rate: 8000, samples: 576 },
]

interface AudioContainer {
  readonly extension: string
  /** What a sender would put first. */
  readonly record: (file: Buffer) => Uint8Array | undefined
  /** What `config` has to be. */
  readonly config: (file: Buffer) => Uint8Array
}

const AUDIO_CONTAINERS: Readonly<Record<Exclude<AudioCodec, 'aac'>, AudioContainer>> = {
  opus: { extension: 'ogg', record: opusHeadOf, config: opusHeadOf },
  flac: { extension: 'flac', record: streamInfoOf, config: streamInfoOf },
  ac3: { extension: 'mp4', record: () => undefined, config: (file) => boxPayload(file, 'dac3') },
  eac3: { extension: 'mp4', record: () => undefined, config: (file) => boxPayload(file, 'dec3') },
  mp3: { extension: 'mp3', record: () => undefined, config: () => new Uint8Array() },
}

/** Behind `fLaC` and the block's header. */
function streamInfoOf(file: Buffer): Uint8Array {
  return file.subarray(8, 42)
}

/** The first packet of an Ogg file, which has its first page to itself. */
function opusHeadOf(file: Buffer): Uint8Array {
  const segments = file[26] ?? 0
  const size = file.subarray(27, 27 + segments).reduce((sum, byte) => sum + byte, 0)
  return file.subarray(27 + segments, 27 + segments + size)
}

const CODEC_STRINGS: Readonly<Record<AudioCase['codec'], RegExp>> = {
  opus: /^Opus$/,
  flac: /^fLaC$/,
  ac3: /^ac-3$/,
  eac3: /^ec-3$/,
  mp3: /^mp4a\.6[9B]$/,
}

function encodeAudio({ encoder, codec, rate, layout, options = [] }: AudioCase): Encoded {
  const source = `anoisesrc=a=0.1:d=0.4:r=${rate},aformat=channel_layouts=${layout}`
  return encode(source, ['-c:a', encoder, ...options], AUDIO_CONTAINERS[codec].extension)
}

describe('audio of ffmpeg', () => {
  it.for(AUDIO)('$encoder: $layout at $rate Hz, $samples samples, $options', (one, { skip }) => {
    if (!available.has(one.encoder)) return skip(`this ffmpeg has no ${one.encoder}`)
    const { file, packet, probed } = encodeAudio(one)
    const track = audioTrackOf(one.codec, AUDIO_CONTAINERS[one.codec].record(file), packet)
    expect(track).toMatchObject({
      kind: 'audio',
      codec: one.codec,
      sampleRate: probed.sampleRate,
      timescale: probed.sampleRate,
      channels: probed.channels,
      samplesPerPacket: one.samples,
    })
    expect(track?.codecString).toMatch(CODEC_STRINGS[one.codec])
    expect(track && browserSupport(track)).toBe(one.support ?? 'some')
    expect(track && toHex(track.config)).toBe(toHex(AUDIO_CONTAINERS[one.codec].config(file)))
  })
})
