/**
 * MPEG transport streams of H.264 and AAC, for players that know no fragmented MP4: one HLS segment at a time, made of the
 * packets of its picture and its sound. Pure: packets in, bytes out, and the same packets give the same bytes wherever that
 * is done. Leaves out: reading, other codecs, several programs, timed metadata, encryption.
 *
 * - `transport-stream.ts` a whole segment: what goes into it, in which order, with which clock
 * - `transport-packets.ts` packets of 188 bytes, adaptation fields, continuity counters
 * - `elementary-packet.ts` PES packets and their time stamps
 * - `program-tables.ts`, `crc32.ts` PAT and PMT
 * - `annex-b.ts` H.264 with start codes, access unit delimiters and parameter sets; `adts.ts` AAC with headers
 *
 * Editions: ISO/IEC 13818-1:2022 (ITU-T H.222.0), ISO/IEC 14496-3:2019, ITU-T H.264 (08/2021), RFC 8216 §3.2.
 */
export { type ElementaryInput, type TransportStreamInput, writeTransportStream } from './transport-stream.ts'
