import { ByteWriter } from '@sluice/core'
import { crc32 } from './crc32.ts'

/** Where the PAT always is. ISO/IEC 13818-1 table 2-3 */
export const PAT_PID = 0
/** Where this program's PMT is. */
export const PMT_PID = 0x1000

/** What a PMT says of elementary streams. ISO/IEC 13818-1 table 2-34 */
export const StreamType = { aacWithAdts: 0x0f, h264: 0x1b } as const

/** One line of a PMT. */
export interface ProgramStream {
  readonly pid: number
  readonly type: (typeof StreamType)[keyof typeof StreamType]
}

const TRANSPORT_STREAM_ID = 1
const PROGRAM_NUMBER = 1
const TABLE_PAT = 0
const TABLE_PMT = 2
/** Bytes of a section from behind its length to its end, without those of the table. */
const FRAME_BYTES = 9
/** Reserved bits are ones. */
const RESERVED_3 = 0xe000
const RESERVED_4 = 0xf000

/** The ProgramAssociationSection: one program. ISO/IEC 13818-1 §2.4.4.4 */
export function programAssociation(): Uint8Array {
  const table = new ByteWriter(4).u16be(PROGRAM_NUMBER).u16be(RESERVED_3 | PMT_PID)
  return section(TABLE_PAT, TRANSPORT_STREAM_ID, table.finish())
}

/**
 * The ProgramMapSection.
 *
 * @param clockPid - whose packets carry the program's clock.
 * @see ISO/IEC 13818-1 §2.4.4.9
 */
export function programMap(streams: readonly ProgramStream[], clockPid: number): Uint8Array {
  const table = new ByteWriter(32).u16be(RESERVED_3 | clockPid).u16be(RESERVED_4)
  for (const { pid, type } of streams)
    table
      .u8(type)
      .u16be(RESERVED_3 | pid)
      .u16be(RESERVED_4)
  return section(TABLE_PMT, PROGRAM_NUMBER, table.finish())
}

/** @param id - transport_stream_id of a PAT, program_number of a PMT. */
function section(tableId: number, id: number, table: Uint8Array): Uint8Array {
  const writer = new ByteWriter(64)
    .u8(tableId)
    .u16be(0xb000 | (table.length + FRAME_BYTES))
    .u16be(id)
    .u8(0xc1) // version 0, in force now
    .u8(0) // section_number
    .u8(0) // last_section_number
    .bytes(table)
  const bytes = writer.finish()
  return new ByteWriter(bytes.length + 4).bytes(bytes).u32be(crc32(bytes)).finish()
}
