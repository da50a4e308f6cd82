import { isStreamName } from '@sluice/cluster'
import type { FastifyRequest } from 'fastify'
import type { StreamDirectory, WatchedStream } from '../live/stream-directory.ts'

export interface StreamParams {
  readonly stream: string
}

export interface RenditionParams extends StreamParams {
  readonly rendition: string
}

export interface FileParams extends RenditionParams {
  readonly file: string
}

/** A Fastify route below `/live/` with these parameters in its path. */
export type LiveRoute<P> = { Params: P; Querystring: Record<string, unknown> }

/** A request to such a route. */
export type LiveRequest<P> = FastifyRequest<LiveRoute<P>>

/** The stream of that name, followed from now on; undefined where none can be or is. */
export function openStream(directory: StreamDirectory, stream: string): Promise<WatchedStream | undefined> {
  return isStreamName(stream) ? directory.open(stream) : Promise.resolve(undefined)
}
