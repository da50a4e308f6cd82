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
