import type { AmfValue } from '@sluice/amf'
import { assertNever, ProtocolError, StateError } from '@sluice/core'
import type { Command } from '../message/command.ts'
import {
  type Announcement,
  announcePlay,
  announcePlayEnd,
  announcePublish,
  answerConnect,
  answerFc,
  tell,
  tellError,
} from './answers.ts'
import { type ClientInfo, readClientInfo } from './client-info.ts'
import { CapsEx } from './enhanced-capabilities.ts'
import type { PlayFinishedEvent, PublishFinishedEvent, ServerSessionEvent } from './events.ts'
import type { RtmpLimits } from './limits.ts'
import { MessageStreams } from './message-streams.ts'
import type { Sender } from './sender.ts'
import { splitQuery } from './split-query.ts'

/**
 * Where a session stands, and which calls are legal there beside `receive`, `events`, `output`, `ping`,
 * `requestReconnect`, `disconnect` and `close`, which always are:
 *
 * - `handshake`, `connecting`: none; the client has yet to shake hands, to send `connect`
 * - `connect-requested`: `acceptConnect` → `connected`, `rejectConnect` → `closed`; nothing is read meanwhile. Only where
 *   the caller wants to be asked
 * - `connected`: none
 * - `publish-requested`: `acceptPublish` → `publishing`, `rejectPublish` → `closed`; nothing is read meanwhile
 * - `publishing`: none; back to `connected` when the client unpublishes
 * - `play-requested`: `acceptPlay` → `playing`, `rejectPlay` → `closed`; nothing is read meanwhile
 * - `playing`: `playerBytes`, `endPlay` → `connected`; back to `connected` also when the client stops playing
 * - `closed`: none; bytes received are dropped
 */
export type ServerSessionState =
  | 'handshake'
  | 'connecting'
  | 'connect-requested'
  | 'connected'
  | 'publish-requested'
  | 'publishing'
  | 'play-requested'
  | 'playing'
  | 'closed'

/** States in which the caller has to decide. */
const DECIDING: ReadonlySet<ServerSessionState> = new Set([
  'connect-requested',
  'publish-requested',
  'play-requested',
])
/** The client's answers to calls of ours: never answered again. */
const ANSWERS: ReadonlySet<string> = new Set(['_result', '_error', 'onStatus'])
/** Characters of a client's own words that go into an `ignored` event. */
const QUOTE_LENGTH = 64
const LIVE_OR_RECORDED = -2

/**
 * The conversation of commands: owns the session's state and every transition of it.
 *
 * @see Adobe RTMP 1.0 §7.2
 */
export class NetConnection {
  readonly #sender: Sender
  readonly #emit: (event: ServerSessionEvent) => void
  readonly #limits: RtmpLimits
  readonly #announcement: Announcement
  readonly #asksConnect: boolean
  readonly #streams: MessageStreams
  #state: ServerSessionState = 'handshake'
  #client: ClientInfo = readClientInfo(null)
  /** Of `connect`. */
  #transactionId = 0
  #activeStream = 0
  /** The client of `play` wants to be told that an earlier play list is gone. */
  #wantsReset = false
  #commands = 0

  constructor(
    sender: Sender,
    emit: (event: ServerSessionEvent) => void,
    limits: RtmpLimits,
    announcement: Announcement,
    asksConnect: boolean,
  ) {
    this.#sender = sender
    this.#emit = emit
    this.#limits = limits
    this.#announcement = announcement
    this.#asksConnect = asksConnect
    this.#streams = new MessageStreams(limits.messageStreams)
  }

  get state(): ServerSessionState {
    return this.#state
  }

  /** False while the caller has to decide, and when the session is over. */
  get isReading(): boolean {
    const state = this.#state
    return state === 'publishing' || (state !== 'closed' && !DECIDING.has(state))
  }

  /** True where media of this message stream belongs to an accepted publish. */
  isPublishing(messageStreamId: number): boolean {
    return this.#state === 'publishing' && messageStreamId === this.#activeStream
  }

  /** Notes that media came: commands are counted anew. */
  countMedia(): void {
    this.#commands = 0
  }

  /** The handshake is done. */
  open(): void {
    this.#state = 'connecting'
  }

  acceptConnect(): void {
    this.#expect('connect-requested', 'acceptConnect')
    this.#connected()
  }

  rejectConnect(description: string): void {
    this.#expect('connect-requested', 'rejectConnect')
    const code = 'NetConnection.Connect.Rejected'
    this.#sender.error(this.#transactionId, code, description)
    this.close(code)
  }

  acceptPublish(): void {
    this.#expect('publish-requested', 'acceptPublish')
    announcePublish(this.#sender, this.#activeStream)
    this.#commands = 0
    this.#state = 'publishing'
  }

  rejectPublish(code: string, description: string): void {
    this.#expect('publish-requested', 'rejectPublish')
    tellError(this.#sender, this.#activeStream, code, description)
    this.close(code)
  }

  acceptPlay(): void {
    this.#expect('play-requested', 'acceptPlay')
    announcePlay(this.#sender, this.#activeStream, this.#wantsReset)
    this.#commands = 0
    this.#state = 'playing'
  }

  endPlay(description: string): void {
    this.expectPlaying('endPlay')
    announcePlayEnd(this.#sender, this.#activeStream, description)
    this.#state = 'connected'
  }

  expectPlaying(call: string): void {
    this.#expect('playing', call)
  }

  rejectPlay(code: string, description: string): void {
    this.#expect('play-requested', 'rejectPlay')
    tellError(this.#sender, this.#activeStream, code, description)
    this.close(code)
  }

  /** @returns whether the client was asked: only those are that know how. */
  requestReconnect(description: string, tcUrl: string | undefined): boolean {
    const { enhanced } = this.#client
    if (this.#state === 'closed' || this.#state === 'connect-requested' || enhanced === undefined)
      return false
    if ((enhanced.capsEx & CapsEx.reconnect) === 0) return false
    const code = 'NetConnection.Connect.ReconnectRequest'
    this.#sender.status(0, { level: 'status', code, description, ...(tcUrl === undefined ? {} : { tcUrl }) })
    return true
  }

  disconnect(code: string, description: string): void {
    if (this.#state === 'closed') return
    if (this.#state !== 'handshake') {
      const messageStreamId = code.startsWith('NetStream.') ? this.#activeStream : 0
      tellError(this.#sender, messageStreamId, code, description)
    }
    this.close(code)
  }

  close(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#emit({ type: 'closed', reason })
  }

  /**
   * The session broke: the client is told where it can read that already. Whoever sees the error closes the
   * connection, so no event says it again.
   */
  fail(description: string): void {
    if (this.#state === 'closed') return
    if (this.#state !== 'handshake') tellError(this.#sender, 0, 'NetConnection.Connect.Closed', description)
    this.#state = 'closed'
  }

  /**
   * Carries out a command.
   *
   * @throws {ProtocolError} `rtmp.session.too_many_commands`.
   */
  handle(command: Command, messageStreamId: number): void {
    // A player sends no media, and may pause as often as it likes: `commandsPerSecond` is its limit.
    if (this.#state !== 'playing') this.#commands += 1
    if (this.#commands > this.#limits.commands) {
      throw new ProtocolError(
        'rtmp.session.too_many_commands',
        `more than ${this.#limits.commands} commands without media`,
        { details: { limit: this.#limits.commands } },
      )
    }
    const { name, transactionId } = command
    if (name === 'connect') {
      this.#connect(command)
      return
    }
    if (this.#state === 'connecting') {
      this.#refuse(command, messageStreamId, 'not connected')
      return
    }
    switch (name) {
      case 'releaseStream':
      case '_checkbw':
        this.#sender.result(transactionId, null)
        break
      case 'FCPublish':
        this.#sender.result(transactionId, null)
        answerFc(this.#sender, 'onFCPublish', 'NetStream.Publish.Start', command)
        break
      case 'FCSubscribe':
        answerFc(this.#sender, 'onFCSubscribe', 'NetStream.Play.Start', command)
        break
      case 'createStream':
        this.#createStream(transactionId)
        break
      case 'getStreamLength':
        // Live has no length.
        this.#sender.result(transactionId, null, 0)
        break
      case 'publish':
        this.#publish(command, messageStreamId)
        break
      case 'play':
        this.#play(command, messageStreamId)
        break
      case 'pause':
      case 'seek':
      case 'receiveAudio':
      case 'receiveVideo':
        this.#steer(name, command, messageStreamId)
        break
      case 'FCUnpublish':
        answerFc(this.#sender, 'onFCUnpublish', 'NetStream.Unpublish.Success', command)
        this.#finish('FCUnpublish')
        break
      case 'deleteStream':
        this.#deleteStream(command.values[1])
        break
      case 'closeStream':
        if (messageStreamId === this.#activeStream || messageStreamId === 0) this.#finish('closeStream')
        break
      default:
        this.#unknown(command)
        break
    }
  }

  #connect(command: Command): void {
    const { transactionId } = command
    if (this.#state !== 'connecting') {
      this.#sender.error(transactionId, 'NetConnection.Connect.Rejected', 'Already connected')
      this.#ignore(command, 'already connected')
      return
    }
    this.#client = readClientInfo(command.values[0])
    this.#transactionId = transactionId
    if (this.#asksConnect) {
      this.#state = 'connect-requested'
      this.#emit({ type: 'connect-requested', client: this.#client })
    } else this.#connected()
  }

  #connected(): void {
    const client = this.#client
    this.#state = 'connected'
    answerConnect(this.#sender, this.#transactionId, client, this.#announcement)
    this.#emit({ type: 'connect', client })
  }

  #createStream(transactionId: number): void {
    const id = this.#streams.create()
    if (id !== undefined) {
      this.#sender.result(transactionId, null, id)
      return
    }
    const limit = this.#limits.messageStreams
    this.#sender.error(transactionId, 'NetConnection.Call.Failed', `No more than ${limit} streams`)
  }

  #publish(command: Command, messageStreamId: number): void {
    const name = this.#streamName(command, messageStreamId)
    if (name === undefined) return
    const publishType = command.values[2]
    this.#state = 'publish-requested'
    this.#activeStream = messageStreamId
    this.#emit({
      type: 'publish-requested',
      ...this.#address(name),
      publishType: typeof publishType === 'string' ? publishType : 'live',
      messageStreamId,
      client: this.#client,
    })
  }

  #play(command: Command, messageStreamId: number): void {
    const name = this.#streamName(command, messageStreamId)
    if (name === undefined) return
    const start = command.values[2]
    const reset = command.values[4]
    this.#wantsReset = reset === true || (typeof reset === 'number' && reset !== 0)
    this.#state = 'play-requested'
    this.#activeStream = messageStreamId
    this.#emit({
      type: 'play-requested',
      ...this.#address(name),
      start: typeof start === 'number' ? start : LIVE_OR_RECORDED,
      messageStreamId,
      client: this.#client,
    })
  }

  /** The name a `publish` or `play` gives; undefined where the command is out of place and has been refused. */
  #streamName(command: Command, messageStreamId: number): string | undefined {
    const name = command.values[1]
    if (typeof name === 'string' && this.#state === 'connected') return name
    const reason =
      this.#state === 'connected' ? 'no stream name' : 'this connection publishes or plays already'
    this.#refuse(command, messageStreamId, reason)
    return undefined
  }

  #address(text: string): { app: string; streamName: string; query: string } {
    const { name, query } = splitQuery(text)
    const queries = [query, this.#client.query].filter((part) => part !== '')
    return { app: this.#client.app, streamName: name, query: queries.join('&') }
  }

  /** @param stream - its number, or its name: GStreamer's rtmp2sink sends that. */
  #deleteStream(stream: AmfValue): void {
    if (typeof stream === 'number') this.#streams.delete(stream)
    if (stream === this.#activeStream || typeof stream === 'string') this.#finish('deleteStream')
  }

  /** What a player wants of its stream. @see Adobe RTMP 1.0 §7.2.2.4, §7.2.2.5, §7.2.2.7, §7.2.2.8 */
  #steer(
    name: 'pause' | 'seek' | 'receiveAudio' | 'receiveVideo',
    command: Command,
    messageStreamId: number,
  ): void {
    if (this.#state !== 'playing' || messageStreamId !== this.#activeStream) {
      this.#refuse(command, messageStreamId, 'not playing there')
      return
    }
    const on = command.values[1] === true
    switch (name) {
      case 'seek':
        tellError(
          this.#sender,
          messageStreamId,
          'NetStream.Seek.Failed',
          'A live stream has no place to seek to',
        )
        this.#ignore(command, 'live')
        return
      case 'pause':
        if (on) tell(this.#sender, messageStreamId, 'NetStream.Pause.Notify', 'Paused')
        else tell(this.#sender, messageStreamId, 'NetStream.Unpause.Notify', 'Playing on')
        this.#emit({ type: on ? 'pause' : 'unpause' })
        return
      case 'receiveAudio':
        this.#emit({ type: 'receive-audio', on })
        return
      case 'receiveVideo':
        this.#emit({ type: 'receive-video', on })
        return
      default:
        assertNever(name)
    }
  }

  #finish(by: PublishFinishedEvent['by'] | PlayFinishedEvent['by']): void {
    if (this.#state === 'playing' && by !== 'FCUnpublish') {
      this.#state = 'connected'
      this.#emit({ type: 'play-finished', by })
      return
    }
    if (this.#state !== 'publishing') return
    this.#state = 'connected'
    tell(this.#sender, this.#activeStream, 'NetStream.Unpublish.Success', 'Stopped publishing')
    this.#emit({ type: 'publish-finished', clean: true, by })
  }

  /** A call that is out of place: the client learns why, and may go on. */
  #refuse(command: Command, messageStreamId: number, reason: string): void {
    const { name, transactionId } = command
    if (name === 'publish' || name === 'play') {
      const code = name === 'publish' ? 'NetStream.Publish.BadName' : 'NetStream.Play.Failed'
      tellError(this.#sender, messageStreamId, code, reason)
    } else {
      this.#sender.error(transactionId, 'NetConnection.Call.Failed', reason)
    }
    this.#ignore(command, reason)
  }

  #unknown(command: Command): void {
    if (ANSWERS.has(command.name)) {
      this.#ignore(command, 'answer to no call')
      return
    }
    this.#sender.error(command.transactionId, 'NetConnection.Call.Failed', 'Method not found')
    this.#ignore(command, 'unknown command')
  }

  #ignore(command: Command, reason: string): void {
    this.#emit({ type: 'ignored', what: `command ${command.name.slice(0, QUOTE_LENGTH)}`, reason })
  }

  #expect(state: ServerSessionState, call: string): void {
    if (this.#state === state) return
    throw new StateError('rtmp.session.bad_state', `${call} is legal in ${state}, not in ${this.#state}`, {
      details: { state: this.#state },
    })
  }
}
