import { createServer as createHttpServer, type Server } from 'node:http'
import { DependencyError, errorCode, errorMessage } from '@sluice/core'
import { type Logger, warningsOnly } from '@sluice/runtime'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import { KEEP_ALIVE_MILLIS, REQUEST_MILLIS } from './connections.ts'
import { COMMON_HEADERS, PREFLIGHT_HEADERS } from './headers.ts'
import type { HotPlaylists } from './hot-playlists.ts'
import { notFound, type Problem, problemBody, sendProblem } from './problem.ts'
import { takeToken } from './token-in-path.ts'

/** Names are short; anything longer is nothing of ours. */
const MAX_PARAMETER = 255

/**
 * The plain HTTP/1.1 server without its routes.
 *
 * @param hot - what is answered before any hook or route is asked.
 */
export function createServer(log: Logger, hot?: HotPlaylists): FastifyInstance {
  const options = serverOptions(log)
  if (hot === undefined) return prepared(Fastify(options), log)
  const app = Fastify({
    ...options,
    serverFactory: (handle) => {
      const limits = { keepAliveTimeout: KEEP_ALIVE_MILLIS, requestTimeout: REQUEST_MILLIS }
      const server = createHttpServer(limits, (request, response) => {
        // A server that closes says so in each answer, which Fastify does.
        if (!server.listening || !hot.answer(request, response)) handle(request, response)
      })
      return server
    },
  })
  return prepared(app, log)
}

/** How any server of the origin is made, whatever it speaks. */
export function serverOptions(log: Logger): FastifyServerOptions<Server> {
  const loggerInstance: FastifyBaseLogger = warningsOnly(log)
  return {
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // Nothing is logged per request, so no request needs a logger of its own.
    childLoggerFactory: (logger) => logger,
    keepAliveTimeout: KEEP_ALIVE_MILLIS,
    requestTimeout: REQUEST_MILLIS,
    // Held requests are answered before the server closes; what stays open are players' idle connections.
    forceCloseConnections: true,
    rewriteUrl: takeToken,
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
  }
}

/** Gives a server what every one has: headers on every answer, problems for every error. */
export function prepared(app: FastifyInstance, log: Logger): FastifyInstance {
  // What is sent past Fastify has them already.
  app.addHook('onSend', (_, reply, payload, done) => {
    reply.headers(COMMON_HEADERS)
    done(null, payload)
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
