import { concatBytes } from '@sluice/core'

/** One HTTP request of a session, from its first line until it is answered. */
export interface TunnelExchange {
  /** The caller's number of it. */
  readonly exchange: number
  readonly action: 'send' | 'idle' | 'close'
  readonly sequence: number
  /** Body bytes that could not be passed on yet. */
  held: Uint8Array[]
  /** The whole body has come. */
  isComplete: boolean
}

/** First byte of an answer: how long a client should wait before it asks again, growing while nothing happens. */
const POLL_INTERVALS = [1, 3, 5, 9, 17, 33] as const
const LONGEST_POLL_INTERVAL = 33

/** What is known of one tunnelled client, whichever HTTP connections it uses. */
export class TunnelSession {
  readonly id: string
  /** Requests that were begun and not taken, by their number. */
  readonly requests: Map<number, TunnelExchange> = new Map()
  /** The number of the request whose turn it is. */
  due = 0
  heldBytes = 0
  isPaused = false
  /** Closes when what is owed has been fetched. */
  isEnding = false
  isClosed = false
  /** When a request last came, and since when one that is due is waited for; milliseconds of the caller's clock. */
  lastHeard: number
  gapSince: number | undefined
  /** The last answer, for a client whose connection broke before it came. */
  last: { readonly sequence: number; readonly body: Uint8Array } | undefined
  #owed: Uint8Array[] = []
  #owedBytes = 0
  #idleAnswers = 0

  constructor(id: string, now: number) {
    this.id = id
    this.lastHeard = now
  }

  /** Bytes that wait for a request to take them along. */
  get owedBytes(): number {
    return this.#owedBytes
  }

  owe(bytes: Uint8Array): void {
    this.#owed.push(bytes)
    this.#owedBytes += bytes.length
  }

  /** The body that answers `request`: the poll interval, then all that is owed. */
  answer({ action, sequence }: TunnelExchange): Uint8Array {
    const isIdle = action === 'idle' && this.#owedBytes === 0
    this.#idleAnswers = isIdle ? this.#idleAnswers + 1 : 0
    const interval = POLL_INTERVALS[this.#idleAnswers] ?? LONGEST_POLL_INTERVAL
    const body = concatBytes([Uint8Array.of(interval), ...this.#owed])
    this.#owed = []
    this.#owedBytes = 0
    this.last = { sequence, body }
    return body
  }
}
