import type { ServerResponse } from 'node:http'
import { constants, Http2ServerResponse } from 'node:http2'

/**
 * Ends an answer so that whoever receives it knows that something is missing: HTTP/1.1 by closing the connection before the
 * last chunk, HTTP/2 by resetting the stream, with a code that nobody takes for an end.
 */
export function cutOff(response: ServerResponse | Http2ServerResponse): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}
