import { isStreamName } from '@sluice/cluster'
import { hasMedia, type ReloadState } from '@sluice/manifest'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OriginLimits } from '../limits.ts'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { StreamDirectory, WatchedStream } from '../live/stream-directory.ts'
import type { WaitOutcome } from '../live/wait-list.ts'
import { notFound, type Problem, sendProblem } from './problem.ts'
import { parseReloadDirectives } from './reload-directives.ts'
import { type DocumentLabels, sendDocument, sendMedia } from './send.ts'

const M3U8 = 'application/vnd.apple.mpegurl'
const MPD = 'application/dash+xml'
/** A blocking request is held for this many target durations, and its answer may be kept for twice as many. */
const LONGEST_HOLD_TARGETS = 3
const BLOCKING_CACHE_TARGETS = 6

type Route<P> = { Params: P; Querystring: Record<string, unknown> }
type Request<P> = FastifyRequest<Route<P>>
interface StreamParams {
  readonly stream: string
}
interface RenditionParams extends StreamParams {
  readonly rendition: string
}
interface FileParams extends RenditionParams {
  readonly file: string
}

/** Adds everything below `/live/`. */
export function addLiveRoutes(app: FastifyInstance, directory: StreamDirectory, limits: OriginLimits): void {
  const routes = new LiveRoutes(directory, limits)
  app.get<Route<StreamParams>>('/live/:stream/index.m3u8', (request, reply) =>
    routes.multivariant(request, reply),
  )
  app.get<Route<StreamParams>>('/live/:stream/manifest.mpd', (request, reply) => routes.mpd(request, reply))
  app.get<Route<RenditionParams>>('/live/:stream/:rendition/index.m3u8', (request, reply) =>
    routes.media(request, reply),
  )
  app.get<Route<FileParams>>('/live/:stream/:rendition/:file', (request, reply) =>
    routes.file(request, reply),
  )
}

class LiveRoutes {
  readonly #directory: StreamDirectory
  readonly #limits: OriginLimits

  constructor(directory: StreamDirectory, limits: OriginLimits) {
    this.#directory = directory
    this.#limits = limits
  }

  async multivariant(request: Request<StreamParams>, reply: FastifyReply): Promise<FastifyReply> {
    const { stream } = request.params
    const rendered = (await this.#open(stream))?.current.multivariant()
    if (rendered === undefined) return sendProblem(reply, notOnAir(stream))
    return sendDocument(request, reply, rendered, { contentType: M3U8, cacheControl: cacheFor(1) })
  }

  async mpd(request: Request<StreamParams>, reply: FastifyReply): Promise<FastifyReply> {
    const { stream } = request.params
    const broadcast = (await this.#open(stream))?.current
    if (broadcast === undefined) return sendProblem(reply, notOnAir(stream))
    const outcome = await broadcast.wait(
      () => allHaveSegments(broadcast),
      this.#mpdHold(broadcast),
      gone(reply),
    )
    if (outcome.type === 'full') return sendProblem(reply, FULL)
    const rendered = broadcast.mpd()
    if (rendered === undefined) return sendProblem(reply, notOnAir(stream))
    return sendDocument(request, reply, rendered, { contentType: MPD, cacheControl: cacheFor(1) })
  }

  async media(request: Request<RenditionParams>, reply: FastifyReply): Promise<FastifyReply> {
    const { stream, rendition } = request.params
    const broadcast = (await this.#open(stream))?.current
    if (broadcast?.rendition(rendition) === undefined)
      return sendProblem(reply, noRendition(stream, rendition))
    const directives = parseReloadDirectives(request.query)
    if (directives === 'invalid') return sendProblem(reply, BAD_DIRECTIVES)

    const begun = await broadcast.wait(
      () => begunOrGone(broadcast, rendition),
      this.#limits.playlistHoldMillis,
      gone(reply),
    )
    if (begun.type === 'full') return sendProblem(reply, FULL)
    const { targetDuration = 1, ended = false } = broadcast.snapshot ?? {}
    const blocking = directives !== undefined && !ended
    if (blocking && begun.type === 'ready') {
      const look = (): Decision | undefined => {
        if (broadcast.rendition(rendition) === undefined) return 'gone'
        const state = broadcast.reloadState(rendition, directives)
        return state === 'wait' ? undefined : state
      }
      const outcome = await broadcast.wait(look, LONGEST_HOLD_TARGETS * targetDuration * 1000, gone(reply))
      const refusal = refusalOf(outcome)
      if (refusal !== undefined) return sendProblem(reply, refusal)
    }
    const rendered = broadcast.media(rendition)
    if (rendered === undefined) return sendProblem(reply, noRendition(stream, rendition))
    return sendDocument(request, reply, rendered, playlistLabels(blocking, targetDuration))
  }

  async file(request: Request<FileParams>, reply: FastifyReply): Promise<FastifyReply> {
    const { stream, rendition, file: name } = request.params
    const watched = await this.#open(stream)
    for (const broadcast of [watched?.current, watched?.former]) {
      const file = broadcast?.file(rendition, name)
      if (broadcast === undefined || file === undefined) continue
      const bytes = await broadcast.read(rendition, file)
      if (bytes === undefined) break
      return sendMedia(request, reply, bytes, { name, contentType: `${broadcast.kindOf(rendition)}/mp4` })
    }
    return sendProblem(reply, notFound('there is no such file, or not any more', 'origin.file.unknown'))
  }

  #open(stream: string): Promise<WatchedStream | undefined> {
    return isStreamName(stream) ? this.#directory.open(stream) : Promise.resolve(undefined)
  }

  /** The first MPD should hold the whole ladder; a rung that never comes must not delay every one. */
  #mpdHold({ firstSegmentAt }: LiveBroadcast): number {
    const { mpdHoldMillis } = this.#limits
    const passed = firstSegmentAt === undefined ? 0 : Date.now() - firstSegmentAt
    return Math.max(0, mpdHoldMillis - passed)
  }
}

type Decision = Exclude<ReloadState, 'wait'> | 'gone'

function allHaveSegments({ snapshot }: LiveBroadcast): true | undefined {
  if (snapshot === undefined) return undefined
  const { renditions, ended } = snapshot
  const complete = renditions.length > 0 && renditions.every(({ segments }) => segments.length > 0)
  return complete || ended ? true : undefined
}

function begunOrGone(broadcast: LiveBroadcast, rendition: string): true | undefined {
  const window = broadcast.rendition(rendition)
  return window === undefined || hasMedia(window) || broadcast.snapshot?.ended === true ? true : undefined
}

function refusalOf(outcome: WaitOutcome<Decision>): Problem | undefined {
  if (outcome.type === 'full') return FULL
  if (outcome.type !== 'ready') return HELD_TOO_LONG
  return outcome.value === 'too-far' ? TOO_FAR : undefined
}

function playlistLabels(blocking: boolean, targetDuration: number): DocumentLabels {
  const seconds = blocking ? BLOCKING_CACHE_TARGETS * targetDuration : Math.floor(targetDuration / 2)
  return { contentType: M3U8, cacheControl: cacheFor(Math.max(1, seconds)) }
}

function cacheFor(seconds: number): string {
  return `public, max-age=${seconds}`
}

/** Aborted when the viewer closes the connection. */
function gone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

function notOnAir(stream: string): Problem {
  return notFound(`the stream "${stream.slice(0, 64)}" is not on air`, 'origin.stream.unknown')
}

function noRendition(stream: string, rendition: string): Problem {
  const detail = `the stream "${stream.slice(0, 64)}" has no rendition "${rendition.slice(0, 64)}"`
  return notFound(detail, 'origin.rendition.unknown')
}

const FULL: Problem = {
  status: 503,
  code: 'origin.waiting.full',
  detail: 'too many requests wait for media already',
  retryAfter: 1,
}

const HELD_TOO_LONG: Problem = {
  status: 503,
  code: 'origin.reload.timeout',
  detail: 'the media that was asked for did not come in time',
  retryAfter: 1,
}

const TOO_FAR: Problem = {
  status: 400,
  code: 'origin.reload.too_far',
  detail: '_HLS_msn or _HLS_part is too far ahead of the playlist',
}

const BAD_DIRECTIVES: Problem = {
  status: 400,
  code: 'origin.reload.invalid',
  detail: '_HLS_msn and _HLS_part must be decimal integers, and _HLS_part needs _HLS_msn',
}
