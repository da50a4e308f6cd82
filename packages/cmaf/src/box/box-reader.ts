import { ByteReader, ProtocolError } from '@sluice/core'

/** Size and type of a box, as its first 8 or 16 bytes say. */
export interface BoxHeader {
  readonly type: string
  /** Bytes of the header itself: 8, or 16 when the size is a 64-bit one. */
  readonly headerSize: number
  /** Bytes of the whole box with its header. */
  readonly size: number
}

/** A whole box in memory. `body` is a view of what follows the header. */
export interface Box {
  readonly type: string
  readonly body: Uint8Array
}

/** Bytes of a header with a 32-bit size. */
export const SHORT_HEADER_SIZE = 8

const LARGE_HEADER_SIZE = 16
const SIZE_TO_END_OF_FILE = 0
const SIZE_IS_64_BIT = 1

/**
 * Reads the header of the box that starts at the front of `bytes`.
 *
 * @returns undefined while there are too few bytes to tell.
 * @throws {ProtocolError} `cmaf.box.endless` for a box that runs to the end of the file (nothing here can be
 * that long), `cmaf.box.bad_size` for a size below that of the header or beyond the safe integers.
 * @see ISO/IEC 14496-12 §4.2
 */
export function readBoxHeader(bytes: Uint8Array): BoxHeader | undefined {
  if (bytes.length < SHORT_HEADER_SIZE) return undefined
  const reader = new ByteReader(bytes)
  const shortSize = reader.u32be()
  const type = reader.ascii(4)
  if (shortSize === SIZE_TO_END_OF_FILE) {
    throw new ProtocolError('cmaf.box.endless', `box '${type}' has no size of its own`)
  }
  if (shortSize !== SIZE_IS_64_BIT) return checked(type, SHORT_HEADER_SIZE, shortSize)
  if (bytes.length < LARGE_HEADER_SIZE) return undefined
  return checked(type, LARGE_HEADER_SIZE, Number(reader.u64be()))
}

function checked(type: string, headerSize: number, size: number): BoxHeader {
  if (size < headerSize || !Number.isSafeInteger(size)) {
    throw new ProtocolError('cmaf.box.bad_size', `box '${type}' gives its size as ${size} bytes`, {
      details: { type, size },
      spec: 'ISO/IEC 14496-12 §4.2',
    })
  }
  return { type, headerSize, size }
}

/**
 * The boxes that `bytes` consists of.
 *
 * @param parent - type of the box they are in, for messages.
 * @throws {ProtocolError} `cmaf.box.truncated` when one ends beyond its parent, and those of `readBoxHeader`.
 */
export function readBoxes(parent: string, bytes: Uint8Array): Box[] {
  const boxes: Box[] = []
  let at = 0
  while (at < bytes.length) {
    const rest = bytes.subarray(at)
    const header = readBoxHeader(rest)
    if (header === undefined || header.size > rest.length) {
      throw truncated(parent, `${header?.type ?? 'a box'} of ${header?.size ?? '?'} bytes`, rest.length)
    }
    boxes.push({ type: header.type, body: rest.subarray(header.headerSize, header.size) })
    at += header.size
  }
  return boxes
}

function truncated(parent: string, what: string, left: number, cause?: unknown): ProtocolError {
  return new ProtocolError('cmaf.box.truncated', `${what} in '${parent}', where ${left} bytes are left`, {
    details: { parent, left },
    cause,
  })
}

/** The body of the first box of that type, undefined when there is none. */
export function findBox(boxes: readonly Box[], type: string): Uint8Array | undefined {
  return boxes.find((each) => each.type === type)?.body
}

/**
 * Walks down the box tree, taking the first box of each type.
 *
 * @param parent - type of the box that `body` is of.
 * @returns the body of the last box of the path.
 * @throws {ProtocolError} `cmaf.box.missing`, and those of `readBoxes`.
 */
export function requireBox(parent: string, body: Uint8Array, ...path: readonly string[]): Uint8Array {
  let container = parent
  let current = body
  for (const type of path) {
    const found = findBox(readBoxes(container, current), type)
    if (found === undefined) {
      throw new ProtocolError('cmaf.box.missing', `'${container}' has no '${type}'`, {
        details: { parent: container, type },
      })
    }
    container = type
    current = found
  }
  return current
}

/**
 * Reads the fields of a box; running over its end becomes `ProtocolError cmaf.box.truncated` with its name.
 *
 * @param read - is given a reader at the first byte of the body.
 */
export function readFields<T>(type: string, body: Uint8Array, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(body)
  try {
    return read(reader)
  } catch (cause) {
    if (cause instanceof ProtocolError && cause.code === 'core.bytes.truncated') {
      throw truncated(type, 'fields end', reader.remaining, cause)
    }
    throw cause
  }
}

/** As `readFields`, for a box that opens with a version and flags. */
export function readFullBox<T>(
  type: string,
  body: Uint8Array,
  read: (reader: ByteReader, version: number, flags: number) => T,
): T {
  return readFields(type, body, (reader) => {
    const version = reader.u8()
    return read(reader, version, reader.u24be())
  })
}

/**
 * An unsigned 64-bit field as a number.
 *
 * @throws {ProtocolError} `cmaf.box.value_too_large` beyond the safe integers.
 */
export function safeInteger(type: string, value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) {
    throw new ProtocolError('cmaf.box.value_too_large', `'${type}' holds ${value}, beyond 2^53`)
  }
  return number
}
