import { describe, expect, test } from 'vitest'
import {
  AUDIO,
  declared,
  partEvents,
  SOURCE,
  START,
  segmentEvents,
  snapshotOf,
} from '../testing/sample-log.ts'
import type { TimelineEvent } from '../timeline/events.ts'
import { type ListRange, rangeFrom, rangeOfLast, rangeQuery } from './list-range.ts'
import { renderMedia } from './media.ts'

/** Segments of two seconds of a picture and its sound, and one in the making. */
function running(segments: number): readonly TimelineEvent[] {
  const both = [SOURCE, AUDIO]
  return [
    ...[START, ...both.map(declared)],
    ...Array.from({ length: segments }, (_, number) =>
      both.flatMap((each) => segmentEvents(each, number)),
    ).flat(),
    ...partEvents(SOURCE, segments).slice(0, 2),
  ]
}

function numbersOf(
  events: readonly TimelineEvent[],
  range: ListRange,
  rendition = 'source',
): readonly number[] {
  const text = renderMedia(snapshotOf(events), rendition, { range }) ?? ''
  return [...text.matchAll(/^b1\.1\.0\.(\d+)\.m4s$/gm)].map(([, number]) => Number(number))
}

describe('from a time on', () => {
  const snapshot = snapshotOf(running(10))

  test.each([
    [0, { type: 'event', start: 0, firstSegment: 0 }],
    [-5, { type: 'event', start: 0, firstSegment: 0 }],
    [7.9, { type: 'event', start: 7, firstSegment: 3 }],
    [8, { type: 'event', start: 8, firstSegment: 4 }],
    [20.9, { type: 'event', start: 20, firstSegment: 10 }],
    [21, 'ahead'],
  ])('%s s', (seconds, expected) => {
    expect(rangeFrom(snapshot, seconds)).toEqual(expected)
  })

  test('a time in the pause of a publisher stands for what follows', () => {
    const events: readonly TimelineEvent[] = [
      ...[
        START,
        declared(SOURCE),
        ...segmentEvents(SOURCE, 0),
        { type: 'discontinuity' as const, segment: 1 },
      ],
      ...segmentEvents(SOURCE, 1, { start: 30.5 }),
    ]
    expect(rangeFrom(snapshotOf(events), 10)).toEqual({ type: 'event', start: 31, firstSegment: 1 })
  })

  test('is gone a segment before the window loses it', () => {
    const slid = snapshotOf(running(10), { window: 12 })
    expect(slid.renditions[0]?.mediaSequence).toBe(4)
    expect(rangeFrom(slid, 3)).toBe('gone')
    expect(rangeFrom(slid, 9)).toBe('gone')
    expect(rangeFrom(slid, 10)).toMatchObject({ firstSegment: 5 })
  })

  test('nothing is there before there is media', () => {
    expect(rangeFrom(snapshotOf([START, declared(SOURCE)]), 0)).toBe('ahead')
  })

  test('the list has that segment first, in every rendition, and players begin where they were told to', () => {
    const range: ListRange = { type: 'event', start: 7, firstSegment: 3 }
    for (const rendition of ['source', 'audio-source'])
      expect(numbersOf(running(10), range, rendition)).toEqual([3, 4, 5, 6, 7, 8, 9])
    const text = renderMedia(snapshot, 'source', { range })
    expect(text).toContain('\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-START:TIME-OFFSET=1.000000,PRECISE=YES\n')
    expect(text).toContain('\n#EXT-X-MEDIA-SEQUENCE:3\n')
    expect(text).toContain('URI="../audio-source/index.m3u8?start=7"')
  })

  test('the list only ever grows', () => {
    const lists = [10, 11, 14].map((segments) =>
      numbersOf(running(segments), { type: 'event', start: 7, firstSegment: 3 }),
    )
    for (const [index, list] of lists.slice(1).entries())
      expect(list.slice(0, lists[index]?.length)).toEqual(lists[index])
  })
})

describe('the last seconds', () => {
  const snapshot = snapshotOf(running(20))

  test('are no fewer than six target durations, and no more than the window', () => {
    expect(rangeOfLast(snapshot, 1)).toEqual({ type: 'recent', seconds: 12 })
    expect(rangeOfLast(snapshot, 14.2)).toEqual({ type: 'recent', seconds: 15 })
    expect(rangeOfLast(snapshot, 9000)).toEqual({ type: 'recent', seconds: 60 })
  })

  test('are the newest segments that have them', () => {
    expect(numbersOf(running(20), { type: 'recent', seconds: 12 })).toEqual([14, 15, 16, 17, 18, 19])
    expect(numbersOf(running(20), { type: 'recent', seconds: 13 })[0]).toBe(13)
    expect(numbersOf(running(3), { type: 'recent', seconds: 12 })).toEqual([0, 1, 2])
    const text = renderMedia(snapshot, 'source', { range: { type: 'recent', seconds: 12 } })
    expect(text).not.toContain('PLAYLIST-TYPE')
    expect(text).toContain('URI="../audio-source/index.m3u8?dvr=12"')
  })
})

test('the query of a range', () => {
  expect(rangeQuery(undefined)).toBe('')
  expect(rangeQuery({ type: 'event', start: 7, firstSegment: 3 })).toBe('?start=7')
  expect(rangeQuery({ type: 'recent', seconds: 15 })).toBe('?dvr=15')
})
