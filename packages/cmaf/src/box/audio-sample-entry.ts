import { type BoxContent, box } from './box.ts'
import { type Box, readBoxes, readFields } from './box-reader.ts'

/** Bytes of an AudioSampleEntry (version 0) before its child boxes. */
const FIXED_SIZE = 28
const DEFAULT_SAMPLE_SIZE = 16
const LARGEST_RATE = 0xffff

/** What every audio sample entry says beside its codec's configuration. */
export interface AudioSampleEntry {
  /** FourCC of the entry: `mp4a`, `Opus`, `fLaC`. */
  readonly type: string
  readonly channels: number
  /** Samples a second. Rates above 65 535 do not fit the field and are written as 0: the codec's record rules. */
  readonly sampleRate: number
  /** Bits of a decoded sample where the codec's binding wants the true figure. Default 16. */
  readonly sampleSize?: number
}

/**
 * An audio sample entry.
 *
 * @param children - the codec's configuration.
 * @see ISO/IEC 14496-12 §12.2.3
 */
export function audioSampleEntry(entry: AudioSampleEntry, ...children: readonly BoxContent[]): BoxContent {
  const rate = entry.sampleRate > LARGEST_RATE ? 0 : entry.sampleRate
  return box(
    entry.type,
    (writer) => {
      writer.zeros(6).u16be(1) // reserved, data_reference_index
      writer.zeros(8)
      writer
        .u16be(entry.channels)
        .u16be(entry.sampleSize ?? DEFAULT_SAMPLE_SIZE)
        .zeros(4)
      writer.u16be(rate).u16be(0) // 16.16 fixed point
    },
    ...children,
  )
}

/** The child boxes of an audio sample entry. */
export function readAudioSampleEntryChildren(type: string, body: Uint8Array): Box[] {
  return readFields(type, body, (reader) => {
    reader.skip(FIXED_SIZE)
    return readBoxes(type, reader.rest())
  })
}
