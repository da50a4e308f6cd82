import { createHmac } from 'node:crypto'
import { type EpochMillis, epochMillis, errorMessage } from '@sluice/core'
import { LOGIN_PARAMETERS } from '@sluice/rtmp'
import type { Logger } from '@sluice/runtime'
import type { Refusal } from './publish-refusal.ts'
import type { PublishAttempt } from './publish-request.ts'

export interface PublishWebhookOptions {
  readonly url: string
  /** For the whole exchange, in milliseconds. The publisher waits as long. */
  readonly timeoutMillis: number
  /** What becomes of a publish when no usable answer comes. */
  readonly onFailure: 'refuse' | 'accept'
  /** Signs what is sent; undefined: nothing is signed. */
  readonly secret: string | undefined
  /** Wall clock; other than `Date.now` only in tests. */
  readonly now?: () => EpochMillis
}

/** What came of asking. */
type Answer =
  | { readonly type: 'allowed' }
  | { readonly type: 'refused'; readonly status: number; readonly reason: string | undefined }
  | { readonly type: 'failed'; readonly code: string; readonly reason: string }

/** Of an answer that says why, so much is read. */
const MOST_ANSWER_BYTES = 4_096
/** A reason goes into a log line and an encoder's dialog. */
const MOST_REASON_CHARACTERS = 200

const UNANSWERED: Refusal = {
  code: 'ingest.publish.webhook_failed',
  reason: 'the server cannot ask whether this may be published; try again',
  blameless: true,
}

/**
 * Asks an operator's own service whether a publish may begin: POST of a JSON object, one call for each publish, never
 * repeated. 2xx allows it; 4xx refuses it, with the reason of the body (`reason` of a JSON object, or plain text); anything
 * else, a redirect included, is a failure. Of a body no more is read than a reason needs.
 *
 * With a secret each call carries `Sluice-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256 over SECONDS, a dot and the body.
 * The receiver makes it again, and refuses old times.
 */
export class PublishWebhook {
  readonly #options: PublishWebhookOptions

  constructor(options: PublishWebhookOptions) {
    this.#options = options
  }

  /**
   * @param log - of the stream.
   * @returns why the publish may not be; undefined when it may.
   */
  async ask(attempt: PublishAttempt, log: Logger): Promise<Refusal | undefined> {
    const { onFailure } = this.#options
    const begun = performance.now()
    const answer = await this.#send(attempt)
    const facts = { remote: attempt.address, millis: Math.round(performance.now() - begun) }
    switch (answer.type) {
      case 'allowed':
        log.debug(facts, 'the webhook allowed a publish')
        return undefined
      case 'refused': {
        log.debug({ ...facts, status: answer.status }, 'the webhook refused a publish')
        const reason = answer.reason ?? `this publish is not allowed (webhook: ${answer.status})`
        return { code: 'ingest.publish.webhook_refused', reason }
      }
      case 'failed': {
        const outcome = onFailure === 'accept' ? 'accepted' : 'refused'
        log.warn({ ...facts, code: answer.code }, `${answer.reason}; the publish is ${outcome}`)
        return onFailure === 'accept' ? undefined : UNANSWERED
      }
    }
  }

  async #send(attempt: PublishAttempt): Promise<Answer> {
    const { url, timeoutMillis, secret, now = () => epochMillis(Date.now()) } = this.#options
    const time = now()
    const body = render(attempt, time)
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/plain',
          'user-agent': 'sluice',
          // Publishes are rare: a connection kept from the last one is likely to be one that the other side is just closing.
          connection: 'close',
          ...(secret === undefined ? {} : { 'sluice-signature': signature(secret, time, body) }),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMillis),
      })
      return await read(response)
    } catch (error) {
      return failure(error, timeoutMillis)
    }
  }
}

function render({ query, ...attempt }: PublishAttempt, time: EpochMillis): string {
  const at = new Date(time).toISOString()
  return JSON.stringify({ event: 'publish', ...attempt, query: withoutSecrets(query), time: at })
}

/** The signature of a publish name and the answer to a login are the publisher's secrets, and stay here. */
function withoutSecrets(query: string): string {
  const parameters = query
    .split('&')
    .map((text) => ({ text, name: [...new URLSearchParams(text).keys()][0] ?? '' }))
  const isLogin = parameters.some(({ name }) => name === 'authmod')
  const isSecret = (name: string): boolean => name === 'sig' || (isLogin && LOGIN_PARAMETERS.has(name))
  return parameters
    .filter(({ name }) => !isSecret(name))
    .map(({ text }) => text)
    .join('&')
}

function signature(secret: string, time: EpochMillis, body: string): string {
  const seconds = Math.floor(time / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

async function read(response: Response): Promise<Answer> {
  const { status } = response
  if (status >= 400 && status < 500)
    return { type: 'refused', status, reason: reasonOf(response.headers, await beginning(response)) }
  // The status says it all. What a body does from here on does not matter, nor whether it can be stopped.
  response.body?.cancel().catch(() => undefined)
  if (response.ok) return { type: 'allowed' }
  return {
    type: 'failed',
    code: 'ingest.webhook.bad_status',
    reason: `the publish webhook answered ${status}, which is neither 2xx nor 4xx`,
  }
}

/** The first bytes of a body, as text; what came of it when it breaks off or the time is over. */
async function beginning(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      const taken = chunk.subarray(0, MOST_ANSWER_BYTES - bytes)
      bytes += taken.length
      text += decoder.decode(taken, { stream: true })
      if (bytes >= MOST_ANSWER_BYTES) break
    }
  } catch {
    // The refusal is certain; its reason is what arrived of it.
  }
  return text
}

/** Undefined where the body says nothing that is meant for people. */
function reasonOf(headers: Headers, body: string): string | undefined {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type === 'text/plain') return tidy(body)
  if (type !== 'application/json') return undefined
  try {
    const answer: unknown = JSON.parse(body)
    const hasReason = typeof answer === 'object' && answer !== null && 'reason' in answer
    return hasReason && typeof answer.reason === 'string' ? tidy(answer.reason) : undefined
  } catch {
    return undefined
  }
}

/** One line without control characters, of a length that can be shown. */
function tidy(text: string): string | undefined {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return line === '' ? undefined : Array.from(line).slice(0, MOST_REASON_CHARACTERS).join('')
}

function failure(error: unknown, timeoutMillis: number): Answer {
  if (error instanceof Error && error.name === 'TimeoutError')
    return {
      type: 'failed',
      code: 'ingest.webhook.timeout',
      reason: `the publish webhook did not answer within ${timeoutMillis / 1000} s`,
    }
  // `fetch` hides what happened behind "fetch failed".
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return {
    type: 'failed',
    code: 'ingest.webhook.unreachable',
    reason: `the publish webhook cannot be reached: ${errorMessage(cause)}`,
  }
}
