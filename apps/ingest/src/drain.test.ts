import { FeedReader, type StreamEntry } from '@sluice/broadcast'
import { type Cluster, connectCluster, type FeedPlace } from '@sluice/cluster'
import { epochMillis } from '@sluice/core'
import type { Boundary } from '@sluice/media'
import { loadConfig } from '@sluice/runtime'
import { RtmpTestClient, startTestRedis, type TestRedis, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type IngestRole, start } from './start.ts'
import { testLog } from './testing/log.ts'
import { sendPictures } from './testing/sample.ts'

/** What an encoder says in `connect` that can be asked to reconnect. */
const CAN_RECONNECT = { capsEx: 1 }
const REQUEST = 'NetConnection.Connect.ReconnectRequest'

describe('an ingest that is told to stop', () => {
  let redis: TestRedis
  let cluster: Cluster
  const { log } = testLog()
  const running: IngestRole[] = []
  const clients: RtmpTestClient[] = []

  beforeEach(async () => {
    redis = await startTestRedis()
    cluster = await connectCluster({ url: redis.url, log })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy()
    for (const ingest of running.splice(0)) await ingest.stop()
    await cluster.stop()
    await redis.stop()
  })

  const ingest = async (drainSeconds: number, sameProcess = true): Promise<IngestRole> => {
    const config = loadConfig({
      env: {
        SLUICE_BIND: '127.0.0.1',
        SLUICE_RTMP_PORT: '0',
        SLUICE_PUBLISH_AUTH: 'open',
        SLUICE_PROFILE: 'source',
        SLUICE_INGEST_DRAIN_SECONDS: String(drainSeconds),
      },
    })
    const started = await start({ config, redisUrl: redis.url, log, sameProcess })
    running.push(started)
    return started
  }
  const connect = ({ ports }: IngestRole): RtmpTestClient => {
    const client = new RtmpTestClient(ports.rtmp)
    clients.push(client)
    return client
  }
  /** A publisher whose broadcast is recorded. */
  const publish = async (at: IngestRole, name: string, properties = {}): Promise<RtmpTestClient> => {
    const client = connect(at)
    expect(await client.publishTo(name, 'live', properties)).toMatchObject({
      code: 'NetStream.Publish.Start',
    })
    const before = await cluster.broadcasts.current(name)
    sendPictures(client)
    await waitFor(async () => (await cluster.broadcasts.current(name))?.id !== before?.id, {
      what: `a broadcast of ${name}`,
    })
    return client
  }
  const codes = (client: RtmpTestClient): string[] => client.statuses.map(({ code }) => code)
  const asked = (client: RtmpTestClient): Promise<true> =>
    client.waitFor(() => codes(client).includes(REQUEST) || undefined, 'the request')

  /** Everything of a feed, as it comes. */
  const readFeed = async (
    { url, token }: FeedPlace,
    entries: StreamEntry[],
    signal: AbortSignal,
  ): Promise<void> => {
    const response = await fetch(`${url}?epoch=1&from=0`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    })
    const reader = new FeedReader()
    try {
      for await (const bytes of response.body ?? []) {
        reader.receive(bytes)
        entries.push(...reader.entries())
      }
    } catch {
      // Cut off without the end mark.
    }
  }
  /** Where an ingest has taken a broadcast to. */
  const newFeed = (broadcast = ''): Promise<FeedPlace> =>
    waitFor(async () => (await cluster.handovers.whereabouts(broadcast)).feed, { what: 'the new feed' })
  const boundaries = (entries: readonly StreamEntry[]): Boundary[] =>
    entries.flatMap((entry) => (entry.type === 'boundary' ? [entry.boundary] : []))

  it.each(['before', 'after'] as const)(
    'hands a broadcast over to another ingest, where its publisher begins %s it leaves',
    async (order) => {
      const feeds = new Map<string, { readonly entries: StreamEntry[]; closed: boolean }>()
      const worker = cluster.runLiveWorker({
        concurrency: 2,
        log,
        handler: async ({ stream, feedUrl, feedToken }, signal) => {
          const feed = { entries: [] as StreamEntry[], closed: false }
          feeds.set(stream, feed)
          await readFeed({ url: feedUrl, token: feedToken }, feed.entries, signal)
          feed.closed = true
        },
      })
      const [first, second] = [await ingest(10), await ingest(10)]
      const moving = await publish(first, 'moving', CAN_RECONNECT)
      const broadcast = await cluster.broadcasts.current('moving')
      const staying = await publish(first, 'staying')
      await waitFor(
        () => feeds.size === 2 && [...feeds.values()].every(({ entries }) => entries.length > 0),
        {
          what: 'the feeds',
        },
      )
      expect(await connect(second).publishTo('moving')).toMatchObject({ code: 'NetStream.Publish.BadName' })

      const stopped = first.stop()
      await asked(moving)
      const late = connect(first)
      await late.untilClosed()
      expect(late.received).toBe(0)
      // The other publisher does not know how to reconnect, and goes on until the end.
      expect([moving.closed, staying.closed, codes(staying)]).toEqual([
        false,
        false,
        ['NetStream.Publish.Start'],
      ])
      if (order === 'after') moving.unpublish('moving')
      const moved = connect(second)
      expect(await moved.publishTo('moving')).toMatchObject({ code: 'NetStream.Publish.Start' })
      sendPictures(moved, 1240)
      await stopped
      await Promise.all([moving.untilClosed(), staying.untilClosed()])

      await waitFor(() => [...feeds.values()].every(({ closed }) => closed), {
        what: 'the ends of the feeds',
      })
      expect(feeds.get('staying')?.entries.at(-1)).toEqual({ type: 'end' })
      expect((await cluster.broadcasts.current('staying'))?.endedAt).toBeDefined()
      const before = feeds.get('moving')?.entries ?? []
      expect(before.at(-1)).toEqual({ type: 'moved' })
      const place = await newFeed(broadcast?.id)
      const after: StreamEntry[] = []
      const reading = new AbortController()
      const read = readFeed(place, after, reading.signal)
      const [boundary] = await waitFor(() => boundaries(after).length > 0 && boundaries(after), {
        what: 'its first boundary',
      })
      const last = boundaries(before).at(-1)
      expect(boundary).toMatchObject({
        number: (last?.number ?? 0) + 1,
        independent: true,
        discontinuity: true,
      })
      expect(boundary?.time).toBeGreaterThan(last?.time ?? 0)
      expect(await cluster.broadcasts.current('moving')).toEqual({ ...broadcast, epoch: 1 })
      reading.abort()
      await read
      await worker.stop()
    },
  )

  it('leaves its broadcasts to its successor, where their publishers come back', async () => {
    const entries: StreamEntry[] = []
    const worker = cluster.runLiveWorker({
      concurrency: 1,
      log,
      handler: ({ feedUrl, feedToken }, signal) =>
        readFeed({ url: feedUrl, token: feedToken }, entries, signal),
    })
    const first = await ingest(10, false)
    const client = await publish(first, 'demo')
    const broadcast = await cluster.broadcasts.current('demo')
    await waitFor(() => boundaries(entries).length > 0, { what: 'the feed' })
    await first.stop()
    await client.untilClosed()
    expect(codes(client)).not.toContain(REQUEST)
    await waitFor(() => entries.at(-1)?.type === 'moved', { what: 'the end of the feed' })
    expect(await cluster.handovers.whereabouts(broadcast?.id ?? '')).toEqual({
      isLeft: true,
      feed: undefined,
    })
    expect((await cluster.broadcasts.current('demo'))?.endedAt).toBeUndefined()

    const returned = connect(await ingest(10, false))
    expect(await returned.publishTo('demo')).toMatchObject({ code: 'NetStream.Publish.Start' })
    sendPictures(returned, 1240)
    const after: StreamEntry[] = []
    const reading = new AbortController()
    const read = readFeed(await newFeed(broadcast?.id), after, reading.signal)
    const [boundary] = await waitFor(() => boundaries(after).length > 0 && boundaries(after), {
      what: 'its first boundary',
    })
    expect(boundary).toMatchObject({
      number: (boundaries(entries).at(-1)?.number ?? 0) + 1,
      discontinuity: true,
    })
    expect(await cluster.broadcasts.current('demo')).toEqual({ ...broadcast, epoch: 1 })
    reading.abort()
    await read
    await worker.stop()
  })

  it('leaves one, too, whose publisher is just away', async () => {
    const only = await ingest(10, false)
    const client = await publish(only, 'demo')
    client.destroy()
    const broadcast = await cluster.broadcasts.current('demo')
    await waitFor(async () => (await cluster.live.sessions(['demo'])).size === 0, {
      what: 'the end of the session',
    })
    await only.stop()
    expect((await cluster.handovers.whereabouts(broadcast?.id ?? '')).isLeft).toBe(true)
    expect((await cluster.broadcasts.current('demo'))?.endedAt).toBeUndefined()
  })

  it('begins a new broadcast where the one before it has ended on the way', async () => {
    const [first, second] = [await ingest(10), await ingest(10)]
    const moving = await publish(first, 'moving', CAN_RECONNECT)
    const broadcast = await cluster.broadcasts.current('moving')
    const stopped = first.stop()
    await asked(moving)
    moving.unpublish('moving')
    await stopped
    await cluster.broadcasts.end(broadcast?.id ?? '', epochMillis(Date.now()), 60_000)
    await publish(second, 'moving')
    expect((await cluster.handovers.whereabouts(broadcast?.id ?? '')).feed).toBeUndefined()
  })

  it('waits only so long, and disconnects who has not left', async () => {
    const only = await ingest(1)
    const client = await publish(only, 'demo', CAN_RECONNECT)
    const broadcast = await cluster.broadcasts.current('demo')
    await only.stop()
    expect(codes(client)).toContain(REQUEST)
    await client.untilClosed()
    expect(await cluster.broadcasts.get(broadcast?.id ?? '')).toMatchObject({ endedAt: expect.any(Number) })
    expect((await cluster.leases.acquire('demo', 'next', 1000)).acquired).toBe(true)
  })

  it.each([
    ['nobody can be asked', 60, {}],
    ['nobody is to be asked', 0, CAN_RECONNECT],
  ])('does not wait where %s', async (_, drainSeconds, properties) => {
    const only = await ingest(drainSeconds)
    const client = await publish(only, 'demo', properties)
    await only.stop()
    expect(codes(client)).not.toContain(REQUEST)
  })
})
