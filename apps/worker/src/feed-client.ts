import { get, type IncomingMessage } from 'node:http'
import { DependencyError } from '@sluice/core'

/** How long the ingest may take to answer a request, in milliseconds. */
const CONNECT_TIMEOUT = 5_000

/**
 * Opens a feed.
 *
 * @param url - with the epoch and the boundary to begin at.
 * @param signal - ends the request and the response.
 * @returns the response, an endless FLV byte stream.
 * @throws {DependencyError} `worker.feed.unreachable` when nobody answers, `worker.feed.unknown` when the
 *   ingest does not have the broadcast (any more), `worker.feed.refused` with any other status.
 */
export function openFeed(url: string, token: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error): DependencyError =>
      new DependencyError(
        'worker.feed.unreachable',
        `the ingest does not answer at ${url}: ${cause.message}`,
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
