import { randomBytes } from 'node:crypto'
import type { SegmentRules } from '@sluice/broadcast'
import { errorCode, errorMessage, millis, StateError, UnsupportedError } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { StreamTotals } from './ingest-totals.ts'
import { LiveStream } from './live-stream.ts'
import { StreamPlayback } from './playback/stream-playback.ts'
import type { IngestPorts, LeftBroadcast, StreamSettings } from './ports.ts'
import type { Publication } from './publication.ts'
import { SessionMeter } from './session-meter.ts'

/** Who publishes. */
export interface Publisher {
  readonly remoteAddress: string
  /** What the client calls itself. */
  readonly client: string | undefined
  /** Who logged in by password; undefined where nobody did. */
  readonly user?: string | undefined
  /** When anything last arrived from it, in milliseconds of the monotonic clock: the host's may leap. */
  readonly lastHeard: number
  /** Ends the connection, telling the client why. */
  disconnect(reason: string): void
  /** It offered to connect again when it is asked to. */
  readonly canReconnect: boolean
  /** Asks the client, which offered it, to connect again when it can without harm; it goes on until then. */
  requestReconnect(reason: string): void
}

export interface OnAirOptions {
  readonly settings: StreamSettings
  readonly profile: string
  readonly session: string
  readonly rules: SegmentRules
  readonly reconnectMillis: number
  /** What another ingest left off with; undefined: a broadcast of its own begins. */
  readonly continues?: LeftBroadcast | undefined
  readonly ports: IngestPorts
  readonly log: Logger
  /** The broadcast is over and its feeds may still be read. */
  readonly ended: () => void
}

/** A publisher that sent nothing for this long gives way to another connection, in milliseconds. */
const SILENT_MILLIS = 3_000
/** Waits between attempts to reach Redis, in milliseconds. */
const RETRY_MILLIS = 500
/** Waits before a lost worker is replaced: at once the first time, then longer, in milliseconds. */
const REPLACE_MILLIS = [0, 500, 2_000, 5_000, 10_000] as const
/** A worker that lived this long was no failure of the stream itself, in milliseconds. */
const HEALTHY_MILLIS = 30_000
/** A broadcast that is left waits this long at least for its publisher, which may have been asked to go, in milliseconds. */
const MOVE_MILLIS = 5_000
/** The worker of a broadcast that came from another ingest finds its feed here, or is replaced after so long, in milliseconds. */
const ARRIVAL_MILLIS = 10_000

/**
 * One stream name on air: its publisher, its broadcast, and the worker's job. States: `live` while a publisher
 * is connected, `waiting` while it may come back, `ended` for good.
 */
export class OnAir implements Publication {
  readonly stream: LiveStream
  /** Those who watch it here. */
  readonly playback: StreamPlayback
  readonly feedToken: string = randomBytes(24).toString('base64url')
  readonly #options: OnAirOptions
  #publisher: Publisher | undefined
  #broadcast: string | undefined
  /** The broadcast is being recorded; never rejects. */
  #opening: Promise<void> | undefined
  #ended = false
  #closed: Promise<void> | undefined
  #epoch = 0
  #epochStarted = 0
  #replacements = 0
  #waiting: NodeJS.Timeout | undefined
  /** Left off by another ingest, and not yet taken. */
  #continues: LeftBroadcast | undefined
  /** This ingest stops: what its publisher leaves is another one's. To be called when it has left. */
  #departed: (() => void) | undefined
  #meter: SessionMeter | undefined

  constructor(options: OnAirOptions) {
    this.#options = options
    this.stream = new LiveStream(options.rules, {
      awaitsWorker: options.profile !== 'none',
      continues: options.continues?.position,
      leftOut: ({ code, message }) => options.log.warn({ code }, message),
    })
    this.playback = new StreamPlayback(this.stream)
    this.#continues = options.continues
  }

  get name(): string {
    return this.#options.settings.name
  }

  get isPlayed(): boolean {
    return this.playback.size > 0
  }

  /** What has happened in this broadcast so far. */
  get totals(): StreamTotals {
    const { totals, clock } = this.stream
    return { ...totals, ...clock.counters, playersTooSlow: this.playback.tooSlow }
  }

  get broadcast(): string | undefined {
    return this.#broadcast
  }

  get state(): 'live' | 'waiting' | 'ended' {
    if (this.#ended) return 'ended'
    return this.#publisher === undefined ? 'waiting' : 'live'
  }

  /** A publisher begins or comes back. @throws {StateError} when there is one already, or the broadcast has ended. */
  attach(publisher: Publisher): void {
    if (this.state === 'live') {
      throw new StateError('ingest.on_air.busy', `${this.name} has a publisher already`)
    }
    if (this.#ended) throw new StateError('ingest.on_air.ended', `the broadcast of ${this.name} is over`)
    clearTimeout(this.#waiting)
    this.#publisher = publisher
    this.stream.beginSession()
    this.#meter = new SessionMeter(this.#options.session, publisher, this.stream, this.#options.rules)
  }

  /** Moves a batch of messages on, and opens the broadcast once its first boundary is known. */
  flush(): void {
    this.stream.flush()
    if (this.#opening === undefined && this.stream.ring.starts.length > 0) this.#opening = this.#open()
  }

  /**
   * A publisher is gone; nothing happens when another one has taken its place.
   *
   * @param clean - it said goodbye: the broadcast does not wait for it.
   */
  detach(publisher: Publisher, clean: boolean): void {
    if (this.#publisher !== publisher || this.#ended) return
    this.#publisher = undefined
    this.stream.clock.endSession()
    this.flush()
    this.stream.settle()
    this.#options.ports.clearReport(this.name).catch((error: unknown) => {
      this.#options.log.debug({ err: errorMessage(error) }, 'the state could not be cleared')
    })
    const wentOnAir = this.#opening !== undefined
    if (this.#departed !== undefined && wentOnAir) {
      void this.#leave().then(this.#departed)
      return
    }
    this.#departed?.()
    if (clean || !wentOnAir || this.#options.reconnectMillis === 0) void this.end()
    else {
      this.#options.log.info(
        { seconds: this.#options.reconnectMillis / 1000 },
        'the publisher is gone; waiting for it',
      )
      this.#waiting = setTimeout(() => void this.end(), this.#options.reconnectMillis)
    }
  }

  /**
   * Gives the place of a publisher that has gone silent to the one that knocks: behind a network that broke
   * without a word, an encoder comes back long before its old connection is known to be dead.
   *
   * @returns false when the publisher there is alive.
   */
  supersede(): boolean {
    const publisher = this.#publisher
    if (publisher === undefined) return true
    if (performance.now() - publisher.lastHeard < SILENT_MILLIS) return false
    this.detach(publisher, false)
    publisher.disconnect('another connection of this stream has taken over')
    return true
  }

  /** Ends the connection of the publisher, if there is one. */
  disconnect(reason: string): void {
    this.#publisher?.disconnect(reason)
  }

  /** Ends the connection of a publisher that logged in by user and password. */
  disconnectUser(reason: string): void {
    if (this.#publisher?.user !== undefined) this.disconnect(reason)
  }

  /**
   * Asks the publisher to reconnect, to another ingest as this one stops. The name is free for that one from now on, so that
   * the publisher can begin there before it leaves here; when it has left, the broadcast goes on there.
   *
   * @returns a promise that resolves when it has left; undefined where nobody could be asked.
   */
  sendAway(reason: string): Promise<void> | undefined {
    const publisher = this.#publisher
    if (publisher?.canReconnect !== true) return undefined
    const departure = this.#depart()
    void this.#giveName().then(() => publisher.requestReconnect(reason))
    return departure
  }

  /** From now on the broadcast is left when the publisher goes. @returns a promise that resolves when that is recorded. */
  #depart(): Promise<void> {
    return new Promise((resolve) => {
      this.#departed = resolve
    })
  }

  /** Another ingest has the publisher and goes on with the broadcast: what this one still gets from it is left out. */
  handOver(): void {
    const publisher = this.#publisher
    if (this.#departed === undefined || publisher === undefined) return
    this.detach(publisher, false)
    publisher.disconnect('the stream is published at another ingest now')
  }

  /**
   * The ingest stops, and the publisher loses its connection. A broadcast that is left to other ingests gets no end from here: one
   * of them goes on with it when the publisher is back, and where none does its worker ends it. Resolves when that is recorded.
   *
   * @param handsOver - another ingest may go on with what is still here; otherwise it ends.
   */
  stop(reason: string, handsOver: boolean): Promise<void> {
    const hasLeft = this.#departed !== undefined && this.#publisher === undefined
    if (hasLeft) this.#closed ??= Promise.resolve()
    else if (handsOver && this.#canBeLeft) this.#closed ??= this.#leaveBehind(reason)
    else {
      this.#closed ??= this.#end()
      this.disconnect(reason)
    }
    return this.#closed
  }

  /** Whether it waits for a publisher that loses its connection, with a worker that ends it otherwise. */
  get #canBeLeft(): boolean {
    const { reconnectMillis, profile } = this.#options
    return !this.#ended && this.#broadcast !== undefined && reconnectMillis > 0 && profile !== 'none'
  }

  async #leaveBehind(reason: string): Promise<void> {
    clearTimeout(this.#waiting)
    const publisher = this.#publisher
    const departure = this.#depart()
    await this.#giveName()
    if (publisher === undefined) void this.#leave().then(this.#departed)
    else {
      this.detach(publisher, false)
      publisher.disconnect(reason)
    }
    await departure
  }

  /** Ends the broadcast for good. Resolves when that is recorded; never rejects. */
  end(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  /** A worker reads the feed: also one that the queue made of an earlier job has its own epoch. */
  workerCame(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch)
    this.#epochStarted = performance.now()
  }

  /** A worker's feed closed before the broadcast ended: another worker takes over from the boundaries still held. */
  workerLost(epoch: number): void {
    const broadcast = this.#broadcast
    if (this.#ended || broadcast === undefined || epoch < this.#epoch) return
    if (performance.now() - this.#epochStarted > HEALTHY_MILLIS) this.#replacements = 0
    const delay = REPLACE_MILLIS[Math.min(this.#replacements, REPLACE_MILLIS.length - 1)]
    this.#replacements += 1
    setTimeout(() => {
      void this.#persist('the replacement job', async () => {
        if (!this.#ended && epoch >= this.#epoch) await this.#addJob(broadcast)
      })
    }, delay).unref()
  }

  /** Keeps the name and tells operators what is going on. Called every two seconds. */
  async report(): Promise<void> {
    const { ports, settings, session, log } = this.#options
    if (this.#ended || this.#departed !== undefined) return
    try {
      if (!(await ports.lease(settings.name, session)).acquired) {
        log.error(
          { code: 'ingest.lease.lost' },
          'another ingest has this stream name now; the broadcast ends here',
        )
        this.disconnect('the stream is published elsewhere')
        await this.end()
        return
      }
      const state = this.#publisher && this.#meter?.read(this.#broadcast)
      if (state !== undefined) await ports.report(settings.name, state)
    } catch (error) {
      log.debug({ err: errorMessage(error) }, 'the state could not be reported')
    }
  }

  async #open(): Promise<void> {
    const { ports, settings, profile, log } = this.#options
    const { startedAt } = this.stream.clock
    if (startedAt === undefined) return
    await this.#persist('the broadcast', async () => {
      if (await this.#continue()) return
      this.#broadcast ??= await ports.openBroadcast(settings.name, profile, startedAt)
      if (profile !== 'none') await this.#addJob(this.#broadcast)
    })
    log.info({ broadcast: this.#broadcast, profile }, 'on air')
  }

  /** Goes on with a broadcast of another ingest, whose worker comes by itself. @returns false where there is none, or it has ended. */
  async #continue(): Promise<boolean> {
    if (this.#continues === undefined) return false
    const { broadcast } = this.#continues
    // Before its worker can know of this feed.
    this.#broadcast = broadcast
    if (!(await this.#options.ports.takeBroadcast(broadcast, this.feedToken))) {
      this.#broadcast = undefined
      this.#continues = undefined
      return false
    }
    this.#options.log.info({ broadcast }, 'another ingest left off with this broadcast; it goes on here')
    if (this.#options.profile !== 'none')
      setTimeout(() => {
        if (this.#epoch === 0) this.workerLost(0)
      }, ARRIVAL_MILLIS).unref()
    return true
  }

  /** Makes the name free for another ingest. Never rejects. */
  async #giveName(): Promise<void> {
    const { ports, settings, session, log } = this.#options
    await this.#opening
    try {
      if (this.#broadcast !== undefined) await ports.announceDeparture(this.#broadcast)
      await ports.release(settings.name, session)
    } catch (error) {
      log.warn({ err: errorMessage(error) }, 'the name could not be given back; another ingest gets it later')
    }
  }

  /** Ends the feed here, and records where another ingest may go on. Never rejects. */
  async #leave(): Promise<void> {
    const { ports, log, reconnectMillis } = this.#options
    const patience = Math.max(reconnectMillis, MOVE_MILLIS)
    log.info({ seconds: patience / 1000 }, 'the broadcast is left to other ingests')
    this.stream.move()
    await this.#opening
    const { position } = this.stream.clock
    if (this.#broadcast === undefined || position === undefined) return
    try {
      await ports.leaveBroadcast({ broadcast: this.#broadcast, position }, millis(patience))
    } catch (error) {
      log.warn(
        { err: errorMessage(error) },
        'no other ingest can go on with the broadcast; its worker ends it',
      )
    }
  }

  /** Issues the next epoch and puts its job on the queue. */
  async #addJob(broadcast: string): Promise<void> {
    const { startedAt } = this.stream.clock
    if (startedAt === undefined) return
    const epoch = await this.#options.ports.nextEpoch(broadcast)
    await this.#options.ports.addJob({
      stream: this.name,
      broadcast,
      epoch,
      profile: this.#options.profile,
      windowSeconds: this.#options.settings.windowSeconds,
      startedAt,
      startBoundary: 0,
      feedToken: this.feedToken,
      failures: this.#replacements,
    })
    // Not before: an epoch whose job never reached the queue is nobody's, and is tried again with the next.
    this.#epoch = Math.max(this.#epoch, epoch)
    this.#epochStarted = performance.now()
  }

  /** Repeats until it works or the broadcast is over: Redis comes back, publishers stay meanwhile. */
  async #persist(what: string, step: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await step()
        return
      } catch (error) {
        const { log } = this.#options
        const reason = errorMessage(error)
        if (error instanceof UnsupportedError) {
          log.error({ code: error.code }, `${what} cannot be: ${reason}`)
          this.disconnect(reason)
          return
        }
        log.warn({ code: errorCode(error), err: reason }, `${what} could not be recorded; trying again`)
        if (this.#ended) return
        await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS))
      }
    }
  }

  async #end(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#waiting)
    this.stream.end()
    this.#options.ended()
    await this.#opening
    const { ports, settings, session, log } = this.#options
    try {
      if (this.#broadcast !== undefined) await ports.endBroadcast(settings, this.#broadcast)
      await ports.clearReport(settings.name)
      await ports.release(settings.name, session)
    } catch (error) {
      log.warn({ err: errorMessage(error) }, 'the end of the broadcast could not be recorded')
    }
    log.info({ broadcast: this.#broadcast, repairs: this.stream.clock.counters }, 'off air')
  }
}
