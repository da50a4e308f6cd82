import { ProtocolError, UnsupportedError } from '@sluice/core'
import { findPlayerDigest, HANDSHAKE_SIZE, signS1, signS2 } from './digest.ts'

/** Gives `length` fresh random bytes: `node:crypto`'s `randomBytes` in production, a seeded source in tests. */
export type RandomBytes = (length: number) => Uint8Array

const VERSION = 3
/** Named in S1 to a digest client: players verify S1 and S2 only from a server of version 3 or later. */
const DIGEST_SERVER_VERSION = [3, 5, 1, 1] as const
const RTMPE_VERSIONS: ReadonlySet<number> = new Set([6, 8, 9])
const TLS_HANDSHAKE_RECORD = 0x16
const HTTP_METHOD_INITIALS: ReadonlySet<number> = new Set([0x47, 0x50])

/**
 * The server's half of the RTMP handshake: simple, or digest in the layout the client chose. Answers with
 * S0 S1 S2 as soon as C0 and C1 are there, and takes any C2: several clients do not echo S1.
 *
 * @see Adobe RTMP 1.0 §5.2
 */
export class ServerHandshake {
  readonly #randomBytes: RandomBytes
  readonly #c1 = new Uint8Array(HANDSHAKE_SIZE)
  #reply: Uint8Array | undefined
  /** Bytes of C0 C1 C2 seen so far. */
  #received = 0

  constructor(randomBytes: RandomBytes) {
    this.#randomBytes = randomBytes
  }

  /** True once C2 has been read: what follows is the chunk stream. */
  get done(): boolean {
    return this.#received === 1 + 2 * HANDSHAKE_SIZE
  }

  /**
   * Reads the client's bytes, any split of them; nothing of `bytes` is kept.
   *
   * @returns how many belong to the handshake: fewer than given when the chunk stream begins in `bytes`.
   * @throws {UnsupportedError} `rtmp.handshake.encrypted`: the client wants RTMPE.
   * @throws {ProtocolError} `rtmp.handshake.tls`, `rtmp.handshake.http`, `rtmp.handshake.not_rtmp`.
   */
  receive(bytes: Uint8Array): number {
    const [version] = bytes
    if (version === undefined) return 0
    let at = 0
    if (this.#received === 0) {
      checkVersion(version)
      at = 1
      this.#received = 1
    }
    if (this.#received <= HANDSHAKE_SIZE) {
      const filled = this.#received - 1
      const part = bytes.subarray(at, at + HANDSHAKE_SIZE - filled)
      this.#c1.set(part, filled)
      this.#received += part.length
      at += part.length
      if (this.#received === 1 + HANDSHAKE_SIZE) this.#reply = answer(this.#c1, this.#randomBytes)
    }
    if (this.#received > HANDSHAKE_SIZE) {
      const part = Math.min(1 + 2 * HANDSHAKE_SIZE - this.#received, bytes.length - at)
      this.#received += part
      at += part
    }
    return at
  }

  /** S0 S1 S2, once; undefined while C1 is incomplete and after the first call that returned them. */
  takeReply(): Uint8Array | undefined {
    const reply = this.#reply
    this.#reply = undefined
    return reply
  }
}

function checkVersion(version: number): void {
  const details = { version }
  if (RTMPE_VERSIONS.has(version)) {
    throw new UnsupportedError('rtmp.handshake.encrypted', `RTMPE (version ${version}) is not supported`, {
      details,
    })
  }
  if (version === TLS_HANDSHAKE_RECORD) {
    throw new ProtocolError('rtmp.handshake.tls', 'a TLS client on a plain RTMP port', { details })
  }
  if (HTTP_METHOD_INITIALS.has(version)) {
    throw new ProtocolError('rtmp.handshake.http', 'an HTTP client on a plain RTMP port', { details })
  }
  // Other versions below 32 are old or reserved: a server answers them with its own version 3.
  if (version >= 32) {
    throw new ProtocolError('rtmp.handshake.not_rtmp', `${version} is no RTMP version`, {
      details,
      spec: 'Adobe RTMP 1.0 §5.2.2',
    })
  }
}

function answer(c1: Uint8Array, randomBytes: RandomBytes): Uint8Array {
  const reply = new Uint8Array(1 + 2 * HANDSHAKE_SIZE)
  const s1 = reply.subarray(1, 1 + HANDSHAKE_SIZE)
  const s2 = reply.subarray(1 + HANDSHAKE_SIZE)
  reply[0] = VERSION
  // Time (4 bytes) stays 0: our timestamps count from an arbitrary start. Version 0 means a simple handshake.
  s1.set(randomBytes(HANDSHAKE_SIZE - 8), 8)
  const player = findPlayerDigest(c1)
  if (player === undefined) {
    s2.set(c1)
  } else {
    s1.set(DIGEST_SERVER_VERSION, 4)
    signS1(s1, player.layout)
    s2.set(randomBytes(HANDSHAKE_SIZE))
    signS2(s2, player.digest)
  }
  return reply
}
