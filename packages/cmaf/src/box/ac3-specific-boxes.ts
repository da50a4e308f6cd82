import { type BoxContent, box } from './box.ts'

/**
 * AC3SpecificBox.
 *
 * @param record - its three bytes, written as they are.
 * @see ETSI TS 102 366 §F.4
 */
export function dac3(record: Uint8Array): BoxContent {
  return box('dac3', (writer) => writer.bytes(record))
}

/**
 * EC3SpecificBox.
 *
 * @param record - data rate and substreams, written as they are.
 * @see ETSI TS 102 366 §F.6
 */
export function dec3(record: Uint8Array): BoxContent {
  return box('dec3', (writer) => writer.bytes(record))
}
