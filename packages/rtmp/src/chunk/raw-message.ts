/**
 * One RTMP message as the chunk stream carries it: a type and a payload nobody has looked into.
 *
 * @see Adobe RTMP 1.0 §5.3, §6.1
 */
export interface RawMessage {
  /** 2 to 65 599. */
  readonly chunkStreamId: number
  /** Message type id, 0 to 255. */
  readonly typeId: number
  /** Message stream id, 32 bits; 0 is the connection itself. */
  readonly messageStreamId: number
  /** Milliseconds from an arbitrary start, modulo 2³². */
  readonly timestamp: number
  /**
   * At most 16 777 215 bytes. As read: a copy that may be kept and passed on, and must not be written to. Audio and video share
   * a block of up to 256 KiB with their neighbours in time, which is used again when all of them were given back (`giveBack`):
   * a queue of recent messages pins next to nothing more, but copy what is to outlive them.
   */
  readonly payload: Uint8Array
}

/** The chunk size of both directions until Set Chunk Size changes it (§5.4.1). */
export const DEFAULT_CHUNK_SIZE = 128

/** No message is longer, so no chunk size beyond it makes a difference (§5.4.1). */
export const MAX_MESSAGE_BYTES = 0xffffff

/** A 24-bit timestamp field of this value means that 32 more bits follow the header (§5.3.1.3). */
export const EXTENDED_TIMESTAMP = 0xffffff
