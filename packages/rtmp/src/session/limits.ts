import { type AmfLimits, DEFAULT_AMF_LIMITS } from '@sluice/amf'
import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from '../chunk/chunk-limits.ts'

/** What one peer may cost. A breach is a `ProtocolError`. */
export interface RtmpLimits extends ChunkLimits {
  /** Bytes of one message until a publish has been accepted: nothing but commands is due then. Default 64 KiB. */
  readonly commandBytes: number
  /** Commands in a row without media between them. Default 64; real clients send up to 8. */
  readonly commands: number
  /**
   * Commands and other messages that want an answer (pings, Set Peer Bandwidth), and messages begun and given up, in one
   * second of the clock that `receive` is given. Default 100; real clients send up to 8 at once.
   */
  readonly commandsPerSecond: number
  /** Messages in one aggregate. Default 1024. */
  readonly aggregateParts: number
  /** Message streams open at once; one more is answered with `_error`. Default 16. */
  readonly messageStreams: number
  /**
   * Bytes kept while the caller decides on a request. Default 4 MiB; a caller that pauses its socket meanwhile
   * stays far below.
   */
  readonly heldBytes: number
  readonly amf: AmfLimits
}

export const DEFAULT_RTMP_LIMITS: RtmpLimits = {
  ...DEFAULT_CHUNK_LIMITS,
  commandBytes: 1 << 16,
  commands: 64,
  commandsPerSecond: 100,
  aggregateParts: 1024,
  messageStreams: 16,
  heldBytes: 1 << 22,
  amf: DEFAULT_AMF_LIMITS,
}
