import type { AudioCodec, VideoCodec } from '@sluice/media'

/**
 * FourCCs of the video codecs that are read, as 32 bits with the first character highest.
 *
 * @see Enhanced RTMP v2, Enhanced Video (VideoFourCc)
 */
export const VIDEO_FOURCC: Readonly<Record<VideoCodec, number>> = {
  h264: 0x61766331, // avc1
  hevc: 0x68766331, // hvc1
  av1: 0x61763031, // av01
  vp9: 0x76703039, // vp09
  vp8: 0x76703038, // vp08
}

/**
 * FourCCs of the audio codecs that are read, as 32 bits with the first character highest.
 *
 * @see Enhanced RTMP v2, Enhanced Audio (AudioFourCc)
 */
export const AUDIO_FOURCC: Readonly<Record<AudioCodec, number>> = {
  aac: 0x6d703461, // mp4a
  opus: 0x4f707573, // Opus
  flac: 0x664c6143, // fLaC
  ac3: 0x61632d33, // ac-3
  eac3: 0x65632d33, // ec-3
  mp3: 0x2e6d7033, // .mp3
}

/** The video codec of a FourCC, or undefined for one that is not read (`vvc1` among them). */
export function videoCodecOf(fourCc: number): VideoCodec | undefined {
  switch (fourCc) {
    case VIDEO_FOURCC.h264:
      return 'h264'
    case VIDEO_FOURCC.hevc:
      return 'hevc'
    case VIDEO_FOURCC.av1:
      return 'av1'
    case VIDEO_FOURCC.vp9:
      return 'vp9'
    case VIDEO_FOURCC.vp8:
      return 'vp8'
    default:
      return undefined
  }
}

/** The audio codec of a FourCC, or undefined for one that is not read. */
export function audioCodecOf(fourCc: number): AudioCodec | undefined {
  switch (fourCc) {
    case AUDIO_FOURCC.aac:
      return 'aac'
    case AUDIO_FOURCC.opus:
      return 'opus'
    case AUDIO_FOURCC.flac:
      return 'flac'
    case AUDIO_FOURCC.ac3:
      return 'ac3'
    case AUDIO_FOURCC.eac3:
      return 'eac3'
    case AUDIO_FOURCC.mp3:
      return 'mp3'
    default:
      return undefined
  }
}

/** A FourCC as text, what is not printable ASCII as `\xNN`. */
export function fourCcName(fourCc: number): string {
  let text = ''
  for (const shift of [24, 16, 8, 0]) {
    const byte = (fourCc >>> shift) & 0xff
    text +=
      byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}
