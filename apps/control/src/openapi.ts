import { StateError } from '@sluice/core'
import { createLogger, loadConfig } from '@sluice/runtime'
import { buildServer } from './http/server.ts'

/** The OpenAPI 3.1 description of the operator API, as `/openapi.json` serves it. Needs no Redis. */
export async function openApiDocument(): Promise<object> {
  const config = loadConfig()
  const server = await buildServer({
    config,
    log: createLogger({ log: { level: 'silent', format: 'json' } }, 'control'),
    cluster: () => {
      throw new StateError('control.openapi.no_cluster', 'the API is only being described')
    },
  })
  try {
    await server.ready()
    return server.swagger()
  } finally {
    await server.close()
  }
}
