import type { AmfValue } from '@sluice/amf'
import { writeChunks } from '../chunk/chunk-writer.ts'
import { writeMessage } from '../message/message.ts'
import { MessageType } from '../message/message-type.ts'

/**
 * Chunk size of everything a player is sent, in bytes. One for all of them, so that all can be sent the same bytes; large, so
 * that most messages are a single chunk.
 */
export const PLAYER_CHUNK_SIZE = 65_536

/** One chunk stream for each kind, none of those the session speaks on (2, 3, 5). */
const CHUNK_STREAMS = { data: 4, audio: 6, video: 7 } as const
const TYPE_IDS = { data: MessageType.dataAmf0, audio: MessageType.audio, video: MessageType.video } as const

const TIME_MODULUS = 2 ** 32

/**
 * Makes the chunks of media messages for players. Each message begins with a type 0 header and depends on none before it, so
 * the bytes serve every player that plays on the same message stream, wherever it joined and whatever it missed.
 * They are new arrays, which the caller may keep, share and give to `ServerSession.playerBytes`; nobody writes to them.
 *
 * Timestamps are milliseconds, any whole number: written modulo 2³².
 *
 * @see Adobe RTMP 1.0 §5.3.1, §7.1
 */
export class PlayerMessages {
  readonly #messageStreamId: number

  /** @param messageStreamId - the one the client plays on, 32 bits: `messageStreamId` of `play-requested`. */
  constructor(messageStreamId: number) {
    this.#messageStreamId = messageStreamId
  }

  /**
   * @param payload - an FLV audio, video or script tag body of at most 0xffffff bytes; copied.
   * @throws {StateError} `rtmp.chunk.unwritable`.
   */
  media(type: 'audio' | 'video' | 'data', timestamp: number, payload: Uint8Array): Uint8Array {
    return this.#chunks(CHUNK_STREAMS[type], timestamp, { typeId: TYPE_IDS[type], payload })
  }

  /** `onMetaData`, as players expect it: at time 0, without the `@setDataFrame` of publishers. @throws {StateError} what `writeAmf0` throws. */
  metadata(properties: AmfValue): Uint8Array {
    const body = writeMessage({ type: 'data', values: ['onMetaData', properties] })
    return this.#chunks(CHUNK_STREAMS.data, 0, body)
  }

  #chunks(
    chunkStreamId: number,
    timestamp: number,
    body: { readonly typeId: number; readonly payload: Uint8Array },
  ): Uint8Array {
    const wrapped = ((timestamp % TIME_MODULUS) + TIME_MODULUS) % TIME_MODULUS
    const messageStreamId = this.#messageStreamId
    return writeChunks({ chunkStreamId, messageStreamId, timestamp: wrapped, ...body }, PLAYER_CHUNK_SIZE)
  }
}
