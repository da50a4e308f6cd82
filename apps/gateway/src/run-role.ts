import {
  type Config,
  createLogger,
  ensureDataDir,
  onSignals,
  type Stoppable,
  startPrivateRedis,
  stopAll,
} from '@sluice/runtime'
import { openStore } from './store.ts'

/** A role that can run in a process of its own. */
export type Role = 'ingest' | 'worker' | 'origin' | 'control'

/** Everything has to stop within this time, in milliseconds; more where publishers are given longer to leave. */
const STOP_MILLIS = 4_500
/** What is left of it at least when they have had theirs. */
const AFTER_DRAIN_MILLIS = 2_500

/** By when everything must have stopped, in milliseconds: what has not is left behind. */
export function stopMillis({ ingest }: Pick<Config, 'ingest'>): number {
  return Math.max(STOP_MILLIS, ingest.drainSeconds * 1000 + AFTER_DRAIN_MILLIS)
}

/** Runs one role until a signal ends it. Without a Redis in the settings the data folder's private one is used. */
export async function runRole(role: Role, config: Config): Promise<void> {
  const log = createLogger(config, role)
  const running: Stoppable[] = []
  // From the beginning: a signal while something starts must not leave that behind.
  const signalled = untilSignal((signal) => log.info({ signal }, 'stopping'))
  try {
    await ensureDataDir(config.dataDir)
    let redisUrl = config.redis.url
    if (redisUrl === undefined) {
      const redis = await startPrivateRedis({ dataDir: config.dataDir, log })
      running.push(redis)
      redisUrl = redis.url
    }
    running.push(await startRole(role, config, redisUrl, log))
    await signalled
  } finally {
    await stopAll(running, stopMillis(config))
  }
}

/** Loads no other role's code: an ingest of two hundred publishers spends less on looking through its memory. */
async function startRole(
  role: Role,
  config: Config,
  redisUrl: string,
  log: ReturnType<typeof createLogger>,
): Promise<Stoppable> {
  const context = { config, redisUrl, log, sameProcess: false }
  switch (role) {
    case 'ingest':
      return (await import('@sluice/ingest')).start(context)
    case 'worker':
      return (await import('@sluice/worker')).start({ ...context, store: openStore(config) })
    case 'origin':
      return (await import('@sluice/origin')).start({ ...context, store: openStore(config) })
    case 'control': {
      const control = await (await import('@sluice/control')).start(context)
      if (control.newToken !== undefined)
        process.stdout.write(`operator token (shown once): ${control.newToken}\n`)
      return control
    }
  }
}

/** Resolves on the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignal(stopping: (signal: NodeJS.Signals) => void): Promise<void> {
  return new Promise((resolve) => {
    onSignals((signal) => {
      stopping(signal)
      resolve()
    })
  })
}
