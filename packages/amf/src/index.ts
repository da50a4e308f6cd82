/**
 * AMF values: the structured data inside RTMP commands, FLV metadata and Enhanced RTMP metadata packets.
 *
 * Covers every AMF0 type of "Action Message Format – AMF 0" (2007) in both directions. Leaves out AMF3: the
 * AVM+ switch (marker 0x11) is refused with `UnsupportedError amf.amf0.avmplus`. Knows no message and no tag.
 *
 * - `value.ts` the value model: primitives, ordered maps, arrays, dates, XML
 * - `limits.ts` what a peer's bytes may cost
 * - `amf0/` bytes <-> values
 */
export { readAmf0Values } from './amf0/read.ts'
export { writeAmf0 } from './amf0/write.ts'
export { type AmfLimits, DEFAULT_AMF_LIMITS } from './limits.ts'
export { AmfDate, AmfEcmaArray, type AmfMap, AmfObject, type AmfValue, AmfXml, isAmfMap } from './value.ts'
