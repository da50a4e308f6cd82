import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { FeedWriter, RingReader, type RingStart } from '@sluice/broadcast'
import type { Logger, Stoppable } from '@sluice/runtime'
import Fastify from 'fastify'
import { listenError } from './listen-error.ts'
import type { LiveStream } from './live-stream.ts'

/** A broadcast that workers may read. */
export interface FeedSource {
  readonly stream: LiveStream
  /** The bearer token its readers must show. */
  readonly token: string
  /** Called when an epoch's worker begins to read. */
  readonly readerCame: (epoch: number) => void
  /** Called when the connection of an epoch's worker closed before the broadcast's end was delivered. */
  readonly readerLost: (epoch: number) => void
}

export interface FeedServerOptions {
  readonly host: string
  readonly port: number
  readonly log: Logger
  /** The live broadcast with this id, or undefined. */
  readonly find: (broadcast: string) => FeedSource | undefined
}

export interface FeedServer extends Stoppable {
  readonly port: number
}

/** Bytes buffered per feed before it waits for its reader; the ring keeps what comes after. */
const FEED_BUFFER = 1 << 20

/** Time that readers have to take what is left when the server stops, in milliseconds. */
const LAST_BYTES_MILLIS = 1_000

/**
 * Serves feeds to workers: `GET /feed/BROADCAST?epoch=EPOCH&from=NUMBER` with a bearer token answers with an endless FLV
 * stream that begins at boundary NUMBER, or the oldest one still held. The connection closes behind the
 * end mark; a reader that falls out of the ring is cut off.
 *
 * @throws {DependencyError} `ingest.feed.listen` with what to do about it.
 */
export async function startFeedServer(options: FeedServerOptions): Promise<FeedServer> {
  const { log } = options
  const open = new Set<ServerResponse>()
  const app = Fastify({ logger: false, forceCloseConnections: true, http: { highWaterMark: FEED_BUFFER } })

  app.get('/healthz', () => ({ status: 'ok' }))

  app.get<{ Params: { broadcast: string }; Querystring: { from?: string; epoch?: string } }>(
    '/feed/:broadcast',
    (request, reply) => {
      const source = options.find(request.params.broadcast)
      const token: string = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
      if (source === undefined) return reply.code(404).send({ title: 'no such broadcast is live here' })
      if (!sameSecret(token, source.token)) return reply.code(401).send({ title: 'the feed token is wrong' })
      const epoch = Number(request.query.epoch ?? 0)
      const from = Number(request.query.from ?? 0)
      if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(from))
        return reply.code(400).send({ title: 'epoch and from are whole numbers' })
      const start = source.stream.ring.startAt(from)
      if (start === undefined)
        return reply.code(409).send({ title: 'the broadcast has no boundary to start at yet' })
      reply.hijack()
      open.add(reply.raw)
      source.readerCame(epoch)
      serveFeed(source, start, reply.raw, (reason) => {
        open.delete(reply.raw)
        if (reason !== undefined) {
          const facts = { code: 'ingest.feed.cut_off', broadcast: request.params.broadcast, epoch, reason }
          log.warn(facts, 'a feed was cut off')
          source.readerLost(epoch)
        }
      })
      return reply
    },
  )

  await app.listen({ host: options.host, port: options.port }).catch(async (error: NodeJS.ErrnoException) => {
    await app.close()
    throw listenError('feed', options.host, options.port, error)
  })
  return {
    port: (app.server.address() as AddressInfo).port,
    stop: async () => {
      // Readers of broadcasts that have just ended get the rest and the end mark.
      const closed = [...open].map((response) => once(response, 'close'))
      await Promise.race([Promise.all(closed), delay(LAST_BYTES_MILLIS, undefined, { ref: false })])
      for (const response of open) response.destroy()
      await app.close()
    },
  }
}

/** @param closed - called once; `reason` is undefined when the end mark was delivered. */
function serveFeed(
  source: FeedSource,
  start: RingStart,
  response: ServerResponse,
  closed: (reason: string | undefined) => void,
): void {
  const reader = new RingReader(source.stream.ring, start)
  const writer = new FeedWriter()
  let ended = false
  let lost = false
  let blocked = false

  // No length and no chunks: the stream ends with the connection, and every tag passes without framing.
  response.useChunkedEncodingByDefault = false
  response.writeHead(200, { 'Content-Type': 'video/x-flv', 'Cache-Control': 'no-store', Connection: 'close' })
  response.write(writer.header(start.tracks))

  const pump = (): void => {
    if (ended || lost || response.destroyed) return
    // Also where the reader takes nothing at all any more: nobody else would notice.
    if (reader.lost) {
      lost = true
      response.destroy()
      return
    }
    if (blocked) return
    response.cork()
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) {
      let room = true
      for (const chunk of writer.entry(entry)) room = response.write(chunk)
      if (entry.type === 'end') {
        ended = true
        break
      }
      if (!room) {
        blocked = true
        break
      }
    }
    response.uncork()
    if (ended) response.end()
  }
  const unsubscribe = source.stream.subscribe(pump)
  response.on('drain', () => {
    blocked = false
    pump()
  })
  response.on('error', () => response.destroy())
  response.on('close', () => {
    unsubscribe()
    reader.close()
    closed(
      ended ? undefined : lost ? 'the reader was slower than the stream' : 'the reader closed the connection',
    )
  })
  pump()
}

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
