import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { epochMillis, millis, ticks, VIDEO_TIMESCALE } from '@sluice/core'
import { partFileName, type TimelineEvent } from '@sluice/manifest'
import { createLogger } from '@sluice/runtime'
import { MemoryStore } from '@sluice/store'
import { startChild, waitFor } from '@sluice/testkit'
import { expect, test } from 'vitest'
import { HotPlaylists } from './http/hot-playlists.ts'
import { addPlaylistRoutes } from './http/playlist-routes.ts'
import { createServer } from './http/server.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { MediaCache } from './live/media-cache.ts'
import { OriginTotals } from './live/origin-totals.ts'
import { StreamDirectory } from './live/stream-directory.ts'
import type { TimelineSource } from './live/timeline-source.ts'
import { WaitingRoom } from './live/wait-list.ts'
import { LOW, SOURCE } from './testing/test-broadcast.ts'
import type { WakeCount } from './testing/wake-clients.ts'

const CLIENTS = join(import.meta.dirname, 'testing/wake-clients.ts')
/** As many as an origin is to wake, or as the machine lets a process have, less what the rest of it needs. */
const WAITERS = Math.min(10_000, Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) - 500)
/** Seconds. Requests are held for three of it, which has to be enough for all of them to come. */
const TARGET_DURATION = 20
const PART_SECONDS = 0.25
const PARTS = 8

function partEvent(rendition: string, segment: number, part: number): TimelineEvent {
  return {
    type: 'part',
    ...{ rendition, segment, part, name: `b1.1.0.${segment}.m4s`, init: 0, independent: part === 0 },
    start: ticks((segment * PARTS + part) * PART_SECONDS * VIDEO_TIMESCALE),
    duration: ticks(PART_SECONDS * VIDEO_TIMESCALE),
    ...{ offset: part * 100, size: 100 },
  }
}

function segmentEvents(rendition: string, segment: number): TimelineEvent[] {
  return [
    ...Array.from({ length: PARTS }, (_, part) => partEvent(rendition, segment, part)),
    {
      type: 'segment',
      ...{ rendition, segment, name: `b1.1.0.${segment}.m4s`, init: 0, independent: true, size: 100 * PARTS },
      start: ticks(segment * PARTS * PART_SECONDS * VIDEO_TIMESCALE),
      duration: ticks(PARTS * PART_SECONDS * VIDEO_TIMESCALE),
    },
  ]
}

/** A minute of a broadcast of two renditions, and a way to go on with it. */
function runningSource(): { source: TimelineSource; give: (...events: TimelineEvent[]) => void } {
  const ids = [SOURCE, LOW].map(({ id }) => id)
  const log: TimelineEvent[] = [
    {
      type: 'start',
      ...{
        broadcast: 'b1',
        startedAt: epochMillis(0),
        targetDuration: TARGET_DURATION,
        partTarget: millis(250),
      },
    },
    ...[SOURCE, LOW].map(
      (rendition): TimelineEvent => ({
        type: 'rendition',
        rendition: { ...rendition, init: { version: 0, name: 'b1.1.init0.mp4' } },
      }),
    ),
    ...Array.from({ length: 30 }, (_, segment) => ids.flatMap((id) => segmentEvents(id, segment))).flat(),
  ]
  let follower: (events: readonly TimelineEvent[]) => void = () => undefined
  const source: TimelineSource = {
    current: async () => ({ id: 'b1', endedAt: undefined }),
    check: async () => undefined,
    follow: async (_, onEvents) => {
      follower = onEvents
      onEvents(log)
      return { stop: async () => undefined }
    },
  }
  return { source, give: (...events) => follower(events) }
}

test(`${WAITERS} waiting requests are answered with one rendering, each once`, async () => {
  const { source, give } = runningSource()
  const room = new WaitingRoom(WAITERS)
  const totals = new OriginTotals()
  const log = createLogger({ log: { level: 'fatal', format: 'json' } }, 'test')
  const directory = new StreamDirectory(
    {
      ...{ source, room, totals, log, windowSeconds: 60, timeServerUrl: '/time' },
      ...{ media: new MediaCache(new MemoryStore(), 1_000_000), slowReaderMillis: 10_000 },
    },
    { ...DEFAULT_LIMITS, recheckMillis: 3_600_000 },
  )
  const hot = new HotPlaylists(directory, totals.documents)
  const app = createServer(log, hot)
  addPlaylistRoutes(app, directory, DEFAULT_LIMITS, hot)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const path = '/live/wake/source/index.m3u8?_HLS_msn=30&_HLS_part=1'
  const args = ['--conditions=source', '--import', 'tsx', CLIENTS, port, path, String(WAITERS)]
  const clients = startChild(process.execPath, args)
  try {
    await waitFor(() => room.waiting === WAITERS, { what: 'requests that wait', timeout: 50_000 })
    const broadcast = (await directory.open('wake'))?.current
    const before = broadcast?.renders ?? 0
    // Others come first: nobody waits for those.
    give(partEvent('source', 30, 0))
    give(partEvent('360p', 30, 0))
    expect(room.waiting).toBe(WAITERS)
    give(partEvent('source', 30, 1))
    const line = await waitFor(() => /^\{.*\}$/m.exec(clients.output())?.[0], { what: 'the answers' })
    const count: WakeCount = JSON.parse(line)
    process.stdout.write(`${WAITERS} waiting requests were answered within ${count.millis.toFixed(0)} ms\n`)
    expect(count).toMatchObject({ answered: WAITERS, versions: 1 })
    expect((broadcast?.renders ?? 0) - before).toBe(1)
    expect(broadcast?.media('source')?.body.toString()).toContain(partFileName('b1.1.0.30.m4s', 1))
    expect(room.waiting).toBe(0)
  } finally {
    await clients.stop()
    await app.close()
    await directory.stop()
  }
}, 90_000)
