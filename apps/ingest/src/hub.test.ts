import { AVC_CONFIGURATION, avcFrame, type RtmpTestClient, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sendPictures } from './testing/sample.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const HOUR = 3_600_000

describe('the hub, with a real Redis', () => {
  let ingest: TestIngest

  beforeEach(async () => {
    ingest = await startTestIngest({ env: { SLUICE_RECONNECT_SECONDS: '5', SLUICE_PROFILE: 'source' } })
  })
  afterEach(() => ingest.stop())

  /** Publishes until the broadcast is recorded. @returns its id. */
  const goOnAir = async (client: RtmpTestClient, name = 'demo', from = 0): Promise<string> => {
    expect(await client.publishTo(name)).toMatchObject({ code: 'NetStream.Publish.Start' })
    sendPictures(client, from)
    return waitFor(() => ingest.hub.find(name)?.broadcast, { what: `a broadcast of ${name}` })
  }

  it('records a broadcast with its job, lease and state, and its end', async () => {
    const client = ingest.client()
    const id = await goOnAir(client)
    const state = async () => (await ingest.cluster.live.sessions(['demo'])).get('demo')
    expect(await ingest.cluster.broadcasts.current('demo')).toMatchObject({ id, endedAt: undefined })
    await waitFor(async () => (await ingest.cluster.jobs.waiting()) === 1, { what: 'the job' })
    expect(await ingest.cluster.leases.acquire('demo', 'somebody else', 1000)).toMatchObject({
      acquired: false,
    })
    await waitFor(async () => (await state())?.video?.width === 320, {
      what: 'the state',
    })
    client.unpublish('demo')
    await waitFor(async () => (await ingest.cluster.broadcasts.get(id))?.endedAt !== undefined, {
      what: 'the end',
    })
    expect(ingest.hub.find('demo')).toBeUndefined()
    await waitFor(async () => (await ingest.cluster.leases.acquire('demo', 'next', 1000)).acquired, {
      what: 'the lease to be free',
    })
    await waitFor(async () => (await state()) === undefined, { what: 'the state to be cleared' })
  })

  it('an encoder that stops and starts at once is welcome, also on the same connection', async () => {
    const client = ingest.client()
    const first = await goOnAir(client)
    client.unpublish('demo')
    client.publish('demo')
    await client.waitFor(
      () => client.statuses.filter(({ code }) => code === 'NetStream.Publish.Start')[1],
      'a second start',
    )
    expect(client.statuses.map(({ code }) => code)).not.toContain('NetStream.Publish.BadName')
    expect(ingest.hub.find('demo')?.broadcast).not.toBe(first)
  })

  it('a publisher that breaks off goes on with the same broadcast', async () => {
    const client = ingest.client()
    const id = await goOnAir(client)
    client.destroy()
    await waitFor(() => ingest.hub.find('demo')?.state === 'waiting', { what: 'the wait' })
    expect(await goOnAir(ingest.client())).toBe(id)
    const starts = ingest.hub.find('demo')?.stream.ring.starts ?? []
    await waitFor(() => starts.some(({ boundary }) => boundary.discontinuity), { what: 'a discontinuity' })
    expect(ingest.hub.size).toBe(1)
  })

  it('a publisher that went silent gives way to its own new connection, one that sends does not', async () => {
    const silent = ingest.client()
    const id = await goOnAir(silent)
    expect(await ingest.client().publishTo('demo')).toMatchObject({ code: 'NetStream.Publish.BadName' })
    // Nothing closes the first connection: the second has to be let in because nothing comes from there.
    await waitFor(async () => (await ingest.client().publishTo('demo')).code === 'NetStream.Publish.Start', {
      what: 'the second connection to be let in',
      interval: 500,
    })
    await silent.waitFor(
      () => silent.statuses.find(({ code }) => code === 'NetStream.Publish.Denied'),
      'the first connection to be told',
    )
    expect(ingest.hub.find('demo')).toMatchObject({ broadcast: id, state: 'live' })
  })

  it.each([HOUR, -HOUR])(
    'keeps the place of its publisher when the clock of the host leaps by %d ms',
    async (leap) => {
      const publisher = ingest.client()
      const id = await goOnAir(publisher)
      vi.setSystemTime(Date.now() + leap)
      try {
        expect(await ingest.client().publishTo('demo')).toMatchObject({ code: 'NetStream.Publish.BadName' })
      } finally {
        vi.useRealTimers()
      }
      publisher.media('video', 2000, avcFrame(false))
      expect(ingest.hub.find('demo')).toMatchObject({ broadcast: id, state: 'live' })
    },
  )

  it('a publisher that never sent anything playable leaves nothing', async () => {
    const client = ingest.client()
    await client.publishTo('empty')
    client.destroy()
    await waitFor(() => ingest.hub.size === 0, { what: 'the end' })
    expect(await ingest.cluster.broadcasts.current('empty')).toBeUndefined()
  })

  it('a broadcast of a moment is recorded with its end', async () => {
    const client = ingest.client()
    await client.publishTo('blink')
    client.media('video', 0, AVC_CONFIGURATION)
    client.media('video', 0, avcFrame(true))
    client.media('video', 1200, avcFrame(false))
    client.unpublish('blink')
    const current = await waitFor(() => ingest.cluster.broadcasts.current('blink'), { what: 'the broadcast' })
    const ended = await waitFor(async () => (await ingest.cluster.broadcasts.get(current.id))?.endedAt, {
      what: 'its end',
    })
    expect(ended).toBeGreaterThanOrEqual(current.startedAt)
  })

  it('stops only when ends that were under way are recorded too', async () => {
    await goOnAir(ingest.client())
    const recorded = vi.fn<() => void>()
    void ingest.hub.find('demo')?.end().then(recorded)
    await ingest.hub.stop()
    expect(recorded).toHaveBeenCalled()
  })

  it('publishers stay while Redis is away, and what begins meanwhile is recorded when it is back', async () => {
    const client = ingest.client()
    await goOnAir(client)
    const late = ingest.client()
    await late.publishTo('late')
    await ingest.redis.kill()
    late.media('video', 0, AVC_CONFIGURATION)
    late.media('video', 0, avcFrame(true))
    late.media('video', 1200, avcFrame(true))
    const refused = ingest.client()
    expect(await refused.publishTo('newcomer')).toMatchObject({
      code: 'NetStream.Publish.BadName',
      description: 'the server cannot check stream keys now; try again',
    })
    expect(ingest.codes()).toContain('ingest.publish.unavailable')
    client.media('video', 2000, avcFrame(true))
    await waitFor(() => (ingest.hub.find('demo')?.stream.totals.videoFrames ?? 0) >= 32, {
      what: 'another frame',
    })
    expect([client.closed, late.closed]).toEqual([false, false])
    await ingest.redis.start()
    await waitFor(() => ingest.hub.find('late')?.broadcast, { what: 'the late broadcast' })
    expect(await ingest.client().publishTo('newcomer')).toMatchObject({ code: 'NetStream.Publish.Start' })
  })

  it('ends a broadcast whose name another ingest has taken', async () => {
    const client = ingest.client()
    await goOnAir(client)
    await ingest.redis.flush()
    await ingest.cluster.leases.acquire('demo', 'another ingest', 60_000)
    await client.untilClosed()
    expect(ingest.codes()).toContain('ingest.lease.lost')
    expect(client.statuses.at(-1)).toMatchObject({ description: 'the stream is published elsewhere' })
    await waitFor(() => ingest.hub.size === 0, { what: 'the end' })
  })

  it('replaces a worker whose feed closed, unless the queue has done so already', async () => {
    const client = ingest.client()
    const id = await goOnAir(client)
    const onAir = ingest.hub.find('demo')
    const epoch = async () => (await ingest.cluster.broadcasts.get(id))?.epoch
    await waitFor(async () => (await epoch()) === 1, { what: 'the first job' })
    onAir?.workerCame(1)
    onAir?.workerLost(1)
    await waitFor(async () => (await epoch()) === 2, { what: 'the second' })
    // The queue delivered the second job twice: the reader of epoch 3 is the one to keep.
    onAir?.workerCame(2)
    onAir?.workerLost(2)
    onAir?.workerCame(3)
    onAir?.workerLost(2)
    onAir?.workerLost(1)
    // A later loss is the proof that nothing was pending before it.
    onAir?.workerLost(3)
    await waitFor(async () => (await epoch()) !== 2, { what: 'the third' })
    expect(await epoch()).toBe(3)
  })

  it('goes on trying where an epoch was issued and the queue then took no job', async () => {
    const id = await goOnAir(ingest.client())
    const epoch = async () => (await ingest.cluster.broadcasts.get(id))?.epoch
    await waitFor(async () => (await ingest.cluster.jobs.waiting()) === 1, { what: 'the first job' })
    // As when the disk of Redis is full: some writes pass, and the next one is refused.
    await ingest.redis.command('RENAME sluice:jobs:live:wait kept')
    await ingest.redis.command('SET sluice:jobs:live:wait none')
    ingest.hub.find('demo')?.workerLost(1)
    await waitFor(async () => (await epoch()) === 3, { what: 'a second attempt' })
    await ingest.redis.command('RENAME kept sluice:jobs:live:wait')
    await waitFor(async () => (await ingest.cluster.jobs.waiting()) === 2, { what: 'the second job' })
  })
})
