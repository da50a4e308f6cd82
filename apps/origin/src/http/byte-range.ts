/** The bytes to send: from the first to the last, both included. */
export interface SelectedRange {
  readonly first: number
  readonly last: number
}

/**
 * Understands a Range header.
 *
 * @returns `whole` where there is none, or one that need not be honoured (other units, several ranges,
 * nonsense); `unsatisfiable` when it lies outside.
 * @see RFC 9110 §14.2
 */
export function selectRange(
  header: string | undefined,
  size: number,
): SelectedRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (match === null) return 'whole'
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return 'whole'
  if (from === '') {
    const length = Number(to)
    return length === 0 || size === 0
      ? 'unsatisfiable'
      : { first: Math.max(0, size - length), last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return 'whole'
  return first >= size ? 'unsatisfiable' : { first, last }
}
