import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { epochMillis, millis, UnsupportedError } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import { startTestRedis, type TestRedis } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Cluster, connectCluster } from '../cluster.ts'
import { recordingLog } from '../redis/recording-log.fixture.ts'
import type { LiveWorker, LiveWorkerOptions } from './live-worker.ts'
import { readTranscodeJob, type TranscodeJob } from './transcode-job.ts'

const log = recordingLog()
const startedAt = epochMillis(1_700_000_000_000)

const job = (broadcast: string, epoch: number): TranscodeJob => ({
  stream: 'demo',
  broadcast,
  epoch,
  profile: BUILT_IN_PROFILES.default,
  feedUrl: 'http://127.0.0.1:9000/feed/demo',
  feedToken: 'token',
  startBoundary: 0,
  startedAt,
  segmentSeconds: 2,
  partMillis: millis(250),
  windowSeconds: 60,
})

describe('what a job must look like', () => {
  it('comes back as it was', () => {
    const valid = job('b1', 1)
    expect(readTranscodeJob(JSON.parse(JSON.stringify(valid)))).toEqual(valid)
    expect(readTranscodeJob({ ...valid, failures: 3 })).toEqual({ ...valid, failures: 3 })
  })

  it.each([
    ['/epoch', { epoch: 0 }],
    ['/broadcast', { broadcast: 'a:b' }],
    ['/stream', { stream: '../demo' }],
    ['/feedUrl', { feedUrl: 'file:///etc/passwd' }],
    ['/profile', { profile: { name: 'x' } }],
    ['/failures', { failures: -1 }],
    ['/', { added: 1 }],
  ])('names %s', (field, wrong) => {
    expect(() => readTranscodeJob({ ...job('b1', 1), ...wrong })).toThrow(
      expect.objectContaining({ code: 'cluster.job.invalid', message: expect.stringContaining(field) }),
    )
  })
})

describe('live jobs', () => {
  let redis: TestRedis
  let cluster: Cluster
  let broadcast: string
  const workers: LiveWorker[] = []

  /** A handler that runs until its signal is aborted, and a record of what it saw. */
  const recorder = () => {
    const started: TranscodeJob[] = []
    const ended: unknown[] = []
    const handler = async (each: TranscodeJob, signal: AbortSignal): Promise<void> => {
      started.push(each)
      if (!signal.aborted) await once(signal, 'abort')
      ended.push(signal.reason)
    }
    return { started, ended, handler }
  }
  const work = (
    handler: LiveWorkerOptions['handler'],
    timing: LiveWorkerOptions['timing'] = { lockMillis: 1000, stalledCheckMillis: 300 },
  ): LiveWorker => {
    const worker = cluster.runLiveWorker({ concurrency: 4, handler, log, timing })
    workers.push(worker)
    return worker
  }
  const add = async (): Promise<number> => {
    const epoch = await cluster.broadcasts.nextEpoch(broadcast)
    await cluster.jobs.add(job(broadcast, epoch))
    return epoch
  }

  /** Time itself is the condition here: locks run out by the clock of Redis. */
  const outage = async (millis: number): Promise<void> => {
    await redis.kill()
    await delay(millis)
    await redis.start()
  }

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.flush()
    cluster = await connectCluster({ url: redis.url, log })
    const created = await cluster.broadcasts.create({
      stream: 'demo',
      startedAt,
      profile: BUILT_IN_PROFILES.default,
    })
    broadcast = created.id
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    await cluster.stop()
  })

  it('reach a worker as they were added, once', async () => {
    const { started, handler } = recorder()
    const worker = work(handler)
    const epoch = await add()
    await cluster.jobs.add(job(broadcast, epoch))
    await vi.waitFor(() => expect(started).toEqual([job(broadcast, epoch)]), { timeout: 5000 })
    expect(worker.running).toBe(1)
  })

  it('that are stale complete at once', async () => {
    await add()
    await add()
    const { started, handler } = recorder()
    work(handler)
    await vi.waitFor(async () => expect(await cluster.jobs.waiting()).toBe(0), { timeout: 5000 })
    await vi.waitFor(() => expect(started.map(({ epoch }) => epoch)).toEqual([2]), { timeout: 5000 })
  })

  it('end with their handler, and are not run again', async () => {
    let runs = 0
    work(async () => {
      runs++
    })
    await add()
    await vi.waitFor(() => expect(runs).toBe(1), { timeout: 5000 })
    await add()
    await vi.waitFor(() => expect(runs).toBe(2), { timeout: 5000 })
  })

  it('that fail run again under an epoch of their own', async () => {
    const epochs: number[] = []
    const { started, handler } = recorder()
    work(async (each, signal) => {
      epochs.push(each.epoch)
      if (epochs.length < 3) throw new Error('the feed cannot be reached')
      await handler(each, signal)
    })
    await add()
    await vi.waitFor(() => expect(started).toHaveLength(1), { timeout: 5000 })
    expect(epochs).toEqual([1, 2, 3])
    expect((await cluster.broadcasts.get(broadcast))?.epoch).toBe(3)
  })

  it('that cannot run are given up', async () => {
    let runs = 0
    work(async () => {
      runs++
      throw new UnsupportedError('test.unsupported', 'no encoder')
    })
    await add()
    await vi.waitFor(() => expect(log.messages).toContain('a job cannot run: no encoder'), {
      timeout: 5000,
    })
    expect(runs).toBe(1)
  })

  it('are not run again when a stopping worker’s handler resolves', async () => {
    const first = recorder()
    const worker = work(first.handler)
    await add()
    await vi.waitFor(() => expect(first.started).toHaveLength(1), { timeout: 5000 })
    await worker.stop()
    expect(first.ended).toEqual(['stopping'])
    // The ingest saw the feed close and replaces the run.
    const second = recorder()
    work(second.handler)
    await add()
    await vi.waitFor(() => expect(second.started.map(({ epoch }) => epoch)).toEqual([2]), { timeout: 5000 })
  })

  it('go straight to the next worker when a stopping worker’s handler rejects', async () => {
    const second = recorder()
    let begun = false
    const worker = work(async (_, signal) => {
      begun = true
      await once(signal, 'abort')
      throw new Error('stopped before the feed was there')
    })
    await add()
    await vi.waitFor(() => expect(begun).toBe(true), { timeout: 5000 })
    work(second.handler)
    await worker.stop()
    await vi.waitFor(() => expect(second.started.map(({ epoch }) => epoch)).toEqual([2]), { timeout: 5000 })
  })

  it('go on in the same worker over an outage of Redis longer than their lock lives', async () => {
    const { started, ended, handler } = recorder()
    work(handler, { lockMillis: 300, stalledCheckMillis: 100 })
    await add()
    await vi.waitFor(() => expect(started).toHaveLength(1), { timeout: 5000 })
    await outage(400)
    await vi.waitFor(() => expect(log.messages).toContain('a job came back to its running pipeline'), {
      timeout: 10_000,
    })
    expect(started).toHaveLength(1)
    expect(ended).toEqual([])
  })

  it('are ended here when another worker has taken them over', async () => {
    const { started, ended, handler } = recorder()
    work(handler, { lockMillis: 300, stalledCheckMillis: 100 })
    await add()
    await vi.waitFor(() => expect(started).toHaveLength(1), { timeout: 5000 })
    await cluster.broadcasts.nextEpoch(broadcast)
    await outage(400)
    await vi.waitFor(() => expect(ended).toEqual(['superseded']), { timeout: 10_000 })
  })

  it('of a worker that is killed are run by another', async () => {
    const child = startWorkerProcess(redis.url)
    try {
      await add()
      await once(child, 'message')
      const { started, handler } = recorder()
      work(handler)
      child.kill('SIGKILL')
      await vi.waitFor(() => expect(started.map(({ epoch }) => epoch)).toEqual([2]), { timeout: 15_000 })
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('have ended broadcasts deleted: first the files, then the keys', async () => {
    const deleted: unknown[] = []
    let failed = false
    const worker = cluster.runExpireWorker({
      log,
      handler: async (each) => {
        if (!failed) {
          failed = true
          throw new Error('the store is away')
        }
        deleted.push(each)
      },
    })
    await cluster.broadcasts.end(broadcast, startedAt, 1000)
    await cluster.jobs.addExpire({ stream: 'demo', broadcast }, 1)
    await vi.waitFor(async () => expect(await cluster.broadcasts.get(broadcast)).toBeUndefined(), {
      timeout: 10_000,
    })
    expect(deleted).toEqual([{ stream: 'demo', broadcast }])
    await worker.stop()
  })
})

/** A worker in a process of its own, which sends a message when its handler has begun. */
function startWorkerProcess(url: string): ChildProcess {
  const program = fileURLToPath(new URL('./killed-worker.fixture.ts', import.meta.url))
  return spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, url], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}
