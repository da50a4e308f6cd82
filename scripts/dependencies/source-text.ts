/** A TypeScript source with everything that is not code taken out, for checks that read code as text. */
export interface MaskedSource {
  /**
   * The source with comments, regular expressions and the text of templates blanked, and the content of
   * every string literal replaced by its index in `strings`: `import a from 'b'` reads `import a from "0"`.
   * Line breaks stay, so line numbers of `code` are those of the source.
   */
  readonly code: string
  /** Contents of the string literals (and of templates without substitutions), in order, escapes untouched. */
  readonly strings: readonly string[]
}

/** After these words a slash opens a regular expression; after any other word or a value it divides. */
const WORDS_BEFORE_REGEX = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
)

/**
 * Masks comments, regular expressions and literals of TypeScript or JavaScript source. A lexer and no parser:
 * the one guess is whether a slash after `)` or `}` divides; it is taken to divide after `)` and to open a regular
 * expression after `}`, which is what code of this repository means by them.
 *
 * @throws {Error} when a literal or a comment never ends: the file does not compile either.
 */
export function maskSource(source: string): MaskedSource {
  const strings: string[] = []
  let code = ''
  let at = 0
  /** Braces open inside each `${` that is being read, innermost last. */
  const substitutions: number[] = []

  const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ')
  const literal = (content: string): void => {
    code += `"${strings.length}"${content.replaceAll(/[^\n]/g, '')}`
    strings.push(content)
  }

  /** Reads template text from `at`, which is behind the backtick or behind the `}` of a substitution. */
  const template = (opened: boolean): void => {
    const start = at
    for (; at < source.length; at++) {
      if (source[at] === '\\') at++
      else if (source[at] === '`') {
        const text = source.slice(start, at++)
        if (opened) literal(text)
        else code += `${blank(text)}"`
        return
      } else if (source.startsWith('${', at)) {
        code += `${opened ? '"' : ''}${blank(source.slice(start, at))}{`
        at += 2
        substitutions.push(0)
        return
      }
    }
    throw new Error('a template literal never ends')
  }

  while (at < source.length) {
    const character = source[at] as string
    if (source.startsWith('//', at) || (at === 0 && source.startsWith('#!'))) {
      const end = source.indexOf('\n', at)
      at = end < 0 ? source.length : end
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2)
      if (end < 0) throw new Error('a comment never ends')
      code += ` ${blank(source.slice(at, end + 2))}`
      at = end + 2
    } else if (character === '"' || character === "'") {
      const end = endOfDelimited(source, at + 1, character)
      literal(source.slice(at + 1, end))
      at = end + 1
    } else if (character === '`') {
      at++
      template(true)
    } else if (character === '/' && opensRegex(code)) {
      const end = endOfRegex(source, at + 1)
      code += '0'
      at = end + 1
    } else if (character === '}' && substitutions.at(-1) === 0) {
      substitutions.pop()
      code += '}'
      at++
      template(false)
    } else {
      const depth = substitutions.length - 1
      if (depth >= 0 && character === '{') substitutions[depth] = (substitutions[depth] ?? 0) + 1
      if (depth >= 0 && character === '}') substitutions[depth] = (substitutions[depth] ?? 0) - 1
      code += character
      at++
    }
  }
  if (substitutions.length > 0) throw new Error('a template literal never ends')
  return { code, strings }
}

/** Line number, from 1, of an offset of `code`. */
export function lineAt(code: string, offset: number): number {
  return code.slice(0, offset).split('\n').length
}

function endOfDelimited(source: string, from: number, delimiter: string): number {
  for (let at = from; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === delimiter) return at
  }
  throw new Error(`a string literal never ends: ${source.slice(from, from + 40)}`)
}

function endOfRegex(source: string, from: number): number {
  let inClass = false
  for (let at = from; at < source.length && source[at] !== '\n'; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (character === '[') inClass = true
    else if (character === ']') inClass = false
    else if (character === '/' && !inClass) return at
  }
  throw new Error(`a regular expression never ends: ${source.slice(from, from + 40)}`)
}

function opensRegex(codeBefore: string): boolean {
  const before = codeBefore.trimEnd()
  const word = /[\w$]+$/.exec(before)?.[0]
  if (word !== undefined) return WORDS_BEFORE_REGEX.has(word)
  return !/[)\]"]$/.test(before)
}
