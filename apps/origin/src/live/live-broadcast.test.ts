import { epochMillis, millis, ticks, VIDEO_TIMESCALE } from '@sluice/core'
import type { SegmentEvent, TimelineEvent } from '@sluice/manifest'
import { createLogger } from '@sluice/runtime'
import { MemoryStore } from '@sluice/store'
import { expect, test } from 'vitest'
import { SOURCE } from '../testing/test-broadcast.ts'
import { LiveBroadcast } from './live-broadcast.ts'
import { MediaCache } from './media-cache.ts'
import { OriginTotals } from './origin-totals.ts'
import type { TimelineSource } from './timeline-source.ts'
import { WaitingRoom } from './wait-list.ts'

const START: TimelineEvent = {
  type: 'start',
  broadcast: 'b1',
  startedAt: epochMillis(0),
  targetDuration: 2,
  partTarget: millis(500),
}
const DECLARED: TimelineEvent = {
  type: 'rendition',
  rendition: { ...SOURCE, init: { version: 0, name: 'b1.1.init0.mp4' } },
}

function segment(number: number): TimelineEvent {
  return {
    type: 'segment',
    rendition: 'source',
    segment: number,
    name: `b1.1.0.${number}.m4s`,
    init: 0,
    start: ticks(number * 2 * VIDEO_TIMESCALE),
    duration: ticks(2 * VIDEO_TIMESCALE),
    independent: true,
    size: 10,
  }
}

async function follow(first: readonly TimelineEvent[]) {
  let give: (events: readonly TimelineEvent[]) => void = () => undefined
  const lines: string[] = []
  const source: TimelineSource = {
    current: async () => undefined,
    check: async () => undefined,
    follow: async (_, onEvents) => {
      give = onEvents
      if (first.length > 0) onEvents(first)
      return { stop: async () => undefined }
    },
  }
  const broadcast = await LiveBroadcast.follow('s', 'b1', {
    source,
    media: new MediaCache(new MemoryStore(), 1000),
    room: new WaitingRoom(10),
    totals: new OriginTotals(),
    log: createLogger({ log: { level: 'warn', format: 'json' } }, 'test', {
      write: (line) => lines.push(line),
    }),
    windowSeconds: 60,
    timeServerUrl: '/time',
    slowReaderMillis: 10_000,
  })
  return { broadcast, lines, give: (events: readonly TimelineEvent[]) => give(events) }
}

test('renders a version once', async () => {
  const { broadcast, give } = await follow([START, DECLARED, segment(0)])
  const first = broadcast.media('source')
  expect(broadcast.media('source')).toBe(first)
  expect(broadcast.mpd('ordinary')).toBe(broadcast.mpd('ordinary'))
  give([segment(0)])
  expect(broadcast.media('source')).toBe(first)
  give([segment(1)])
  expect(broadcast.media('source')).not.toBe(first)
})

test('the MPDs stay as they are while parts of a segment come', async () => {
  const { broadcast, give } = await follow([START, DECLARED, segment(0)])
  const before = [broadcast.mpd('ordinary'), broadcast.mpd('low')]
  give([
    {
      ...(segment(1) as SegmentEvent),
      type: 'part',
      part: 0,
      duration: ticks(0.5 * VIDEO_TIMESCALE),
      offset: 0,
      size: 3,
    },
  ])
  expect(broadcast.rendition('source')?.open).toBeDefined()
  expect([broadcast.mpd('ordinary'), broadcast.mpd('low')]).toEqual(before)
  expect(broadcast.mpd('low')).toBe(before[1])
})

test('an event that makes no sense is logged and left out', async () => {
  const { broadcast, give, lines } = await follow([START, DECLARED, segment(0)])
  give([{ ...segment(1), init: 9 } as TimelineEvent, segment(1)])
  expect(broadcast.snapshot?.renditions[0]?.segments).toHaveLength(2)
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ code: 'manifest.timeline.unknown_init', stream: 's' })
})

test('has nothing to play before its timeline begins', async () => {
  const { broadcast, give } = await follow([])
  broadcast.end()
  expect([broadcast.multivariant(), broadcast.mpd('ordinary'), broadcast.media('source')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  give([START, DECLARED, segment(0)])
  expect(broadcast.multivariant()?.body.toString()).toContain('source/index.m3u8')
  broadcast.end()
  expect(broadcast.media('source')?.body.toString()).toContain('#EXT-X-ENDLIST')
})

test('tells the time by its media where the host has another', async () => {
  // Media time 0 of this broadcast was in 1970, by a clock that has leapt since.
  const { broadcast, give } = await follow([START, DECLARED, segment(0)])
  expect(Math.abs(broadcast.now() - Date.now())).toBeLessThan(5000)
  give([segment(1)])
  expect(broadcast.now()).toBeGreaterThanOrEqual(4000)
  expect(broadcast.now()).toBeLessThan(60_000)
  expect(broadcast.mpd('low')?.body.toString()).toMatch(/publishTime="1970-01-01T00:00:/)
})
