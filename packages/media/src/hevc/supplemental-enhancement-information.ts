import { ByteReader } from '@sluice/core'
import type { VideoColour } from '../colour.ts'
import { rawByteSequencePayload } from '../h264/nal-unit.ts'
import {
  CONTENT_LIGHT_LEVEL_SIZE,
  MASTERING_DISPLAY_SIZE,
  readContentLightLevel,
  readMasteringDisplay,
} from '../hdr-metadata.ts'
import { HEVC_NAL_HEADER_SIZE } from './nal-unit.ts'

const PayloadType = { masteringDisplayColourVolume: 137, contentLightLevelInfo: 144 } as const

/** One SEI message. */
interface SeiMessage {
  readonly type: number
  /** A view of the NAL unit, or of its copy without emulation prevention bytes. */
  readonly payload: Uint8Array
}

/**
 * What an SEI NAL unit says of light: the mastering display and the content's light level. Messages of other types,
 * shorter than theirs has to be, or cut off are passed over, as decoders do with what is supplemental.
 *
 * @param nalUnit - with its two header bytes and emulation prevention bytes.
 * @see ITU-T H.265 §D.2.28, §D.2.35
 */
export function readHevcLight(nalUnit: Uint8Array): Pick<VideoColour, 'masteringDisplay' | 'contentLight'> {
  let light: Pick<VideoColour, 'masteringDisplay' | 'contentLight'> = {}
  for (const { type, payload } of messages(rawByteSequencePayload(nalUnit, HEVC_NAL_HEADER_SIZE))) {
    const reader = new ByteReader(payload)
    if (type === PayloadType.masteringDisplayColourVolume && payload.length >= MASTERING_DISPLAY_SIZE)
      light = { ...light, masteringDisplay: readMasteringDisplay(reader) }
    else if (type === PayloadType.contentLightLevelInfo && payload.length >= CONTENT_LIGHT_LEVEL_SIZE)
      light = { ...light, contentLight: readContentLightLevel(reader) }
  }
  return light
}

/** The messages of an SEI payload that are whole. @see ITU-T H.265 §7.3.5 */
function* messages(payload: Uint8Array): Generator<SeiMessage, undefined> {
  let at = 0
  /** A number in bytes that add up; the last one is not 255. */
  const number = (): number => {
    let value = 0
    let byte = 0xff
    while (byte === 0xff && at < payload.length) {
      byte = payload[at] ?? 0
      value += byte
      at += 1
    }
    return value
  }
  // The last byte holds the trailing bits alone.
  while (at < payload.length - 1) {
    const type = number()
    const size = number()
    if (at + size > payload.length) return
    yield { type, payload: payload.subarray(at, at + size) }
    at += size
  }
}
