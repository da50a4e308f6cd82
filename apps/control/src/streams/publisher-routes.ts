import { randomBytes } from 'node:crypto'
import { newSecret } from '@sluice/cluster'
import { LOGIN_SALT_SIZE, LOGIN_USER_PATTERN, LONGEST_LOGIN_PASSWORD, loginSecrets } from '@sluice/rtmp'
import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'
import { problemResponse } from '../http/problem.ts'
import { readStreams } from './read-streams.ts'
import { failures, missing, params, security, tags, unknown } from './route-parts.ts'
import type { StreamView } from './stream-view.ts'

const SHORTEST_PASSWORD = 8
const passwordRule = `${SHORTEST_PASSWORD} to ${LONGEST_LOGIN_PASSWORD} printable characters of ASCII, no space`

const change = Type.Object(
  {
    user: Type.Optional(
      Type.String({
        pattern: LOGIN_USER_PATTERN,
        description: '1 to 49 letters, digits, ., _, @ and -; default: the stream’s name',
      }),
    ),
    password: Type.Optional(
      Type.String({
        pattern: `^[!-~]{${SHORTEST_PASSWORD},${LONGEST_LOGIN_PASSWORD}}$`,
        description: `${passwordRule}; default: one is made`,
        writeOnly: true,
      }),
    ),
  },
  { additionalProperties: false },
)

/** A stream, and how its user logs in, which is told only here. */
interface StreamAndLogin {
  readonly stream: StreamView
  readonly user: string
  readonly password: string
}

const login = Type.Unsafe<StreamAndLogin>(
  Type.Object(
    {
      stream: Type.Unsafe<StreamView>({ $ref: 'Stream#' }),
      user: Type.String(),
      password: Type.String({ description: 'It is not stored and cannot be shown again' }),
    },
    { description: 'The stream, its user and the password' },
  ),
)

/** `/v1/streams/NAME/publisher`: the user and password that publish a stream, for encoders that ask for these. */
export function publisherRoutes(api: ApiServer, context: ApiContext): void {
  const { config, log } = context

  api.put(
    '/streams/:name/publisher',
    {
      schema: {
        tags,
        security,
        operationId: 'setPublisher',
        summary: 'Let a user publish the stream by password, in place of the one before, who is disconnected',
        description: 'Encoders log in at the addresses under `login`. The stream key stays as it is.',
        params,
        body: change,
        response: {
          200: login,
          409: problemResponse('The user publishes another stream'),
          ...failures,
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      const { user = name, password = newSecret() } = request.body
      const salt = randomBytes(LOGIN_SALT_SIZE).toString('base64url')
      const secrets = loginSecrets(user, password, salt)
      if (!(await cluster.logins.set({ user, stream: name, secrets }))) return unknown(reply, name)
      await cluster.commands.send({ type: 'login-changed', stream: name })
      log.info({ stream: name, user }, 'publisher set')
      const record = await cluster.streams.get(name)
      if (record === undefined) return unknown(reply, name)
      const [stream] = await readStreams(cluster, config, request.hostname, [record])
      return { stream: stream as StreamView, user, password }
    },
  )

  api.delete(
    '/streams/:name/publisher',
    {
      schema: {
        tags,
        security,
        operationId: 'removePublisher',
        summary: 'Let nobody publish the stream by user and password; who logged in is disconnected',
        params,
        response: { 204: Type.Null({ description: 'It has no user' }), ...failures, ...missing },
      },
    },
    async (request, reply) => {
      const cluster = context.cluster()
      const { name } = request.params
      if (await cluster.logins.remove(name)) {
        await cluster.commands.send({ type: 'login-changed', stream: name })
        log.info({ stream: name }, 'publisher removed')
      } else if ((await cluster.streams.get(name)) === undefined) return unknown(reply, name)
      return reply.code(204).send(null)
    },
  )
}
