import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DependencyError, errorMessage } from '@sluice/core'
import type { Metrics } from './metrics.ts'

export interface PrivateServerOptions {
  readonly host: string
  readonly port: number
  readonly metrics: Metrics
}

/** A server that has its port. */
export interface PrivateServer {
  readonly port: number
  stop(): Promise<void>
}

const JSON_TYPE = 'application/json'

/**
 * Serves what operators' programs ask a process, on a port that viewers and publishers have no way to: `/metrics` for Prometheus,
 * `/healthz` (the process answers) and `/readyz` (it can do its work; 503 with the reasons where not).
 *
 * @throws {DependencyError} `metrics.port.unusable` with what to do about it.
 */
export async function startPrivateServer({
  host,
  port,
  metrics,
}: PrivateServerOptions): Promise<PrivateServer> {
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    if (method !== 'GET' && method !== 'HEAD')
      return answer(response, 405, { status: 'only GET and HEAD here' })
    const [path] = url.split('?')
    switch (path) {
      case '/metrics':
        return void metrics.render().then(
          (text) => send(response, 200, metrics.contentType, text),
          (error: unknown) => answer(response, 500, { status: errorMessage(error) }),
        )
      case '/healthz':
        return answer(response, 200, { status: 'ok' })
      case '/readyz':
        return void metrics
          .problems()
          .then((reasons) =>
            reasons.length === 0
              ? answer(response, 200, { status: 'ready' })
              : answer(response, 503, { status: 'unavailable', reasons }),
          )
      default:
        return answer(response, 404, { status: 'there are /metrics, /healthz and /readyz' })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new DependencyError(
          'metrics.port.unusable',
          `port ${port} of ${host} cannot be used for metrics (${errorMessage(error)}): set SLUICE_METRICS_PORT, or SLUICE_METRICS_BIND`,
          { details: { host, port }, cause: error },
        ),
      ),
    )
    // In a process of an ingest too, the port is this process's alone.
    server.listen({ host, port, exclusive: true }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  send(response, status, JSON_TYPE, JSON.stringify(body))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  })
  response.end(body)
}
