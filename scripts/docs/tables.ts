/** Between which lines a generated part of a document stands. */
export interface Markers {
  readonly begin: string
  readonly end: string
}

/**
 * A Markdown document with what stands between its two markers of that name replaced.
 *
 * @throws {Error} when the document has no such markers.
 */
export function replaceTable(document: string, name: string, table: string): string {
  const begin = `<!-- ${name}: written by scripts/check-docs.ts --write -->`
  return replaceBetween(document, table, { begin, end: `<!-- /${name} -->` })
}

/** The same in any document. @throws {Error} when it has no such markers. */
export function replaceBetween(document: string, text: string, { begin, end }: Markers): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the document has no place for it: ${begin} … ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`
}

/** Text as a cell of a table can hold it. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
