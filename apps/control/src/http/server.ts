import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { warningsOnly } from '@sluice/runtime'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import type { ApiContext } from '../context.ts'
import { measureRequests } from '../control-metrics.ts'
import { healthRoutes } from '../health/routes.ts'
import { playbackRoutes } from '../streams/playback-routes.ts'
import { publishRoutes } from '../streams/publish-routes.ts'
import { publisherRoutes } from '../streams/publisher-routes.ts'
import { streamRoutes } from '../streams/routes.ts'
import { streamSchema } from '../streams/stream-view.ts'
import { workerRoutes } from '../workers/routes.ts'
import type { ApiServer } from './api-server.ts'
import { requireToken } from './auth.ts'
import { answerWithProblems, problemSchema } from './problem.ts'

/** No request of this API comes near. */
const LARGEST_BODY = 64 * 1024
const REQUEST_TIMEOUT_MILLIS = 10_000

/** Builds the HTTP server with all routes; it does not listen yet. */
export async function buildServer(context: ApiContext): Promise<ApiServer> {
  const server: ApiServer = fastify({
    loggerInstance: warningsOnly(context.log) as FastifyBaseLogger,
    // Changes are logged by their routes; reads are not worth a line each.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LARGEST_BODY,
    requestTimeout: REQUEST_TIMEOUT_MILLIS,
    forceCloseConnections: true,
    ajv: {
      // Refuse what does not fit instead of repairing it; `verbose` tells the error handler what was allowed.
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        verbose: true,
        strict: false,
      },
    },
  }).withTypeProvider<TypeBoxTypeProvider>()
  answerWithProblems(server, context.log)
  if (context.metrics !== undefined) measureRequests(context.metrics, server)
  server.addSchema(problemSchema)
  server.addSchema(streamSchema)
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice operator API',
        version: '1',
        description:
          'Streams, their keys and what is on air. Errors are problem details (RFC 9457) with a stable `code`.',
      },
      tags: [
        { name: 'streams', description: 'What may be published, and what is on air' },
        { name: 'workers', description: 'Who transcodes' },
        { name: 'health', description: 'For probes; no token needed' },
      ],
      components: { securitySchemes: { operator: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json.$id === 'string' ? json.$id : `schema-${i}`,
    },
  })
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  await server.register(
    async (api) => {
      api.addHook('onRequest', requireToken(context))
      streamRoutes(api as ApiServer, context)
      publishRoutes(api as ApiServer, context)
      publisherRoutes(api as ApiServer, context)
      playbackRoutes(api as ApiServer, context)
      workerRoutes(api as ApiServer, context)
    },
    { prefix: '/v1' },
  )
  healthRoutes(server, context)
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger())
  server.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'))
  return server
}
