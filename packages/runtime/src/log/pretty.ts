import type { DestinationStream } from 'pino'

const COLOURS: Readonly<Record<string, number>> = {
  trace: 90,
  debug: 90,
  info: 32,
  warn: 33,
  error: 31,
  fatal: 35,
}

/** Turns JSON log lines into lines for people: time, severity, role, message, `name=value …`, stack. */
export function prettyStream(out: DestinationStream, colours: boolean): DestinationStream {
  return { write: (line) => out.write(prettyLine(line, colours)) }
}

function prettyLine(line: string, colours: boolean): string {
  const { level, time, role, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>
  const severity = String(level).toUpperCase().padEnd(5)
  const shown = colours ? `\u001b[${COLOURS[String(level)] ?? 0}m${severity}\u001b[0m` : severity
  const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${text(value)}`)
  const at = String(time).slice(11, 23)
  return `${at} ${shown} ${String(role).padEnd(8)} ${text(msg ?? '')}${facts.join('')}${failure(err)}\n`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The error of a line: its code and message, and the stack for what is not one of the declared errors. */
function failure(error: unknown): string {
  if (error === null || typeof error !== 'object') return ''
  const { message, stack, code } = error as Record<string, unknown>
  const declared = typeof code === 'string' && code.includes('.')
  return declared ? ` (${code}: ${text(message ?? '')})` : `\n  ${text(stack ?? message ?? '')}`
}
