import { timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type { AudioCodec, AudioTrack, VideoCodec, VideoTrack } from '@sluice/media'

/** A video track for tests that do not decode: its configuration record is not a real one. */
export const VIDEO_TRACK: VideoTrack = {
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 720,
  height: 576,
  pixelAspectRatio: [1, 1],
  frameRate: 30,
  timescale: VIDEO_TIMESCALE,
  config: Uint8Array.of(1, 0x64, 0, 0x1f, 0xff, 0xe0, 0),
}

/** AAC-LC, 48 kHz, stereo. */
export const AUDIO_TRACK: AudioTrack = {
  kind: 'audio',
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
  samplesPerPacket: 1024,
  timescale: timescale(48_000),
  config: Uint8Array.of(0x11, 0x90),
}

/** The start of any codec string; tests that depend on more than that give it themselves. */
const CODEC_STRINGS: Readonly<Record<VideoCodec | AudioCodec, string>> = {
  h264: 'avc1.64001f',
  hevc: 'hvc1.1.6.L93.B0',
  av1: 'av01.0.00M.08',
  vp9: 'vp09.00.10.08',
  vp8: 'vp08.00.10.08',
  aac: 'mp4a.40.2',
  opus: 'Opus',
  flac: 'fLaC',
  ac3: 'ac-3',
  eac3: 'ec-3',
  mp3: 'mp4a.40.34',
}

/** Samples in one packet, as ffmpeg's encoders make them. */
const SAMPLES_PER_PACKET: Readonly<Record<AudioCodec, number>> = {
  aac: 1024,
  opus: 960,
  flac: 4608,
  ac3: 1536,
  eac3: 1536,
  mp3: 1152,
}

/** A video track of any codec. */
export function videoTrack(
  codec: VideoCodec,
  config: Uint8Array,
  size: { readonly width: number; readonly height: number } = { width: 160, height: 120 },
): VideoTrack {
  return { ...VIDEO_TRACK, codec, codecString: CODEC_STRINGS[codec], ...size, config }
}

/** A stereo audio track of any codec. */
export function audioTrack(codec: AudioCodec, config: Uint8Array, sampleRate = 48_000): AudioTrack {
  return {
    ...AUDIO_TRACK,
    codec,
    codecString: CODEC_STRINGS[codec],
    samplesPerPacket: SAMPLES_PER_PACKET[codec],
    sampleRate,
    timescale: timescale(sampleRate),
    config,
  }
}

/** OpusHead: stereo, pre-skip 312, 48 kHz, gain 0, mapping family 0. */
export const OPUS_HEAD: Uint8Array = Uint8Array.from([
  ...new TextEncoder().encode('OpusHead'),
  ...[1, 2, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0, 0],
])

/** STREAMINFO: blocks of 4608 samples, 48 kHz, stereo, 16 bits. */
export const STREAM_INFO: Uint8Array = Uint8Array.from([
  ...[0x12, 0, 0x12, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xb8, 0x02, 0xf0],
  ...new Array<number>(20).fill(0),
])
