/** A decimal-floating-point number of seconds, to the microsecond. RFC 8216 §4.2 */
export function decimalSeconds(seconds: number): string {
  return seconds.toFixed(6)
}

/** Attributes as `NAME=value,NAME=value`; those that are undefined are left out. RFC 8216 §4.2 */
export function attributeList(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}

/**
 * A quoted-string. Line breaks and double quotes cannot be written in one and become single quotes.
 *
 * @see RFC 8216 §4.2
 */
export function quoted(value: string): string {
  return `"${value.replaceAll(/["\r\n]/g, "'")}"`
}
