import { DependencyError, errorCode, errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  LogController,
} from 'fastify'
import { COMMON_HEADERS, PREFLIGHT_HEADERS } from './headers.ts'
import { notFound, type Problem, problemBody, sendProblem } from './problem.ts'

/** Names are short; anything longer is nothing of ours. */
const MAX_PARAMETER = 255
/** Longer than the time between two requests of any player, so that connections are reused. */
const KEEP_ALIVE_MILLIS = 75_000
const REQUEST_MILLIS = 10_000

/** The HTTP server without its routes: headers on every answer, problems for every error. */
export function createServer(log: Logger): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // Nothing is logged per request, so no request needs a logger of its own.
    childLoggerFactory: (logger) => logger,
    keepAliveTimeout: KEEP_ALIVE_MILLIS,
    requestTimeout: REQUEST_MILLIS,
    // Held requests are answered before the server closes; what stays open are players' idle connections.
    forceCloseConnections: true,
    bodyLimit: 1,
    routerOptions: { maxParamLength: MAX_PARAMETER },
    // A path that cannot be decoded is the path of nothing.
    frameworkErrors: (_, __, reply) => {
      reply.headers(COMMON_HEADERS)
      sendProblem(reply, NO_SUCH_PATH)
    },
    clientErrorHandler: (_, socket) => {
      if (!socket.writable) return
      const body = problemBody(NOT_HTTP)
      const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: ${body.length}`
      socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`)
    },
  })
  app.addHook('onRequest', async (_, reply) => {
    reply.headers(COMMON_HEADERS)
  })
  app.options('/*', (_, reply) => reply.code(204).headers(PREFLIGHT_HEADERS).send())
  app.setNotFoundHandler((_, reply) => sendProblem(reply, NO_SUCH_PATH))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    const code = errorCode(error)
    if (problem.status === 500) log.error({ err: error, url: request.url, code }, errorMessage(error))
    else log.debug({ url: request.url, code }, errorMessage(error))
    return sendProblem(reply, problem)
  })
  return app
}

const NO_SUCH_PATH = notFound('there is nothing at this address')
const NOT_HTTP: Problem = { status: 400, code: 'origin.request.malformed', detail: 'this is no HTTP request' }

function problemOf(error: FastifyError): Problem {
  if (error instanceof DependencyError)
    return {
      status: 503,
      code: error.code,
      detail: 'something the origin needs does not answer',
      retryAfter: 2,
    }
  if (error.statusCode !== undefined && error.statusCode < 500)
    return { status: 400, code: 'origin.request.bad', detail: error.message }
  return { status: 500, code: 'origin.internal', detail: 'the origin failed; its log has the reason' }
}
