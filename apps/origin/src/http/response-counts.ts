import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'

/** What an answer is, by its address. */
export type ResponseKind = 'playlist' | 'manifest' | 'init' | 'segment' | 'part' | 'transport' | 'other'

/** An answer that was begun and is over, whole or not. */
export type EndedResponse = (ServerResponse | Http2ServerResponse) & {
  readonly req: Pick<IncomingMessage, 'url' | 'aborted'>
}

const KINDS: readonly (readonly [ending: string, kind: ResponseKind])[] = [
  ['.m3u8', 'playlist'],
  ['.mpd', 'manifest'],
  ['.mp4', 'init'],
  ['.ts', 'transport'],
]

const PART = /\.p\d+\.m4s$/

/** How many answers of each kind ended with which status. */
export class ResponseCounts {
  readonly #counts = new Map<ResponseKind, Map<number, number>>()

  /** An answer is over. */
  count(response: EndedResponse): void {
    const kind = kindOf(response.req.url ?? '')
    // Whoever left before the answer began got none. What was sent as a whole has sent no headers by itself.
    const isAnswered = response.headersSent || !response.req.aborted
    const status = isAnswered ? response.statusCode : NO_ANSWER
    const counts = this.#counts.get(kind) ?? new Map<number, number>()
    counts.set(status, (counts.get(status) ?? 0) + 1)
    this.#counts.set(kind, counts)
  }

  /** Every kind and status that there was. */
  *entries(): Generator<{ readonly kind: ResponseKind; readonly status: string; readonly count: number }> {
    for (const [kind, counts] of this.#counts)
      for (const [status, count] of counts)
        yield { kind, status: status === NO_ANSWER ? 'none' : String(status), count }
  }
}

const NO_ANSWER = 0

/** @param url - as it was asked for, with query and token. */
export function kindOf(url: string): ResponseKind {
  if (!url.startsWith('/live/')) return 'other'
  const query = url.indexOf('?')
  const path = query < 0 ? url : url.slice(0, query)
  if (path.endsWith('.m4s')) return PART.test(path) ? 'part' : 'segment'
  for (const [ending, kind] of KINDS) if (path.endsWith(ending)) return kind
  return 'other'
}
