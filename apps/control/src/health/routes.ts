import { errorMessage } from '@sluice/core'
import Type from 'typebox'
import type { ApiContext } from '../context.ts'
import type { ApiServer } from '../http/api-server.ts'

/** What a readiness probe is told. */
interface Readiness {
  readonly status: 'ready' | 'degraded' | 'unavailable'
  readonly reasons: string[]
}

const readiness = Type.Unsafe<Readiness>(
  Type.Object(
    {
      status: Type.Unsafe<string>({ type: 'string', enum: ['ready', 'degraded', 'unavailable'] }),
      reasons: Type.Array(Type.String(), { description: 'What is wrong, for people' }),
    },
    { description: 'The state' },
  ),
)

/** `/healthz`: the process answers. `/readyz`: the API can do its work. */
export function healthRoutes(server: ApiServer, context: ApiContext): void {
  server.get(
    '/healthz',
    {
      schema: {
        tags: ['health'],
        operationId: 'health',
        summary: 'The process answers',
        response: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'It does' }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  )

  server.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        operationId: 'readiness',
        summary: 'The API can do its work; degraded (still 200) when broadcasts will not be transcoded',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const state = await readReadiness(context)
      return reply.code(state.status === 'unavailable' ? 503 : 200).send(state)
    },
  )
}

async function readReadiness(context: ApiContext): Promise<Readiness> {
  try {
    const cluster = context.cluster()
    await cluster.check()
    const workers = await cluster.workers.list()
    return workers.length > 0
      ? { status: 'ready', reasons: [] }
      : { status: 'degraded', reasons: ['no worker is there: broadcasts wait for one'] }
  } catch (error) {
    return { status: 'unavailable', reasons: [errorMessage(error)] }
  }
}
