import { connect, type Socket } from 'node:net'
import { AmfObject, type AmfValue } from '@sluice/amf'
import { concatBytes } from '@sluice/core'
import { ChunkReader, type Message, readMessage, writeChunks, writeMessage } from '@sluice/rtmp'
import { type WaitOptions, waitFor } from './wait-for.ts'

const HANDSHAKE_SIZE = 1536
const REPLY_SIZE = 1 + 2 * HANDSHAKE_SIZE
/** Chunk size of what the client sends, fixed: a test that changes it says so in its own bytes. */
const CHUNK_SIZE = 128

/** The information object of an `onStatus`. */
export interface ClientStatus {
  readonly level: string
  readonly code: string
  readonly description: string
  readonly messageStreamId: number
}

/** The client's bytes of the simple handshake: C0, C1 and a C2 that is no echo. */
export function clientHandshake(): Uint8Array {
  const bytes = new Uint8Array(REPLY_SIZE).fill(0x5a)
  bytes[0] = 3
  bytes.fill(0, 1, 9)
  return bytes
}

/** One message as the client's chunks. */
export function clientMessage(
  message: Message,
  address: {
    readonly messageStreamId?: number
    readonly timestamp?: number
    readonly chunkStreamId?: number
  } = {},
): Uint8Array {
  const { messageStreamId = 0, timestamp = 0, chunkStreamId = 3 } = address
  return writeChunks({ chunkStreamId, messageStreamId, timestamp, ...writeMessage(message) }, CHUNK_SIZE)
}

/** A command as the client's chunks. */
export function clientCommand(
  name: string,
  transactionId: number,
  values: readonly AmfValue[],
  messageStreamId = 0,
): Uint8Array {
  return clientMessage({ type: 'command', name, transactionId, values }, { messageStreamId })
}

/** The `connect` command of an encoder as the client's chunks. @param properties - more of its command object. */
export function clientConnect(app = 'live', properties: Readonly<Record<string, AmfValue>> = {}): Uint8Array {
  return clientCommand('connect', 1, [AmfObject.of({ app, flashVer: 'test/1.0', ...properties })])
}

/**
 * An RTMP client on a real socket that sends whatever a test wants, well formed or not, and reads what the
 * server answers.
 */
export class RtmpTestClient {
  readonly socket: Socket
  readonly #reader = new ChunkReader()
  readonly #messages: Message[] = []
  readonly #statuses: ClientStatus[] = []
  #refusal: ClientStatus | undefined
  #received = 0
  #text = ''
  #closed = false

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect(port, host)
    this.socket.setNoDelay(true)
    this.socket.on('data', (bytes) => this.#read(bytes))
    // A reset is one way to be refused; `closed` tells.
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.#closed = true
    })
  }

  /** Bytes received so far, the handshake's included. */
  get received(): number {
    return this.#received
  }

  /** The first bytes received, as Latin-1 text: for servers that answer in another protocol. */
  get text(): string {
    return this.#text
  }

  /** Every message the server sent. */
  get messages(): readonly Message[] {
    return this.#messages
  }

  /** Every `onStatus` the server sent. */
  get statuses(): readonly ClientStatus[] {
    return this.#statuses
  }

  /** What the server's latest `_error` said. */
  get refusal(): ClientStatus | undefined {
    return this.#refusal
  }

  /** True once the server has let it connect. */
  get connected(): boolean {
    return this.#messages.some((message) => message.type === 'command' && message.name === '_result')
  }

  /** True once both directions are closed. */
  get closed(): boolean {
    return this.#closed
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(concatBytes(parts))
  }

  /** Handshake, connect and createStream, without waiting for answers. */
  open(app = 'live', properties: Readonly<Record<string, AmfValue>> = {}): void {
    this.send(clientHandshake(), clientConnect(app, properties), clientCommand('createStream', 2, [null]))
  }

  publish(name: string): void {
    this.send(clientCommand('publish', 3, [null, name, 'live'], 1))
  }

  /** `open` and `publish`. @param properties - as for `open`. @returns the status that answers. */
  async publishTo(
    name: string,
    app?: string,
    properties: Readonly<Record<string, AmfValue>> = {},
  ): Promise<ClientStatus> {
    const before = this.#statuses.length
    this.open(app, properties)
    this.publish(name)
    return this.waitFor(() => this.#statuses[before], 'an answer to publish')
  }

  media(type: 'audio' | 'video', timestamp: number, payload: Uint8Array): void {
    const chunkStreamId = type === 'audio' ? 4 : 6
    this.send(clientMessage({ type, payload }, { messageStreamId: 1, timestamp, chunkStreamId }))
  }

  /** Says goodbye as encoders do; the connection stays open. */
  unpublish(name: string): void {
    this.send(clientCommand('FCUnpublish', 6, [null, name]), clientCommand('deleteStream', 7, [null, 1]))
  }

  /** Waits until the server has closed the connection. */
  untilClosed(timeout?: number): Promise<true> {
    return this.waitFor(() => this.#closed || undefined, 'the end of the connection', timeout)
  }

  waitFor<T>(look: () => T | undefined, what: string, timeout?: number): Promise<T> {
    const options: WaitOptions = { what, interval: 5, ...(timeout === undefined ? {} : { timeout }) }
    return waitFor<T>(look, options)
  }

  /** Cuts the connection without a word. */
  destroy(): void {
    this.socket.destroy()
  }

  #read(bytes: Buffer): void {
    if (this.#text.length < REPLY_SIZE) this.#text += bytes.toString('latin1')
    const skipped = Math.max(0, Math.min(REPLY_SIZE - this.#received, bytes.length))
    this.#received += bytes.length
    this.#reader.feed(bytes.subarray(skipped))
    for (let raw = this.#reader.read(); raw !== undefined; raw = this.#reader.read()) {
      const message = readMessage(raw)
      if (message.type === 'set-chunk-size') this.#reader.setChunkSize(message.size)
      this.#messages.push(message)
      const info = message.type === 'command' ? message.values[1] : undefined
      if (message.type !== 'command' || !(info instanceof AmfObject)) continue
      const status = statusOf(info, raw.messageStreamId)
      if (message.name === 'onStatus') this.#statuses.push(status)
      if (message.name === '_error') this.#refusal = status
    }
  }
}

function statusOf(info: AmfObject, messageStreamId: number): ClientStatus {
  const text = (name: string): string => {
    const value = info.get(name)
    return typeof value === 'string' ? value : ''
  }
  return { level: text('level'), code: text('code'), description: text('description'), messageStreamId }
}
