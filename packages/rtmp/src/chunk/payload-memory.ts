/** Bytes of one block: about half a second of a 4 Mbit/s stream. 1 MiB is no quicker. */
const BLOCK_SIZE = 1 << 18
/** Smaller payloads share the 8 KiB blocks of `Buffer`: a sequence header kept for hours holds no more than that. */
const SMALL = 2048

/**
 * Memory for payloads. One allocation per message costs more than copying it, so payloads of one connection
 * are cut from blocks: neighbours in time share a block, which is freed with the last of them; no byte is
 * handed out twice. Measured with 20 kB messages kept in a ring: 19 ms instead of 26 ms of CPU per Gbit.
 */
export class PayloadMemory {
  #block: ArrayBufferLike = new ArrayBuffer(0)
  #used = 0

  /** @returns exactly `length` bytes, uninitialised: fill all of them before handing them out. */
  take(length: number): Uint8Array {
    if (length < SMALL || length > BLOCK_SIZE / 2) return Buffer.allocUnsafe(length)
    if (length > this.#block.byteLength - this.#used) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_SIZE).buffer
      this.#used = 0
    }
    const payload = new Uint8Array(this.#block, this.#used, length)
    this.#used += length
    return payload
  }
}
