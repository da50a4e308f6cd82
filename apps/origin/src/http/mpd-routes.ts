import { performance } from 'node:perf_hooks'
import type { MpdOptions } from '@sluice/manifest'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OriginLimits } from '../limits.ts'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { StreamDirectory } from '../live/stream-directory.ts'
import { DOCUMENT_SECONDS, maxAge } from './headers.ts'
import { FULL, notOnAir } from './live-problems.ts'
import { type LiveRequest, type LiveRoute, openStream, type StreamParams } from './live-request.ts'
import { sendProblem } from './problem.ts'
import { sendDocument } from './send.ts'

const MPD = 'application/dash+xml'

const FILES = { 'manifest.mpd': 'ordinary', 'low-latency.mpd': 'low' } as const

/** Adds the DASH manifests: one for every player, one for those that can play segments while these are being made. */
export function addMpdRoutes(app: FastifyInstance, directory: StreamDirectory, limits: OriginLimits): void {
  for (const [file, latency] of Object.entries(FILES))
    app.get<LiveRoute<StreamParams>>(`/live/:stream/${file}`, (request, reply) =>
      sendMpd(request, reply, directory, { limits, latency }),
    )
}

async function sendMpd(
  request: LiveRequest<StreamParams>,
  reply: FastifyReply,
  directory: StreamDirectory,
  { limits, latency }: { readonly limits: OriginLimits; readonly latency: MpdOptions['latency'] },
): Promise<FastifyReply> {
  const { stream } = request.params
  const broadcast = (await openStream(directory, stream))?.current
  if (broadcast === undefined) return sendProblem(reply, notOnAir(stream))
  const outcome = await broadcast.wait(
    { what: 'mpd', look: () => allHaveSegments(broadcast), millis: longestHold(broadcast, limits) },
    reply.raw,
  )
  if (outcome.type === 'full') return sendProblem(reply, FULL)
  const rendered = broadcast.mpd(latency)
  if (rendered === undefined) return sendProblem(reply, notOnAir(stream))
  return sendDocument(request, reply, rendered, { contentType: MPD, cacheControl: maxAge(DOCUMENT_SECONDS) })
}

/** The first MPD should hold the whole ladder; a rung that never comes must not delay every one. */
function longestHold({ firstSegmentAt }: LiveBroadcast, { mpdHoldMillis }: OriginLimits): number {
  const passed = firstSegmentAt === undefined ? 0 : performance.now() - firstSegmentAt
  return Math.max(0, mpdHoldMillis - passed)
}

function allHaveSegments({ snapshot }: LiveBroadcast): true | undefined {
  if (snapshot === undefined) return undefined
  const { renditions, ended } = snapshot
  const complete = renditions.length > 0 && renditions.every(({ segments }) => segments.length > 0)
  return complete || ended ? true : undefined
}
