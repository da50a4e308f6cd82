import { StateError } from '../errors.ts'

/** Grows as it is written. Writers refuse values their field cannot hold (`StateError core.bytes.out_of_range`). */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** Makes room; replaces `#view` when it grows, so callers evaluate `#view` only afterwards. */
  #reserve(length: number): number {
    const at = this.#length
    if (at + length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + length))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = at + length
    return at
  }

  #check(value: number, min: number, max: number): void {
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new StateError('core.bytes.out_of_range', `${value} does not fit a field of ${min} to ${max}`)
    }
  }

  u8(value: number): this {
    this.#check(value, 0, 0xff)
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16be(value: number): this {
    this.#check(value, 0, 0xffff)
    const at = this.#reserve(2)
    this.#view.setUint16(at, value)
    return this
  }

  i16be(value: number): this {
    this.#check(value, -0x8000, 0x7fff)
    const at = this.#reserve(2)
    this.#view.setInt16(at, value)
    return this
  }

  u24be(value: number): this {
    this.#check(value, 0, 0xffffff)
    const at = this.#reserve(3)
    this.#view.setUint16(at, value >>> 8)
    this.#view.setUint8(at + 2, value & 0xff)
    return this
  }

  i24be(value: number): this {
    this.#check(value, -0x800000, 0x7fffff)
    return this.u24be(value & 0xffffff)
  }

  u32be(value: number): this {
    this.#check(value, 0, 0xffffffff)
    const at = this.#reserve(4)
    this.#view.setUint32(at, value)
    return this
  }

  i32be(value: number): this {
    this.#check(value, -0x80000000, 0x7fffffff)
    const at = this.#reserve(4)
    this.#view.setInt32(at, value)
    return this
  }

  u32le(value: number): this {
    this.#check(value, 0, 0xffffffff)
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
    return this
  }

  /** An unsigned 64-bit field from a safe integer or a bigint. */
  u64be(value: number | bigint): this {
    if (typeof value === 'number') {
      this.#check(value, 0, Number.MAX_SAFE_INTEGER)
      return this.u32be(Math.floor(value / 2 ** 32)).u32be(value % 2 ** 32)
    }
    if (value < 0n || value > 0xffffffffffffffffn) {
      throw new StateError('core.bytes.out_of_range', `${value} does not fit 64 unsigned bits`)
    }
    const at = this.#reserve(8)
    this.#view.setBigUint64(at, value)
    return this
  }

  f64be(value: number): this {
    const at = this.#reserve(8)
    this.#view.setFloat64(at, value)
    return this
  }

  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** ASCII text, one byte a character. */
  ascii(text: string): this {
    const at = this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      this.#check(code, 0, 0xff)
      this.#bytes[at + i] = code
    }
    return this
  }

  zeros(length: number): this {
    const at = this.#reserve(length)
    this.#bytes.fill(0, at, at + length)
    return this
  }

  /** Overwrites four bytes already written at `offset`: a size that is known only afterwards. */
  patchU32be(offset: number, value: number): void {
    this.#check(value, 0, 0xffffffff)
    if (offset < 0 || offset + 4 > this.#length) {
      throw new StateError(
        'core.bytes.out_of_range',
        `offset ${offset} is outside the ${this.#length} bytes written`,
      )
    }
    this.#view.setUint32(offset, value)
  }

  /** What was written, as a view. Writing on after this call leaves the view's content undefined. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
