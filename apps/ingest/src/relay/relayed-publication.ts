import type { Socket } from 'node:net'
import { errorCode, errorMessage, SluiceError } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { Publisher } from '../on-air.ts'
import type { Publication } from '../publication.ts'
import { OrderReader, type RelayedMessage, relayHeader, writeRelayed } from './relay-format.ts'

/** Bytes on their way to the other ingest beyond which it counts as dead: several seconds of any stream. */
const QUEUE_LIMIT = 16 << 20
/** Time for the last bytes to leave, in milliseconds. */
const LAST_BYTES_MILLIS = 1_000

/** A publication whose stream another ingest has: everything goes there, and what that wants of the publisher comes back. */
export class RelayedPublication implements Publication {
  readonly name: string
  readonly stream: Publication['stream']
  /** Only the other ingest knows. */
  readonly isPlayed: boolean = true
  readonly #socket: Socket
  readonly #publisher: Publisher
  readonly #log: Logger
  readonly #closed: () => void
  #isCorked = false
  #isDetached = false
  /** The publisher was asked to go elsewhere; to be called when it has. */
  #departed: (() => void) | undefined

  /**
   * @param socket - to the other ingest, which has let the publisher in.
   * @param closed - called once, when nothing goes there any more.
   */
  constructor(name: string, socket: Socket, publisher: Publisher, log: Logger, closed: () => void) {
    this.name = name
    this.#socket = socket
    this.#publisher = publisher
    this.#log = log
    this.#closed = closed
    this.stream = {
      video: (timestamp, payload) => this.#send({ type: 'video', timestamp, payload }),
      audio: (timestamp, payload) => this.#send({ type: 'audio', timestamp, payload }),
      metadata: (properties) => this.#sendMetadata(properties),
      data: (timestamp, name, payload) => this.#send({ type: 'data', timestamp, name, payload }),
    }
    this.#listen()
    socket.write(relayHeader())
  }

  flush(): void {
    if (this.#isCorked) this.#socket.uncork()
    this.#isCorked = false
    if (!this.#isDetached && this.#socket.writableLength > QUEUE_LIMIT)
      this.#publisher.disconnect('the ingest that has this stream takes nothing any more; connect again')
  }

  detach(publisher: Publisher, clean: boolean): void {
    if (publisher !== this.#publisher || this.#isDetached) return
    this.#isDetached = true
    // Who was asked to leave comes back elsewhere: for the stream that is no goodbye.
    if (clean && this.#departed === undefined) this.#send({ type: 'goodbye' })
    this.flush()
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), LAST_BYTES_MILLIS).unref()
    this.#departed?.()
    this.#closed()
  }

  sendAway(reason: string): Promise<void> | undefined {
    if (this.#isDetached || !this.#publisher.canReconnect) return undefined
    const departure = new Promise<void>((resolve) => {
      this.#departed = resolve
    })
    this.#publisher.requestReconnect(reason)
    return departure
  }

  #listen(): void {
    const orders = new OrderReader()
    const socket = this.#socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      try {
        for (const { type, reason } of orders.receive(text)) {
          if (type === 'disconnect') this.#publisher.disconnect(reason)
          else this.#publisher.requestReconnect(reason)
        }
      } catch (error) {
        this.#log.error({ code: errorCode(error), err: errorMessage(error) }, 'a relay failed')
        socket.destroy()
      }
    })
    socket.on('error', (error) => this.#log.debug({ err: error.message }, 'a relay broke'))
    socket.on('close', () => {
      if (!this.#isDetached)
        this.#publisher.disconnect('the ingest that has this stream is gone; connect again')
    })
  }

  /** Metadata are hints: those that FLV cannot hold are left out. */
  #sendMetadata(properties: Parameters<Publication['stream']['metadata']>[0]): void {
    try {
      this.#send({ type: 'metadata', properties })
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      this.#log.debug({ code: error.code }, 'metadata are not passed on')
    }
  }

  #send(message: RelayedMessage): void {
    if (!this.#socket.writable) return
    const parts = writeRelayed(message)
    if (!this.#isCorked) this.#socket.cork()
    this.#isCorked = true
    for (const part of parts) this.#socket.write(part)
  }
}
