import { createDiffieHellman, createDiffieHellmanGroup, createHmac, type DiffieHellman } from 'node:crypto'
import { Rc4 } from '../encryption/rc4.ts'

const SIZE = 1536
const PLAYER_KEY = 'Genuine Adobe Flash Player 001'
const GROUP = createDiffieHellmanGroup('modp2')

/** The modulus of RFC 2409 group 2. */
export const MODULUS: Uint8Array = GROUP.getPrime()

/** A key pair of OpenSSL's. Made with care: OpenSSL takes 40 ms to prove the modulus prime each time. */
function keyPair(privateKey: Uint8Array): DiffieHellman {
  const pair = createDiffieHellman(GROUP.getPrime(), GROUP.getGenerator())
  pair.setPrivateKey(privateKey)
  pair.generateKeys()
  return pair
}

const PAIR = keyPair(new Uint8Array(20).fill(0x44))

/** Where layout 1 has the public key and the digest, computed apart from the code under test. */
export function placesOfLayout1(block: Uint8Array): { publicKey: number; digest: number } {
  const sum = (at: number) => [0, 1, 2, 3].reduce((total, i) => total + (block[at + i] ?? 0), 0)
  return { publicKey: (sum(768) % 632) + 8, digest: (sum(772) % 728) + 776 }
}

/** Left of a number is filled up with zero bytes. */
function full(number: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(128 - number.length), number])
}

/** The client's side of RTMPE in layout 1, as librtmp has it. */
export class RtmpeClient {
  /** C0 and C1. */
  readonly hello: Uint8Array
  #incoming: Rc4 | undefined
  #outgoing: Rc4 | undefined

  constructor(options: { readonly version?: number; readonly publicKey?: Uint8Array } = {}) {
    const { version = 6 } = options
    const c1 = Buffer.alloc(SIZE, 0x5c)
    c1.set([0, 0, 0, 0, 128, 0, 3, 2])
    const { publicKey, digest } = placesOfLayout1(c1)
    c1.set(full(options.publicKey ?? PAIR.getPublicKey()), publicKey)
    const rest = Buffer.concat([c1.subarray(0, digest), c1.subarray(digest + 32)])
    c1.set(createHmac('sha256', PLAYER_KEY).update(rest).digest(), digest)
    this.hello = Buffer.concat([Uint8Array.of(version), c1])
  }

  /** Reads S0 S1 S2. @returns C2. */
  agree(reply: Uint8Array): Uint8Array {
    const s1 = reply.subarray(1, 1 + SIZE)
    const serverKey = s1.subarray(placesOfLayout1(s1).publicKey).subarray(0, 128)
    const secret = full(PAIR.computeSecret(serverKey))
    const cipher = (publicKey: Uint8Array): Rc4 => {
      const rc4 = new Rc4(createHmac('sha256', secret).update(publicKey).digest().subarray(0, 16))
      rc4.apply(new Uint8Array(SIZE))
      return rc4
    }
    this.#outgoing = cipher(serverKey)
    this.#incoming = cipher(full(PAIR.getPublicKey()))
    return new Uint8Array(SIZE).fill(0x77)
  }

  encrypt(bytes: Uint8Array): Uint8Array {
    return this.#outgoing?.apply(bytes) ?? bytes
  }

  decrypt(bytes: Uint8Array): Uint8Array {
    return this.#incoming?.apply(bytes) ?? bytes
  }
}
