import { type Child, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClusterGateway, startCluster } from './support/gateway.ts'
import { fetchText } from './support/media.ts'
import { readMediaPlaylist, readVariants } from './support/playlists.ts'
import { childrenOf, isRunning } from './support/processes.ts'

/** Just large enough for a 360p rung. */
const SMALL = { width: 736, height: 414 }
/** What service managers and container engines are told that a role may take, in milliseconds. */
const MOST_STOP_MILLIS = 10_000

/** A role that is told to stop with a stream on air, as service managers do. */
describe.runIf(process.platform === 'linux')('SIGTERM, with a stream on air,', () => {
  let cluster: ClusterGateway
  let publisher: Child
  let base: string
  beforeEach(async () => {
    cluster = await startCluster({ workers: 2, origins: 2 }, { SLUICE_RECONNECT_SECONDS: '1' })
    base = `${cluster.origin}/live/stops`
    publisher = publishWithFfmpeg({ url: `${cluster.rtmp}/stops`, ...SMALL })
    await untilSegments(2)
  })
  afterEach(async () => {
    await publisher.stop()
    await cluster.stop()
  })

  /** Waits until both rungs have so many segments. */
  async function untilSegments(count: number): Promise<void> {
    await waitFor(
      async () => {
        const lists = await Promise.all(
          (await readVariants(base)).map(({ id }) => readMediaPlaylist(base, id)),
        )
        return (
          lists.length === 2 && lists.every(({ segments }) => (segments.at(-1)?.number ?? -1) + 1 >= count)
        )
      },
      { what: `${count} segments of each rung`, timeout: 40_000 },
    )
  }

  const stopsInOrder = async (child: Child | undefined): Promise<void> => {
    if (child === undefined) throw new Error('there is no such process')
    const began = performance.now()
    child.kill('SIGTERM')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(MOST_STOP_MILLIS)
    expect(child.output()).not.toMatch(/unhandled|TypeError|not everything stopped/i)
  }

  it('makes a worker hand its stream over without a gap, and end its encoder', async () => {
    const workers = await Promise.all(
      cluster.workers.map(async (worker) => ({ worker, encoders: await childrenOf(worker.pid) })),
    )
    const busy = workers.find(({ encoders }) => encoders.length > 0)
    if (busy === undefined) throw new Error('no worker encodes')
    await stopsInOrder(busy.worker)
    expect(busy.encoders.filter(isRunning)).toEqual([])
    const [last = 0] = (await readMediaPlaylist(base, 'source')).segments
      .map(({ number }) => number)
      .slice(-1)
    await untilSegments(last + 3)
    for (const { id } of await readVariants(base)) {
      const numbers = (await readMediaPlaylist(base, id)).segments.map(({ number }) => number)
      expect([id, numbers]).toEqual([id, numbers.map((_, index) => (numbers[0] ?? 0) + index)])
      expect(await fetchText(`${base}/${id}/index.m3u8`)).not.toMatch(/EXT-X-GAP|EXT-X-DISCONTINUITY\n/)
    }
    expect(publisher.running()).toBe(true)
  })

  it('ends origin and control while the stream goes on, and the ingest, without whose publisher the broadcast ends', async () => {
    await stopsInOrder(cluster.operatorApi)
    await stopsInOrder(cluster.originProcesses[1])
    await untilSegments(4)
    expect(publisher.running()).toBe(true)
    await stopsInOrder(cluster.ingest)
    await waitFor(async () => (await fetchText(`${base}/source/index.m3u8`))?.includes('#EXT-X-ENDLIST'), {
      what: 'the end of the broadcast',
      timeout: 60_000,
    })
  })
})
