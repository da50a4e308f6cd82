import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** A request that went through a {@link RequestLog}. */
export interface LoggedRequest {
  readonly path: string
  readonly status: number
}

/** A proxy in front of an origin that remembers what was asked for and how it was answered. */
export interface RequestLog {
  /** Of the proxy. */
  readonly url: string
  /** Answered in full, in the order of their answers. */
  readonly requests: readonly LoggedRequest[]
  stop(): Promise<void>
}

/** Starts a proxy on a free port. */
export async function startRequestLog(origin: string): Promise<RequestLog> {
  const requests: LoggedRequest[] = []
  const server = createServer((asked, reply) => forward(asked, reply, origin, requests))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function forward(asked: IncomingMessage, reply: ServerResponse, origin: string, log: LoggedRequest[]): void {
  const path = asked.url ?? ''
  const { method, headers } = asked
  const onward = request(`${origin}${path}`, { method, headers }, (answer) => {
    const { statusCode: status = 0 } = answer
    reply.writeHead(status, answer.headers)
    answer.pipe(reply)
    answer.on('end', () => log.push({ path, status }))
  })
  onward.on('error', () => reply.destroy())
  reply.on('close', () => onward.destroy())
  onward.end()
}
