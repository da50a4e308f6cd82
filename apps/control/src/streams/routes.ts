import type { Cluster, StreamWithKey } from '@sluice/cluster'
import { epochMillis } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'
import { problemResponse, sendProblem } from '../http/problem.ts'
import { publishFromChange } from './publish-from.ts'
import { readStreams } from './read-streams.ts'
import { failures, missing, name, params, security, tags, unknown } from './route-parts.ts'
import { type StreamView, streamResponse } from './stream-view.ts'
import { windowSecondsChange } from './window-seconds.ts'

/** A stream and its key, which is told only here. */
interface StreamAndKey {
  readonly stream: StreamView
  readonly key: string
}

const created = Type.Unsafe<StreamAndKey>(
  Type.Object(
    {
      stream: Type.Unsafe<StreamView>({ $ref: 'Stream#' }),
      key: Type.String({ description: 'The stream key. It is not stored and cannot be shown again' }),
    },
    { description: 'The stream and its key' },
  ),
)

/** `/v1/streams`: make, read and delete streams, change keys, disconnect publishers. */
export function streamRoutes(api: ApiServer, context: ApiContext): void {
  const { config, log } = context

  const view = async (cluster: Cluster, host: string, made: StreamWithKey): Promise<StreamAndKey> => {
    const [stream] = await readStreams(cluster, config, host, [made.record])
    return { stream: stream as StreamView, key: made.key }
  }

  api.post(
    '/streams',
    {
      schema: {
        tags,
        security,
        operationId: 'createStream',
        summary: 'Make a stream',
        body: Type.Object(
          {
            name,
            profile: Type.Optional(
              Type.Unsafe<keyof typeof BUILT_IN_PROFILES>({
                type: 'string',
                enum: Object.keys(BUILT_IN_PROFILES),
                description: 'default: transcoded rungs; source: no transcoding; none: nothing for viewers',
              }),
            ),
            publishFrom: Type.Optional(publishFromChange),
            windowSeconds: Type.Optional(windowSecondsChange),
          },
          { additionalProperties: false },
        ),
        response: { 201: created, 409: problemResponse('There is a stream of this name'), ...failures },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name, profile = config.profile, ...rest } = request.body
      const made = await cluster.streams.create({ name, profile, ...rest })
      log.info({ stream: name, profile }, 'stream made')
      reply.code(201).header('location', `/v1/streams/${name}`)
      return await view(cluster, request.hostname, made)
    },
  )

  api.get(
    '/streams',
    {
      schema: {
        tags,
        security,
        operationId: 'listStreams',
        summary: 'All streams, by name',
        response: {
          200: Type.Unsafe<{ streams: StreamView[] }>(
            Type.Object(
              { streams: Type.Array(Type.Unsafe<StreamView>({ $ref: 'Stream#' })) },
              { description: 'All streams' },
            ),
          ),
          ...failures,
        },
      },
    },
    async (request) => {
      const cluster = context.cluster()
      const records = await cluster.streams.list()
      return { streams: await readStreams(cluster, config, request.hostname, records) }
    },
  )

  api.get(
    '/streams/:name',
    {
      schema: {
        tags,
        security,
        operationId: 'readStream',
        summary: 'A stream and what is on air',
        params,
        response: { 200: streamResponse, ...failures, ...missing },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const record = await cluster.streams.get(request.params.name)
      if (record === undefined) return unknown(reply, request.params.name)
      const [stream] = await readStreams(cluster, config, request.hostname, [record])
      return stream
    },
  )

  api.delete(
    '/streams/:name',
    {
      schema: {
        tags,
        security,
        operationId: 'deleteStream',
        summary: 'Delete a stream: its publisher is disconnected, its broadcast ends',
        params,
        response: { 204: Type.Null({ description: 'Deleted' }), ...failures, ...missing },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      if (!(await cluster.streams.remove(name))) return unknown(reply, name)
      const ingests = await cluster.commands.send({ type: 'stream-removed', stream: name })
      if (ingests === 0) await endOrphan(cluster, name, config.keepEndedSeconds * 1000)
      log.info({ stream: name }, 'stream deleted')
      return reply.code(204).send(null)
    },
  )

  api.post(
    '/streams/:name/key',
    {
      schema: {
        tags,
        security,
        operationId: 'rotateStreamKey',
        summary:
          'Make a new key: the old one and all signed names are worth nothing, and who publishes is disconnected',
        params,
        response: { 200: created, ...failures, ...missing },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      const made = await cluster.streams.rotateKey(name)
      if (made === undefined) return unknown(reply, name)
      await cluster.commands.send({ type: 'key-rotated', stream: name })
      log.info({ stream: name }, 'stream key changed')
      return await view(cluster, request.hostname, made)
    },
  )

  api.delete(
    '/streams/:name/session',
    {
      schema: {
        tags,
        security,
        operationId: 'disconnectPublisher',
        summary: 'Disconnect the publisher; it may come back',
        params,
        response: {
          202: Type.Null({ description: 'The ingest was told' }),
          409: problemResponse('Nobody publishes the stream'),
          ...failures,
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      if ((await cluster.streams.get(name)) === undefined) return unknown(reply, name)
      if (!(await cluster.live.sessions([name])).has(name))
        return sendProblem(reply, 409, 'control.session.none', `nobody publishes ${name}`)
      const reason = 'disconnected by the operator'
      await cluster.commands.send({ type: 'disconnect', stream: name, reason })
      log.info({ stream: name }, 'publisher disconnected')
      return reply.code(202).send(null)
    },
  )
}

/** A broadcast whose ingest is not there to end it. */
async function endOrphan(cluster: Cluster, stream: string, keepMillis: number): Promise<void> {
  const broadcast = await cluster.broadcasts.current(stream)
  if (broadcast === undefined || broadcast.endedAt !== undefined) return
  if (await cluster.broadcasts.end(broadcast.id, epochMillis(Date.now()), keepMillis))
    await cluster.jobs.addExpire({ stream, broadcast: broadcast.id }, keepMillis)
}
