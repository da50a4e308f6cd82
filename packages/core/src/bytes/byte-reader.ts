import { ProtocolError } from '../errors.ts'

/**
 * Reads fixed-width fields from a byte array, front to back. Every read checks bounds and throws
 * `ProtocolError core.bytes.truncated` when too few bytes are left; no read copies.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  #take(length: number): number {
    const at = this.#offset
    if (length < 0 || length > this.#bytes.length - at) {
      throw new ProtocolError(
        'core.bytes.truncated',
        `${length} bytes wanted at offset ${at}, ${this.remaining} left`,
        {
          details: { wanted: length, offset: at, left: this.remaining },
        },
      )
    }
    this.#offset = at + length
    return at
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16be(): number {
    return this.#view.getUint16(this.#take(2))
  }

  i16be(): number {
    return this.#view.getInt16(this.#take(2))
  }

  u24be(): number {
    const at = this.#take(3)
    return (this.#view.getUint16(at) << 8) | this.#view.getUint8(at + 2)
  }

  /** Signed 24-bit, two's complement (FLV composition time). */
  i24be(): number {
    return (this.u24be() << 8) >> 8
  }

  u32be(): number {
    return this.#view.getUint32(this.#take(4))
  }

  i32be(): number {
    return this.#view.getInt32(this.#take(4))
  }

  u32le(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.#take(8))
  }

  f64be(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  /** A view of the next `length` bytes: it shares memory with the input. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  /** The next `length` bytes as Latin-1 text: FourCCs and other fixed ASCII fields. */
  ascii(length: number): string {
    return String.fromCharCode(...this.bytes(length))
  }

  skip(length: number): void {
    this.#take(length)
  }
}
