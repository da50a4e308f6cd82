import { type EpochMillis, epochMillis, type Millis, millis, ticks, timescale } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import type { TimelineEvent } from '@sluice/manifest'
import { startTestRedis, type TestRedis } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Cluster, connectCluster } from '../cluster.ts'
import { recordingLog } from '../redis/recording-log.fixture.ts'
import type { TimelineWriter } from './timeline-log.ts'

const log = recordingLog()
const startedAt: EpochMillis = epochMillis(1_700_000_000_000)

const start = (broadcast: string): TimelineEvent => ({
  type: 'start',
  broadcast,
  startedAt,
  targetDuration: 2,
  partTarget: millis(250),
})
const rendition: TimelineEvent = {
  type: 'rendition',
  rendition: {
    kind: 'audio',
    id: 'audio-source',
    order: 0,
    codecString: 'mp4a.40.2',
    timescale: timescale(48_000),
    nominalBitrate: undefined,
    init: { version: 0, name: 'init.mp4' },
    sampleRate: 48_000,
    channels: 2,
  },
}
const segment = (number: number): TimelineEvent => ({
  type: 'segment',
  rendition: 'source',
  segment: number,
  name: `b.1.0.${number}.m4s`,
  init: 0,
  start: ticks(number * 180_000),
  duration: ticks(180_000),
  independent: true,
  size: 1000,
})

const part = (segment: number, index: number): TimelineEvent => ({
  type: 'part',
  rendition: 'audio-source',
  segment,
  part: index,
  name: `${segment}.m4s`,
  init: 0,
  start: ticks(segment * 96_000),
  duration: ticks(12_000),
  independent: true,
  offset: 0,
  size: 1000,
})

/** JSON as it comes back: members that are undefined are gone. */
const asRead = (events: readonly TimelineEvent[]): unknown => JSON.parse(JSON.stringify(events))

describe('the timeline log', () => {
  let redis: TestRedis
  let cluster: Cluster
  let broadcast: string

  const writer = async (keep: Millis = millis(60_000), keepParts = keep): Promise<TimelineWriter> => {
    const epoch = await cluster.broadcasts.nextEpoch(broadcast)
    return cluster.timelineWriter({ broadcast, epoch, keep, keepParts })
  }

  const follow = async (from: Cluster = cluster) => {
    const events: TimelineEvent[] = []
    const following = await from.follower.follow(broadcast, (more) => events.push(...more))
    return { events, stop: () => following.stop() }
  }

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    cluster = await connectCluster({ url: redis.url, log })
    const profile = BUILT_IN_PROFILES.default
    broadcast = (await cluster.broadcasts.create({ stream: 'demo', startedAt, profile })).id
  })
  afterEach(() => cluster.stop())

  it('gives a follower what was there and what comes, in order and once', async () => {
    const log = await writer()
    await log.append([start(broadcast), rendition, part(0, 0)])
    const { events } = await follow()
    expect(events).toEqual(asRead([start(broadcast), rendition, part(0, 0)]))
    await log.append([part(0, 1), part(0, 2)])
    await log.append([{ type: 'end' }])
    await vi.waitFor(() => expect(events).toHaveLength(6))
    expect(events.slice(3)).toEqual(asRead([part(0, 1), part(0, 2), { type: 'end' }]))
  })

  it('waits for a broadcast that has no log yet', async () => {
    const { events } = await follow()
    expect(events).toEqual([])
    await (await writer()).append([start(broadcast)])
    await vi.waitFor(() => expect(events).toEqual(asRead([start(broadcast)])))
  })

  it('keeps followers that join while appends go on in step', async () => {
    const log = await writer()
    await log.append([start(broadcast)])
    const appends: Promise<void>[] = []
    const followers: { events: TimelineEvent[] }[] = []
    for (let i = 0; i < 200; i++) {
      appends.push(log.append([part(i, 0)]))
      if (i % 20 === 0) {
        await appends[i - 3]
        followers.push(await follow())
      }
    }
    await Promise.all(appends)
    for (const { events } of followers) {
      await vi.waitFor(() => expect(events).toHaveLength(201))
      expect(events.slice(1).map((event) => (event.type === 'part' ? event.segment : -1))).toEqual(
        Array.from({ length: 200 }, (_, i) => i),
      )
    }
  })

  it('stops giving when asked to', async () => {
    const log = await writer()
    const first = await follow()
    const second = await follow()
    await first.stop()
    await log.append([start(broadcast)])
    await vi.waitFor(() => expect(second.events).toHaveLength(1))
    expect(first.events).toEqual([])
  })

  it('refuses an epoch as soon as the next one is issued', async () => {
    const old = await writer()
    await old.append([start(broadcast)])
    const young = await writer()
    await expect(old.append([part(0, 0)])).rejects.toMatchObject({
      name: 'DependencyError',
      code: 'cluster.timeline.fenced',
      details: { epoch: 1, issued: 2 },
    })
    await young.append([part(0, 0)])
    const { events } = await follow()
    expect(events).toHaveLength(2)
  })

  it('refuses a broadcast that was removed', async () => {
    const log = await writer()
    await cluster.broadcasts.remove(broadcast)
    await expect(log.append([start(broadcast)])).rejects.toMatchObject({ code: 'cluster.timeline.gone' })
  })

  it('drops parts that left the window, and nothing else', async () => {
    const log = await writer(millis(1))
    await log.append([start(broadcast), rendition, part(0, 0)])
    await log.append([{ type: 'discontinuity', segment: 1 }])
    let number = 1
    await vi.waitFor(async () => {
      await log.append([part(number, 0)])
      await log.append([segment(number++)])
      const { events, stop } = await follow()
      await stop()
      expect(events.slice(0, 3)).toEqual(
        asRead([start(broadcast), rendition, { type: 'discontinuity', segment: 1 }]),
      )
      expect(events.length).toBeLessThan(1 + 2 * number)
    })
  })

  it('keeps segments and drops their parts, and gives what is left in order', async () => {
    const log = await writer(millis(60_000), millis(1))
    const kept: TimelineEvent[] = [start(broadcast), rendition]
    await log.append(kept)
    const append = async (...events: readonly TimelineEvent[]): Promise<void> => {
      await log.append(events)
      kept.push(...events.filter(({ type }) => type !== 'part'))
    }
    let number = 0
    await vi.waitFor(async () => {
      await append(part(number, 0), part(number, 1), segment(number))
      await append({ type: 'discontinuity', segment: ++number })
      const { events, stop } = await follow()
      await stop()
      expect(events.filter(({ type }) => type !== 'part')).toEqual(asRead(kept))
      expect(events.filter(({ type }) => type === 'part').length).toBeLessThan(number)
    })
  })

  it('has no gap and no repetition when Redis dies and comes back', async () => {
    const log = await writer()
    await log.append([start(broadcast), part(0, 0)])
    const { events } = await follow()
    await redis.kill()
    const away = [log.append([part(1, 0)]), log.append([part(2, 0)]), log.append([part(3, 0)])]
    await redis.start()
    await Promise.all(away)
    await log.append([part(4, 0)])
    await vi.waitFor(() => expect(events).toHaveLength(6), { timeout: 5000 })
    expect(events).toEqual(asRead([start(broadcast), ...[0, 1, 2, 3, 4].map((i) => part(i, 0))]))
  })

  it('brings what was appended while a follower’s connection was lost', async () => {
    const other = await connectCluster({ url: redis.url, log })
    const { events } = await follow(other)
    const log2 = await writer()
    await log2.append([start(broadcast)])
    await vi.waitFor(() => expect(events).toHaveLength(1))
    // The last event of the outage has no successor that could reveal a gap.
    await redis.kill()
    const last = log2.append([{ type: 'end' }])
    await redis.start()
    await last
    await vi.waitFor(() => expect(events).toEqual(asRead([start(broadcast), { type: 'end' }])), {
      timeout: 5000,
    })
    await other.stop()
  })
})
