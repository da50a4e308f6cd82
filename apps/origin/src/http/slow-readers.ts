import type { Server, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2ServerResponse } from 'node:http2'
import { performance } from 'node:perf_hooks'
import type { Stoppable } from '@sluice/runtime'
import { cutOff } from './cut-off.ts'
import type { EndedResponse } from './response-counts.ts'

const LOOKS_PER_LIMIT = 10

/**
 * Cuts off answers that their viewers have not taken in a while, holding included. Activity is no measure: a byte a second is
 * activity. Until then such a viewer costs a reference to what all viewers are sent.
 *
 * @param millis - from the request on; an answer is cut off at most a tenth later.
 * @param ended - told of every answer that is over, in whatever way: nobody else needs a listener of his own for that.
 */
export function dropSlowReaders(
  server: Server | Http2SecureServer,
  millis: number,
  ended: (response: EndedResponse) => void = () => undefined,
): Stoppable {
  // In the order in which they began, as Map keeps it: the first that is young enough ends each look.
  const begun = new Map<ServerResponse | Http2ServerResponse, number>()
  // One function for all of them: this is done for every request.
  function forget(this: EndedResponse): void {
    begun.delete(this)
    ended(this)
  }
  server.on('request', (_: unknown, response: ServerResponse | Http2ServerResponse) => {
    begun.set(response, performance.now())
    response.on('close', forget)
  })
  const timer = setInterval(() => {
    const before = performance.now() - millis
    for (const [response, at] of begun) {
      if (at > before) return
      begun.delete(response)
      cutOff(response)
    }
  }, millis / LOOKS_PER_LIMIT)
  timer.unref()
  return { stop: async () => clearInterval(timer) }
}
