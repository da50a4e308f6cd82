import { ProtocolError, VIDEO_TIMESCALE } from '@sluice/core'
import { type ColourDescription, dynamicRange, type VideoColour } from '../colour.ts'
import { frameRateOf } from '../frame-rate.ts'
import type { VideoTrack } from '../track.ts'
import {
  type Av1CodecConfigurationRecord,
  readAv1CodecConfigurationRecord,
} from './av1-codec-configuration-record.ts'
import { readAv1Light } from './metadata-obu.ts'
import { ObuType, obus } from './obu.ts'
import { type Av1SequenceHeader, readAv1SequenceHeader } from './sequence-header.ts'

/**
 * Describes the video that an AV1 configuration record announces. Size, frame rate and colours come from the
 * sequence header, which the record holds or, where it holds none, the first keyframe; the codec string comes from the
 * record's own fields, as players read it. Samples are square: AV1's sequence header cannot say otherwise.
 *
 * @param av1C - an AV1CodecConfigurationRecord; kept as `config`, not copied.
 * @param keyframe - a temporal unit that begins with a sequence header, looked at only where the record has none.
 * @throws {ProtocolError} `media.av1.no_sequence_header` when it is in neither, and the codes of
 *   `readAv1CodecConfigurationRecord`, `obus` and `readAv1SequenceHeader`.
 */
export function av1Track(av1C: Uint8Array, keyframe?: Uint8Array): VideoTrack {
  const record = readAv1CodecConfigurationRecord(av1C)
  const header = findSequenceHeader(record.configObus) ?? findSequenceHeader(keyframe)
  if (header === undefined) {
    throw new ProtocolError(
      'media.av1.no_sequence_header',
      'neither the AV1 configuration record nor a keyframe holds a sequence header',
      { spec: 'AV1 in ISOBMFF §2.4' },
    )
  }
  const colour: VideoColour = {
    ...(header.colour === undefined ? {} : { description: header.colour }),
    ...readAv1Light(record.configObus),
  }
  return {
    kind: 'video',
    codec: 'av1',
    codecString: av1CodecString(record, header.colour),
    width: header.width,
    height: header.height,
    pixelAspectRatio: [1, 1],
    frameRate: header.timing && frameRateOf(header.timing.timeScale, header.timing.unitsPerPicture),
    ...(Object.keys(colour).length === 0 ? {} : { colour }),
    timescale: VIDEO_TIMESCALE,
    config: av1C,
  }
}

/**
 * The first sequence header among OBUs, read; undefined when there is none. Temporal delimiters and anything
 * else before it are passed over.
 *
 * @param bytes - `configObus` of a record, or a temporal unit.
 * @throws {ProtocolError} the codes of `obus` and `readAv1SequenceHeader`.
 */
export function findSequenceHeader(bytes: Uint8Array | undefined): Av1SequenceHeader | undefined {
  for (const obu of obus(bytes ?? new Uint8Array())) {
    if (obu.type === ObuType.sequenceHeader) return readAv1SequenceHeader(obu.payload)
  }
  return undefined
}

/**
 * RFC 6381 codec string, for example `av01.0.04M.08`: profile, level and tier, bit depth. Where the pictures are of a high
 * dynamic range it goes on with how colours are stored, `av01.0.08M.10.0.110.09.16.09.0`: left out, BT.709 is assumed.
 *
 * @see AV1 in ISOBMFF §5
 */
export function av1CodecString(
  record: Omit<Av1CodecConfigurationRecord, 'configObus'>,
  description?: ColourDescription,
): string {
  const { profile, level, highTier, bitDepth } = record
  const short = `av01.${profile}.${twoDigits(level)}${highTier ? 'H' : 'M'}.${twoDigits(bitDepth)}`
  if (description === undefined || dynamicRange(description) === 'SDR') return short
  const { monochrome, subsamplingX, subsamplingY, chromaSamplePosition } = record
  const { primaries, transfer, matrix, fullRange } = description
  return [
    short,
    Number(monochrome),
    `${Number(subsamplingX)}${Number(subsamplingY)}${subsamplingX && subsamplingY ? chromaSamplePosition : 0}`,
    ...[primaries, transfer, matrix].map(twoDigits),
    Number(fullRange),
  ].join('.')
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, '0')
}
