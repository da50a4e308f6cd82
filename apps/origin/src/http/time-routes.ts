import type { FastifyInstance, FastifyReply } from 'fastify'
import type { StreamDirectory } from '../live/stream-directory.ts'
import { NO_STORE } from './headers.ts'
import { openStream, type StreamParams } from './live-request.ts'

/**
 * Adds the clocks for DASH players: `/time` is the host's, `/time/NAME` that of a stream's media. Each answers with an xs:dateTime
 * for `urn:mpeg:dash:utc:http-xsdate:2014`.
 *
 * @see ISO/IEC 23009-1 §5.8.4.11
 */
export function addTimeRoutes(app: FastifyInstance, directory: StreamDirectory): void {
  app.get('/time', (_, reply) => sendTime(reply, Date.now()))
  app.get<{ Params: StreamParams }>('/time/:stream', async (request, reply) => {
    const broadcast = (await openStream(directory, request.params.stream))?.current
    return sendTime(reply, broadcast?.now() ?? Date.now())
  })
}

function sendTime(reply: FastifyReply, time: number): FastifyReply {
  return reply
    .header('cache-control', NO_STORE)
    .type('text/plain; charset=utf-8')
    .send(new Date(time).toISOString())
}
