/** ue(v) as text of 0 and 1 (ITU-T H.264 §9.1). */
export function ue(value: number): string {
  const code = (value + 1).toString(2)
  return '0'.repeat(code.length - 1) + code
}

/** se(v). */
export function se(value: number): string {
  return ue(value > 0 ? 2 * value - 1 : -2 * value)
}

/** u(n). */
export function u(count: number, value: number): string {
  return value.toString(2).padStart(count, '0')
}

/** Bits as bytes; spaces are for the reader, the last byte is filled up with zeros. */
export function bitsToBytes(text: string): Uint8Array {
  const bits = text.replaceAll(' ', '')
  const bytes = bits.match(/.{1,8}/g) ?? []
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, '0'), 2))
}

/** Puts a 3 before every byte of 0 to 3 that follows two zeros (ITU-T H.264 §7.4.1.1). */
export function withEmulationPrevention(payload: Iterable<number>): number[] {
  const escaped: number[] = []
  let zeros = 0
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push(3)
      zeros = 0
    }
    escaped.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return escaped
}
