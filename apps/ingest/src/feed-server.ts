import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { FeedWriter } from '@sluice/broadcast'
import { assertNever, concatBytes } from '@sluice/core'
import type { Stoppable } from '@sluice/runtime'
import Fastify from 'fastify'
import { type Feeds, OpenFeed } from './feeds.ts'
import { listenError } from './listen-error.ts'
import type { LiveStream } from './live-stream.ts'
import type { RelayServer } from './relay/relay-server.ts'

export interface FeedServerOptions {
  readonly host: string
  readonly port: number
  readonly feeds: Feeds
  /** For the other ingests of the cluster. Default: nothing for them. */
  readonly relays?: RelayServer
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
 * end mark; a reader that falls out of the ring is cut off. `HEAD` tells without a token whether there is such a broadcast.
 *
 * With `relays`, other ingests pass publishers on by the upgrade of `GET /relay/STREAM?…`, and read what their players watch as
 * a feed that begins at the newest keyframe: `GET /relay/STREAM`.
 *
 * @throws {DependencyError} `ingest.feed.listen` with what to do about it.
 */
export async function startFeedServer(options: FeedServerOptions): Promise<FeedServer> {
  const open = new Set<ServerResponse>()
  const app = Fastify({ logger: false, forceCloseConnections: true, http: { highWaterMark: FEED_BUFFER } })

  app.head<{ Params: { broadcast: string } }>('/feed/:broadcast', (request, reply) =>
    reply.code(options.feeds.has(request.params.broadcast) ? 200 : 404).send(),
  )

  app.get<{ Params: { broadcast: string }; Querystring: { from?: string; epoch?: string } }>(
    '/feed/:broadcast',
    { exposeHeadRoute: false },
    (request, reply) => {
      const { broadcast } = request.params
      const token: string = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
      const epoch = Number(request.query.epoch ?? 0)
      const from = Number(request.query.from ?? 0)
      if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(from))
        return reply.code(400).send({ title: 'epoch and from are whole numbers' })
      const feed = options.feeds.open({ broadcast, token, epoch, from })
      if (feed instanceof OpenFeed) {
        reply.hijack()
        open.add(reply.raw)
        reply.raw.on('close', () => open.delete(reply.raw))
        serveFeed(feed, reply.raw)
        return reply
      }
      switch (feed) {
        case 'unknown broadcast':
          return reply.code(404).send({ title: 'no such broadcast is live here' })
        case 'wrong token':
          return reply.code(401).send({ title: 'the feed token is wrong' })
        case 'nothing to start at':
          return reply.code(409).send({ title: 'the broadcast has no boundary to start at yet' })
        default:
          return assertNever(feed)
      }
    },
  )

  const { relays } = options
  if (relays !== undefined) {
    app.server.on('upgrade', (request, socket, head) => void relays.upgrade(request, socket, head))
    app.get<{ Params: { stream: string } }>('/relay/:stream', (request, reply) => {
      const stream = relays.find(request.params.stream, request.headers)
      if (stream === 'wrong token') return reply.code(401).send({ title: 'the token is wrong' })
      if (stream === undefined) return reply.code(404).send({ title: 'no such stream is on air here' })
      reply.hijack()
      open.add(reply.raw)
      reply.raw.on('close', () => open.delete(reply.raw))
      serveReplica(stream, reply.raw)
      return reply
    })
  }

  // Exclusive: each process of an ingest has its own, so that its broadcasts are found.
  await app
    .listen({ host: options.host, port: options.port, exclusive: true })
    .catch(async (error: NodeJS.ErrnoException) => {
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
      relays?.stop()
      await app.close()
    },
  }
}

function serveFeed(feed: OpenFeed, response: ServerResponse): void {
  begin(response)
  pump(feed, response, () => undefined)
}

/** The stream from its newest keyframe on, once there is one, with what its publisher said of it. */
function serveReplica(stream: LiveStream, response: ServerResponse): void {
  begin(response)
  response.flushHeaders()
  let unsubscribe = (): void => undefined
  const tryToBegin = (): void => {
    const start = stream.ring.startAt(Number.MAX_SAFE_INTEGER)
    if (start !== undefined) {
      unsubscribe()
      pump(OpenFeed.lookingOn(stream, start), response, () => stream.properties)
    } else if (stream.ended) response.end()
  }
  unsubscribe = stream.subscribe(tryToBegin)
  response.on('close', () => unsubscribe())
  tryToBegin()
}

/** No length and no chunks: the stream ends with the connection, and every tag passes without framing. */
function begin(response: ServerResponse): void {
  response.useChunkedEncodingByDefault = false
  response.writeHead(200, { 'Content-Type': 'video/x-flv', 'Cache-Control': 'no-store', Connection: 'close' })
}

/** @param propertiesNow - the object of the publisher's last `onMetaData`, which goes along. */
function pump(feed: OpenFeed, response: ServerResponse, propertiesNow: () => LiveStream['properties']): void {
  const writer = new FeedWriter()
  let blocked = false
  let properties: LiveStream['properties']

  response.write(writer.header(feed.tracks))
  const move = (): void => {
    if (feed.over && !feed.ended) response.destroy()
    if (blocked || feed.over) return
    response.cork()
    if (properties !== propertiesNow()) {
      properties = propertiesNow()
      response.write(writer.metadata(properties))
    }
    while (!blocked) {
      const entry = feed.next()
      if (entry === undefined) break
      blocked = !response.write(concatBytes(writer.entry(entry)))
    }
    feed.finished()
    response.uncork()
    if (feed.ended) response.end()
  }
  feed.onNews = move
  response.on('drain', () => {
    blocked = false
    move()
  })
  response.on('error', () => response.destroy())
  response.on('close', () => feed.close())
  move()
}
