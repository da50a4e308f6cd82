import { type DestinationStream, destination, type Logger, pino } from 'pino'
import type { Config } from '../config/schema.ts'
import { prettyStream } from './pretty.ts'

export type { Logger } from 'pino'

/** Fields that never reach a log, at the top and one level down. */
const SECRETS = ['key', 'streamKey', 'token', 'feedToken', 'authorization', 'password']

/**
 * A role's log, on standard error so that standard output stays what a command prints. Fields named like
 * secrets are masked. Written synchronously: what led to a crash is in the log.
 *
 * @param out - takes the lines instead of standard error.
 */
export function createLogger(config: Pick<Config, 'log'>, role: string, out?: DestinationStream): Logger {
  const lines = out ?? destination({ fd: 2, sync: true })
  const colours = out === undefined && process.stderr.isTTY === true
  return pino(
    {
      level: config.log.level,
      base: { role },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [...SECRETS, ...SECRETS.map((name) => `*.${name}`), '*.headers.authorization'],
        censor: '(hidden)',
      },
    },
    config.log.format === 'pretty' ? prettyStream(lines, colours) : lines,
  )
}

/**
 * A log for a library that takes one: its warnings and errors are ours to see. What else it says of itself, such as a line for each
 * address that a server listens on, is left out; the roles say in their own words when they are ready.
 *
 * @returns lines of the same log and with the same fields, of the severity `warn` or above.
 */
export function warningsOnly(log: Logger): Logger {
  return log.isLevelEnabled('warn') ? log.child({}, { level: 'warn' }) : log
}
