import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { SegmentRules } from '@sluice/broadcast'
import { isStreamName, readIpAddress } from '@sluice/cluster'
import { errorCode, errorMessage, StateError, UnsupportedError } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import { type AddressLimitRules, AddressLimits, NO_ADDRESS_LIMITS } from './address-limits.ts'
import type { FeedSource } from './feeds.ts'
import { IngestTotals } from './ingest-totals.ts'
import type { Claimant, LoginAnswer } from './login-gate.ts'
import { OnAir, type Publisher } from './on-air.ts'
import type { StreamPlayback } from './playback/stream-playback.ts'
import type { IngestPorts } from './ports.ts'
import type { Publication } from './publication.ts'
import type { Refusal } from './publish-refusal.ts'
import type { PublishRequest } from './publish-request.ts'
import { OtherIngests } from './relay/other-ingests.ts'

export interface HubOptions {
  readonly ports: IngestPorts
  readonly rules: SegmentRules
  readonly reconnectMillis: number
  readonly log: Logger
  /**
   * Other ingests, or this one's successor, go on with the broadcasts that are on air when it stops. Without it they end: nobody
   * is left to go on.
   */
  readonly handsOver: boolean
  /** Default: none. */
  readonly addressLimits?: AddressLimitRules
}

/** Whether a publisher may begin. */
export type Admission =
  | { readonly type: 'accepted'; readonly publication: Publication }
  | { readonly type: 'refused'; readonly code: string; readonly reason: string }

/** What becomes of a client that wants to connect. */
export type Reception =
  | Exclude<LoginAnswer, { readonly type: 'refused' }>
  | { readonly type: 'refused'; readonly code: string; readonly reason: string; readonly description: string }

/** Time that feeds have to read the rest of an ended broadcast, in milliseconds. */
const LINGER_MILLIS = 15_000
const REPORT_MILLIS = 2_000

const STOPPING: Refusal = {
  code: 'ingest.publish.stopping',
  reason: 'the server is shutting down; connect again',
  blameless: true,
}

const BUSY: Refusal = {
  code: 'ingest.publish.busy',
  reason: 'the stream is already live',
  blameless: true,
}

/** All streams that are on air in this process. */
export class Hub {
  /** What each address may do. Whoever listens asks it about connections; the hub tells it of refused publishes. */
  readonly addresses: AddressLimits
  /** What has happened so far. */
  readonly totals: IngestTotals = new IngestTotals()
  readonly #options: HubOptions
  readonly #others: OtherIngests
  /** By stream name; ended ones leave at once. */
  readonly #byName = new Map<string, OnAir>()
  /** Ended broadcasts that feeds may still read. */
  readonly #lingering = new Set<OnAir>()
  readonly #admitting = new Set<string>()
  /** Ends that are being recorded: their names are free again when these resolve. */
  readonly #closing = new Map<string, Promise<void>>()
  readonly #reporter: NodeJS.Timeout
  #draining: Promise<void> | undefined

  constructor(options: HubOptions) {
    this.#options = options
    this.#others = new OtherIngests(options.log, (stream) => options.ports.holderOf(stream))
    this.addresses = new AddressLimits(options.addressLimits ?? NO_ADDRESS_LIMITS, () => performance.now())
    this.#reporter = setInterval(() => {
      for (const onAir of this.#byName.values()) void onAir.report()
    }, REPORT_MILLIS)
  }

  /** Streams on air. */
  get size(): number {
    return this.#byName.size
  }

  /** All of them. */
  get onAir(): Iterable<OnAir> {
    return this.#byName.values()
  }

  /** True where a client is asked for a user and a password: `receive` decides on its `connect`. */
  asksLogin(app: string): boolean {
    return this.#options.ports.login?.isFor(app) === true
  }

  /** Decides on the `connect` of a client that is asked for a user and a password. */
  async receive(client: Claimant, remoteAddress: string): Promise<Reception> {
    const { ports, log } = this.#options
    const address = addressOf(remoteAddress)
    const barred = this.addresses.publishBarred(address)
    if (barred !== undefined) {
      this.totals.refused(barred.code)
      return { type: 'refused', ...barred, description: barred.reason }
    }
    try {
      if (ports.login === undefined)
        throw new StateError('ingest.login.off', 'nobody is asked for a user and a password here')
      const answer = await ports.login.answer(client)
      if (answer.type !== 'refused') return answer
      const { refusal, description } = answer
      this.addresses.publishRefused(address)
      this.totals.refused(refusal.code)
      return { type: 'refused', code: refusal.code, reason: refusal.reason, description }
    } catch (error) {
      log.error({ code: errorCode(error), err: errorMessage(error) }, 'a login could not be decided')
      const reason = 'the server cannot check users and passwords now; try again'
      const code = 'ingest.login.unavailable'
      this.totals.refused(code)
      return { type: 'refused', code, reason, description: reason }
    }
  }

  /**
   * Decides on a publish and, when it is accepted, attaches the publisher. In order: how often its address was refused, its
   * credentials, the stream's address lists, the webhook, and whether the stream is free.
   */
  async admit(request: PublishRequest, publisher: Publisher): Promise<Admission> {
    const admission = await this.#decide(request, publisher)
    if (admission.type === 'accepted') this.totals.publishes += 1
    else this.totals.refused(admission.code)
    return admission
  }

  async #decide(request: PublishRequest, publisher: Publisher): Promise<Admission> {
    const { ports, log } = this.#options
    const address = addressOf(publisher.remoteAddress)
    const barred = this.addresses.publishBarred(address)
    if (barred !== undefined) return { type: 'refused', ...barred }
    const refuse = (refusal: Refusal): Admission => {
      if (refusal.blameless !== true) this.addresses.publishRefused(address)
      return { type: 'refused', code: refusal.code, reason: refusal.reason }
    }
    if (this.#draining !== undefined) return refuse(STOPPING)
    try {
      const resolution = await ports.resolve(request, address)
      if (resolution.type === 'refused') return refuse(resolution.refusal)
      const settings = resolution.record
      const { name } = settings
      if (this.#admitting.has(name)) return refuse(BUSY)
      this.#admitting.add(name)
      try {
        const { app, query, login } = request
        const attempt = { stream: name, address, client: publisher.client, user: login?.user, app, query }
        const objection = await ports.approve(attempt, log.child({ stream: name }))
        if (objection !== undefined) return refuse(objection)
        // An encoder that stops and starts again at once meets the lease of its own last broadcast.
        await this.#closing.get(name)
        const existing = this.#byName.get(name)
        if (existing?.supersede() === false) return refuse(BUSY)
        // What never went on air ends with its publisher.
        if (existing?.state === 'waiting') {
          existing.attach(publisher)
          return { type: 'accepted', publication: existing }
        }
        const session = randomUUID()
        const elsewhere = await this.#take(name, session, publisher)
        if (elsewhere !== undefined)
          return 'code' in elsewhere ? refuse(elsewhere) : { type: 'accepted', publication: elsewhere }
        const onAir: OnAir = new OnAir({
          settings,
          profile: settings.profile,
          session,
          rules: this.#options.rules,
          reconnectMillis: this.#options.reconnectMillis,
          continues: await ports.leftBroadcast(name),
          ports,
          log: log.child({ stream: name }),
          ended: () => this.#ended(onAir),
        })
        onAir.attach(publisher)
        this.#byName.set(name, onAir)
        return { type: 'accepted', publication: onAir }
      } finally {
        this.#admitting.delete(name)
      }
    } catch (error) {
      if (error instanceof UnsupportedError) return refuse({ code: error.code, reason: error.message })
      log.error({ code: errorCode(error), err: errorMessage(error) }, 'a publish could not be decided')
      return refuse({
        code: 'ingest.publish.unavailable',
        reason: 'the server cannot check stream keys now; try again',
        blameless: true,
      })
    }
  }

  /**
   * Takes a name for this ingest. A stream that another one has is that one's, also while it waits for its publisher: so the
   * publisher is passed on.
   *
   * @returns undefined when the name was taken.
   */
  async #take(
    name: string,
    session: string,
    publisher: Publisher,
  ): Promise<Publication | Refusal | undefined> {
    const { ports } = this.#options
    const answer = await ports.lease(name, session)
    if (answer.acquired) return undefined
    if (answer.owner === undefined) return BUSY
    const passedOn = await this.#others.publish(answer.owner, name, publisher)
    if (passedOn !== undefined) return passedOn
    // Its broadcast has just ended there.
    return (await ports.lease(name, session)).acquired ? undefined : BUSY
  }

  /** Attaches a publisher that another ingest has let in; undefined where its stream is not on air here. */
  async adopt(name: string, publisher: Publisher): Promise<Publication | Refusal | undefined> {
    if (this.#draining !== undefined) return STOPPING
    await this.#closing.get(name)
    const existing = this.#byName.get(name)
    if (existing === undefined) return undefined
    if (!existing.supersede() || existing.state !== 'waiting') return BUSY
    existing.attach(publisher)
    return existing
  }

  /**
   * What there is to play under a name: a stream of this ingest, or of another one; undefined where none has it.
   *
   * @throws {DependencyError} when Redis or the other ingest is away.
   */
  async watch(name: string): Promise<StreamPlayback | undefined> {
    const own = this.#byName.get(name)
    if (own !== undefined) return own.playback
    if (!isStreamName(name)) return undefined
    const owner = await this.#options.ports.ownerOf(name)
    return owner && (await this.#others.watch(owner, name))
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

  /**
   * Lets no publisher begin any more, and asks those that know how to reconnect to do so.
   *
   * @param millis - how long they may take; 0: nobody is asked.
   * @returns resolves when they have left or the time is over, at once where nobody was asked.
   */
  drain(millis: number): Promise<void> {
    this.#draining ??= this.#drain(millis)
    return this.#draining
  }

  async #drain(millis: number): Promise<void> {
    if (millis === 0) return
    const publications: Publication[] = [...this.#byName.values(), ...this.#others.publications]
    const departures = publications.flatMap((each) => each.sendAway(STOPPING.reason) ?? [])
    if (departures.length === 0) return
    const { log } = this.#options
    log.info({ publishers: departures.length, seconds: millis / 1000 }, 'publishers were asked to reconnect')
    await Promise.race([Promise.all(departures), delay(millis, undefined, { ref: false })])
  }

  /** Disconnects every publisher, and leaves its broadcast to other ingests or ends it. Resolves when that is recorded. */
  async stop(): Promise<void> {
    clearInterval(this.#reporter)
    const onAir = [...this.#byName.values()]
    const stopped = onAir.map((each) => each.stop('the server is shutting down', this.#options.handsOver))
    await Promise.all([...stopped, ...this.#closing.values(), this.#others.stop()])
  }

  #ended(onAir: OnAir): void {
    const { name } = onAir
    if (this.#byName.get(name) === onAir) this.#byName.delete(name)
    this.totals.retire(onAir.totals)
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

/** As it is counted and compared: IPv4 addresses in IPv6 clothes are IPv4 addresses. */
function addressOf(remoteAddress: string): string {
  return readIpAddress(remoteAddress)?.text ?? remoteAddress
}
