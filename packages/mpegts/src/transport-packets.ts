import { wrapped } from './elementary-packet.ts'

/** Bytes of a packet. ISO/IEC 13818-1 §2.4.3.2 */
export const PACKET_BYTES = 188
const HEADER_BYTES = 4
const ROOM = PACKET_BYTES - HEADER_BYTES
/** An adaptation field that has no more than flags, and one with a clock. */
const FLAGS_BYTES = 2
const CLOCK_BYTES = 8
/** Continuity counters have four bits. */
const COUNTER_RANGE = 16
/** Fills a section's packet, and adaptation fields. */
const STUFFING = 0xff

const SYNC_BYTE = 0x47
const UNIT_START = 0x40
const PAYLOAD = 0x10
const ADAPTATION_FIELD = 0x20
const RANDOM_ACCESS = 0x40
const CLOCK = 0x10

/** A PES packet on its way into transport packets. */
export interface ElementaryUnit {
  readonly pid: number
  /** Stands whole in the first packet. */
  readonly header: Uint8Array
  /** What follows the header. */
  readonly pieces: readonly Uint8Array[]
  /** Bytes of header and pieces. */
  readonly size: number
  /** Decoding may begin here. */
  readonly randomAccess: boolean
  /** Program clock reference in ticks of 90 kHz, where the first packet has one. */
  readonly clock: number | undefined
}

/** Packets that a PES packet needs. */
export function packetsOf({ size, randomAccess, clock }: ElementaryUnit): number {
  const first = ROOM - adaptationBytes(randomAccess, clock)
  return size <= first ? 1 : 1 + Math.ceil((size - first) / ROOM)
}

/** How many more packets make the counter of these begin at 0 again behind them. */
export function missingPackets(packets: number): number {
  return (COUNTER_RANGE - (packets % COUNTER_RANGE)) % COUNTER_RANGE
}

function adaptationBytes(randomAccess: boolean, clock: number | undefined): number {
  if (clock !== undefined) return CLOCK_BYTES
  return randomAccess ? FLAGS_BYTES : 0
}

/** Writes packets one behind the other into memory of the right size. */
export class TransportPackets {
  readonly #bytes: Uint8Array
  readonly #counters = new Map<number, number>()
  #at = 0

  /** @param count - of all packets that will be written. */
  constructor(count: number) {
    this.#bytes = new Uint8Array(count * PACKET_BYTES)
  }

  /** All packets; nothing may be written afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  /**
   * A section of a program table in a packet of its own.
   *
   * @param counter - the packet's continuity counter.
   */
  section(pid: number, section: Uint8Array, counter: number): void {
    const start = this.#at
    this.#header(pid, UNIT_START, PAYLOAD | (counter % COUNTER_RANGE))
    this.#bytes[this.#at] = 0 // pointer_field
    this.#bytes.set(section, this.#at + 1)
    this.#bytes.fill(STUFFING, this.#at + 1 + section.length, start + PACKET_BYTES)
    this.#at = start + PACKET_BYTES
  }

  /** A clock reference without payload; such packets are not counted. */
  clock(pid: number, clock: number): void {
    const counter = ((this.#counters.get(pid) ?? 0) + COUNTER_RANGE - 1) % COUNTER_RANGE
    this.#header(pid, 0, ADAPTATION_FIELD | counter)
    this.#adaptation(ROOM, false, clock)
  }

  /**
   * A PES packet.
   *
   * @param extra - packets more than it needs, among which its bytes are spread; fewer than its bytes.
   */
  unit(unit: ElementaryUnit, extra: number): void {
    const { pid, header, size, randomAccess, clock } = unit
    const source = new PieceReader([header, ...unit.pieces])
    const count = packetsOf(unit) + extra
    let remaining = size
    for (let index = 0; index < count; index++) {
      const others = count - index - 1
      const fields = index === 0 ? adaptationBytes(randomAccess, clock) : 0
      const room = ROOM - fields
      const share = extra === 0 ? room : Math.ceil(remaining / (others + 1))
      const least = index === 0 ? Math.min(header.length, remaining - others) : 1
      const length = Math.min(room, remaining, Math.max(share, least))
      const filled = ROOM - length
      const counter = this.#counters.get(pid) ?? 0
      const flags = (filled > 0 ? ADAPTATION_FIELD : 0) | PAYLOAD | counter
      this.#header(pid, index === 0 ? UNIT_START : 0, flags)
      this.#counters.set(pid, (counter + 1) % COUNTER_RANGE)
      if (filled > 0) this.#adaptation(filled, index === 0 && randomAccess, index === 0 ? clock : undefined)
      source.copy(this.#bytes, this.#at, length)
      this.#at += length
      remaining -= length
    }
  }

  #header(pid: number, start: number, flags: number): void {
    this.#bytes[this.#at] = SYNC_BYTE
    this.#bytes[this.#at + 1] = start | (pid >> 8)
    this.#bytes[this.#at + 2] = pid & 0xff
    this.#bytes[this.#at + 3] = flags
    this.#at += HEADER_BYTES
  }

  /** @param size - of the whole field, which is stuffed to it. ISO/IEC 13818-1 §2.4.3.4 */
  #adaptation(size: number, randomAccess: boolean, clock: number | undefined): void {
    const bytes = this.#bytes
    const at = this.#at
    this.#at += size
    bytes[at] = size - 1
    if (size === 1) return
    bytes[at + 1] = (randomAccess ? RANDOM_ACCESS : 0) | (clock === undefined ? 0 : CLOCK)
    let filled = at + FLAGS_BYTES
    if (clock !== undefined) {
      const base = wrapped(clock)
      const high = Math.floor(base / 2)
      bytes[filled] = (high >>> 24) & 0xff
      bytes[filled + 1] = (high >>> 16) & 0xff
      bytes[filled + 2] = (high >>> 8) & 0xff
      bytes[filled + 3] = high & 0xff
      bytes[filled + 4] = ((base % 2) << 7) | 0x7e // reserved bits are ones, the extension is 0
      bytes[filled + 5] = 0
      filled = at + CLOCK_BYTES
    }
    bytes.fill(STUFFING, filled, at + size)
  }
}

/** Copies out of pieces as if they were joined. */
class PieceReader {
  readonly #pieces: readonly Uint8Array[]
  #index = 0
  #offset = 0

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces
  }

  copy(target: Uint8Array, at: number, length: number): void {
    let copied = 0
    for (let piece = this.#pieces[this.#index]; copied < length && piece !== undefined; ) {
      const end = Math.min(piece.length, this.#offset + length - copied)
      target.set(piece.subarray(this.#offset, end), at + copied)
      copied += end - this.#offset
      this.#offset = end
      if (end < piece.length) continue
      this.#index += 1
      this.#offset = 0
      piece = this.#pieces[this.#index]
    }
  }
}
