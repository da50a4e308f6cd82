import { addressVerdict, type Cluster, readIpAddress, type StreamRecord } from '@sluice/cluster'
import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'
import { problemResponse, sendProblem } from '../http/problem.ts'
import { publishAddresses, publishTo, withName } from './addresses.ts'
import { publishFromChange } from './publish-from.ts'
import { readStreams } from './read-streams.ts'
import { failures, missing, params, security, tags, unknown } from './route-parts.ts'
import { streamResponse } from './stream-view.ts'

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

/** `/v1/streams/NAME`: who may publish beside those who have the key, and from where. */
export function publishRoutes(api: ApiServer, context: ApiContext): void {
  const { config, log } = context

  api.patch(
    '/streams/:name',
    {
      schema: {
        tags,
        security,
        operationId: 'changeStream',
        summary: 'Change from where a stream may be published; a publisher elsewhere is disconnected',
        params,
        body: Type.Object({ publishFrom: publishFromChange }, { additionalProperties: false }),
        response: { 200: streamResponse, ...failures, ...missing },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      const record = await cluster.streams.restrict(name, request.body.publishFrom)
      if (record === undefined) return unknown(reply, name)
      log.info({ stream: name, ...record.publishFrom }, 'address lists changed')
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
            expiresIn: Type.Integer({
              minimum: 1,
              maximum: LONGEST_GRANT_SECONDS,
              description: `a whole number of seconds from 1 to ${LONGEST_GRANT_SECONDS}`,
            }),
            address: Type.Optional(
              Type.String({ description: 'the one IPv4 or IPv6 address that may use it; default: any' }),
            ),
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
      if (address !== undefined && readIpAddress(address) === undefined)
        return sendProblem(
          reply,
          400,
          'control.request.invalid',
          `address: ${JSON.stringify(address.slice(0, 100))} is not allowed; allowed: an IPv4 or IPv6 address`,
          'address',
        )
      const expires = Math.floor(Date.now() / 1000) + expiresIn
      const streamName = await cluster.streams.signName({ stream: name, expires, address })
      if (streamName === undefined) return unknown(reply, name)
      const expiresAt = new Date(expires * 1000).toISOString()
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
