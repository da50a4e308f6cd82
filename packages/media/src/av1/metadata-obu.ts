import { ByteReader } from '@sluice/core'
import { readStructure, type Structure } from '../bits/structure.ts'
import type { VideoColour } from '../colour.ts'
import { type MasteringDisplay, masteringDisplay, readContentLightLevel } from '../hdr-metadata.ts'
import { ObuType, obus, readLeb128 } from './obu.ts'

const METADATA: Structure = { name: 'an AV1 metadata OBU', code: 'media.av1.metadata', spec: 'AV1 §5.8' }

/** `metadata_type` (AV1 §6.7.1). */
const MetadataType = { hdrCll: 1, hdrMdcv: 2 } as const

/** Fixed-point numbers: bits behind the point. @see AV1 §6.7.4 */
const CHROMATICITY_ONE = 2 ** 16
const MAX_LUMINANCE_ONE = 2 ** 8
const MIN_LUMINANCE_ONE = 2 ** 14

/**
 * What metadata OBUs say of light: the mastering display and the content's light level.
 *
 * @param bytes - `configObus` of a record.
 * @throws {ProtocolError} `media.av1.metadata_truncated`, and the codes of `obus`.
 * @see AV1 §5.8.1, §5.8.3, §5.8.4
 */
export function readAv1Light(bytes: Uint8Array): Pick<VideoColour, 'masteringDisplay' | 'contentLight'> {
  let light: Pick<VideoColour, 'masteringDisplay' | 'contentLight'> = {}
  for (const { type, payload } of obus(bytes)) {
    if (type !== ObuType.metadata) continue
    light = { ...light, ...readStructure(METADATA, payload.length, () => readMetadata(payload)) }
  }
  return light
}

function readMetadata(payload: Uint8Array): Pick<VideoColour, 'masteringDisplay' | 'contentLight'> {
  const reader = new ByteReader(payload)
  const type = readLeb128(reader)
  if (type === MetadataType.hdrCll) return { contentLight: readContentLightLevel(reader) }
  const display = type === MetadataType.hdrMdcv ? readMasteringDisplay(reader) : undefined
  return display === undefined ? {} : { masteringDisplay: display }
}

/** Red first, and in units of its own. */
function readMasteringDisplay(reader: ByteReader): MasteringDisplay | undefined {
  const chromaticity = (): number => reader.u16be() / CHROMATICITY_ONE
  const point = (): readonly [number, number] => [chromaticity(), chromaticity()]
  return masteringDisplay({
    red: point(),
    green: point(),
    blue: point(),
    white: point(),
    maxLuminance: reader.u32be() / MAX_LUMINANCE_ONE,
    minLuminance: reader.u32be() / MIN_LUMINANCE_ONE,
  })
}
