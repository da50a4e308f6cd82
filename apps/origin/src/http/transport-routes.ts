import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OriginLimits } from '../limits.ts'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { StreamDirectory } from '../live/stream-directory.ts'
import { DOCUMENT_SECONDS, maxAge } from './headers.ts'
import { FULL, NO_FILE, NO_TRANSPORT_STREAM, notOnAir } from './live-problems.ts'
import { type FileParams, type LiveRequest, type LiveRoute, openStream } from './live-request.ts'
import { M3U8, multivariantLabels, playsWithoutPicture } from './playlist-labels.ts'
import { addPlaylistPair, type PlaylistPair } from './playlist-pair.ts'
import { sendProblem } from './problem.ts'
import { sendDocument, sendMedia } from './send.ts'

/** RFC 8216 §4 and its media types' registration. */
const MP2T = 'video/mp2t'

/** Adds the transport streams below `/live/STREAM/ts/`: playlists of version 3, and segments made when they are asked for. */
export function addTransportRoutes(
  app: FastifyInstance,
  directory: StreamDirectory,
  limits: OriginLimits,
): void {
  addPlaylistPair(
    app,
    '/live/:stream/ts',
    { multivariant: sendMultivariant, media: sendMediaPlaylist },
    { directory, limits },
  )
  app.get<LiveRoute<FileParams>>('/live/:stream/ts/:rendition/:file', (request, reply) =>
    sendSegment(request, reply, directory),
  )
}

const sendMultivariant: PlaylistPair['multivariant'] = (request, reply, broadcast) => {
  const { stream } = request.params
  if (broadcast?.isPlayable !== true) return sendProblem(reply, notOnAir(stream))
  const rendered = broadcast.transportMultivariant({ soundAlone: playsWithoutPicture(request) })
  if (rendered === undefined) return sendProblem(reply, NO_TRANSPORT_STREAM)
  return sendDocument(request, reply, rendered, multivariantLabels)
}

const sendMediaPlaylist: PlaylistPair['media'] = async (request, reply, broadcast, limits) => {
  const { stream, rendition } = request.params
  if (broadcast === undefined) return sendProblem(reply, notOnAir(stream))
  const outcome = await broadcast.wait(
    {
      what: `begun ts ${rendition}`,
      look: () => begunOrNever(broadcast, rendition),
      millis: limits.playlistHoldMillis,
    },
    reply.raw,
  )
  if (outcome.type === 'full') return sendProblem(reply, FULL)
  const rendered = broadcast.transportMedia(rendition)
  if (rendered === undefined) return sendProblem(reply, NO_TRANSPORT_STREAM)
  const { targetDuration = 1 } = broadcast.snapshot ?? {}
  const seconds = Math.max(DOCUMENT_SECONDS, Math.floor(targetDuration / 2))
  return sendDocument(request, reply, rendered, { contentType: M3U8, cacheControl: maxAge(seconds) })
}

async function sendSegment(
  request: LiveRequest<FileParams>,
  reply: FastifyReply,
  directory: StreamDirectory,
): Promise<FastifyReply> {
  const { stream, rendition, file: name } = request.params
  const watched = await openStream(directory, stream)
  for (const broadcast of [watched?.current, watched?.former]) {
    const bytes = await broadcast?.transportSegment(rendition, name)
    if (bytes === undefined) continue
    broadcast?.countView(rendition, 'segment')
    return sendMedia(request, reply, bytes, { name, contentType: MP2T })
  }
  return sendProblem(reply, NO_FILE)
}

function begunOrNever(broadcast: LiveBroadcast, rendition: string): true | undefined {
  const never = broadcast.snapshot?.ended === true || !broadcast.canBeTransportStream(rendition)
  return never || broadcast.transportMedia(rendition) !== undefined ? true : undefined
}
