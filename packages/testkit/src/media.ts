/**
 * The smallest H.264 and AAC that an ingest believes: real configuration records as FLV carries them, and
 * frames that nobody could decode. For tests of everything before a decoder.
 */

/** AVCDecoderConfigurationRecord of a 320x180 baseline H.264 stream, with 4-byte lengths. */
export const AVC_RECORD: Uint8Array = Uint8Array.from(
  Buffer.from('0142c00cffe100176742c00cda05067e7c0440000003004000000c83c50aa801000468ce0fc8', 'hex'),
)

/** AudioSpecificConfig of 48 kHz stereo AAC-LC. */
export const AAC_RECORD: Uint8Array = Uint8Array.of(0x11, 0x90)

/** FLV video body with {@link AVC_RECORD}. */
export const AVC_CONFIGURATION: Uint8Array = Uint8Array.of(0x17, 0, 0, 0, 0, ...AVC_RECORD)

/** FLV audio body with {@link AAC_RECORD}. */
export const AAC_CONFIGURATION: Uint8Array = Uint8Array.of(0xaf, 0, ...AAC_RECORD)

/** FLV video body with one slice of `size` bytes, filled with `fill`. */
export function avcFrame(keyframe: boolean, size = 64, fill = 0): Uint8Array {
  const body = new Uint8Array(5 + 4 + size).fill(fill)
  body.set([keyframe ? 0x17 : 0x27, 1, 0, 0, 0])
  new DataView(body.buffer).setUint32(5, size)
  body[9] = keyframe ? 0x65 : 0x41
  return body
}

/** FLV audio body with one AAC frame of `size` bytes. */
export function aacFrame(size = 16, fill = 1): Uint8Array {
  const body = new Uint8Array(2 + size).fill(fill)
  body.set([0xaf, 1])
  return body
}
