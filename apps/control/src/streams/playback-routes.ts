import { readPlaybackSecrets, renderPlaybackToken } from '@sluice/cluster'
import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'
import { problemResponse, sendProblem } from '../http/problem.ts'
import { playFrom } from './addresses.ts'
import { addressField, expiresInField, expiryIn, refuseAddress } from './grant-parts.ts'
import { failures, missing, params, security, tags, unknown } from './route-parts.ts'

/** A token cannot be taken back, short of withdrawing the secret of all. */
const LONGEST_TOKEN_SECONDS = 31 * 24 * 3600

const address = (what: string) =>
  Type.Optional(Type.String({ description: `${what}; missing where the port is chosen at start` }))

const playback = Type.Object(
  {
    token: Type.String({ description: 'The token. Whoever has it may play until it expires' }),
    hls: address('HLS multivariant playlist'),
    dash: address('DASH manifest'),
    watch: address('Watch page'),
    expiresAt: Type.String({ format: 'date-time', description: 'From when on nothing is given out for it' }),
  },
  { description: 'A playback token, and addresses that carry it' },
)

/** `/v1/streams/NAME/playback-token`: who may play where tokens are asked for. */
export function playbackRoutes(api: ApiServer, context: ApiContext): void {
  const { config, log } = context
  const secrets =
    config.playback.secrets === undefined ? undefined : readPlaybackSecrets(config.playback.secrets)

  api.post(
    '/streams/:name/playback-token',
    {
      schema: {
        tags,
        security,
        operationId: 'signPlaybackToken',
        summary: 'Make a token that lets its bearer play a stream until it expires',
        description:
          'Tokens can be made elsewhere too, by whoever has the secret: docs/playback-tokens.md has the recipe.',
        params,
        body: Type.Object(
          {
            expiresIn: expiresInField(LONGEST_TOKEN_SECONDS),
            address: addressField,
            path: Type.Optional(
              Type.String({
                pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,254}(/[A-Za-z0-9][A-Za-z0-9._-]{0,254})?$',
                description:
                  'a rendition or a file below the stream that alone may be played; default: all of it',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: playback,
          409: problemResponse('Playing is open to everybody'),
          ...failures,
          ...missing,
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const { expiresIn, address: viewer, path } = request.body
      if (secrets === undefined)
        return sendProblem(
          reply,
          409,
          'control.playback.open',
          'a token limits nothing while everybody may play: set SLUICE_PLAYBACK_SECRETS',
        )
      const refused = refuseAddress(reply, viewer)
      if (refused !== undefined) return refused
      // Where publishing is open, streams come and go without being made here.
      const isOpen = config.publish.auth === 'open'
      if (!isOpen && (await context.cluster().streams.get(name)) === undefined) return unknown(reply, name)
      const { expires, expiresAt } = expiryIn(expiresIn)
      const granted = path === undefined ? name : `${name}/${path}`
      const token = renderPlaybackToken({ path: granted, expires, address: viewer }, secrets[0])
      log.info({ stream: name, path: granted, expiresAt, address: viewer }, 'playback token signed')
      return { token, ...playFrom(config, request.hostname, name, token), expiresAt }
    },
  )
}
