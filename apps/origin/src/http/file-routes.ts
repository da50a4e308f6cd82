import { writeEmptySegment } from '@sluice/cmaf'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OriginLimits } from '../limits.ts'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { StreamDirectory } from '../live/stream-directory.ts'
import { FULL, HELD_TOO_LONG, NO_FILE } from './live-problems.ts'
import { type FileParams, type LiveRequest, type LiveRoute, openStream } from './live-request.ts'
import { type Problem, sendProblem } from './problem.ts'
import { sendMedia } from './send.ts'
import { sendOpenSegment } from './send-open-segment.ts'

/**
 * What stands for a segment that was foretold and will never be. Players ask for it by a manifest that is a second old, and to go on by
 * the next one they need an answer: dash.js (5.2) asks 15 times for what is not found, and then for nothing more in that Period.
 */
const EMPTY_SEGMENT = writeEmptySegment()

/** Adds init segments, segments and parts. */
export function addFileRoutes(app: FastifyInstance, directory: StreamDirectory, limits: OriginLimits): void {
  app.get<LiveRoute<FileParams>>('/live/:stream/:rendition/:file', (request, reply) =>
    sendFile(request, reply, directory, limits),
  )
}

async function sendFile(
  request: LiveRequest<FileParams>,
  reply: FastifyReply,
  directory: StreamDirectory,
  limits: OriginLimits,
): Promise<FastifyReply> {
  const { stream, rendition, file: name } = request.params
  const watched = await openStream(directory, stream)
  const refusal = watched && (await hold(request, reply, watched.current, limits))
  if (refusal !== undefined) return sendProblem(reply, refusal)
  for (const broadcast of [watched?.current, watched?.former]) {
    if (broadcast === undefined) continue
    const labels = { name, contentType: `${broadcast.kindOf(rendition)}/mp4` }
    const open = broadcast.openSegment(rendition, name)
    if (open !== undefined) {
      broadcast.countView(rendition, 'segment')
      return sendOpenSegment(request, reply, open, labels)
    }
    const file = broadcast.file(rendition, name)
    if (file === undefined && broadcast.isOvertaken(rendition, name))
      return sendMedia(request, reply, EMPTY_SEGMENT, labels)
    if (file === undefined) continue
    const bytes = await broadcast.read(rendition, file)
    if (bytes === undefined) break
    if (file.kind !== 'init') broadcast.countView(rendition, file.kind)
    return sendMedia(request, reply, bytes, labels)
  }
  return sendProblem(reply, NO_FILE)
}

/**
 * Holds the request for the part that playlists announce until all of it is there (draft-pantos-hls-rfc8216bis §6.2.6), and
 * that for one of the segments that come next until it begins: players go by the clock, and the first part of a segment is as late
 * as its encoder.
 *
 * @returns why it cannot be answered; undefined when it is there, or never will be, or was not to be waited for.
 */
async function hold(
  request: LiveRequest<FileParams>,
  reply: FastifyReply,
  broadcast: LiveBroadcast,
  { segmentHoldMillis }: OriginLimits,
): Promise<Problem | undefined> {
  const { rendition, file: name } = request.params
  const isPart = broadcast.announcesPart(rendition, name)
  const isComing = (): boolean =>
    isPart ? broadcast.announcesPart(rendition, name) : broadcast.expectsSegment(rendition, name)
  if (!isComing()) return undefined
  const outcome = await broadcast.wait(
    {
      what: `file ${rendition} ${name}`,
      look: () => (isComing() ? undefined : 'decided'),
      millis: isPart ? broadcast.longestHoldMillis : segmentHoldMillis,
    },
    reply.raw,
  )
  if (outcome.type === 'full') return FULL
  return outcome.type === 'timeout' && isPart ? HELD_TOO_LONG : undefined
}
