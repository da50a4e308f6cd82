import { errorCode, errorMessage } from '@sluice/core'
import type { FastifyInstance } from 'fastify'
import { NO_STORE } from './headers.ts'
import { problemBody } from './problem.ts'

/** Something the origin cannot do without; rejects while it is not there. */
export type Check = () => Promise<void>

/** Adds the health checks. */
export function addStatusRoutes(app: FastifyInstance, checks: Readonly<Record<string, Check>>): void {
  app.get('/healthz', (_, reply) => reply.header('cache-control', NO_STORE).send({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    const names = Object.keys(checks)
    const results = await Promise.allSettled(Object.values(checks).map((check) => check()))
    const reasons = results.flatMap((result, index) =>
      result.status === 'rejected'
        ? [{ check: names[index], code: errorCode(result.reason), reason: errorMessage(result.reason) }]
        : [],
    )
    reply.header('cache-control', NO_STORE)
    if (reasons.length === 0) return reply.send({ status: 'ready', checks: names })
    const detail = reasons.map(({ check, reason }) => `${check}: ${reason}`).join('; ')
    const problem = JSON.parse(problemBody({ status: 503, code: 'origin.not_ready', detail }))
    return reply
      .code(503)
      .type('application/problem+json')
      .send(JSON.stringify({ ...problem, reasons }))
  })
}
