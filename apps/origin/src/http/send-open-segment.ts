import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSegment } from '../live/open-segment.ts'
import { cutOff } from './cut-off.ts'
import { NO_FILE } from './live-problems.ts'
import { sendProblem } from './problem.ts'
import { labelMedia, type MediaLabels } from './send.ts'

/**
 * Sends a segment while it is being made: the parts there are at once, the others as they come, without a length. A segment
 * that will never be complete breaks the connection off, so that no cache takes what was sent for the whole of it.
 *
 * How long it will be is not known yet: a range is not honoured (RFC 9110 §14.2 leaves that to the server), and the answer to
 * HEAD has no length.
 */
export async function sendOpenSegment(
  request: FastifyRequest,
  reply: FastifyReply,
  segment: OpenSegment,
  labels: MediaLabels,
): Promise<FastifyReply> {
  // From now on, so that what the store has lost is a 404 and no answer that breaks off at once.
  if ((await segment.read(0)) === undefined) return sendProblem(reply, NO_FILE)
  if (labelMedia(request, reply, labels) === 'unchanged') return reply.code(304).send()
  reply.type(labels.contentType)
  if (request.method === 'HEAD') return reply.send(Readable.from([]))
  const reader = segment.reader()
  reader.once('close', () => {
    if (!reader.readableEnded) cutOff(reply.raw)
  })
  return reply.send(reader)
}
