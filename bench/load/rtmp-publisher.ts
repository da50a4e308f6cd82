import { connect, type Socket } from 'node:net'
import { AmfObject, type AmfValue } from '@sluice/amf'
import { ChunkReader, type Command, type Message, readMessage, writeChunks, writeMessage } from '@sluice/rtmp'
import type { FileMessage } from './flv-messages.ts'

const HANDSHAKE_SIZE = 1536
const CONTROL_STREAM = 2
const COMMAND_STREAM = 3
const MEDIA_STREAM = 4

/** One RTMP connection that publishes. Just enough of a client for a server that works. */
export class RtmpPublisher {
  readonly #socket: Socket
  readonly #reader = new ChunkReader()
  #handshake = 1 + 2 * HANDSHAKE_SIZE
  #chunkSize = 128
  #messageStreamId = 0
  #answered: ((message: Command) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.#receive(bytes))
  }

  /**
   * Connects and publishes.
   *
   * @param url - `rtmp://host:port/app/name`.
   * @param chunkSize - in bytes, announced before anything else is sent.
   * @returns when the server has granted it. Rejects when it refuses or cannot be reached.
   */
  static async open(url: string, chunkSize: number): Promise<RtmpPublisher> {
    const { hostname, port, pathname } = new URL(url)
    const [, app = '', name = ''] = pathname.split('/')
    const socket = connect(Number(port), hostname)
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const publisher = new RtmpPublisher(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('close', () => reject(new Error(`${url}: the server closed the connection`)))
      publisher.#publish(app, `rtmp://${hostname}:${port}/${app}`, name, chunkSize).then(resolve, reject)
    })
    return publisher
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return new Promise((resolve) => this.#socket.once('close', () => resolve()))
  }

  /** Sends one message. @param timestamp - milliseconds, modulo 2³². */
  send({ typeId, payload }: FileMessage, timestamp: number): void {
    this.#write(MEDIA_STREAM, this.#messageStreamId, timestamp, { typeId, payload })
  }

  async #publish(app: string, tcUrl: string, name: string, chunkSize: number): Promise<void> {
    const c0c1 = new Uint8Array(1 + HANDSHAKE_SIZE)
    c0c1[0] = 3
    this.#socket.write(c0c1)
    // C2 repeats S1; every server here takes any C2, so it need not be waited for.
    this.#socket.write(new Uint8Array(HANDSHAKE_SIZE))
    this.#say({ type: 'set-chunk-size', size: chunkSize })
    this.#chunkSize = chunkSize
    await this.#call(
      'connect',
      1,
      AmfObject.of({ app, tcUrl, flashVer: 'FMLE/3.0 (compatible; sluice-bench)' }),
    )
    const created = await this.#call('createStream', 2, null)
    this.#messageStreamId = Number(created.values[1])
    const status = await this.#call('publish', 3, null, name, 'live')
    const info = status.values[1]
    const code = info instanceof AmfObject ? info.get('code') : undefined
    if (code !== 'NetStream.Publish.Start')
      throw new Error(`publishing ${name} was answered with ${JSON.stringify(code)}`)
  }

  async #call(name: string, transactionId: number, ...values: AmfValue[]): Promise<Command> {
    const answer = new Promise<Command>((resolve) => {
      this.#answered = resolve
    })
    const command = writeMessage({ type: 'command', name, transactionId, values })
    this.#write(COMMAND_STREAM, name === 'publish' ? this.#messageStreamId : 0, 0, command)
    return answer
  }

  #say(message: Message): void {
    this.#write(CONTROL_STREAM, 0, 0, writeMessage(message))
  }

  #write(
    chunkStreamId: number,
    messageStreamId: number,
    timestamp: number,
    body: Pick<FileMessage, 'typeId' | 'payload'>,
  ): void {
    const message = { chunkStreamId, messageStreamId, timestamp, ...body }
    this.#socket.write(writeChunks(message, this.#chunkSize))
  }

  #receive(bytes: Uint8Array): void {
    const skipped = Math.min(this.#handshake, bytes.length)
    this.#handshake -= skipped
    this.#reader.feed(bytes.subarray(skipped))
    for (let raw = this.#reader.read(); raw !== undefined; raw = this.#reader.read()) {
      const message = readMessage(raw)
      if (message.type === 'set-chunk-size') this.#reader.setChunkSize(message.size)
      else if (message.type === 'user-control' && message.event.kind === 'ping-request') {
        const { timestamp } = message.event
        this.#say({ type: 'user-control', event: { kind: 'ping-response', timestamp } })
      } else if (message.type === 'command' && ['_result', '_error', 'onStatus'].includes(message.name)) {
        this.#answered?.(message)
      }
    }
  }
}
