import { join } from 'node:path'
import type { Metrics } from '@sluice/metrics'
import {
  type Config,
  createLogger,
  ensureDataDir,
  type Logger,
  type Stoppable,
  startPrivateRedis,
  stopAll,
} from '@sluice/runtime'
import { startIngestProcesses } from './ingest-processes.ts'
import { openMetrics, serveMetrics } from './measuring.ts'
import { stopMillis, untilSignal } from './stopping.ts'
import { openStore } from './store.ts'

/** A role that can run in a process of its own. */
export type Role = 'ingest' | 'worker' | 'origin' | 'control'

/** Runs one role until a signal ends it. Without a Redis in the settings the data folder's private one is used. */
export function runRole(role: Role, config: Config): Promise<void> {
  return runWithRedis(role, config, (parts) => startRole(role, { ...parts, config }))
}

/**
 * Publishes the test card until a signal ends it, with a key of its own from the Redis that all roles share.
 *
 * @param address - of the ingest, with the application: `rtmp://HOST:1935/live`.
 */
export function runDemo(address: string, config: Config): Promise<void> {
  return runWithRedis('demo', config, async ({ redisUrl, log }) => {
    const { DEMO_STREAM, startDemo } = await import('./demo.ts')
    const { streamKey } = await import('./stream-key.ts')
    const key = await streamKey({ config, redisUrl, log }, DEMO_STREAM)
    log.info({ address, stream: DEMO_STREAM }, 'the test card is published')
    return startDemo(config.ffmpeg, `${address}/${key}`, log)
  })
}

/** What everything that runs is given. */
interface RunningParts {
  readonly redisUrl: string
  readonly log: Logger
  /** Undefined where nobody is told. */
  readonly metrics: Metrics | undefined
}

async function runWithRedis(
  role: string,
  config: Config,
  start: (parts: RunningParts) => Promise<Stoppable>,
): Promise<void> {
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
    const metrics = openMetrics(config)
    running.push(await start({ redisUrl, log, metrics }))
    const metricsServer = await serveMetrics(metrics, config, log)
    if (metricsServer !== undefined) running.push(metricsServer)
    await signalled
  } finally {
    await stopAll(running, stopMillis(config))
  }
}

/** Loads no other role's code: an ingest of two hundred publishers spends less on looking through its memory. */
async function startRole(
  role: Role,
  { config, ...parts }: RunningParts & { readonly config: Config },
): Promise<Stoppable> {
  const { log } = parts
  const context = { config, ...parts, sameProcess: false }
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
      if (control.newToken !== undefined) {
        // What is not a terminal is kept somewhere, and read by many.
        if (process.stdout.isTTY) process.stdout.write(`operator token (shown once): ${control.newToken}\n`)
        else log.info({ file: join(config.dataDir, 'control-token') }, 'an operator token was made')
      }
      return control
    }
  }
}
