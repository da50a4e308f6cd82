import { StateError } from '@sluice/core'

/** What a key may have, in bytes. */
const MAX_KEY_SIZE = 256

/**
 * The RC4 stream cipher: the same call enciphers and deciphers. Written out because OpenSSL 3 offers it no more,
 * and rightly: it hides text from a glance and from nobody who wants to read it.
 */
export class Rc4 {
  readonly #state = new Uint8Array(256)
  #i = 0
  #j = 0

  /** @param key - 1 to 256 bytes. @throws {StateError} `rtmp.rc4.key_size` for any other length. */
  constructor(key: Uint8Array) {
    if (key.length === 0 || key.length > MAX_KEY_SIZE)
      throw new StateError('rtmp.rc4.key_size', `a key of ${key.length} bytes; allowed: 1 to ${MAX_KEY_SIZE}`)
    const state = this.#state
    for (let i = 0; i < 256; i++) state[i] = i
    let j = 0
    for (let i = 0; i < 256; i++) {
      const value = state[i] ?? 0
      j = (j + value + (key[i % key.length] ?? 0)) & 0xff
      state[i] = state[j] ?? 0
      state[j] = value
    }
  }

  /** @returns the next `bytes.length` bytes of the stream, enciphered or deciphered, as a copy. */
  apply(bytes: Uint8Array): Uint8Array {
    const result = new Uint8Array(bytes.length)
    const state = this.#state
    let i = this.#i
    let j = this.#j
    for (let at = 0; at < bytes.length; at++) {
      i = (i + 1) & 0xff
      const a = state[i] ?? 0
      j = (j + a) & 0xff
      const b = state[j] ?? 0
      state[i] = b
      state[j] = a
      result[at] = (bytes[at] ?? 0) ^ (state[(a + b) & 0xff] ?? 0)
    }
    this.#i = i
    this.#j = j
    return result
  }
}
