import { createHmac } from 'node:crypto'
import { Rc4 } from './rc4.ts'

/** The two directions of an encrypted session, from the first byte after the handshake on. */
export interface SessionCiphers {
  /** Deciphers what the client sends. */
  readonly incoming: Rc4
  /** Enciphers what the server sends. */
  readonly outgoing: Rc4
}

const CIPHER_KEY_SIZE = 16
/** Both sides run their ciphers over one handshake block and throw the result away. */
const DISCARDED = 1536

/**
 * The ciphers of a session as its server needs them: each direction has the key that belongs to its receiver's
 * public key.
 *
 * @param secret - the shared secret, 128 bytes.
 * @param serverPublicKey - 128 bytes, as in S1.
 * @param clientPublicKey - 128 bytes, as in C1.
 */
export function sessionCiphers(
  secret: Uint8Array,
  serverPublicKey: Uint8Array,
  clientPublicKey: Uint8Array,
): SessionCiphers {
  return { incoming: cipher(secret, serverPublicKey), outgoing: cipher(secret, clientPublicKey) }
}

function cipher(secret: Uint8Array, publicKey: Uint8Array): Rc4 {
  const key = createHmac('sha256', secret).update(publicKey).digest().subarray(0, CIPHER_KEY_SIZE)
  const rc4 = new Rc4(key)
  rc4.apply(new Uint8Array(DISCARDED))
  return rc4
}
