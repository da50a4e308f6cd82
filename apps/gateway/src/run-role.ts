import {
  type Config,
  createLogger,
  ensureDataDir,
  type Stoppable,
  startPrivateRedis,
  stopAll,
} from '@sluice/runtime'
import { startIngestProcesses } from './ingest-processes.ts'
import { stopMillis, untilSignal } from './stopping.ts'
import { openStore } from './store.ts'

/** A role that can run in a process of its own. */
export type Role = 'ingest' | 'worker' | 'origin' | 'control'

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
      return config.ingest.processes > 1
        ? startIngestProcesses(context)
        : (await import('@sluice/ingest')).start(context)
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
