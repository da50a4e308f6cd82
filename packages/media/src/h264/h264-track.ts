import { ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import { frameRateOf } from '../frame-rate.ts'
import type { VideoTrack } from '../track.ts'
import {
  type AvcDecoderConfigurationRecord,
  readAvcDecoderConfigurationRecord,
} from './avc-decoder-configuration-record.ts'
import { readSequenceParameterSet, type SequenceParameterSet } from './sequence-parameter-set.ts'
import type { VideoTiming } from './video-usability-information.ts'

/**
 * Describes the video that an H.264 configuration record announces. Size, aspect ratio, frame rate and colours
 * come from its first SPS, the codec string from the record's own three bytes, as players read it.
 *
 * @param avcC - an AVCDecoderConfigurationRecord; kept as `config`, not copied.
 * @throws {ProtocolError} `media.h264.no_sps`, `media.h264.no_pps`, and the codes of
 *   `readAvcDecoderConfigurationRecord` and `readSequenceParameterSet`.
 */
export function h264Track(avcC: Uint8Array): VideoTrack {
  const record = readAvcDecoderConfigurationRecord(avcC)
  const sps = firstSequenceParameterSet(record)
  if (record.pictureParameterSets.length === 0) {
    throw new ProtocolError(
      'media.h264.no_pps',
      'an H.264 configuration record without a PPS decodes nothing',
    )
  }
  return {
    kind: 'video',
    codec: 'h264',
    codecString: avcCodecString(record),
    width: sps.width,
    height: sps.height,
    pixelAspectRatio: sps.vui?.sampleAspectRatio ?? [1, 1],
    frameRate: frameRate(sps.vui?.timing),
    ...(sps.vui?.colour === undefined ? {} : { colour: { description: sps.vui.colour } }),
    timescale: VIDEO_TIMESCALE,
    config: avcC,
  }
}

/**
 * The first SPS of a record, read.
 *
 * @throws {ProtocolError} `media.h264.no_sps`, and the codes of `readSequenceParameterSet`.
 */
export function firstSequenceParameterSet(record: AvcDecoderConfigurationRecord): SequenceParameterSet {
  const [sps] = record.sequenceParameterSets
  if (sps === undefined) {
    throw new ProtocolError(
      'media.h264.no_sps',
      'an H.264 configuration record without an SPS decodes nothing',
    )
  }
  return readSequenceParameterSet(sps)
}

/**
 * RFC 6381 codec string: `avc1.` and profile, constraints and level as six lower-case hex digits.
 *
 * @see RFC 6381 §3.3
 */
export function avcCodecString(
  record: Pick<AvcDecoderConfigurationRecord, 'profile' | 'profileCompatibility' | 'level'>,
): string {
  const bytes = [record.profile, record.profileCompatibility, record.level]
  return `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** A frame is two ticks long, whether or not it is coded as fields (ITU-T H.264 §E.2.1). */
function frameRate(timing: VideoTiming | undefined): number | undefined {
  return timing === undefined ? undefined : frameRateOf(timing.timeScale, 2 * timing.numUnitsInTick)
}
