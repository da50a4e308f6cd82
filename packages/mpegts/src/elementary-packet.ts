import { ByteWriter } from '@sluice/core'

/** What a PES packet carries. ISO/IEC 13818-1 table 2-22 */
export const StreamId = { audio: 0xc0, video: 0xe0 } as const

/** Ticks of all time stamps a second. */
export const CLOCK_RATE = 90_000
const TIMESTAMP_RANGE = 2 ** 33
/** Behind PES_packet_length: flags, the length of the header's rest, and the time stamps. */
const BYTES_BEFORE_TIMESTAMPS = 3
const TIMESTAMP_BYTES = 5
/** A packet of pictures may leave its length open. ISO/IEC 13818-1 §2.4.3.7 */
const UNBOUNDED = 0

/** When a PES packet's first access unit is decoded and shown; ticks of {@link CLOCK_RATE}, from 0. */
export interface ElementaryTimes {
  readonly pts: number
  /** Left out where it is that of `pts`. */
  readonly dts: number
}

/**
 * The header of a PES packet.
 *
 * @param payloadSize - bytes that follow it.
 * @throws {StateError} `core.bytes.out_of_range` for sound of more than 64 kB.
 * @see ISO/IEC 13818-1 §2.4.3.6
 */
export function elementaryHeader(
  streamId: (typeof StreamId)[keyof typeof StreamId],
  { pts, dts }: ElementaryTimes,
  payloadSize: number,
): Uint8Array {
  const both = wrapped(pts) !== wrapped(dts)
  const timestamps = both ? 2 * TIMESTAMP_BYTES : TIMESTAMP_BYTES
  const size = BYTES_BEFORE_TIMESTAMPS + timestamps + payloadSize
  const writer = new ByteWriter(32)
    .u24be(1) // packet_start_code_prefix
    .u8(streamId)
    .u16be(streamId === StreamId.video ? UNBOUNDED : size)
    .u8(0x84) // an access unit begins right behind the header
    .u8(both ? 0xc0 : 0x80)
    .u8(timestamps)
  writeTimestamp(writer, both ? 0b0011 : 0b0010, pts)
  if (both) writeTimestamp(writer, 0b0001, dts)
  return writer.finish()
}

/** A time stamp as its 33 bits hold it. */
export function wrapped(time: number): number {
  return ((time % TIMESTAMP_RANGE) + TIMESTAMP_RANGE) % TIMESTAMP_RANGE
}

function writeTimestamp(writer: ByteWriter, marker: number, time: number): void {
  const value = wrapped(time)
  const high = Math.floor(value / 2 ** 30)
  const middle = Math.floor(value / 2 ** 15) & 0x7fff
  writer
    .u8((marker << 4) | (high << 1) | 1)
    .u16be((middle << 1) | 1)
    .u16be(((value & 0x7fff) << 1) | 1)
}
