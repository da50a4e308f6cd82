import { StateError } from '../errors.ts'

/** Bytes of one block: about half a second of a 4 Mbit/s stream. 1 MiB is no quicker. */
const BLOCK_SIZE = 1 << 18
/** Longer payloads get memory of their own. */
const LONGEST = BLOCK_SIZE / 2
/**
 * Blocks kept for the next one who needs some, 256 MiB; further ones are left to the garbage collector. Streams that begin their
 * segments together give back two seconds of each at once.
 */
const MOST_FREE = 1024

/** Memory that payloads are cut from, one behind the other. */
class Block {
  readonly memory: ArrayBuffer = new ArrayBuffer(BLOCK_SIZE)
  /** Bytes handed out. */
  taken = 0
  /** Bytes given back. */
  returned = 0
  /** Nothing more will be cut from it. */
  full = false
}

const blocks = new WeakMap<ArrayBufferLike, Block>()
const free: Block[] = []

/**
 * Memory for payloads that follow one another: neighbours in time lie side by side in a block. Who has a payload last gives it
 * back ({@link giveBack}), and a block that all of its payloads were given back of is used again. One that was forgotten costs
 * nothing but that: its block is the garbage collector's.
 *
 * Why not leave all of it to the collector: V8 looks through its whole heap whenever 64 MB of memory outside it were taken, which
 * is every second where 200 publishers send (docs/adr/0031-payload-memory.md).
 */
export class PayloadMemory {
  #block: Block | undefined

  /** @returns exactly `length` bytes with anything in them: fill all of them before handing them out. */
  take(length: number): Uint8Array {
    if (length > LONGEST) return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    let block = this.#block
    if (block === undefined || block.taken + length > BLOCK_SIZE) {
      this.close()
      block = free.pop() ?? newBlock()
      this.#block = block
    }
    const payload = new Uint8Array(block.memory, block.taken, length)
    block.taken += length
    return payload
  }

  /** A copy in this memory. */
  copy(bytes: Uint8Array): Uint8Array {
    const payload = this.take(bytes.length)
    payload.set(bytes)
    return payload
  }

  /** Nothing more will be taken for now: what is left of the last block need not be kept for it. */
  close(): void {
    const block = this.#block
    if (block === undefined) return
    this.#block = undefined
    block.full = true
    reuseIfDone(block)
  }
}

/**
 * Gives a payload back: whoever calls this has read it, nobody else will, and nobody has a view of it. Its bytes change any time
 * from now on. Adjacent payloads may be given back as one array. Anything else than a payload of a {@link PayloadMemory} is left alone.
 *
 * @throws {StateError} `core.memory.given_back_twice`.
 */
export function giveBack(payload: Uint8Array): void {
  const block = blocks.get(payload.buffer)
  if (block === undefined) return
  block.returned += payload.length
  if (block.returned > block.taken)
    throw new StateError(
      'core.memory.given_back_twice',
      'a payload was given back that was given back before',
    )
  reuseIfDone(block)
}

function newBlock(): Block {
  const block = new Block()
  blocks.set(block.memory, block)
  return block
}

function reuseIfDone(block: Block): void {
  if (!block.full || block.returned < block.taken || free.length >= MOST_FREE) return
  block.taken = 0
  block.returned = 0
  block.full = false
  free.push(block)
}
