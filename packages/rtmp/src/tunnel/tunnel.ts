import { ProtocolError, StateError } from '@sluice/core'
import { DEFAULT_TUNNEL_LIMITS, type TunnelLimits } from './tunnel-limits.ts'
import { type TunnelExchange, TunnelSession } from './tunnel-session.ts'
import { parseTunnelTarget, type TunnelTarget } from './tunnel-target.ts'

/** The first line of a client's HTTP request. */
export interface TunnelRequest {
  /** The caller's number of this request, never used before: its answer will name it. */
  readonly exchange: number
  readonly method: string
  /** As in the request line: `/send/ID/4`. */
  readonly path: string
}

/** What a tunnel tells its caller. */
export type TunnelEvent =
  /** A client has come, by this request; `write`, `pause`, `resume`, `end` and `drop` take its id. */
  | { readonly type: 'opened'; readonly id: string; readonly exchange: number }
  /** RTMP bytes of a client, in order, any split; borrowed until the events are drained. */
  | { readonly type: 'received'; readonly id: string; readonly bytes: Uint8Array }
  /** A request that was not being read is being read now. */
  | { readonly type: 'reading'; readonly exchange: number }
  /** The answer to a request, `application/x-fcs`; `error` says why it is none of 200, where that is worth a log line. */
  | {
      readonly type: 'answer'
      readonly exchange: number
      readonly status: 200 | 400 | 404 | 405 | 503
      readonly body: Uint8Array
      readonly error?: ProtocolError
    }
  /** A client is gone: it said so, or its time is up or it broke a rule, or the caller wanted it (`end`, `drop`). */
  | { readonly type: 'closed'; readonly id: string; readonly by: 'client' | 'caller' }
  | { readonly type: 'closed'; readonly id: string; readonly by: 'fault'; readonly error: ProtocolError }

export interface TunnelOptions {
  /**
   * Makes the id of a session: 1 to 64 letters, digits, `-` and `_`. Whoever knows it is the client, so it must
   * not be guessed: random bytes of the caller.
   */
  readonly newId: () => string
  /** Default `DEFAULT_TUNNEL_LIMITS`. */
  readonly limits?: Partial<TunnelLimits>
}

/** An answer that is made when its turn comes: what the caller writes until then goes along. */
interface Owed {
  readonly type: 'owed'
  readonly session: TunnelSession
  readonly request: TunnelExchange
}

const NOTHING = new Uint8Array(0)

/**
 * RTMPT, the server's side: RTMP's bytes in the bodies of HTTP requests and answers. Many sessions, each known by its
 * id alone: its requests may come over any connection, overtake each other, and be sent again when an answer was lost.
 * No HTTP, no clock: the caller gives request lines, body bytes and the time, and writes answers.
 *
 * For each request: `request`, `data` for each piece of its body, `finish` (or `abandon` where its connection breaks);
 * after each of these, and after `resume`, `end`, `drop` and `expire`, drain `events()`.
 */
export class Tunnel {
  readonly #newId: () => string
  readonly #limits: TunnelLimits
  readonly #sessions = new Map<string, TunnelSession>()
  /** Requests that are not answered yet, by the caller's number. */
  readonly #exchanges = new Map<number, { session: TunnelSession; request: TunnelExchange }>()
  readonly #queue: (TunnelEvent | Owed)[] = []

  constructor(options: TunnelOptions) {
    this.#newId = options.newId
    this.#limits = { ...DEFAULT_TUNNEL_LIMITS, ...options.limits }
  }

  /** Sessions that are open. */
  get size(): number {
    return this.#sessions.size
  }

  /** A request begins. @param now - the caller's clock in milliseconds; it must not go back. */
  request(request: TunnelRequest, now: number): void {
    const { exchange, method, path } = request
    const target = parseTunnelTarget(path)
    if (target === undefined) this.#refuse(exchange, 404)
    else if (method !== 'POST') this.#refuse(exchange, 405)
    else if (target.action === 'open') this.#open(exchange, now)
    else this.#begin(exchange, target, now)
  }

  /** A piece of a request's body; nothing where the request has been answered already. Borrowed until the events are drained. */
  data(exchange: number, bytes: Uint8Array): void {
    const found = this.#exchanges.get(exchange)
    // The one byte of `idle` and `close` says nothing.
    if (found === undefined || found.request.action !== 'send' || bytes.length === 0) return
    const { session, request } = found
    if (isReading(session, request)) {
      this.#queue.push({ type: 'received', id: session.id, bytes })
      return
    }
    session.heldBytes += bytes.length
    request.held.push(Uint8Array.from(bytes))
    const { heldBytes } = this.#limits
    if (session.heldBytes > heldBytes)
      this.#drop(
        session,
        tunnelError(
          'too_much_held',
          `${session.heldBytes} bytes wait for their turn, the limit is ${heldBytes}`,
        ),
      )
  }

  /** A request's body has come to its end. */
  finish(exchange: number): void {
    const found = this.#exchanges.get(exchange)
    if (found === undefined) return
    found.request.isComplete = true
    this.#advance(found.session)
  }

  /** A request's connection broke. What came of its body cannot be taken back, so in the middle of one the session ends. */
  abandon(exchange: number): void {
    const found = this.#exchanges.get(exchange)
    if (found === undefined) return
    this.#exchanges.delete(exchange)
    if (!found.request.isComplete)
      this.#drop(found.session, tunnelError('request_cut', 'the connection broke in the middle of a request'))
  }

  /**
   * False while the body of a request waits for an earlier one or for `resume`: read no more of it then, until the
   * event `reading` names it.
   */
  isReading(exchange: number): boolean {
    const found = this.#exchanges.get(exchange)
    return found === undefined || isReading(found.session, found.request)
  }

  /** Owes bytes to a client; they go with its next answer. Does nothing when the session is gone. Kept until then. */
  write(id: string, bytes: Uint8Array): void {
    const session = this.#sessions.get(id)
    if (session === undefined || session.isEnding || bytes.length === 0) return
    session.owe(bytes)
    const { owedBytes } = this.#limits
    if (session.owedBytes > owedBytes)
      this.#drop(
        session,
        tunnelError('not_fetched', `${session.owedBytes} bytes were not fetched, the limit is ${owedBytes}`),
      )
  }

  /** Bytes written that the client has not fetched; 0 when the session is gone. */
  owedBytes(id: string): number {
    return this.#sessions.get(id)?.owedBytes ?? 0
  }

  /** Stops reading: what a client sends waits. Bytes that were under way still come as `received`. */
  pause(id: string): void {
    const session = this.#sessions.get(id)
    if (session !== undefined) session.isPaused = true
  }

  resume(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    session.isPaused = false
    this.#advance(session)
  }

  /** Closes a session when its client has fetched what is owed. */
  end(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    session.isEnding = true
    if (session.owedBytes === 0) this.#drop(session, 'caller')
  }

  /** Closes a session at once. */
  drop(id: string): void {
    const session = this.#sessions.get(id)
    if (session !== undefined) this.#drop(session, 'caller')
  }

  /** Ends the sessions whose time is up; to be called about once a second. @param now - as for `request`. */
  expire(now: number): void {
    const { idleMillis, gapMillis } = this.#limits
    for (const session of this.#sessions.values()) {
      const { lastHeard, gapSince } = session
      if (gapSince !== undefined && now - gapSince >= gapMillis)
        this.#drop(session, tunnelError('gap', `request ${session.due} did not come within ${gapMillis} ms`))
      else if (session.requests.size === 0 && now - lastHeard >= idleMillis)
        this.#drop(session, tunnelError('idle', `no request within ${idleMillis} ms`))
    }
  }

  /** What has happened, in order. Bytes written while it is being drained go with the answers that follow. */
  *events(): Generator<TunnelEvent, void, undefined> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
      if (next.type !== 'owed') yield next
      else {
        const answer = this.#answer(next)
        if (answer !== undefined) yield answer
      }
  }

  #open(exchange: number, now: number): void {
    const { sessions } = this.#limits
    if (this.#sessions.size >= sessions) {
      this.#refuse(exchange, 503, tunnelError('too_many_sessions', `${sessions} clients are here, the limit`))
      return
    }
    const id = this.#newId()
    if (parseTunnelTarget(`/send/${id}/0`) === undefined || this.#sessions.has(id))
      throw new StateError(
        'rtmp.tunnel.bad_id',
        'newId gave an id that cannot be in a path, or one that is taken',
      )
    this.#sessions.set(id, new TunnelSession(id, now))
    this.#queue.push(
      { type: 'opened', id, exchange },
      { type: 'answer', exchange, status: 200, body: Buffer.from(`${id}\n`) },
    )
  }

  #begin(exchange: number, target: Exclude<TunnelTarget, { action: 'open' }>, now: number): void {
    const { id, action, sequence } = target
    const session = this.#sessions.get(id)
    if (session === undefined) {
      this.#refuse(exchange, 404)
      return
    }
    session.lastHeard = now
    if (session.last?.sequence === sequence) {
      this.#queue.push({ type: 'answer', exchange, status: 200, body: session.last.body })
    } else if (sequence < session.due || session.requests.has(sequence)) {
      const what = `request ${sequence} came again, ${session.due} is due`
      this.#refuse(exchange, 400, tunnelError('repeated', what))
    } else if (sequence >= session.due + this.#limits.requests) {
      const what = `request ${sequence} came while ${session.due} is due, the limit is ${this.#limits.requests} at once`
      this.#refuse(exchange, 400, tunnelError('too_far_ahead', what))
    } else {
      const request = { exchange, action, sequence, held: [], isComplete: false }
      session.requests.set(sequence, request)
      this.#exchanges.set(exchange, { session, request })
      this.#watchGap(session)
    }
  }

  /** Passes on what has its turn: held bytes, and answers to requests that are complete. */
  #advance(session: TunnelSession): void {
    while (!session.isPaused && !session.isClosed) {
      const request = session.requests.get(session.due)
      if (request === undefined) return
      for (const bytes of request.held) {
        session.heldBytes -= bytes.length
        this.#queue.push({ type: 'received', id: session.id, bytes })
      }
      request.held = []
      if (!request.isComplete) {
        this.#queue.push({ type: 'reading', exchange: request.exchange })
        return
      }
      session.requests.delete(session.due)
      session.due += 1
      this.#watchGap(session)
      this.#queue.push({ type: 'owed', session, request })
    }
  }

  #watchGap(session: TunnelSession): void {
    const isGap = session.requests.size > 0 && !session.requests.has(session.due)
    if (!isGap) session.gapSince = undefined
    else session.gapSince ??= session.lastHeard
  }

  #answer({ session, request }: Owed): TunnelEvent | undefined {
    const { exchange } = request
    const isAwaited = this.#exchanges.delete(exchange)
    const body = session.answer(request)
    // The answer just made takes the last bytes along; `closed` comes after it.
    if (request.action === 'close') this.#drop(session, 'client')
    else if (session.isEnding) this.#drop(session, 'caller')
    return isAwaited ? { type: 'answer', exchange, status: 200, body } : undefined
  }

  #refuse(exchange: number, status: 400 | 404 | 405 | 503, error?: ProtocolError): void {
    this.#queue.push({
      type: 'answer',
      exchange,
      status,
      body: NOTHING,
      ...(error === undefined ? {} : { error }),
    })
  }

  #drop(session: TunnelSession, by: 'client' | 'caller' | ProtocolError): void {
    if (session.isClosed) return
    session.isClosed = true
    this.#sessions.delete(session.id)
    for (const { exchange } of session.requests.values())
      if (this.#exchanges.delete(exchange)) this.#refuse(exchange, 404)
    session.requests.clear()
    const { id } = session
    this.#queue.push(
      by instanceof ProtocolError
        ? { type: 'closed', id, by: 'fault', error: by }
        : { type: 'closed', id, by },
    )
  }
}

function isReading(session: TunnelSession, request: TunnelExchange): boolean {
  return !session.isPaused && request.sequence === session.due && request.held.length === 0
}

function tunnelError(name: string, message: string): ProtocolError {
  return new ProtocolError(`rtmp.tunnel.${name}`, message)
}
