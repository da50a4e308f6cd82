/** Attributes in the order in which they are written; those that are undefined are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | undefined>>

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** True for the characters that XML 1.0 cannot hold at all, not even escaped. XML 1.0 §2.2 */
function isImpossible(character: string): boolean {
  return (
    (character < ' ' && !'\t\n\r'.includes(character)) || character === '\ufffe' || character === '\uffff'
  )
}

function escapeValue(value: string): string {
  let escaped = ''
  for (const character of value)
    escaped += isImpossible(character) ? '\ufffd' : (ESCAPES[character] ?? character)
  return escaped
}

/** Writes an XML document, element by element, escaped and indented. */
export class XmlWriter {
  #text = '<?xml version="1.0" encoding="UTF-8"?>\n'
  readonly #open: string[] = []

  /** Begins an element, writes its content by calling `content`, and ends it. */
  element(name: string, attributes: XmlAttributes, content: () => void): void {
    this.#line(`<${this.#tag(name, attributes)}>`)
    this.#open.push(name)
    content()
    this.#open.pop()
    this.#line(`</${name}>`)
  }

  /** An element that holds text. */
  text(name: string, text: string): void {
    this.#line(`<${name}>${escapeValue(text)}</${name}>`)
  }

  /** An element without content. */
  empty(name: string, attributes: XmlAttributes): void {
    this.#line(`<${this.#tag(name, attributes)}/>`)
  }

  /** The document so far. */
  toString(): string {
    return this.#text
  }

  #tag(name: string, attributes: XmlAttributes): string {
    let tag = name
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined) tag += ` ${key}="${escapeValue(String(value))}"`
    return tag
  }

  #line(text: string): void {
    this.#text += `${'  '.repeat(this.#open.length)}${text}\n`
  }
}
