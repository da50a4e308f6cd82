/** Splits `name?query` at its first question mark; the query is empty where there is none. */
export function splitQuery(text: string): { readonly name: string; readonly query: string } {
  const at = text.indexOf('?')
  return at < 0 ? { name: text, query: '' } : { name: text.slice(0, at), query: text.slice(at + 1) }
}
