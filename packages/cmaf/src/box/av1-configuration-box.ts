import { type BoxContent, box } from './box.ts'

/**
 * AV1CodecConfigurationBox.
 *
 * @param record - an AV1CodecConfigurationRecord with its OBUs, written as it is.
 * @see AV1 Codec ISO Media File Format Binding v1.3.0 §2.3
 */
export function av1C(record: Uint8Array): BoxContent {
  return box('av1C', (writer) => writer.bytes(record))
}
