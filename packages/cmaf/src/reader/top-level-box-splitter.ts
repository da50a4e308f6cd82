import { GatheredBytes, ProtocolError } from '@sluice/core'
import { type BoxHeader, readBoxHeader } from '../box/box-reader.ts'

/** A whole box at the top level of a file. */
export interface TopLevelBox {
  readonly type: string
  /** Absolute position of the box in the file. */
  readonly start: number
  /** Absolute position of the body. */
  readonly bodyStart: number
  /** What follows the header, in memory of its own: it may be kept. */
  readonly body: Uint8Array
}

/** Largest header of a box. */
const HEADER_SIZE = 16

/**
 * Splits a byte stream into the boxes it consists of. Wanted boxes are gathered, each in memory of its own; others are
 * passed over without being held.
 */
export class TopLevelBoxSplitter {
  readonly #limits: ReadonlyMap<string, number>
  readonly #boxes: TopLevelBox[] = []
  /** Bytes of the next box's header, as far as they have come. */
  #headerBytes: Uint8Array = new Uint8Array(0)
  #header: BoxHeader | undefined
  /** Body of the current box, undefined when it is passed over. */
  #body: GatheredBytes | undefined
  #bodyLeft = 0
  #position = 0

  /** @param limits - largest size in bytes of each wanted type of box; other types are passed over. */
  constructor(limits: ReadonlyMap<string, number>) {
    this.#limits = limits
  }

  /** True in the middle of a box. */
  get isInsideBox(): boolean {
    return this.#headerBytes.length > 0 || this.#header !== undefined
  }

  /**
   * Takes the next bytes of the stream, which are copied.
   *
   * @throws {ProtocolError} `cmaf.box.too_large` before memory is reserved, and those of `readBoxHeader`.
   */
  receive(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      at += this.#header === undefined ? this.#takeHeader(bytes.subarray(at)) : this.#takeBody(bytes, at)
      if (this.#header !== undefined && this.#bodyLeft === 0) this.#finish(this.#header)
    }
  }

  /** The boxes completed since the last call. */
  boxes(): TopLevelBox[] {
    return this.#boxes.splice(0)
  }

  #takeHeader(bytes: Uint8Array): number {
    const known = this.#headerBytes.length
    const seen = new Uint8Array(Math.min(HEADER_SIZE, known + bytes.length))
    seen.set(this.#headerBytes)
    seen.set(bytes.subarray(0, seen.length - known), known)
    const header = readBoxHeader(seen)
    if (header === undefined) {
      this.#headerBytes = seen
      return seen.length - known
    }
    this.#open(header)
    return header.headerSize - known
  }

  #open(header: BoxHeader): void {
    const limit = this.#limits.get(header.type)
    if (limit !== undefined && header.size > limit) {
      throw new ProtocolError(
        'cmaf.box.too_large',
        `box '${header.type}' of ${header.size} bytes, ${limit} at most`,
        { details: { type: header.type, size: header.size, limit } },
      )
    }
    this.#headerBytes = new Uint8Array(0)
    this.#header = header
    this.#bodyLeft = header.size - header.headerSize
    this.#body = limit === undefined ? undefined : new GatheredBytes(this.#bodyLeft)
  }

  #takeBody(bytes: Uint8Array, at: number): number {
    const length = Math.min(this.#bodyLeft, bytes.length - at)
    this.#body?.add(bytes, at)
    this.#bodyLeft -= length
    return length
  }

  #finish(header: BoxHeader): void {
    if (this.#body !== undefined) {
      this.#boxes.push({
        type: header.type,
        start: this.#position,
        bodyStart: this.#position + header.headerSize,
        body: this.#body.bytes(),
      })
    }
    this.#position += header.size
    this.#header = undefined
    this.#body = undefined
  }
}
