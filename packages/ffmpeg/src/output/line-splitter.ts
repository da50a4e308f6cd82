/** Longest line kept, in characters; the rest of a longer one is left out. */
const MAX_LINE = 4096

/** Cuts text that arrives in any pieces into lines. Memory is bounded whatever arrives. */
export class LineSplitter {
  #rest = ''

  /** The lines `text` completes, without their ends; empty ones are left out. */
  push(text: string): string[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE)
    return lines.filter((line) => line !== '').map((line) => line.slice(0, MAX_LINE))
  }

  /** The last line, where no line end followed it. */
  end(): string[] {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? [] : [rest]
  }
}
