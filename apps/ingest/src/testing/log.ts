import { createLogger, type Logger } from '@sluice/runtime'

/** One line of the log. */
export interface LogLine {
  readonly level: string
  readonly msg: string
  readonly code?: string
  readonly stream?: string
  readonly [field: string]: unknown
}

/** A log whose lines a test can read. */
export function testLog(): { readonly log: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const out = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { log: createLogger({ log: { level: 'debug', format: 'json' } }, 'ingest', out), lines }
}
