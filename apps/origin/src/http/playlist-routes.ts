import { hasMedia, type ReloadRequest, type ReloadState } from '@sluice/manifest'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OriginLimits } from '../limits.ts'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { StreamDirectory } from '../live/stream-directory.ts'
import type { DocumentLabels } from './document.ts'
import { DOCUMENT_SECONDS, maxAge } from './headers.ts'
import type { HotPlaylists, PlaylistAnswer } from './hot-playlists.ts'
import {
  BAD_DIRECTIVES,
  BAD_RANGE,
  FULL,
  HELD_TOO_LONG,
  noRendition,
  notOnAir,
  START_PROBLEMS,
  TOO_FAR,
} from './live-problems.ts'
import type { LiveRequest, RenditionParams } from './live-request.ts'
import { M3U8, multivariantLabels, playsWithoutPicture } from './playlist-labels.ts'
import { addPlaylistPair, type PlaylistPair } from './playlist-pair.ts'
import { sendProblem } from './problem.ts'
import { parseRangeQuery, type RangeQuery, resolveRange } from './range-query.ts'
import { parseReloadDirectives, type ReloadDirectives } from './reload-directives.ts'
import { sendDocument } from './send.ts'

/** The answer to a blocking request is always the same or a newer one, and may be kept for this many target durations. */
const BLOCKING_CACHE_TARGETS = 6
const NO_DIRECTIVES: ReloadDirectives = { reload: undefined, skip: false }

/**
 * Adds the HLS playlists.
 *
 * @param hot - remembers media playlists; undefined where each request has to be looked at.
 */
export function addPlaylistRoutes(
  app: FastifyInstance,
  directory: StreamDirectory,
  limits: OriginLimits,
  hot?: HotPlaylists,
): void {
  addPlaylistPair(
    app,
    '/live/:stream',
    {
      multivariant: sendMultivariant,
      media: (request, reply, broadcast) => sendMediaPlaylist(request, reply, broadcast, { limits, hot }),
    },
    { directory, limits },
  )
}

const sendMultivariant: PlaylistPair['multivariant'] = (request, reply, broadcast) => {
  const { stream } = request.params
  const query = parseRangeQuery(request.query)
  if (query === 'invalid') return sendProblem(reply, BAD_RANGE)
  if (broadcast?.snapshot === undefined) return sendProblem(reply, notOnAir(stream))
  const range = resolveRange(query, broadcast.snapshot)
  if (typeof range === 'string') return sendProblem(reply, START_PROBLEMS[range])
  const rendered = broadcast.multivariant({ soundAlone: playsWithoutPicture(request), range })
  if (rendered === undefined) return sendProblem(reply, notOnAir(stream))
  return sendDocument(request, reply, rendered, multivariantLabels)
}

async function sendMediaPlaylist(
  request: LiveRequest<RenditionParams>,
  reply: FastifyReply,
  broadcast: LiveBroadcast | undefined,
  { limits, hot }: { readonly limits: OriginLimits; readonly hot: HotPlaylists | undefined },
): Promise<FastifyReply> {
  const { stream, rendition } = request.params
  if (broadcast?.rendition(rendition) === undefined) return sendProblem(reply, noRendition(stream, rendition))
  // Behind the end nothing can be waited for: whatever is asked, the list is as it is. §6.2.5.2
  const directives = broadcast.snapshot?.ended === true ? NO_DIRECTIVES : parseReloadDirectives(request.query)
  if (directives === 'invalid') return sendProblem(reply, BAD_DIRECTIVES)
  const query = parseRangeQuery(request.query)
  if (query === 'invalid') return sendProblem(reply, BAD_RANGE)

  const { reload, skip } = directives
  const address = request.raw.url ?? ''
  const begun = await broadcast.wait(
    {
      what: `begun ${rendition}`,
      look: () => begunOrGone(broadcast, rendition),
      millis: limits.playlistHoldMillis,
    },
    reply.raw,
  )
  if (begun.type === 'full') return sendProblem(reply, FULL)
  const isBlocking = reload !== undefined && begun.type === 'ready'
  const asked: AskedPlaylist = { ...request.params, broadcast, query, skip, isBlocking }
  let decision: Decision | undefined
  if (isBlocking) {
    const awaited = {
      what: `list ${rendition} ${reload.mediaSequenceNumber} ${reload.part}`,
      look: () => decide(broadcast, rendition, reload),
      millis: broadcast.longestHoldMillis,
    }
    hot?.expect(address, { ...awaited, stream, broadcast, answer: (value) => answerTo(asked, value) })
    // The first who asks waits as all others will.
    if (hot?.answer(request.raw, reply.raw) === true) return reply.hijack()
    const outcome = await broadcast.wait(awaited, reply.raw)
    if (outcome.type === 'full') return sendProblem(reply, FULL)
    if (outcome.type !== 'ready') return sendProblem(reply, HELD_TOO_LONG)
    decision = outcome.value
  }
  const answer = answerTo(asked, decision)
  if ('status' in answer) return sendProblem(reply, answer)
  // From here on the answer follows from the address and the snapshot.
  if (begun.type === 'ready') hot?.remember(address, answer)
  return sendDocument(request, reply, answer.rendered, answer.labels)
}

/** A request for a media playlist that nothing is wrong with. */
interface AskedPlaylist extends RenditionParams {
  readonly broadcast: LiveBroadcast
  readonly query: RangeQuery
  readonly skip: boolean
  readonly isBlocking: boolean
}

type Decision = Exclude<ReloadState, 'wait'> | 'gone'

function begunOrGone(broadcast: LiveBroadcast, rendition: string): true | undefined {
  const window = broadcast.rendition(rendition)
  return window === undefined || hasMedia(window) || broadcast.snapshot?.ended === true ? true : undefined
}

function decide(broadcast: LiveBroadcast, rendition: string, reload: ReloadRequest): Decision | undefined {
  if (broadcast.rendition(rendition) === undefined) return 'gone'
  const state = broadcast.reloadState(rendition, reload)
  return state === 'wait' ? undefined : state
}

/** What a request comes to as the broadcast is now, when nothing has to be waited for any more. */
function answerTo(
  { stream, rendition, broadcast, query, skip, isBlocking }: AskedPlaylist,
  decision?: Decision,
): PlaylistAnswer {
  if (decision === 'too-far') return TOO_FAR
  const { snapshot } = broadcast
  const range = snapshot && resolveRange(query, snapshot)
  if (typeof range === 'string') return START_PROBLEMS[range]
  const rendered = broadcast.media(rendition, { skip, range })
  if (snapshot === undefined || rendered === undefined) return noRendition(stream, rendition)
  return {
    stream,
    broadcast,
    snapshot,
    rendered,
    labels: playlistLabels(isBlocking, snapshot.targetDuration),
  }
}

function playlistLabels(isBlocking: boolean, targetDuration: number): DocumentLabels {
  const seconds = isBlocking ? BLOCKING_CACHE_TARGETS * targetDuration : DOCUMENT_SECONDS
  return { contentType: M3U8, cacheControl: maxAge(seconds) }
}
