import { randomUUID } from 'node:crypto'
import type { SegmentRules } from '@sluice/broadcast'
import { errorCode, errorMessage, UnsupportedError } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { FeedSource } from './feeds.ts'
import { OnAir, type Publisher } from './on-air.ts'
import type { IngestPorts } from './ports.ts'

export interface HubOptions {
  readonly ports: IngestPorts
  readonly rules: SegmentRules
  readonly reconnectMillis: number
  readonly log: Logger
}

/** Whether a publisher may begin. */
export type Admission =
  | { readonly type: 'accepted'; readonly onAir: OnAir }
  | { readonly type: 'refused'; readonly code: string; readonly reason: string }

/** Time that feeds have to read the rest of an ended broadcast, in milliseconds. */
const LINGER_MILLIS = 15_000
const REPORT_MILLIS = 2_000

/** All streams that are on air in this process. */
export class Hub {
  readonly #options: HubOptions
  /** By stream name; ended ones leave at once. */
  readonly #byName = new Map<string, OnAir>()
  /** Ended broadcasts that feeds may still read. */
  readonly #lingering = new Set<OnAir>()
  readonly #admitting = new Set<string>()
  /** Ends that are being recorded: their names are free again when these resolve. */
  readonly #closing = new Map<string, Promise<void>>()
  readonly #reporter: NodeJS.Timeout

  constructor(options: HubOptions) {
    this.#options = options
    this.#reporter = setInterval(() => {
      for (const onAir of this.#byName.values()) void onAir.report()
    }, REPORT_MILLIS)
  }

  /** Streams on air. */
  get size(): number {
    return this.#byName.size
  }

  /** Decides on a publish and, when it is accepted, attaches the publisher. */
  async admit(publishName: string, publisher: Publisher): Promise<Admission> {
    const { ports, log } = this.#options
    try {
      const settings = await ports.resolve(publishName)
      if (settings === undefined)
        return refused('ingest.publish.unknown_key', 'the stream key or name is not known here')
      const { name } = settings
      if (this.#admitting.has(name)) return refused('ingest.publish.busy', 'the stream is already live')
      this.#admitting.add(name)
      try {
        // An encoder that stops and starts again at once meets the lease of its own last broadcast.
        await this.#closing.get(name)
        const existing = this.#byName.get(name)
        if (existing?.supersede() === false)
          return refused('ingest.publish.busy', 'the stream is already live')
        // What never went on air ends with its publisher.
        if (existing?.state === 'waiting') {
          existing.attach(publisher)
          return { type: 'accepted', onAir: existing }
        }
        const session = randomUUID()
        if (!(await ports.lease(name, session)))
          return refused('ingest.publish.busy', 'the stream is already live')
        const onAir: OnAir = new OnAir({
          settings,
          profile: settings.profile,
          session,
          rules: this.#options.rules,
          reconnectMillis: this.#options.reconnectMillis,
          ports,
          log: log.child({ stream: name }),
          ended: () => this.#ended(onAir),
        })
        onAir.attach(publisher)
        this.#byName.set(name, onAir)
        return { type: 'accepted', onAir }
      } finally {
        this.#admitting.delete(name)
      }
    } catch (error) {
      if (error instanceof UnsupportedError) return refused(error.code, error.message)
      log.error({ code: errorCode(error), err: errorMessage(error) }, 'a publish could not be decided')
      return refused('ingest.publish.unavailable', 'the server cannot check stream keys now; try again')
    }
  }

  find(stream: string): OnAir | undefined {
    return this.#byName.get(stream)
  }

  /** The feed of a broadcast that is on air or has just ended. */
  feed(broadcast: string): FeedSource | undefined {
    for (const onAir of [...this.#byName.values(), ...this.#lingering]) {
      if (onAir.broadcast === broadcast) {
        return {
          stream: onAir.stream,
          token: onAir.feedToken,
          readerCame: (epoch) => onAir.workerCame(epoch),
          readerLost: (epoch) => onAir.workerLost(epoch),
        }
      }
    }
    return undefined
  }

  /** Ends every broadcast. Resolves when that is recorded. */
  async stop(): Promise<void> {
    clearInterval(this.#reporter)
    const onAir = [...this.#byName.values()]
    const ended = onAir.map((each) => each.end())
    for (const each of onAir) each.disconnect('the server is shutting down')
    await Promise.all(ended)
  }

  #ended(onAir: OnAir): void {
    const { name } = onAir
    if (this.#byName.get(name) === onAir) this.#byName.delete(name)
    // This is called from within the end whose promise is wanted.
    const closing: Promise<void> = Promise.resolve()
      .then(() => onAir.end())
      .then(() => {
        if (this.#closing.get(name) === closing) this.#closing.delete(name)
      })
    this.#closing.set(name, closing)
    this.#lingering.add(onAir)
    setTimeout(() => this.#lingering.delete(onAir), LINGER_MILLIS).unref()
  }
}

function refused(code: string, reason: string): Admission {
  return { type: 'refused', code, reason }
}
