import type { ByteWriter } from '@sluice/core'

/** The transformation that changes nothing, as `mvhd` and `tkhd` hold it (16.16 and 2.30 fixed point). */
export function writeIdentityMatrix(writer: ByteWriter): void {
  const ONE_16_16 = 0x00010000
  const ONE_2_30 = 0x40000000
  for (const entry of [ONE_16_16, 0, 0, 0, ONE_16_16, 0, 0, 0, ONE_2_30]) writer.u32be(entry)
}
