/** Bytes of the file header with the first PreviousTagSize, which is 0. */
const HEADER_SIZE = 13

/** Which kinds of tag a byte stream announces. Advice only: writers get it wrong. */
export interface FlvContents {
  readonly audio: boolean
  readonly video: boolean
}

/**
 * Makes the start of an FLV byte stream: the 9-byte header and PreviousTagSize0.
 *
 * @returns 13 new bytes; tags follow at once.
 * @see FLV v10.1 Annex E.2, E.3
 */
export function writeFlvHeader(contents: FlvContents): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE)
  header.set([0x46, 0x4c, 0x56, 1]) // "FLV", version 1
  header[4] = (contents.audio ? 0x04 : 0) | (contents.video ? 0x01 : 0)
  header[8] = 9 // DataOffset
  return header
}
