import { connect, type Socket } from 'node:net'
import { AmfObject, type AmfValue } from '@sluice/amf'
import {
  ChunkReader,
  type Command,
  type Message,
  type RawMessage,
  readMessage,
  writeChunks,
  writeMessage,
} from '@sluice/rtmp'
import { monotonicMicros } from './stamp.ts'

const HANDSHAKE_SIZE = 1536
/** What OBS announces. */
export const USUAL_CHUNK_SIZE = 4096
const CONTROL_STREAM = 2
const COMMAND_STREAM = 3
const MEDIA_STREAM = 4
/** Statuses that come before the one that answers. */
const INTERIM = 'NetStream.Play.Reset'

/** All connections of a process read into the same memory: a new buffer for each read would cost more than the reading. */
const shared = Buffer.alloc(64 * 1024)

/** What a media message is, as it goes to a server. */
export type MediaMessage = Pick<RawMessage, 'typeId' | 'payload'>

/**
 * One RTMP connection with a message stream of its own. Just enough of a client for a server that works.
 */
export class RtmpClient {
  /** Where it is connected to: `app` and `name` of `rtmp://host:port/app/name`. */
  readonly name: string
  /** Bytes that came, all of them. */
  receivedBytes = 0
  /** Given each media message, and when its last byte came, in microseconds of `monotonicMicros`. */
  onMedia: ((message: Message, receivedAt: number) => void) | undefined
  readonly #url: string
  readonly #app: string
  readonly #socket: Socket
  readonly #reader = new ChunkReader()
  #isReading = true
  #handshake = 1 + 2 * HANDSHAKE_SIZE
  #chunkSize = 128
  #messageStreamId = 0
  #answered: ((message: Command) => void) | undefined

  private constructor(url: string) {
    const { hostname, port, pathname } = new URL(url)
    const [, app = '', name = ''] = pathname.split('/')
    this.#app = app
    this.#url = `rtmp://${hostname}:${port}/${app}`
    this.name = name
    const callback = (size: number): boolean => {
      this.receivedBytes += size
      if (this.#isReading) this.#receive(shared.subarray(0, size))
      return true
    }
    this.#socket = connect({ host: hostname, port: Number(port), onread: { buffer: shared, callback } })
    this.#socket.setNoDelay(true)
  }

  /**
   * Connects, and makes a message stream.
   *
   * @param url - `rtmp://host:port/app/name`.
   * @param chunkSize - in bytes, announced before anything else is sent.
   * @returns when the server has answered. Rejects when it refuses or cannot be reached.
   */
  static async open(url: string, chunkSize: number = USUAL_CHUNK_SIZE): Promise<RtmpClient> {
    const client = new RtmpClient(url)
    const socket = client.#socket
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    socket.on('error', () => socket.destroy())
    await client.#untilClosed(client.#begin(chunkSize))
    return client
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('close', () => resolve()))
  }

  /**
   * Asks for something on the message stream.
   *
   * @param expected - the code of the status that grants it. Rejects with any other.
   */
  async ask(command: 'publish' | 'play', expected: string, ...values: AmfValue[]): Promise<void> {
    const status = await this.#untilClosed(this.#call(command, 3, null, this.name, ...values))
    const code = statusCode(status)
    if (code !== expected)
      throw new Error(`${command} ${this.name} was answered with ${JSON.stringify(code)}`)
  }

  /** Sends one message. @param timestamp - milliseconds, modulo 2³². */
  send(message: MediaMessage, timestamp: number): void {
    this.#write(MEDIA_STREAM, this.#messageStreamId, timestamp, message)
  }

  /** From now on what comes is counted, and not looked at. */
  discard(): void {
    this.#isReading = false
  }

  async #begin(chunkSize: number): Promise<void> {
    const c0c1 = new Uint8Array(1 + HANDSHAKE_SIZE)
    c0c1[0] = 3
    this.#socket.write(c0c1)
    // C2 repeats S1; every server here takes any C2, so it need not be waited for.
    this.#socket.write(new Uint8Array(HANDSHAKE_SIZE))
    this.#say({ type: 'set-chunk-size', size: chunkSize })
    this.#chunkSize = chunkSize
    const flashVer = 'FMLE/3.0 (compatible; sluice-bench)'
    await this.#call('connect', 1, AmfObject.of({ app: this.#app, tcUrl: this.#url, flashVer }))
    const created = await this.#call('createStream', 2, null)
    this.#messageStreamId = Number(created.values[1])
  }

  #untilClosed<T>(step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`${this.#url}: the server closed the connection`))
      this.#socket.once('close', gone)
      step.then(resolve, reject).finally(() => this.#socket.off('close', gone))
    })
  }

  async #call(name: string, transactionId: number, ...values: AmfValue[]): Promise<Command> {
    const answer = new Promise<Command>((resolve) => {
      this.#answered = resolve
    })
    const command = writeMessage({ type: 'command', name, transactionId, values })
    this.#write(COMMAND_STREAM, this.#messageStreamId, 0, command)
    return answer
  }

  #say(message: Message): void {
    this.#write(CONTROL_STREAM, 0, 0, writeMessage(message))
  }

  #write(chunkStreamId: number, messageStreamId: number, timestamp: number, body: MediaMessage): void {
    const message = { chunkStreamId, messageStreamId, timestamp, ...body }
    this.#socket.write(writeChunks(message, this.#chunkSize))
  }

  #receive(bytes: Uint8Array): void {
    const receivedAt = monotonicMicros()
    const skipped = Math.min(this.#handshake, bytes.length)
    this.#handshake -= skipped
    this.#reader.feed(bytes.subarray(skipped))
    for (let raw = this.#reader.read(); raw !== undefined; raw = this.#reader.read())
      this.#handle(readMessage(raw), receivedAt)
  }

  #handle(message: Message, receivedAt: number): void {
    switch (message.type) {
      case 'set-chunk-size':
        this.#reader.setChunkSize(message.size)
        return
      case 'user-control':
        if (message.event.kind === 'ping-request') {
          const { timestamp } = message.event
          this.#say({ type: 'user-control', event: { kind: 'ping-response', timestamp } })
        }
        return
      case 'command':
        if (['_result', '_error', 'onStatus'].includes(message.name) && statusCode(message) !== INTERIM)
          this.#answered?.(message)
        return
      case 'audio':
      case 'video':
        this.onMedia?.(message, receivedAt)
        return
      default:
        return
    }
  }
}

function statusCode({ values }: Command): AmfValue | undefined {
  const info = values[1]
  return info instanceof AmfObject ? info.get('code') : undefined
}
