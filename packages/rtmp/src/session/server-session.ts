import { isAmfMap } from '@sluice/amf'
import { assertNever, concatBytes, errorMessage, SluiceError, StateError } from '@sluice/core'
import type { RawMessage } from '../chunk/raw-message.ts'
import type { Rc4 } from '../encryption/rc4.ts'
import type { SessionCiphers } from '../encryption/session-ciphers.ts'
import { type RandomBytes, ServerHandshake } from '../handshake/server-handshake.ts'
import { splitAggregate } from '../message/aggregate.ts'
import { type Data, namedData } from '../message/data.ts'
import { type Media, type Message, readMessage } from '../message/message.ts'
import { MessageType } from '../message/message-type.ts'
import type { UserControlEvent } from '../message/user-control.ts'
import { CommandRate } from './command-rate.ts'
import { DEFAULT_ENHANCED_CAPABILITIES, type EnhancedCapabilities } from './enhanced-capabilities.ts'
import type { ServerSessionEvent } from './events.ts'
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from './limits.ts'
import { NetConnection, type ServerSessionState } from './net-connection.ts'
import { ReceiveWindow } from './receive-window.ts'
import { Sender } from './sender.ts'
import { SessionInput } from './session-input.ts'

export interface ServerSessionOptions {
  /** A source of random bytes for the handshake, for example `randomBytes` of `node:crypto`. */
  readonly randomBytes: RandomBytes
  /** Default `DEFAULT_RTMP_LIMITS`. */
  readonly limits?: Partial<RtmpLimits>
  /**
   * Window Acknowledgement Size and Set Peer Bandwidth announced to the client, in bytes; also the window for
   * our own acknowledgements until the client names one. Default 2 500 000: one acknowledgement each 2.5 MB.
   */
  readonly windowSize?: number
  /** Chunk size of what the server sends, in bytes. Default 4096: no answer of ours is longer. */
  readonly chunkSize?: number
  /**
   * What the caller takes of Enhanced RTMP: codecs and capabilities, told to clients that offer any of their own.
   * Default `DEFAULT_ENHANCED_CAPABILITIES`. What a client then sends is not checked against it.
   */
  readonly enhanced?: EnhancedCapabilities
  /**
   * What to do with a client that wants RTMPE. Default `refuse`. `accept` encrypts the session with keys nobody
   * vouches for and a broken cipher: it hides the stream from a glance and protects nothing. Use TLS for that.
   */
  readonly encryption?: 'refuse' | 'accept'
  /**
   * What to do with `connect`. Default `accept`. `ask`: the caller decides, by `acceptConnect` or `rejectConnect` after
   * `connect-requested`.
   */
  readonly connect?: 'accept' | 'ask'
}

const DEFAULT_WINDOW_SIZE = 2_500_000
const DEFAULT_SEND_CHUNK_SIZE = 4096
const BEFORE_CONNECT: ReadonlySet<ServerSessionState> = new Set([
  'handshake',
  'connecting',
  'connect-requested',
])
/** What may be inside an aggregate; anything else there is ignored. */
const AGGREGATE_TYPES: ReadonlySet<number> = new Set([
  MessageType.audio,
  MessageType.video,
  MessageType.dataAmf0,
  MessageType.dataAmf3,
])

/**
 * The server's side of one RTMP connection: bytes in, typed events and bytes out. No socket, no clock, no
 * policy: the caller decides who may publish.
 *
 * For each piece of data: `receive(bytes)`, drain `events()`, write `output()`. Bytes are borrowed until the
 * events have been drained; then the caller may reuse its buffer. After `acceptConnect`, `acceptPublish` and `acceptPlay`
 * drain the events again: bytes may have waited for it.
 *
 * @see Adobe RTMP 1.0 §5, §7
 */
export class ServerSession {
  readonly #limits: RtmpLimits
  readonly #input: SessionInput
  readonly #sender = new Sender()
  readonly #window: ReceiveWindow
  readonly #connection: NetConnection
  readonly #rate: CommandRate
  readonly #events: ServerSessionEvent[] = []
  /** The Window Acknowledgement Size the client heard from us last. */
  #announcedWindow: number
  #discarded = 0
  /** Bytes of S0 S1 S2 that `output` still owes: they are never encrypted. */
  #handshakeOwed = 0
  #cipher: Rc4 | undefined
  #lastPong: number | undefined
  /** The caller's clock when it last gave us bytes. */
  #now: number | undefined

  constructor(options: ServerSessionOptions) {
    const { randomBytes, windowSize = DEFAULT_WINDOW_SIZE, chunkSize = DEFAULT_SEND_CHUNK_SIZE } = options
    const limits = { ...DEFAULT_RTMP_LIMITS, ...options.limits }
    this.#limits = limits
    this.#announcedWindow = windowSize
    this.#window = new ReceiveWindow(windowSize)
    const enhanced = options.enhanced ?? DEFAULT_ENHANCED_CAPABILITIES
    this.#connection = new NetConnection(
      this.#sender,
      (event) => this.#events.push(event),
      limits,
      { windowSize, chunkSize, enhanced },
      options.connect === 'ask',
    )
    this.#rate = new CommandRate(limits.commandsPerSecond)
    const commandBytes = Math.min(limits.commandBytes, limits.messageBytes)
    const handshake = new ServerHandshake(randomBytes, options.encryption)
    this.#input = new SessionInput(handshake, { ...limits, messageBytes: commandBytes })
  }

  get state(): ServerSessionState {
    return this.#connection.state
  }

  /** The caller has a decision to make; until then nothing is read. */
  get isWaiting(): boolean {
    return this.state !== 'closed' && !this.#connection.isReading
  }

  /** What the client's last Ping Response repeated: the `now` of the ping it answers, modulo 2³². */
  get lastPong(): number | undefined {
    return this.#lastPong
  }

  /**
   * Takes bytes from the client, any split of the stream. Never throws: drain `events` to have them read.
   *
   * @param now - the caller's clock in milliseconds; without it `commandsPerSecond` is not checked.
   */
  receive(bytes: Uint8Array, now?: number): void {
    if (this.state === 'closed') return
    this.#now = now
    this.#window.count(bytes.length)
    this.#input.receive(bytes)
  }

  /**
   * Reads what was received, event by event, in order. Calls made while it is being drained take effect on
   * the next event already.
   *
   * @throws {ProtocolError} the client broke the protocol or a limit; the session is `closed`: write
   * what `output` still owes (the client is told), then drop the connection.
   * @throws {UnsupportedError} the client wants what is not supported (RTMPE where refused, an AMF value of a form
   * that only its class knows); likewise.
   */
  *events(): Generator<ServerSessionEvent, void, undefined> {
    try {
      this.#input.checkKept(this.#limits.heldBytes)
      for (;;) {
        const event = this.#events.shift()
        if (event !== undefined) {
          yield event
          continue
        }
        if (!this.#connection.isReading) return
        const message = this.#next()
        if (message === undefined) {
          if (this.#events.length === 0) return
          continue
        }
        const { typeId, timestamp, payload, messageStreamId } = message
        const isMedia = typeId === MessageType.audio || typeId === MessageType.video
        if (isMedia && this.#events.length === 0 && this.#connection.isPublishing(messageStreamId)) {
          // The hot path: straight from the chunk reader to the caller.
          this.#connection.countMedia()
          yield {
            type: typeId === MessageType.audio ? 'audio' : 'video',
            timestamp,
            payload,
            messageStreamId,
          }
        } else {
          this.#handle(message)
        }
      }
    } catch (error) {
      this.#connection.fail(errorMessage(error))
      this.#input.drop()
      throw error
    } finally {
      this.#input.keepUnread()
    }
  }

  /** Bytes owed to the client since the last call; empty when there are none. */
  output(): Uint8Array {
    if (this.state !== 'handshake' && this.state !== 'closed') {
      const sequenceNumber = this.#window.takeDue()
      if (sequenceNumber !== undefined) this.#sender.control({ type: 'acknowledgement', sequenceNumber })
    }
    const bytes = this.#sender.take()
    const clear = this.#handshakeOwed
    this.#handshakeOwed = 0
    if (this.#cipher === undefined || bytes.length === 0) return bytes
    return concatBytes([bytes.subarray(0, clear), this.#cipher.apply(bytes.subarray(clear))])
  }

  /** Lets the client connect, which `connect-requested` asked for; `connect` follows. @throws {StateError} in any other state. */
  acceptConnect(): void {
    this.#connection.acceptConnect()
  }

  /**
   * Refuses `connect`; the session is over. The client may come back.
   *
   * @param description - why, for the person at the client; or what the client shall bring (`renderLoginRequest`).
   * @throws {StateError} in any state but `connect-requested`.
   */
  rejectConnect(description: string): void {
    this.#connection.rejectConnect(description)
    this.#input.drop()
  }

  /** Grants the publish that `publish-requested` asked for. @throws {StateError} in any other state. */
  acceptPublish(): void {
    this.#connection.acceptPublish()
    this.#input.chunks.setLimits(this.#limits)
  }

  /**
   * Refuses the publish; the session is over.
   *
   * @param code - a status code the client understands, for example `NetStream.Publish.BadName`.
   * @param description - a sentence for the person at the client.
   * @throws {StateError} in any state but `publish-requested`.
   */
  rejectPublish(code: string, description: string): void {
    this.#connection.rejectPublish(code, description)
    this.#input.drop()
  }

  /**
   * Grants the play that `play-requested` asked for: the client hears that it begins, and media may follow as
   * `playerBytes`, in chunks of `PLAYER_CHUNK_SIZE`. @throws {StateError} in any other state.
   */
  acceptPlay(): void {
    this.#connection.acceptPlay()
  }

  /**
   * What to write to the client for messages that `PlayerMessages` serialised, and only behind what `output` owed:
   * the very same bytes, which many sessions may share, or a copy under this session's cipher where RTMPE hides it.
   *
   * @throws {StateError} in any state but `playing`, and while `output` owes bytes.
   */
  playerBytes(chunks: Uint8Array): Uint8Array {
    this.#connection.expectPlaying('playerBytes')
    if (!this.#sender.isEmpty)
      throw new StateError('rtmp.session.output_owed', 'what output owes comes before playerBytes')
    return this.#cipher === undefined ? chunks : this.#cipher.apply(chunks)
  }

  /**
   * Tells a player that the stream is over. The connection stays: the client may play another one.
   *
   * @param description - a sentence for the person at the client.
   * @throws {StateError} in any state but `playing`.
   */
  endPlay(description: string): void {
    this.#connection.endPlay(description)
  }

  /** Refuses the play, for example with `NetStream.Play.Failed`; otherwise like `rejectPublish`. */
  rejectPlay(code: string, description: string): void {
    this.#connection.rejectPlay(code, description)
    this.#input.drop()
  }

  /**
   * Ends the session from our side, with a status the client can show. `NetStream.` codes go to the stream it
   * publishes or plays, others to the connection. Does nothing when the session is closed.
   */
  disconnect(code: string, description: string): void {
    this.#connection.disconnect(code, description)
    this.#input.drop()
  }

  /**
   * Ends the session without a word: the connection is gone, or given up. `events` still yields `closed`.
   * Does nothing when the session is closed.
   */
  close(reason: string): void {
    this.#connection.close(reason)
    this.#input.drop()
  }

  /**
   * Sends a Ping Request; `lastPong` shows the answer. Does nothing before `connect` and after the end.
   *
   * @param now - the caller's clock in whole milliseconds; sent modulo 2³².
   */
  ping(now: number): void {
    const { state } = this
    if (BEFORE_CONNECT.has(state) || state === 'closed') return
    const timestamp = now % 2 ** 32
    this.#sender.control({ type: 'user-control', event: { kind: 'ping-request', timestamp } })
  }

  /**
   * Asks the client to connect again, here or elsewhere, when it next can without harm. It goes on as before until
   * then, and is to be served until it leaves.
   *
   * @param description - a sentence for the person at the client.
   * @param tcUrl - where to, absolute or relative to the `tcUrl` it has now; without it, to the same.
   * @returns whether the client was asked: those that did not offer it in `connect` are not.
   * @see Enhanced RTMP v2, Reconnect Request
   */
  requestReconnect(description: string, tcUrl?: string): boolean {
    return this.#connection.requestReconnect(description, tcUrl)
  }

  #next(): RawMessage | undefined {
    const message = this.#input.next(this.#onReply, this.#onHandshaken)
    const { discarded } = this.#input.chunks
    if (discarded !== this.#discarded) {
      // Each had memory reserved for it: in numbers that costs more than its bytes.
      for (let each = this.#discarded; each < discarded; each++) this.#countCommand()
      this.#discarded = discarded
      this.#ignore('incomplete message', 'given up by its sender')
    }
    return message
  }

  readonly #onReply = (bytes: Uint8Array): void => {
    this.#sender.raw(bytes)
    this.#handshakeOwed = bytes.length
  }

  readonly #onHandshaken = (ciphers: SessionCiphers | undefined): void => {
    this.#cipher = ciphers?.outgoing
    this.#connection.open()
  }

  #handle(raw: RawMessage): void {
    const message = this.#read(raw)
    switch (message?.type) {
      case undefined:
        return
      case 'set-chunk-size':
        this.#input.chunks.setChunkSize(message.size)
        break
      case 'abort':
        this.#input.chunks.abort(message.chunkStreamId)
        break
      case 'acknowledgement':
        // A publisher hears too little from us for these to matter; a player's link says what has left.
        break
      case 'window-acknowledgement-size':
        this.#window.setSize(message.size)
        break
      case 'set-peer-bandwidth':
        this.#countCommand()
        this.#answerPeerBandwidth(message.size)
        break
      case 'user-control':
        this.#userControl(message.event)
        break
      case 'command':
        this.#countCommand()
        this.#connection.handle(message, raw.messageStreamId)
        break
      case 'aggregate':
        this.#aggregate(raw)
        break
      case 'data':
      case 'audio':
      case 'video':
        this.#media(message, raw)
        break
      case 'unknown':
        this.#ignore(`message type ${message.typeId}`, 'unknown message type')
        break
      default:
        assertNever(message)
    }
  }

  /** Metadata are only hints: a data message that cannot be read does not end the broadcast. */
  #read(raw: RawMessage): Message | undefined {
    try {
      return readMessage(raw, this.#limits.amf)
    } catch (error) {
      const isData = raw.typeId === MessageType.dataAmf0 || raw.typeId === MessageType.dataAmf3
      if (!isData || !(error instanceof SluiceError)) throw error
      this.#ignore('data message', error.code)
      return undefined
    }
  }

  #media(message: Media | Data, raw: RawMessage): void {
    const { timestamp, payload, messageStreamId } = raw
    if (!this.#connection.isPublishing(messageStreamId)) {
      this.#ignore(`${message.type} on message stream ${messageStreamId}`, 'not publishing there')
      return
    }
    this.#connection.countMedia()
    if (message.type === 'data') {
      this.#data(message, timestamp)
      return
    }
    this.#events.push({ type: message.type, timestamp, payload, messageStreamId })
  }

  #data(data: Data, timestamp: number): void {
    const named = namedData(data)
    if (named === undefined) {
      this.#ignore('data message', 'no name')
      return
    }
    const { name, values } = named
    const [metadata] = values
    if (name !== 'onMetaData') this.#events.push({ type: 'data', name, values, timestamp })
    else if (isAmfMap(metadata)) this.#events.push({ type: 'metadata', timestamp, metadata })
    else this.#ignore('data message', 'onMetaData without properties')
  }

  #countCommand(): void {
    if (this.#now !== undefined) this.#rate.count(this.#now)
  }

  #aggregate(raw: RawMessage): void {
    for (const part of splitAggregate(raw, this.#limits.aggregateParts)) {
      if (AGGREGATE_TYPES.has(part.typeId)) this.#handle(part)
      else this.#ignore(`message type ${part.typeId}`, 'not allowed in an aggregate')
    }
  }

  #userControl(event: UserControlEvent): void {
    if (event.kind === 'ping-request') {
      this.#countCommand()
      const { timestamp } = event
      this.#sender.control({ type: 'user-control', event: { kind: 'ping-response', timestamp } })
    } else if (event.kind === 'ping-response') {
      this.#lastPong = event.timestamp
    } else {
      this.#ignore(`user control ${event.kind}`, 'no effect on a server')
    }
  }

  /** §5.4.5: the receiver answers with its window when the value differs from the last one. */
  #answerPeerBandwidth(size: number): void {
    if (size === this.#announcedWindow) return
    this.#announcedWindow = size
    this.#sender.control({ type: 'window-acknowledgement-size', size })
  }

  #ignore(what: string, reason: string): void {
    this.#events.push({ type: 'ignored', what, reason })
  }
}
