import { ProtocolError, type Timescale, timescale } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'
import { readFullBox } from './box-reader.ts'

/** ISO 639-2 `und`, three letters of five bits each, counted from 0x60. */
const LANGUAGE_UND = 0x55c4

/**
 * MediaHeaderBox: the track's timescale; language undetermined, duration 0 (all media is in fragments).
 *
 * @see ISO/IEC 14496-12 §8.4.2
 */
export function mdhd(scale: Timescale): BoxContent {
  return fullBox('mdhd', 0, 0, (writer) => {
    writer.u32be(0).u32be(0).u32be(scale).u32be(0).u16be(LANGUAGE_UND).u16be(0)
  })
}

/**
 * The timescale in a MediaHeaderBox.
 *
 * @throws {ProtocolError} `cmaf.mdhd.bad_timescale` when it is 0.
 */
export function readMediaTimescale(body: Uint8Array): Timescale {
  return readFullBox('mdhd', body, (reader, version) => {
    reader.skip(version === 1 ? 16 : 8)
    const value = reader.u32be()
    if (value === 0) throw new ProtocolError('cmaf.mdhd.bad_timescale', 'a timescale of 0 ticks per second')
    return timescale(value)
  })
}
