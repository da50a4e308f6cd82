import { randomBytes } from 'node:crypto'
import { dataPayload } from '@sluice/broadcast'
import {
  assertNever,
  type EpochMillis,
  epochMillis,
  errorCode,
  errorMessage,
  SluiceError,
} from '@sluice/core'
import {
  CapsEx,
  type ClientInfo,
  type DataEvent,
  type PlayRequestedEvent,
  type PublishRequestedEvent,
  type RtmpLimits,
  ServerSession,
  type ServerSessionEvent,
} from '@sluice/rtmp'
import type { Logger } from '@sluice/runtime'
import type { Hub } from './hub.ts'
import type { Link, LinkEvents } from './link.ts'
import type { Login } from './login-gate.ts'
import type { Publisher } from './on-air.ts'
import { rtmpForm } from './playback/message-form.ts'
import { DEFAULT_SLOW_MILLIS, type Player, type PlayerSink } from './playback/player.ts'
import type { StreamPlayback } from './playback/stream-playback.ts'
import type { Publication } from './publication.ts'
import { isSteady, type ReadingRounds, type RoundMember } from './reading-rounds.ts'
import { farewellTo } from './wrong-protocol.ts'

/** How long a connection may take for what, in milliseconds. */
export interface ConnectionTimeouts {
  /** From the connection to the publish or play, and between two of these. */
  readonly handshake: number
  /** Between two pieces of data. */
  readonly idle: number
  /** A player may lag behind for this long without once catching up. */
  readonly slow: number
}

export const DEFAULT_TIMEOUTS: ConnectionTimeouts = {
  handshake: 10_000,
  idle: 60_000,
  slow: DEFAULT_SLOW_MILLIS,
}

/** What all connections of an ingest share, whatever link they come over. */
export interface ConnectionSettings {
  readonly hub: Hub
  readonly log: Logger
  /** Where publishers are read together; default: each for itself. */
  readonly rounds?: ReadingRounds | undefined
  /** Default `DEFAULT_RTMP_LIMITS`. */
  readonly limits?: Partial<RtmpLimits>
  /** Default `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: ConnectionTimeouts
  /** What to do with clients that want RTMPE. Default `refuse`. */
  readonly encryption?: 'refuse' | 'accept'
  /** Who may play what is on air here. Default `open`: anybody who knows its name. */
  readonly play?: 'open' | 'off'
}

/** Time that a refusal has to reach the client before the connection is cut, in milliseconds. */
const LAST_WORDS_MILLIS = 1_000

/** What a player is watching. */
interface Watching {
  readonly playback: StreamPlayback
  readonly player: Player
}

/**
 * One RTMP connection, of a publisher or a player: takes what a link receives to its session, what the session says to
 * the link and the hub, and what a playback has for it to the link.
 * Whatever happens here ends at most this connection.
 */
export class RtmpConnection implements Publisher, PlayerSink, LinkEvents, RoundMember {
  readonly #link: Link
  readonly #session: ServerSession
  readonly #hub: Hub
  readonly #timeouts: ConnectionTimeouts
  readonly #rounds: ReadingRounds | undefined
  /** It is read in rounds, and its link paused. */
  #isInRounds = false
  readonly remoteAddress: string
  client: string | undefined
  canReconnect = false
  #login: Login | undefined
  lastHeard: number = performance.now()
  #log: Logger
  readonly #mayPlay: boolean
  #publication: Publication | undefined
  #watching: Watching | undefined
  /** When a silent player was asked whether it is there. */
  #asked: number | undefined
  #finished = false
  #deadline: NodeJS.Timeout | undefined

  constructor(link: Link, settings: ConnectionSettings) {
    const { hub, log, limits = {}, timeouts = DEFAULT_TIMEOUTS, encryption = 'refuse' } = settings
    this.#mayPlay = settings.play !== 'off'
    this.#hub = hub
    this.#timeouts = timeouts
    this.#rounds = settings.rounds
    this.#link = link
    this.remoteAddress = link.remoteAddress
    this.#log = log.child({ remote: this.remoteAddress })
    this.#session = new ServerSession({
      randomBytes: (size) => randomBytes(size),
      limits,
      encryption,
      connect: 'ask',
    })
    this.#awaitPublish()
    link.attach(this, timeouts.idle)
  }

  get user(): string | undefined {
    return this.#login?.user
  }

  /** Ends the connection, telling the client why where it can be told. */
  disconnect(reason: string): void {
    this.#session.disconnect('NetStream.Publish.Denied', reason)
    this.#drain()
  }

  requestReconnect(reason: string): void {
    this.#session.requestReconnect(reason)
    this.#write()
  }

  #awaitPublish(): void {
    const { handshake } = this.#timeouts
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      this.#close('ingest.rtmp.no_publish', `no publish or play within ${handshake / 1000} s`)
    }, handshake)
  }

  received(bytes: Uint8Array): void {
    const now = performance.now()
    const silence = now - this.lastHeard
    this.lastHeard = now
    this.#session.receive(bytes, now)
    this.#drain()
    if (!this.#isInRounds && isSteady(silence)) this.#joinRounds()
  }

  #joinRounds(): void {
    if (this.#rounds?.areWorthwhile !== true || this.#link.readNow === undefined || !this.#canWait) return
    this.#isInRounds = true
    this.#link.pause()
    this.#rounds.join(this)
  }

  /** What it sends next may lie for some milliseconds. */
  get #canWait(): boolean {
    return this.#publication?.isPlayed === false
  }

  takeTurn(): boolean {
    return this.#canWait && this.#link.readNow?.() === true
  }

  leaveRounds(): void {
    this.#isInRounds = false
    // A decision that is awaited has paused it too, and resumes it.
    if (!this.#session.isWaiting) this.#link.resume()
  }

  idle(): void {
    // Its socket has not read for long, but the rounds have.
    if (this.#isInRounds) return
    // A player has nothing to say, and hears nothing while its stream waits for a publisher.
    if (this.#watching !== undefined && (this.#asked === undefined || this.#asked <= this.lastHeard)) {
      this.#asked = Math.floor(performance.now())
      this.#session.ping(this.#asked)
      this.#write()
      return
    }
    this.#close('ingest.rtmp.idle', `nothing was sent for ${this.#timeouts.idle / 1000} s`)
  }

  broken(reason: string): void {
    this.#log.debug({ err: reason }, 'the connection broke')
  }

  closed(farewell: boolean): void {
    clearTimeout(this.#deadline)
    this.#finished = true
    this.#leave(farewell)
    this.#stopPlaying()
    this.#session.close('connection closed')
  }

  #drain(): void {
    try {
      // One for all that came together: asking for it is not free.
      const now = epochMillis(Date.now())
      for (const event of this.#session.events()) this.#handle(event, now)
    } catch (error) {
      this.#fail(error)
    }
    this.#publication?.flush()
    this.#write()
  }

  #write(): void {
    const output = this.#session.output()
    if (output.length > 0) this.#link.write(output)
  }

  /** @param now - wall clock at its arrival. */
  #handle(event: ServerSessionEvent, now: EpochMillis): void {
    switch (event.type) {
      case 'video':
        this.#publication?.stream.video(event.timestamp, event.payload, now)
        return
      case 'audio':
        this.#publication?.stream.audio(event.timestamp, event.payload, now)
        return
      case 'metadata':
        this.#publication?.stream.metadata(event.metadata)
        return
      case 'data':
        this.#data(event, now)
        return
      case 'connect-requested':
        if (this.#hub.asksLogin(event.client.app)) void this.#logIn(event.client)
        else this.#session.acceptConnect()
        return
      case 'connect':
        this.#log.debug({ app: event.client.app, client: event.client.flashVer }, 'connected')
        return
      case 'publish-requested':
        this.client = event.client.flashVer
        this.canReconnect = ((event.client.enhanced?.capsEx ?? 0) & CapsEx.reconnect) !== 0
        void this.#publish(event)
        return
      case 'publish-finished':
        this.#leave(true)
        // The client usually closes now; it may also publish again on this connection.
        this.#awaitPublish()
        return
      case 'play-requested':
        this.client = event.client.flashVer
        void this.#play(event)
        return
      case 'pause':
        this.#watching?.player.pause()
        return
      case 'unpause':
        this.#watching?.player.resume()
        this.#watching?.playback.wake()
        return
      case 'receive-audio':
        this.#watching?.player.want('audio', event.on)
        return
      case 'receive-video':
        this.#watching?.player.want('video', event.on)
        return
      case 'play-finished':
        this.#stopPlaying()
        this.#awaitPublish()
        return
      case 'ignored':
        this.#log.debug({ what: event.what, reason: event.reason }, 'ignored')
        return
      case 'closed':
        this.#finish()
        return
      default:
        assertNever(event)
    }
  }

  /** What an encoder says beside its media is not worth its connection. */
  #data({ timestamp, name, values }: DataEvent, now: EpochMillis): void {
    try {
      const payload = dataPayload(name, values)
      this.#publication?.stream.data(timestamp, name, payload, now)
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      const facts = { code: error.code, name: name.slice(0, 64), timestamp }
      this.#log.debug(facts, `data left out: ${error.message}`)
    }
  }

  async #logIn(client: ClientInfo): Promise<void> {
    this.#link.pause()
    const reception = await this.#hub.receive(client, this.remoteAddress)
    const isWaiting = this.#session.state === 'connect-requested'
    switch (reception.type) {
      case 'accepted':
        this.#login = reception.login
        this.#log = this.#log.child({ user: reception.login.user })
        if (isWaiting) this.#session.acceptConnect()
        break
      case 'asked':
        this.#log.debug('asked for a user and a password')
        if (isWaiting) this.#session.rejectConnect(reception.description)
        break
      case 'refused':
        this.#log.warn({ code: reception.code }, `login refused: ${reception.reason}`)
        if (isWaiting) this.#session.rejectConnect(reception.description)
        break
      default:
        assertNever(reception)
    }
    this.#drain()
    this.#link.resume()
  }

  async #publish(request: PublishRequestedEvent): Promise<void> {
    // The name may be a key: it is not logged. Nothing is read until the decision is made.
    this.#link.pause()
    const admission = await this.#hub.admit({ ...request, login: this.#login }, this)
    if (admission.type === 'refused') {
      this.#log.warn({ code: admission.code }, `publish refused: ${admission.reason}`)
      if (this.#session.state === 'publish-requested') {
        this.#session.rejectPublish('NetStream.Publish.BadName', admission.reason)
      }
    } else if (this.#session.state === 'publish-requested' && this.#link.isOpen) {
      clearTimeout(this.#deadline)
      this.#publication = admission.publication
      this.#log = this.#log.child({ stream: admission.publication.name })
      this.#log.info({ client: this.client }, 'publishing')
      this.#session.acceptPublish()
    } else admission.publication.detach(this, false)
    this.#drain()
    // A tunnel answers now: what was decided goes along.
    this.#link.resume()
  }

  async #play({ streamName, messageStreamId }: PlayRequestedEvent): Promise<void> {
    if (!this.#mayPlay) {
      this.#refusePlay(
        'ingest.play.off',
        'NetStream.Play.Failed',
        'this server does not play by RTMP; use HLS or DASH',
      )
      return
    }
    // Another ingest may have to be asked for the stream: nothing is read until it has answered.
    this.#link.pause()
    try {
      const playback = await this.#hub.watch(streamName)
      if (this.#session.state !== 'play-requested') return
      if (playback === undefined)
        this.#refusePlay(
          'ingest.play.not_live',
          'NetStream.Play.StreamNotFound',
          'no stream of this name is live; try again when it is',
        )
      else this.#watch(playback, streamName, messageStreamId)
    } catch (error) {
      this.#log.error({ code: errorCode(error), err: errorMessage(error) }, 'a play could not be decided')
      if (this.#session.state !== 'play-requested') return
      this.#refusePlay(
        'ingest.play.unavailable',
        'NetStream.Play.Failed',
        'the server cannot look for streams now; try again',
      )
    } finally {
      this.#drain()
      // A tunnel answers now: what was decided goes along.
      this.#link.resume()
    }
  }

  #watch(playback: StreamPlayback, streamName: string, messageStreamId: number): void {
    const refusal = this.#hub.addresses.startPlaying(this.remoteAddress)
    if (refusal !== undefined) {
      this.#refusePlay(refusal.code, 'NetStream.Play.Failed', refusal.reason)
      return
    }
    clearTimeout(this.#deadline)
    this.#log = this.#log.child({ stream: streamName })
    this.#log.info({ client: this.client }, 'playing')
    this.#session.acceptPlay()
    this.#watching = { playback, player: playback.play(this, rtmpForm(messageStreamId), this.#timeouts.slow) }
  }

  #refusePlay(code: string, status: string, reason: string): void {
    this.#log.info({ code }, `play refused: ${reason}`)
    this.#session.rejectPlay(status, reason)
  }

  #stopPlaying(): void {
    const watching = this.#watching
    if (watching === undefined) return
    this.#watching = undefined
    const { player, playback } = watching
    playback.leave(player)
    this.#hub.addresses.stopPlaying(this.remoteAddress)
    this.#log.info({ skips: player.skips }, 'player gone')
  }

  get queued(): number {
    return this.#link.queued
  }

  get queueLimit(): number {
    return this.#link.queueLimit
  }

  /** Media for the player: the bytes that all players share. */
  send(parts: readonly Uint8Array[]): void {
    this.#write()
    this.#link.writeAll(parts.map((part) => this.#session.playerBytes(part)))
  }

  streamEnded(): void {
    this.#stopPlaying()
    this.#session.endPlay('The stream is over')
    this.#write()
    this.#awaitPublish()
  }

  tooSlow(reason: string): void {
    this.#log.warn({ code: 'ingest.play.too_slow' }, `player disconnected: ${reason}`)
    this.#session.disconnect('NetStream.Play.Failed', reason)
    this.#finish()
  }

  failed(error: unknown): void {
    this.#fail(error)
  }

  #leave(clean: boolean): void {
    const publication = this.#publication
    this.#publication = undefined
    if (publication === undefined) return
    this.#log.info({ clean }, 'publisher gone')
    publication.detach(this, clean)
  }

  /** A peer that broke the protocol, or media that cannot be served. */
  #fail(error: unknown): void {
    const code = errorCode(error)
    const farewell = farewellTo(code)
    if (farewell !== undefined) this.#link.write(farewell)
    if (error instanceof SluiceError)
      this.#log.warn({ code, ...error.details }, `connection closed: ${error.message}`)
    else this.#log.error({ code, err: error }, 'connection closed by an internal error')
    // A session that threw is closed and says nothing more; one whose media was refused can still be told.
    const status = this.#watching === undefined ? 'NetStream.Publish.Denied' : 'NetStream.Play.Failed'
    this.#session.disconnect(status, errorMessage(error))
    this.#finish()
  }

  #close(code: string, reason: string): void {
    if (this.#finished) return
    this.#log.info({ code }, `connection closed: ${reason}`)
    this.#session.disconnect('NetConnection.Connect.Closed', reason)
    this.#write()
    this.#finish()
  }

  /** Frees the stream, lets the last bytes leave, then cuts the connection. */
  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    clearTimeout(this.#deadline)
    this.#leave(false)
    this.#stopPlaying()
    this.#write()
    this.#link.end()
    setTimeout(() => this.#link.destroy(), LAST_WORDS_MILLIS).unref()
  }
}
