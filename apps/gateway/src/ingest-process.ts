import { assertNever, errorCode, errorMessage, StateError } from '@sluice/core'
import { start } from '@sluice/ingest'
import type { Metrics } from '@sluice/metrics'
import { createLogger, type Stoppable, stopAll } from '@sluice/runtime'
import type { ChildMessage, ParentMessage } from './ingest-process-messages.ts'
import { openMetrics } from './measuring.ts'
import { stopMillis, untilSignal } from './stopping.ts'

/**
 * One process of an ingest, started and told what to do by its parent. It ends when it is told to, at a signal, and, by Node's
 * own doing, at once when its parent is gone.
 *
 * @returns the exit code.
 */
export async function runIngestProcess(): Promise<number> {
  let metrics: Metrics | undefined
  const { started, stopped } = listenToParent(() => {
    if (metrics !== undefined) void tellMetrics(metrics)
  })
  await tellParent({ type: 'listening' })
  const order = await Promise.race([started, stopped])
  if (order === undefined) return 0
  const { config, redisUrl, sameProcess, processIndex } = order
  const log = createLogger(config, 'ingest').child({ process: processIndex })
  metrics = openMetrics(config)
  const running: Stoppable[] = []
  const stopping = Promise.race([untilSignal((signal) => log.info({ signal }, 'stopping')), stopped])
  try {
    const ingest = await start({ config, redisUrl, log, sameProcess, processIndex, metrics })
    running.push(ingest)
    const { ports, flvPort } = ingest
    await tellParent({ type: 'ready', ports, flvPort })
    await stopping
    return 0
  } catch (error) {
    await tellParent({ type: 'failed', code: errorCode(error), message: errorMessage(error) })
    return 1
  } finally {
    await stopAll(running, stopMillis(config))
  }
}

type StartMessage = Extract<ParentMessage, { type: 'start' }>

/** What the parent tells, each once. Listened to all the time: a message that nobody hears is gone. */
function listenToParent(measure: () => void): {
  readonly started: Promise<StartMessage>
  readonly stopped: Promise<undefined>
} {
  let start: (message: StartMessage) => void = () => undefined
  let stop: (nothing: undefined) => void = () => undefined
  const started = new Promise<StartMessage>((resolve) => {
    start = resolve
  })
  const stopped = new Promise<undefined>((resolve) => {
    stop = resolve
  })
  process.on('message', (message: ParentMessage) => {
    switch (message.type) {
      case 'start':
        return start(message)
      case 'stop':
        return stop(undefined)
      case 'measure':
        return measure()
      default:
        assertNever(message)
    }
  })
  return { started, stopped }
}

/** A parent that is gone meanwhile needs no answer. */
async function tellMetrics(metrics: Metrics): Promise<void> {
  const answer = await metrics.snapshot()
  await tellParent({ type: 'measured', metrics: answer }).catch(() => undefined)
}

/** Resolves when the message has left. */
function tellParent(message: ChildMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) {
      reject(new StateError('gateway.ingest_process.no_parent', 'this process has no parent to talk to'))
      return
    }
    process.send(message, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}
