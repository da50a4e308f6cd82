import { addressVerdict, type Cluster, type StreamRecord } from '@sluice/cluster'
import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'
import { problemResponse, sendProblem } from '../http/problem.ts'
import { publishAddresses, publishTo, withName } from './addresses.ts'
import { addressField, expiresInField, expiryIn, refuseAddress } from './grant-parts.ts'
import { publishFromChange } from './publish-from.ts'
import { readStreams } from './read-streams.ts'
import { failures, missing, params, security, tags, unknown } from './route-parts.ts'
import { streamResponse } from './stream-view.ts'
import { windowSecondsChange } from './window-seconds.ts'

/** Who wants to publish later should ask later; a key is for ever. */
const LONGEST_GRANT_SECONDS = 366 * 24 * 3600

const grant = Type.Object(
  {
    publish: publishAddresses('For encoders that ask for server and stream key apart'),
    streamName: Type.String({
      description: 'What such encoders send as the stream key. It is a password until it expires',
    }),
    urls: publishAddresses('Both in one, for encoders that ask for one address'),
    expiresAt: Type.String({ format: 'date-time', description: 'From when on no publish begins with it' }),
  },
  { description: 'A signed publish name, and an address for each transport that is on' },
)

/** `/v1/streams/NAME`: changes of a stream; who may publish it beside those who have the key. */
export function publishRoutes(api: ApiServer, context: ApiContext): void {
  const { config, log } = context

  api.patch(
    '/streams/:name',
    {
      schema: {
        tags,
        security,
        operationId: 'changeStream',
        summary: 'Change a stream: how far back viewers may seek, and from where it may be published',
        description: 'A publisher whose address is not allowed any more is disconnected.',
        params,
        body: Type.Object(
          {
            publishFrom: Type.Optional(publishFromChange),
            windowSeconds: Type.Optional(windowSecondsChange),
          },
          { additionalProperties: false },
        ),
        response: { 200: streamResponse, ...failures, ...missing },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      const record = await cluster.streams.change(name, request.body)
      if (record === undefined) return unknown(reply, name)
      log.info({ stream: name, ...record.publishFrom, windowSeconds: record.windowSeconds }, 'stream changed')
      await disconnectFromElsewhere(cluster, record)
      const [stream] = await readStreams(cluster, config, request.hostname, [record])
      return stream
    },
  )

  api.post(
    '/streams/:name/publish-url',
    {
      schema: {
        tags,
        security,
        operationId: 'signPublishUrl',
        summary: 'Make a publish name that expires by itself, for somebody who shall not have the key',
        description: 'A new stream key makes all names worthless that were signed before.',
        params,
        body: Type.Object(
          {
            expiresIn: expiresInField(LONGEST_GRANT_SECONDS),
            address: addressField,
          },
          { additionalProperties: false },
        ),
        response: {
          200: grant,
          409: problemResponse('Publishing is open to every name'),
          ...failures,
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      const { expiresIn, address } = request.body
      if (config.publish.auth === 'open')
        return sendProblem(
          reply,
          409,
          'control.publish.open',
          'a signed name limits nothing while any name may be published: set SLUICE_PUBLISH_AUTH to key',
        )
      const refused = refuseAddress(reply, address)
      if (refused !== undefined) return refused
      const { expires, expiresAt } = expiryIn(expiresIn)
      const streamName = await cluster.streams.signName({ stream: name, expires, address })
      if (streamName === undefined) return unknown(reply, name)
      log.info({ stream: name, expiresAt, address }, 'publish name signed')
      const publish = publishTo(config, request.hostname, 'live')
      return { publish, streamName, urls: withName(publish, streamName), expiresAt }
    },
  )
}

/** A running publish is not checked again by its ingest: who may not publish any more is sent away. */
async function disconnectFromElsewhere(cluster: Cluster, record: StreamRecord): Promise<void> {
  const { name, publishFrom } = record
  const session = (await cluster.live.sessions([name])).get(name)
  if (session === undefined || addressVerdict(publishFrom, session.remoteAddress) === 'allowed') return
  const reason = `${name} may not be published from ${session.remoteAddress} any more`
  await cluster.commands.send({ type: 'disconnect', stream: name, reason })
}
