/** Numbers by name, as an AMF0 object. */
function amfObject(fields: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.of(0, name.length),
    Buffer.from(name),
    value,
  ])
  return Buffer.concat([Buffer.of(3), ...parts, Buffer.of(0, 0, 9)])
}

function amfNumber(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/**
 * A video message that announces colours of BT.2020 with a transfer characteristic, or takes them back.
 *
 * @param fourCc - of the codec: `avc1`.
 */
export function colorInfoMessage(fourCc: string, transfer: number | undefined): Uint8Array {
  const config = {
    colorPrimaries: amfNumber(9),
    transferCharacteristics: amfNumber(transfer ?? 0),
    matrixCoefficients: amfNumber(9),
  }
  const value = transfer === undefined ? Buffer.of(6) : amfObject({ colorConfig: amfObject(config) })
  const name = Buffer.concat([Buffer.of(2, 0, 9), Buffer.from('colorInfo')])
  return Uint8Array.from(Buffer.concat([Buffer.of(0x94), Buffer.from(fourCc), name, value]))
}
