import { type Child, publishWithFfmpeg, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { type ClusterGateway, startCluster } from './support/gateway.ts'
import { decodeStrictly, probePackets } from './support/media.ts'
import {
  type MediaPlaylist,
  readMediaPlaylist,
  readVariants,
  renditionsOf,
  waitForEnd,
} from './support/playlists.ts'
import { childrenOf, isRunning } from './support/processes.ts'
import { expectAligned, fetchBytes } from './support/segments.ts'

const LADDER = 'ladder'
const PLAIN = 'plain'
/** Two frames of 25 a second: what rounding to milliseconds may make of one. */
const LONGEST_STEP = 0.08

describe('a cluster', () => {
  let cluster: ClusterGateway
  const publishers: Child[] = []
  beforeAll(async () => {
    cluster = await startCluster({ workers: 2, origins: 2 })
    await cluster.api('POST', '/v1/streams', { name: PLAIN, profile: 'source' }, 201)
    for (const stream of [LADDER, PLAIN])
      publishers.push(
        publishWithFfmpeg({ url: `${cluster.rtmp}/${stream}`, width: 736, height: 414, frameRate: 25 }),
      )
  })
  afterAll(async () => {
    for (const publisher of publishers) await publisher.stop()
    await cluster.stop()
  })

  const at = (origin: number, stream: string): string => `${cluster.origins[origin]}/live/${stream}`

  /** Waits until a rendition lists a segment that the condition accepts. */
  function waitForSegment(
    base: string,
    id: string,
    accept: (uri: string) => boolean,
  ): Promise<MediaPlaylist> {
    return waitFor(
      async () => {
        const playlist = await readMediaPlaylist(base, id)
        return playlist.segments.some(({ uri }) => accept(uri)) ? playlist : undefined
      },
      { what: `a segment of ${id} at ${base}`, timeout: 40_000, interval: 100 },
    )
  }

  it('has two streams on air, with the same bytes at both origins', async () => {
    for (const [stream, expected] of [
      [LADDER, ['source', 'audio-source', '360p', 'audio-128k']],
      [PLAIN, ['source', 'audio-source']],
    ] as const) {
      await waitFor(async () => (await readVariants(at(0, stream))).length > 0, { what: stream })
      expect(renditionsOf(await readVariants(at(1, stream)))).toEqual(expected)
      for (const id of expected) {
        const third = (uri: string): boolean => uri.endsWith('.2.m4s')
        const { segments } = await waitForSegment(at(0, stream), id, third)
        await waitForSegment(at(1, stream), id, third)
        for (const file of [segments[0]?.init, ...segments.map(({ uri }) => uri)]) {
          const [one, other] = await Promise.all(
            [0, 1].map(async (origin) =>
              Buffer.from(await fetchBytes(`${at(origin, stream)}/${id}/${file}`)).toString('base64'),
            ),
          )
          expect(one === other, `${stream}/${id}/${file}`).toBe(true)
        }
      }
    }
  })

  it('loses a worker and goes on', async () => {
    const view = await cluster.api<StreamView>('GET', `/v1/streams/${LADDER}`)
    const id = view.broadcast?.worker ?? 'nobody'
    const victim = cluster.workers.find((worker) => worker.output().includes(id))
    if (victim === undefined) throw new Error(`no process is worker ${id}`)
    const encoders = await childrenOf(victim.pid)
    expect(encoders).toHaveLength(1)

    victim.kill('SIGKILL')
    await waitFor(() => !encoders.some(isRunning), { what: 'the end of its ffmpeg', interval: 20 })
    for (const rendition of ['source', '360p', 'audio-source', 'audio-128k'])
      await waitForSegment(at(0, LADDER), rendition, (uri) => uri.split('.')[1] === '2')
    const successor = async (): Promise<StreamView | false> => {
      const now = await cluster.api<StreamView>('GET', `/v1/streams/${LADDER}`)
      return now.broadcast?.worker !== id && now
    }
    const after = await waitFor(successor, { what: 'the state to name another worker' })
    expect(after.broadcast?.id).toBe(view.broadcast?.id)
  })

  it('loses an origin, which serves again as soon as it is back', async () => {
    await cluster.restartOrigin(0)
    for (const stream of [LADDER, PLAIN]) {
      const [before, after] = await Promise.all(
        [1, 0].map((origin) => readMediaPlaylist(at(origin, stream), 'source')),
      )
      expect(after?.segments.length).toBeGreaterThan(0)
      expect(before?.segments.map(({ uri }) => uri)).toEqual(
        expect.arrayContaining(after?.segments.slice(0, -1).map(({ uri }) => uri) ?? []),
      )
    }
  })

  it('has lost no frame', async () => {
    for (const publisher of publishers) await publisher.stop('SIGINT')
    for (const stream of [LADDER, PLAIN]) {
      const base = at(0, stream)
      const variants = await waitForEnd(base)
      expect(await decodeStrictly(`${base}/index.m3u8`, ['-map', '0'])).toBe('')
      await expectAligned(base, variants)
      for (const id of renditionsOf(variants)) {
        const { segments } = await readMediaPlaylist(base, id)
        expect(
          segments.map(({ number }) => number),
          id,
        ).toEqual(segments.map((_, index) => index))
        expect(
          segments.some(({ discontinuity }) => discontinuity),
          id,
        ).toBe(false)
        const times = (await probePackets(`${base}/${id}/index.m3u8`, 600))
          .map(({ pts }) => pts)
          .sort((a, b) => a - b)
        const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
        expect(Math.max(...steps), `${stream} ${id}`).toBeLessThan(LONGEST_STEP)
        expect(Math.min(...steps), `${stream} ${id}`).toBeGreaterThan(0)
      }
    }
  })
})
