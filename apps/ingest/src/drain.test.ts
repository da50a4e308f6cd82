import { FeedReader, type StreamEntry } from '@sluice/broadcast'
import { type Cluster, connectCluster } from '@sluice/cluster'
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

  const ingest = async (drainSeconds: number): Promise<IngestRole> => {
    const config = loadConfig({
      env: {
        SLUICE_BIND: '127.0.0.1',
        SLUICE_RTMP_PORT: '0',
        SLUICE_PUBLISH_AUTH: 'open',
        SLUICE_PROFILE: 'source',
        SLUICE_INGEST_DRAIN_SECONDS: String(drainSeconds),
      },
    })
    const started = await start({ config, redisUrl: redis.url, log, sameProcess: true })
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

  it('leaves a broadcast without an end where its publisher has left for another ingest', async () => {
    const feeds = new Map<string, { readonly entries: StreamEntry[]; closed: boolean }>()
    const worker = cluster.runLiveWorker({
      concurrency: 2,
      log,
      handler: async ({ stream, feedUrl, feedToken }, signal) => {
        const feed = { entries: [] as StreamEntry[], closed: false }
        feeds.set(stream, feed)
        const response = await fetch(`${feedUrl}?epoch=1&from=0`, {
          headers: { authorization: `Bearer ${feedToken}` },
          signal,
        })
        const reader = new FeedReader()
        try {
          for await (const bytes of response.body ?? []) {
            reader.receive(bytes)
            feed.entries.push(...reader.entries())
          }
        } catch {
          // Cut off without the end mark.
        }
        feed.closed = true
      },
    })
    const [first, second] = [await ingest(10), await ingest(10)]
    const moving = await publish(first, 'moving', CAN_RECONNECT)
    const broadcast = await cluster.broadcasts.current('moving')
    const staying = await publish(first, 'staying')
    await waitFor(() => feeds.size === 2 && [...feeds.values()].every(({ entries }) => entries.length > 0), {
      what: 'the feeds',
    })
    expect(await connect(second).publishTo('moving')).toMatchObject({ code: 'NetStream.Publish.BadName' })

    const stopped = first.stop()
    await asked(moving)
    const late = connect(first)
    await late.untilClosed()
    expect(late.received).toBe(0)
    // It begins there before it leaves here; the other one does not know how to, and goes on until the end.
    sendPictures(moving, 1240)
    const moved = await waitFor(
      async () => {
        const client = connect(second)
        return (await client.publishTo('moving')).code === 'NetStream.Publish.Start' && client
      },
      { what: 'the name to be free' },
    )
    expect([moving.closed, staying.closed, codes(staying)]).toEqual([
      false,
      false,
      ['NetStream.Publish.Start'],
    ])
    expect(await cluster.broadcasts.current('moving')).toEqual(broadcast)
    moving.unpublish('moving')
    await stopped
    expect([moving.closed, staying.closed]).toEqual([true, true])

    await waitFor(() => [...feeds.values()].every(({ closed }) => closed), { what: 'the ends of the feeds' })
    expect(feeds.get('staying')?.entries.at(-1)).toEqual({ type: 'end' })
    expect(feeds.get('moving')?.entries).not.toContainEqual({ type: 'end' })
    expect((await cluster.broadcasts.current('staying'))?.endedAt).toBeDefined()
    expect(await cluster.broadcasts.current('moving')).toEqual(broadcast)
    sendPictures(moved)
    const next = await waitFor(
      async () => {
        const current = await cluster.broadcasts.current('moving')
        return current?.id !== broadcast?.id && current
      },
      { what: 'the next broadcast' },
    )
    expect((await cluster.broadcasts.get(broadcast?.id ?? ''))?.endedAt).toBe(next.startedAt)
    await worker.stop()
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
