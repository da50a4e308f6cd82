import { ProtocolError, UnsupportedError } from '@sluice/core'
import { PRIVATE_KEY_SIZE, publicKeyOf, sharedSecret } from '../encryption/diffie-hellman.ts'
import { type SessionCiphers, sessionCiphers } from '../encryption/session-ciphers.ts'
import { type DigestLayout, findPlayerDigest, HANDSHAKE_SIZE, publicKeyIn, signS1, signS2 } from './digest.ts'

/** Gives `length` fresh random bytes: `node:crypto`'s `randomBytes` in production, a seeded source in tests. */
export type RandomBytes = (length: number) => Uint8Array

const VERSION = 3
const RTMPE_VERSION = 6
/** RTMPE whose proofs in C2 and S2 are enciphered as well, with XTEA or Blowfish. */
const ENCIPHERED_PROOF_VERSIONS: ReadonlySet<number> = new Set([8, 9])
/** Named in S1 to a digest client: players verify S1 and S2 only from a server of version 3 or later. */
const DIGEST_SERVER_VERSION = [3, 5, 1, 1] as const
const TLS_HANDSHAKE_RECORD = 0x16
const HTTP_METHOD_INITIALS: ReadonlySet<number> = new Set([0x47, 0x50])

/**
 * The server's half of the RTMP handshake: simple, or digest in the layout the client chose, with keys in it for RTMPE.
 * Answers with S0 S1 S2 as soon as C0 and C1 are there, and takes any C2: several clients do not echo S1.
 *
 * @see Adobe RTMP 1.0 §5.2
 */
export class ServerHandshake {
  readonly #randomBytes: RandomBytes
  readonly #acceptsEncryption: boolean
  readonly #c1 = new Uint8Array(HANDSHAKE_SIZE)
  #reply: Uint8Array | undefined
  /** Bytes of C0 C1 C2 seen so far. */
  #received = 0
  #isEncrypted = false
  #ciphers: SessionCiphers | undefined

  /** @param encryption - what becomes of clients that want RTMPE. */
  constructor(randomBytes: RandomBytes, encryption: 'refuse' | 'accept' = 'refuse') {
    this.#randomBytes = randomBytes
    this.#acceptsEncryption = encryption === 'accept'
  }

  /** For everything after the handshake, once C1 has been read; undefined where the session is not encrypted. */
  get ciphers(): SessionCiphers | undefined {
    return this.#ciphers
  }

  /** True once C2 has been read: what follows is the chunk stream. */
  get done(): boolean {
    return this.#received === 1 + 2 * HANDSHAKE_SIZE
  }

  /**
   * Reads the client's bytes, any split of them; nothing of `bytes` is kept.
   *
   * @returns how many belong to the handshake: fewer than given when the chunk stream begins in `bytes`.
   * @throws {UnsupportedError} `rtmp.handshake.encrypted`: the client wants RTMPE and that is refused here;
   * `rtmp.handshake.enciphered_proof`: it wants a variant of it that is not known here.
   * @throws {ProtocolError} `rtmp.handshake.tls`, `rtmp.handshake.http`, `rtmp.handshake.not_rtmp`; with RTMPE
   * `rtmp.handshake.no_digest`, `rtmp.handshake.bad_public_key`.
   */
  receive(bytes: Uint8Array): number {
    const [version] = bytes
    if (version === undefined) return 0
    let at = 0
    if (this.#received === 0) {
      checkVersion(version, this.#acceptsEncryption)
      this.#isEncrypted = version === RTMPE_VERSION
      at = 1
      this.#received = 1
    }
    if (this.#received <= HANDSHAKE_SIZE) {
      const filled = this.#received - 1
      const part = bytes.subarray(at, at + HANDSHAKE_SIZE - filled)
      this.#c1.set(part, filled)
      this.#received += part.length
      at += part.length
      if (this.#received === 1 + HANDSHAKE_SIZE) this.#answer()
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

  #answer(): void {
    const reply = new Uint8Array(1 + 2 * HANDSHAKE_SIZE)
    const s1 = reply.subarray(1, 1 + HANDSHAKE_SIZE)
    const s2 = reply.subarray(1 + HANDSHAKE_SIZE)
    reply[0] = this.#isEncrypted ? RTMPE_VERSION : VERSION
    // Time (4 bytes) stays 0: our timestamps count from an arbitrary start. Version 0 means a simple handshake.
    s1.set(this.#randomBytes(HANDSHAKE_SIZE - 8), 8)
    const player = findPlayerDigest(this.#c1)
    if (player !== undefined) {
      s1.set(DIGEST_SERVER_VERSION, 4)
      if (this.#isEncrypted) this.#ciphers = this.#exchangeKeys(s1, player.layout)
      signS1(s1, player.layout)
      s2.set(this.#randomBytes(HANDSHAKE_SIZE))
      signS2(s2, player.digest)
    } else if (this.#isEncrypted) {
      throw new ProtocolError('rtmp.handshake.no_digest', 'RTMPE needs a digest in C1, and there is none')
    } else s2.set(this.#c1)
    this.#reply = reply
  }

  /** Puts our public key into S1, which is to be signed afterwards, and makes the ciphers. */
  #exchangeKeys(s1: Uint8Array, layout: DigestLayout): SessionCiphers {
    const privateKey = this.#randomBytes(PRIVATE_KEY_SIZE)
    const own = publicKeyIn(s1, layout)
    own.set(publicKeyOf(privateKey))
    const peer = publicKeyIn(this.#c1, layout)
    const secret = sharedSecret(privateKey, peer)
    if (secret === undefined)
      throw new ProtocolError(
        'rtmp.handshake.bad_public_key',
        "the number in C1 is no public key of RTMPE's group",
        { spec: 'RFC 2409 §6.2' },
      )
    return sessionCiphers(secret, own, peer)
  }
}

function checkVersion(version: number, acceptsEncryption: boolean): void {
  const details = { version }
  if (ENCIPHERED_PROOF_VERSIONS.has(version)) {
    throw new UnsupportedError(
      'rtmp.handshake.enciphered_proof',
      `RTMPE of version ${version} is not supported, version ${RTMPE_VERSION} may be`,
      { details },
    )
  }
  if (version === RTMPE_VERSION && !acceptsEncryption) {
    throw new UnsupportedError('rtmp.handshake.encrypted', 'RTMPE is not accepted here', { details })
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
