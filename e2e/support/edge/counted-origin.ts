import { createServer, request, type Server } from 'node:http'

/** What passed on the way to the origin. */
export interface CountedOrigin {
  readonly port: number
  /** How often each address below `/live/`, with its query, was asked for. */
  readonly requests: ReadonlyMap<string, number>
  /** When the origin had answered with a playlist that names this file first, by the monotonic clock. */
  readonly announcedAt: ReadonlyMap<string, number>
  stop(): Promise<void>
}

/**
 * A door in front of an origin that counts who comes through.
 *
 * @param origin - `http://HOST:PORT`
 */
export async function countOrigin(origin: string): Promise<CountedOrigin> {
  const requests = new Map<string, number>()
  const announcedAt = new Map<string, number>()
  const server: Server = createServer((asked, answer) => {
    const path = asked.url ?? '/'
    if (path.startsWith('/live/')) requests.set(path, (requests.get(path) ?? 0) + 1)
    const { connection: _, 'accept-encoding': __, ...headers } = asked.headers
    const passed = request(`${origin}${path}`, { method: asked.method ?? 'GET', headers }, (received) => {
      answer.writeHead(received.statusCode ?? 502, received.headers)
      received.on('data', (chunk: Buffer) => {
        answer.write(chunk)
        if (!path.includes('.m3u8')) return
        const now = performance.now()
        for (const [, name = ''] of chunk.toString().matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g))
          if (!announcedAt.has(name)) announcedAt.set(name, now)
      })
      received.on('end', () => answer.end())
      received.on('error', () => answer.destroy())
    })
    answer.on('close', () => passed.destroy())
    passed.on('error', () => answer.destroy())
    passed.end()
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    requests,
    announcedAt,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
