import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OriginLimits } from '../limits.ts'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { StreamDirectory } from '../live/stream-directory.ts'
import {
  type LiveRequest,
  type LiveRoute,
  openStream,
  type RenditionParams,
  type StreamParams,
} from './live-request.ts'

/** Answers the playlists of one form of the streams, given a stream's newest broadcast if it has one. */
export interface PlaylistPair {
  readonly multivariant: (
    request: LiveRequest<StreamParams>,
    reply: FastifyReply,
    broadcast: LiveBroadcast | undefined,
  ) => FastifyReply
  readonly media: (
    request: LiveRequest<RenditionParams>,
    reply: FastifyReply,
    broadcast: LiveBroadcast | undefined,
    limits: OriginLimits,
  ) => Promise<FastifyReply>
}

/**
 * Adds the multivariant playlist of every stream, and the media playlist of every one of its renditions.
 *
 * @param folder - the path pattern they are below, with `:stream` in it.
 */
export function addPlaylistPair(
  app: FastifyInstance,
  folder: string,
  { multivariant, media }: PlaylistPair,
  { directory, limits }: { readonly directory: StreamDirectory; readonly limits: OriginLimits },
): void {
  const newest = async (stream: string): Promise<LiveBroadcast | undefined> =>
    (await openStream(directory, stream))?.current
  app.get<LiveRoute<StreamParams>>(`${folder}/index.m3u8`, async (request, reply) =>
    multivariant(request, reply, await newest(request.params.stream)),
  )
  app.get<LiveRoute<RenditionParams>>(`${folder}/:rendition/index.m3u8`, async (request, reply) =>
    media(request, reply, await newest(request.params.stream), limits),
  )
}
