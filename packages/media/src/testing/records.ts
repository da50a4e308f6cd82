import { hex } from './hex.ts'

/**
 * Records and first packets as real encoders sent them over RTMP. Of long ones the beginning is kept: as much
 * as the readers look at.
 */

/** ffmpeg 7.1 with libx265, 160x90 at 25 frames per second; its SEI array, the settings as text, is left out. */
export const HEVC_FFMPEG: Uint8Array = hex(`
  01 01 60000000 900000000000 1e f000 fc fd f8 f8 0000 0f 03
  20 0001 0018 40010c01ffff01600000030090000003000003001e9590 09
  21 0001 002a 42010101600000030090000003000003001ea0142061f26595912930bc05a020000003002000000303 21
  22 0001 0006 4401c073c089`)

/** GStreamer 1.28 with x265enc, 96x54 at 25 frames per second: 4:4:4 with 10 bits, which is profile 4. */
export const HEVC_GSTREAMER: Uint8Array = hex(`
  01 04 08000000 9c0800000000 3f f000 fc ff fa fa 0000 0f 03
  20 0001 0017 40010c01ffff0408000003009c0800000300003fba0240
  21 0001 0031 4201010408000003009c0800000300003f90061020f8b6cb7494985ffe00020002d418181810000003001000000301 9080
  22 0001 0008 4401c07c0f0180 80`)

/** ffmpeg 9.0 with libaom: a record with its sequence header, and the start of its first temporal unit. */
export const AV1_FFMPEG: Uint8Array = hex('81000c00 0a0b020000051da7ec805f0008')
export const AV1_FFMPEG_KEYFRAME: Uint8Array = hex(
  '12000a0b020000051da7ec895f2008 328e161000870080c304100fbc00dd6d59',
)

/** OBS 32.2 with libaom. */
export const AV1_OBS: Uint8Array = hex('81000d00 0a0e020000051da7ec805f0202020248')
export const AV1_OBS_KEYFRAME: Uint8Array = hex('0a0e020000051da7ec895f2202020248 32c024100083e0804100')

/** ffmpeg 9.0 with libvpx-vp9: a record without version and flags, and the start of its first frame. */
export const VP9_FFMPEG: Uint8Array = hex('000a82 020202 0000')
export const VP9_FFMPEG_KEYFRAME: Uint8Array = hex('824983420009f005960638241c18420007505062')

/** ffmpeg 5.1.9 with libvpx, 320x242: the start of its first frame. */
export const VP8_KEYFRAME: Uint8Array = hex('307000 9d012a 4001 f200 0007088585')

/** ffmpeg 9.0 with libopus: mono, 20 ms. */
export const OPUS_FFMPEG: Uint8Array = hex('4f70757348656164 01 01 3801 80bb0000 0000 00')
export const OPUS_FFMPEG_PACKET: Uint8Array = hex('78817bc61176f4750000078eca69dbbb')

/** ffmpeg 9.0 with flac: mono at 48 kHz. The second one it sent at the end, with totals and checksum. */
export const FLAC_FFMPEG: Uint8Array = hex(
  '0400 0400 000000 000815 0bb800f000000000 00000000000000000000000000000000',
)
export const FLAC_FFMPEG_END: Uint8Array = hex(
  '0400 0400 000149 00018b 0bb800f00000bb80 a642ba0d4d393b7a83d77fa97a5c8ca4',
)

/** ffmpeg 9.0 with ac3: mono at 48 kHz. */
export const AC3_FFMPEG_FRAME: Uint8Array = hex('0b776bf108402f842b41c77aaf5e1be7')

/** GStreamer 1.28 with lamemp3enc: stereo at 44.1 kHz. */
export const MP3_GSTREAMER_FRAME: Uint8Array = hex('fffbc0640000036809569d3c000a0000')
