/**
 * The neutral media model: tracks, packets and boundaries, which every format converts to or from, and
 * the codec records inside them. Knows no container and no protocol.
 *
 * - `track.ts`, `packet.ts`, `boundary.ts` the model
 * - `h264/`, `aac/` codec configuration records, codec strings
 */
export type { Boundary } from './boundary.ts'
export type { Packet } from './packet.ts'
export type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from './track.ts'
