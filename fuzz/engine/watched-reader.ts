import { type ChildProcess, fork } from 'node:child_process'
import { closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Batch, BatchReport } from './batch.ts'
import { openProgress, readProgress, writeProgress } from './progress.ts'

/** A batch that never ended. */
export interface LostBatch {
  readonly kind: 'hang' | 'crash'
  /** Number of the input that was being read. */
  readonly index: number
  readonly message: string
}

/** What reads, and how long it may be silent. */
export interface WatchedReaderOptions {
  /** Default `reader-process.ts`. */
  readonly program?: URL
  /** An input may take so long on a busy machine, in milliseconds; collections and shrinking count as well. Default 60 000. */
  readonly hangMillis?: number
}

const HANG_MILLIS = 60_000
/** Looks at a silent process in that time. */
const LOOKS = 60
/** Heap of the process; buffers outside it are looked at input by input. */
const HEAP_MEGABYTES = 512

/** A process that reads inputs, and someone who notices when it does not come back. */
export class WatchedReader {
  readonly #program: URL
  readonly #hangMillis: number
  readonly #progress = openProgress()
  #process: ChildProcess | undefined

  constructor({ program, hangMillis = HANG_MILLIS }: WatchedReaderOptions = {}) {
    this.#program = program ?? new URL('./reader-process.ts', import.meta.url)
    this.#hangMillis = hangMillis
  }

  /** Reads a batch; another one may be given when this has resolved. */
  run(batch: Batch): Promise<BatchReport | LostBatch> {
    writeProgress(this.#progress, batch.from)
    this.#process ??= fork(fileURLToPath(this.#program), {
      execArgv: ['--conditions=source', '--import', 'tsx', `--max-old-space-size=${HEAP_MEGABYTES}`],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', this.#progress, 'ipc'],
    })
    const child = this.#process
    return new Promise((resolve) => {
      let seen = batch.from
      let since = performance.now()
      const watch = setInterval(() => {
        const now = performance.now()
        const index = readProgress(this.#progress)
        if (index !== seen) {
          seen = index
          since = now
        } else if (now - since > this.#hangMillis) {
          lost('hang', `still being read after ${this.#hangMillis / 1000} s`)
        }
      }, this.#hangMillis / LOOKS)
      const settle = (result: BatchReport | LostBatch): void => {
        clearInterval(watch)
        child.removeAllListeners()
        resolve(result)
      }
      const lost = (kind: LostBatch['kind'], message: string): void => {
        settle({ kind, index: readProgress(this.#progress), message })
        this.#process = undefined
        child.kill('SIGKILL')
      }
      child.once('message', (report: BatchReport) => settle(report))
      child.once('exit', (code, signal) => lost('crash', `the process ended with ${signal ?? code}`))
      child.send(batch)
    })
  }

  stop(): void {
    this.#process?.kill('SIGKILL')
    closeSync(this.#progress)
  }
}
