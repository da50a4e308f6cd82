/**
 * AMF values: the structured data inside RTMP commands, FLV metadata and Enhanced RTMP metadata packets.
 *
 * Covers every type of "Action Message Format – AMF 0" (2007) and "AMF 3" (2013) in both directions. AMF3 has no way in
 * of its own: RTMP and FLV carry AMF0, in which the marker 0x11 makes the next value AMF3. Leaves out objects that
 * only their class can read (externalizable ones, but for Flex's collections) and cyclic values: both are
 * refused with `UnsupportedError`. Knows no message and no tag.
 *
 * - `value.ts` the value model: primitives, ordered maps, arrays, dates, XML, bytes, vectors, dictionaries
 * - `limits.ts` what a peer's bytes may cost, `reading-cost.ts` what they have cost
 * - `references.ts` objects that later references name
 * - `text.ts` UTF-8; `unwritable.ts` what has no AMF form
 * - `amf0/`, `amf3/` bytes <-> values
 */
export { readAmf0Values } from './amf0/read.ts'
export { writeAmf0 } from './amf0/write.ts'
export { type AmfLimits, DEFAULT_AMF_LIMITS } from './limits.ts'
export {
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  type AmfMap,
  AmfNumberVector,
  AmfObject,
  AmfObjectVector,
  type AmfValue,
  AmfXml,
  isAmfMap,
} from './value.ts'
