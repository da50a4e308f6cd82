/** What a peer's chunk stream may cost. A breach is a `ProtocolError`. */
export interface ChunkLimits {
  /** Bytes of one message. Default 16 MiB: as many as the format can say. */
  readonly messageBytes: number
  /** Chunk streams ever used. Default 64; real clients use up to 8. */
  readonly chunkStreams: number
  /** Bytes reserved for messages that have begun and are not complete, over all chunk streams. Default 32 MiB. */
  readonly partialBytes: number
}

export const DEFAULT_CHUNK_LIMITS: ChunkLimits = {
  messageBytes: 1 << 24,
  chunkStreams: 64,
  partialBytes: 1 << 25,
}
