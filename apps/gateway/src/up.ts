import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { start as startControl } from '@sluice/control'
import { type IngestRole, start as startIngest } from '@sluice/ingest'
import { start as startOrigin } from '@sluice/origin'
import {
  type Config,
  createLogger,
  ensureDataDir,
  type Logger,
  type Stoppable,
  startPrivateRedis,
  stopAll,
} from '@sluice/runtime'
import { start as startWorker } from '@sluice/worker'
import { renderBanner } from './banner.ts'
import { DEMO_STREAM, startDemo } from './demo.ts'
import { type IngestProcesses, startIngestProcesses } from './ingest-processes.ts'
import { openMetrics, serveMetrics } from './measuring.ts'
import { stopMillis, untilSignal } from './stopping.ts'
import { openStore } from './store.ts'
import { streamKey } from './stream-key.ts'

/** The stream that exists from the first start on, so that an encoder can be pointed at something. */
const FIRST_STREAM = 'main'

export interface UpOptions {
  /** Publish a test card. */
  readonly demo: boolean
}

/** Runs every role in this process until a signal ends it. */
export async function runUp(config: Config, options: UpOptions): Promise<void> {
  const log = createLogger(config, 'gateway')
  const running: Stoppable[] = []
  const step = (text: string): void => void process.stdout.write(`· ${text}\n`)
  const began = Date.now()
  // From the beginning: a signal while something starts must not leave that behind.
  const signalled = untilSignal((signal) => {
    log.info({ signal }, 'stopping')
    process.stdout.write('\nstopping; press Ctrl-C again to stop at once\n')
  })
  try {
    await ensureDataDir(config.dataDir)
    step(`data in ${config.dataDir}`)
    let redisUrl = config.redis.url
    if (redisUrl === undefined) {
      const redis = await startPrivateRedis({ dataDir: config.dataDir, log: role(config, 'redis') })
      running.push(redis)
      redisUrl = redis.url
      step('private Redis is up')
    }
    const store = openStore(config)
    const metrics = openMetrics(config)
    const context = (name: string) => ({
      ...{ config, redisUrl, metrics },
      ...{ log: role(config, name), sameProcess: true },
    })
    const control = await startControl(context('control'))
    running.push(control)
    const origin = await startOrigin({ ...context('origin'), store })
    running.push(origin)
    let feeds: IngestRole['feeds'] | undefined
    const worker = await startWorker({
      ...context('worker'),
      store,
      localFeeds: (request, signal) => feeds?.follow(request, signal),
    })
    running.push(worker)
    step(`ffmpeg ${worker.ffmpegVersion} is ready, with ${worker.videoEncoder}`)
    let ingest: IngestProcesses
    if (config.ingest.processes > 1) ingest = await startIngestProcesses(context('ingest'))
    else {
      const here = await startIngest(context('ingest'))
      feeds = here.feeds
      ingest = here
    }
    running.push(ingest)
    const metricsServer = await serveMetrics(metrics, config, log)
    if (metricsServer !== undefined) {
      running.push(metricsServer)
      step(`metrics at http://${config.metrics.bind}:${metricsServer.port}/metrics`)
    }

    const keys = { config, redisUrl, log: role(config, 'gateway') }
    const key = await streamKey(keys, FIRST_STREAM)
    let watched = FIRST_STREAM
    if (options.demo) {
      watched = DEMO_STREAM
      const demoKey = await streamKey(keys, DEMO_STREAM)
      running.push(
        startDemo(
          config.ffmpeg,
          `rtmp://127.0.0.1:${ingest.ports.rtmp}/live/${demoKey}`,
          role(config, 'demo'),
        ),
      )
    }
    const host = displayHost(config)
    const file = join(config.dataDir, 'control-token')
    const { newToken } = control
    process.stdout.write(
      renderBanner({
        host,
        publishers: ingest.ports,
        key,
        stream: watched,
        origin: config.origin.url ?? `http://${host}:${origin.port}`,
        httpsPort: origin.tlsPort,
        flvPort: ingest.flvPort,
        controlPort: control.port,
        token: newToken === undefined ? `kept in ${file}` : `${newToken} (shown once; kept in ${file})`,
        demo: options.demo,
        millis: Date.now() - began,
      }),
    )
    await signalled
  } finally {
    await stopAll(running, stopMillis(config))
  }
}

function role(config: Config, name: string): Logger {
  return createLogger(config, name)
}

/** An address of this machine that a person can use. */
function displayHost(config: Config): string {
  if (config.bind !== '0.0.0.0' && config.bind !== '::')
    return config.bind.includes(':') ? `[${config.bind}]` : config.bind
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? [])
      if (address.family === 'IPv4' && !address.internal) return address.address
  }
  return '127.0.0.1'
}
