import { VIDEO_TIMESCALE } from '@sluice/core'
import type { VideoTrack } from '../track.ts'
import { lowestVpLevel } from '../vp9/level.ts'
import { vpCodecString } from '../vp9/vp9-track.ts'
import { readVp8FrameHeader } from './frame-header.ts'

const BIT_DEPTH = 8

/**
 * Describes a VP8 video by one of its keyframes. There is no configuration record: `config` is empty. VP8
 * has no levels of its own; the codec string has that of VP9 for pictures of this size.
 *
 * @param keyframe - only read.
 * @throws {ProtocolError} the codes of `readVp8FrameHeader`.
 */
export function vp8Track(keyframe: Uint8Array): VideoTrack {
  const { profile, width, height } = readVp8FrameHeader(keyframe)
  const level = lowestVpLevel(width, height)
  return {
    kind: 'video',
    codec: 'vp8',
    codecString: vpCodecString('vp08', { profile, level, bitDepth: BIT_DEPTH }),
    width,
    height,
    pixelAspectRatio: [1, 1],
    frameRate: undefined,
    timescale: VIDEO_TIMESCALE,
    config: new Uint8Array(),
  }
}
