import { ByteWriter, ProtocolError } from '@sluice/core'
import type { ChunkLimits } from '../chunk/chunk-limits.ts'
import { ChunkReader } from '../chunk/chunk-reader.ts'
import type { RawMessage } from '../chunk/raw-message.ts'
import type { Rc4 } from '../encryption/rc4.ts'
import type { SessionCiphers } from '../encryption/session-ciphers.ts'
import type { ServerHandshake } from '../handshake/server-handshake.ts'

/**
 * The receiving side of a session: first the handshake, then messages, one at a time, deciphered where the handshake
 * says so. Received bytes are only borrowed; what has to wait for a decision is copied by `keepUnread`.
 */
export class SessionInput {
  readonly chunks: ChunkReader
  #handshake: ServerHandshake | undefined
  #cipher: Rc4 | undefined
  /** Deciphered, as `#kept`, once the handshake is done. */
  #borrowed: Uint8Array[] = []
  #kept: ByteWriter | undefined

  constructor(handshake: ServerHandshake, limits: ChunkLimits) {
    this.#handshake = handshake
    this.chunks = new ChunkReader(limits)
  }

  /** Takes bytes, any split; `bytes` is borrowed until `next` returns undefined or `keepUnread` is called. */
  receive(bytes: Uint8Array): void {
    const clear = this.#decipher(bytes)
    if (this.#kept === undefined) this.#borrowed.push(clear)
    else this.#kept.bytes(clear)
  }

  /**
   * @param onReply - given S0 S1 S2 when C1 is complete.
   * @param onHandshaken - called when the handshake is done, with the ciphers of an encrypted session.
   * @returns the next message, or undefined when all bytes have been read.
   */
  next(
    onReply: (bytes: Uint8Array) => void,
    onHandshaken: (ciphers: SessionCiphers | undefined) => void,
  ): RawMessage | undefined {
    for (;;) {
      if (this.#handshake === undefined) {
        const message = this.chunks.read()
        if (message !== undefined) return message
      }
      const bytes = this.#take()
      if (bytes === undefined) return undefined
      if (this.#handshake === undefined) {
        this.chunks.feed(bytes)
        continue
      }
      const used = this.#handshake.receive(bytes)
      const reply = this.#handshake.takeReply()
      if (reply !== undefined) onReply(reply)
      if (this.#handshake.done) {
        const { ciphers } = this.#handshake
        this.#handshake = undefined
        this.#cipher = ciphers?.incoming
        onHandshaken(ciphers)
        this.chunks.feed(this.#decipher(bytes.subarray(used)))
        this.#borrowed = this.#borrowed.map((each) => this.#decipher(each))
      }
    }
  }

  /** Copies what has been received and not read: the caller's buffers are free again. */
  keepUnread(): void {
    if (this.chunks.unread === 0 && this.#borrowed.length === 0) return
    const kept = new ByteWriter(this.chunks.unread)
    kept.bytes(this.chunks.takeUnread())
    if (this.#kept !== undefined) kept.bytes(this.#kept.finish())
    for (const bytes of this.#borrowed) kept.bytes(bytes)
    this.#kept = kept
    this.#borrowed = []
  }

  /** @throws {ProtocolError} `rtmp.session.too_much_held`: more than `limit` bytes wait for a decision. */
  checkKept(limit: number): void {
    const kept = this.#kept?.length ?? 0
    if (kept <= limit) return
    throw new ProtocolError(
      'rtmp.session.too_much_held',
      `${kept} bytes before the request was answered, the limit is ${limit}`,
      { details: { bytes: kept, limit } },
    )
  }

  /** Forgets everything received. */
  drop(): void {
    this.chunks.takeUnread()
    this.#kept = undefined
    this.#borrowed = []
  }

  #decipher(bytes: Uint8Array): Uint8Array {
    return this.#cipher === undefined ? bytes : this.#cipher.apply(bytes)
  }

  #take(): Uint8Array | undefined {
    const kept = this.#kept
    if (kept === undefined) return this.#borrowed.shift()
    this.#kept = undefined
    return kept.finish()
  }
}
