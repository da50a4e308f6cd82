import { Agent, request } from 'node:http'
import { ChunkReader, type Message, readMessage } from '@sluice/rtmp'

/** What an HTTP server answered. */
export interface HttpAnswer {
  readonly status: number
  /** As on the wire: names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

const HANDSHAKE_REPLY_SIZE = 1 + 2 * 1536

/** An RTMPT client that sends what a test wants, one request after the other. */
export class TunnelTestClient {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true })
  readonly #reader = new ChunkReader()
  #handshakeLeft = HANDSHAKE_REPLY_SIZE
  #sequence = 0
  /** Given by the server. */
  id = ''
  readonly messages: Message[] = []

  constructor(port: number) {
    this.#port = port
  }

  /** One request, as it is. */
  post(path: string, body: Uint8Array = Uint8Array.of(0), method = 'POST'): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/x-fcs', 'Content-Length': body.length }
      const sent = request(
        { host: '127.0.0.1', port: this.#port, path, method, headers, agent: this.#agent },
        (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('end', () => {
            const { statusCode: status = 0, rawHeaders } = response
            resolve({ status, rawHeaders, body: Buffer.concat(parts) })
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async open(): Promise<void> {
    this.id = (await this.post('/open/1')).body.toString('latin1').trim()
  }

  /** Sends RTMP bytes, none for `idle`, and reads what is answered. */
  async exchange(...parts: readonly Uint8Array[]): Promise<HttpAnswer> {
    const action = parts.length === 0 ? 'idle' : 'send'
    const body = parts.length === 0 ? Uint8Array.of(0) : Buffer.concat(parts)
    const answer = await this.post(`/${action}/${this.id}/${this.#sequence++}`, body)
    if (answer.status === 200) this.#read(answer.body.subarray(1))
    return answer
  }

  close(): Promise<HttpAnswer> {
    return this.post(`/close/${this.id}/${this.#sequence++}`)
  }

  /** Closes its HTTP connections. */
  destroy(): void {
    this.#agent.destroy()
  }

  /** Codes of every `onStatus` so far. */
  get statuses(): unknown[] {
    return this.messages.flatMap((message) => {
      if (message.type !== 'command' || message.name !== 'onStatus') return []
      const information = message.values.at(-1)
      return typeof information === 'object' && information !== null && 'get' in information
        ? [information.get('code')]
        : []
    })
  }

  #read(bytes: Uint8Array): void {
    const skipped = Math.min(this.#handshakeLeft, bytes.length)
    this.#handshakeLeft -= skipped
    this.#reader.feed(bytes.subarray(skipped))
    for (let raw = this.#reader.read(); raw !== undefined; raw = this.#reader.read()) {
      const message = readMessage(raw)
      if (message.type === 'set-chunk-size') this.#reader.setChunkSize(message.size)
      this.messages.push(message)
    }
  }
}
