import type { onRequestAsyncHookHandler } from 'fastify'
import type { ApiContext } from '../context.ts'
import { sendProblem } from './problem.ts'

/** Lets only requests with an operator's token pass: `Authorization: Bearer TOKEN` (RFC 6750 §2.1). */
export function requireToken(context: ApiContext): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const token = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token !== undefined && (await context.cluster().tokens.verify(token))) return
    reply.header('www-authenticate', 'Bearer realm="sluice"')
    const detail =
      token === undefined
        ? 'send the operator token: Authorization: Bearer TOKEN'
        : 'this operator token is not valid; it is SLUICE_CONTROL_TOKEN, or in the file control-token of the data folder'
    return sendProblem(reply, 401, 'control.token.refused', detail)
  }
}
