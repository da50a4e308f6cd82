import type { Machine } from './machine.ts'

/** One measured number. */
export interface Figure {
  /** What it is of: `sluice`, `nginx-rtmp`; empty where there is nothing to compare. */
  readonly subject: string
  /** What was measured: `CPU per Gbit`. */
  readonly what: string
  readonly value: number
  readonly unit: string
  /** The single measurements behind it, in order. */
  readonly samples?: readonly number[]
  /** What helps to judge it: `others 0.2 s`. Goes into the table as it is. */
  readonly note?: string
}

/** Collects the figures of one case and prints them. Progress goes to standard error, results to standard output. */
export class Report {
  readonly #case: string
  readonly #machine: Machine
  readonly #figures: Figure[] = []

  constructor(caseName: string, machine: Machine) {
    this.#case = caseName
    this.#machine = machine
  }

  add(figure: Figure): void {
    this.#figures.push(figure)
  }

  /** Says what is going on. */
  progress(text: string): void {
    process.stderr.write(`${this.#case}: ${text}\n`)
  }

  /** The table, then one JSON line a figure with everything that is needed to compare it later. */
  print(): void {
    const rows = this.#figures.map(({ subject, what, value, unit, samples = [], note = '' }) => [
      subject,
      what,
      `${rounded(value)} ${unit}`,
      samples.length > 1 ? samples.map(rounded).join(' ') : '',
      note,
    ])
    const header = ['', 'figure', 'value', 'runs', 'note']
    const widths = header.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
    )
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    process.stdout.write(`\n${this.#case}\n${[header, ...rows].map(line).join('\n')}\n\n`)
    for (const figure of this.#figures) {
      process.stdout.write(`${JSON.stringify({ case: this.#case, ...figure, ...this.#machine })}\n`)
    }
  }
}

/** Three digits that mean something. */
function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return value.toFixed(digits)
}
