import cluster, { type Worker } from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { assertNever, DependencyError } from '@sluice/core'
import type { Metrics, MetricsSnapshot } from '@sluice/metrics'
import type { Config, Logger, Stoppable } from '@sluice/runtime'
import type { ChildMessage, ParentMessage, PortsInUse } from './ingest-process-messages.ts'
import { stopMillis } from './stopping.ts'

export interface IngestProcessesOptions {
  readonly config: Config
  readonly redisUrl: string
  readonly log: Logger
  /** See the ingest's own options. */
  readonly sameProcess: boolean
  /** To which those of the processes are added; default: to none. */
  readonly metrics?: Metrics | undefined
}

/** An ingest of several processes. */
export type IngestProcesses = Stoppable & PortsInUse

/** Waits before a process that ended is started again: at once the first time, then longer, in milliseconds. */
const RESTART_MILLIS = [0, 500, 2_000, 5_000] as const
/** A process that lived this long was not bound to end, in milliseconds. */
const HEALTHY_MILLIS = 30_000
/** What has not stopped in its time is killed so long before everything must have stopped, in milliseconds. */
const KILL_EARLIER_MILLIS = 500
/** A process that takes longer to say what it measures is left out of this look, in milliseconds. */
const MEASURE_MILLIS = 3_000

/**
 * Starts the processes of an ingest. They share its ports: this process accepts the connections and gives them out in turn. A
 * process that ends is started again until `stop`; when this process is gone, so are they.
 *
 * @throws {DependencyError} with the code and words of the first one that could not start; none is left behind then.
 */
export async function startIngestProcesses(options: IngestProcessesOptions): Promise<IngestProcesses> {
  const { config, log } = options
  // Connections live for hours: those who take them in turn have as many each, where the kernel favours a few.
  cluster.schedulingPolicy = cluster.SCHED_RR
  const first = new SupervisedProcess(0, options)
  const others = Array.from(
    { length: config.ingest.processes - 1 },
    (_, index) => new SupervisedProcess(index + 1, options),
  )
  const processes = [first, ...others]
  for (const each of processes) {
    options.metrics?.include(() => each.measure())
    options.metrics?.check('a process of the ingest', () => each.check())
  }
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((each) => each.stop()))
  }
  try {
    // What can fail, and what is made at a first start, fails and is made once.
    const { ports, flvPort } = await first.start()
    await Promise.all(others.map((each) => each.start()))
    log.info({ processes: processes.length, ...ports, flv: flvPort }, 'ingest processes are ready')
    return { ports, flvPort, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One of them, under whatever process id. */
class SupervisedProcess {
  readonly #index: number
  readonly #options: IngestProcessesOptions
  #worker: Worker | undefined
  #startedAt = 0
  #restarts = 0
  #isListening = false
  #isReady = false
  #restarting: NodeJS.Timeout | undefined
  #isStopping = false
  /** Those who asked what it measures. */
  #asking: ((answer: MetricsSnapshot | undefined) => void)[] = []

  constructor(index: number, options: IngestProcessesOptions) {
    this.#index = index
    this.#options = options
  }

  /** Starts it and keeps it running. @returns the ports that it has, when it is ready. */
  start(): Promise<PortsInUse> {
    const { config, redisUrl, sameProcess, log } = this.#options
    const worker = cluster.fork()
    this.#worker = worker
    this.#startedAt = performance.now()
    this.#isListening = false
    return new Promise((resolve, reject) => {
      worker.on('message', (message: ChildMessage) => {
        switch (message.type) {
          case 'listening':
            this.#isListening = true
            this.#tell({ type: 'start', config, redisUrl, sameProcess, processIndex: this.#index })
            return
          case 'ready':
            this.#isReady = true
            log.info({ process: this.#index, pid: worker.process.pid }, 'a process of the ingest is ready')
            resolve(message)
            return
          case 'measured':
            this.#answer(message.metrics)
            return
          case 'failed':
            reject(new DependencyError(message.code, message.message))
            return
          default:
            assertNever(message)
        }
      })
      worker.on('error', (error: Error) => {
        const what = `a process of the ingest cannot be talked to: ${error.message}`
        reject(new DependencyError('gateway.ingest_process.broken', what, { cause: error }))
        // Without an id there never was a process, and no `exit` will come.
        if (worker.process.pid === undefined) this.#ended(worker, error.message)
      })
      worker.once('exit', (code: number | null, signal: string | null) => {
        const what = `a process of the ingest ended (${signal ?? code})`
        reject(new DependencyError('gateway.ingest_process.ended', what))
        this.#ended(worker, signal ?? code)
      })
    })
  }

  /** @throws {DependencyError} `gateway.ingest_process.ended` while there is none. */
  async check(): Promise<void> {
    if (this.#isReady && this.#worker !== undefined) return
    throw new DependencyError('gateway.ingest_process.ended', 'it ended, and is being started again')
  }

  /** What it measures; undefined where it does not say so in time. Never rejects. */
  async measure(): Promise<MetricsSnapshot | undefined> {
    if (!this.#isReady || this.#worker === undefined) return undefined
    const answer = new Promise<MetricsSnapshot | undefined>((resolve) => this.#asking.push(resolve))
    this.#tell({ type: 'measure' })
    return Promise.race([answer, delay(MEASURE_MILLIS, undefined, { ref: false })])
  }

  /** Whoever asked is told the newest. */
  #answer(metrics: MetricsSnapshot | undefined): void {
    const asking = this.#asking
    this.#asking = []
    for (const resolve of asking) resolve(metrics)
  }

  /** Ends it, for good. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restarting)
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.#tell({ type: 'stop' })
    // One that does not listen yet has nothing to put in order.
    const patience = this.#isListening ? stopMillis(this.#options.config) - KILL_EARLIER_MILLIS : 0
    await Promise.race([ended, delay(patience, undefined, { ref: false })])
    worker.process.kill('SIGKILL')
    await ended
  }

  #ended(worker: Worker, how: string | number | null): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#answer(undefined)
    // What never was ready is the business of whoever started it.
    if (this.#isStopping || !this.#isReady) return
    if (performance.now() - this.#startedAt > HEALTHY_MILLIS) this.#restarts = 0
    const wait = RESTART_MILLIS[Math.min(this.#restarts, RESTART_MILLIS.length - 1)]
    this.#restarts += 1
    const { log } = this.#options
    const facts = { code: 'gateway.ingest_process.ended', process: this.#index, how, restartMillis: wait }
    log.error(facts, 'a process of the ingest ended; it is started again')
    this.#restarting = setTimeout(() => {
      this.start().catch((error: unknown) => {
        log.error({ process: this.#index, err: error }, 'a process of the ingest could not be started again')
      })
    }, wait)
  }

  #tell(message: ParentMessage): void {
    this.#worker?.send(message)
  }
}
