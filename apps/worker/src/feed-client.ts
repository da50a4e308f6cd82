import { get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Feed, FeedReader, type FeedRequest, type StreamEntry } from '@sluice/broadcast'
import { DependencyError } from '@sluice/core'

/** The feeds of an ingest in this process; undefined for what it does not have. The signal cuts a feed off. */
export type LocalFeeds = (request: FeedRequest, signal: AbortSignal) => Feed | undefined

/** How long the ingest may take to answer a request, in milliseconds. */
const CONNECT_TIMEOUT = 5_000
/** An ingest that does not answer has this long to do so before it counts as gone, in milliseconds. */
const INGEST_GRACE = 5_000
/** Between two questions whether it is there. */
const INGEST_LOOK = 250

/**
 * Opens a feed of an ingest in another process.
 *
 * @param url - of the broadcast's feed.
 * @param signal - ends the request and cuts the feed off.
 * @throws {DependencyError} `worker.feed.unreachable` when nobody answers, `worker.feed.unknown` when the
 *   ingest does not have the broadcast (any more), `worker.feed.refused` with any other status.
 */
export async function openFeed(url: string, request: FeedRequest, signal: AbortSignal): Promise<Feed> {
  const response = await requestFeed(`${url}?epoch=${request.epoch}&from=${request.from}`, request, signal)
  return entriesOf(response, signal)
}

function requestFeed(url: string, { token }: FeedRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error): DependencyError =>
      new DependencyError(
        'worker.feed.unreachable',
        `the ingest does not answer at ${url} (${cause.message}): where it runs, set SLUICE_ADVERTISE_HOST to a host that workers reach`,
        { cause },
      )
    const request = get(url, { headers: { authorization: `Bearer ${token}` }, signal }, (response) => {
      request.setTimeout(0)
      if (response.statusCode === 200) resolve(response)
      else {
        response.resume()
        const { statusCode: status = 0 } = response
        const code = status === 404 ? 'worker.feed.unknown' : 'worker.feed.refused'
        const message = `the ingest answered ${status} for the feed ${url}`
        reject(new DependencyError(code, message, { details: { status } }))
      }
    })
    request.setTimeout(CONNECT_TIMEOUT, () =>
      request.destroy(new Error(`no answer within ${CONNECT_TIMEOUT} ms`)),
    )
    request.on('error', (error) => reject(unreachable(error)))
  })
}

async function* entriesOf(
  response: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<readonly StreamEntry[], void, undefined> {
  const reader = new FeedReader()
  try {
    for await (const bytes of response) {
      reader.receive(bytes)
      yield reader.entries()
    }
  } catch (error) {
    if (!signal.aborted && !isBrokenConnection(error)) throw error
  }
}

function isBrokenConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
  )
}

/**
 * Whether the ingest has the broadcast still, or the wait was aborted.
 *
 * @param url - of the broadcast's feed.
 * @param wasThere - it had it a moment ago: where nobody listens any more it is gone, and not just late.
 */
export async function feedIsThere(url: string, wasThere: boolean, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + INGEST_GRACE
  while (!signal.aborted) {
    try {
      const { status } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(1_000) })
      return status !== 404
    } catch (error) {
      if (wasThere && isRefused(error)) return false
    }
    if (performance.now() > deadline) return false
    await delay(INGEST_LOOK)
  }
  return true
}

/** Nobody listens there. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}
