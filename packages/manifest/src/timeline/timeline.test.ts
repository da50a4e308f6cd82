import { millis, ProtocolError, ticks, timescale } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import {
  AUDIO,
  declared,
  LOW,
  partEvents,
  planned,
  SOURCE,
  START,
  segmentEvent,
  segmentEvents,
  snapshotOf,
  timelineOf,
} from '../testing/sample-log.ts'
import type { AudioRendition, TimelineEvent } from './events.ts'
import { findRendition, type TimelineSnapshot } from './snapshot.ts'
import { Timeline } from './timeline.ts'

const OPENING = [START, declared(SOURCE)]

function source(snapshot: TimelineSnapshot | undefined) {
  const window = snapshot && findRendition(snapshot, 'source')
  if (window === undefined) throw new Error('no source rendition')
  return window
}

function numbers(snapshot: TimelineSnapshot): readonly number[] {
  return source(snapshot).segments.map(({ number }) => number)
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'nothing thrown'
}

describe('the live window', () => {
  test('lists parts while a segment is open and the segment with its parts once it is closed', () => {
    const timeline = timelineOf([...OPENING, ...partEvents(SOURCE, 0)])
    expect(source(timeline.snapshot()).open?.parts.map(({ name }) => name)).toEqual([
      'b1.1.0.0.p0.m4s',
      'b1.1.0.0.p1.m4s',
      'b1.1.0.0.p2.m4s',
      'b1.1.0.0.p3.m4s',
    ])
    timeline.apply(segmentEvent(SOURCE, 0))
    const window = source(timeline.snapshot())
    expect(window.open).toBeUndefined()
    expect(window.segments.map(({ name, parts }) => [name, parts.length])).toEqual([['b1.1.0.0.m4s', 4]])
  })

  test('keeps the seconds asked for and forgets the rest', () => {
    const events = Array.from({ length: 20 }, (_, number) => segmentEvents(SOURCE, number)).flat()
    const snapshot = snapshotOf([...OPENING, ...events], { window: 13 })
    expect(numbers(snapshot)).toEqual([13, 14, 15, 16, 17, 18, 19])
    expect(source(snapshot).mediaSequence).toBe(13)
  })

  test('never keeps fewer than six target durations', () => {
    const events = Array.from({ length: 20 }, (_, number) => segmentEvents(SOURCE, number)).flat()
    expect(numbers(snapshotOf([...OPENING, ...events], { window: 1 }))).toHaveLength(6)
  })

  test('begins with the number at which a rendition joins', () => {
    const snapshot = snapshotOf([...OPENING, ...segmentEvents(SOURCE, 37)])
    expect(source(snapshot).mediaSequence).toBe(37)
  })
})

describe('a window of hours', () => {
  const START_WITH_WINDOW = { ...START, window: 3600 }
  const segments = (count: number) => Array.from({ length: count }, (_, n) => segmentEvents(SOURCE, n)).flat()

  test('is as long as the log says, whatever the reader would have', () => {
    const events = [START_WITH_WINDOW, declared(SOURCE), ...segments(1810)]
    const snapshot = snapshotOf(events, { window: 60 })
    expect(snapshot.window).toBe(3600)
    expect(source(snapshot).segments).toHaveLength(1800)
  })

  test('keeps parts of its newest segments alone', () => {
    const timeline = timelineOf([START_WITH_WINDOW, declared(SOURCE), ...segments(100)])
    const withParts = source(timeline.snapshot()).segments.filter(({ parts }) => parts.length > 0)
    expect(withParts.map(({ number }) => number)).toEqual([94, 95, 96, 97, 98, 99])
    expect(timeline.file('source', 'b1.1.0.94.p3.m4s')?.kind).toBe('part')
    expect(timeline.file('source', 'b1.1.0.93.p3.m4s')).toBeUndefined()
    expect(timeline.file('source', 'b1.1.0.0.m4s')?.kind).toBe('segment')
  })

  test('is not changed in a snapshot by what comes later', () => {
    const timeline = timelineOf([START_WITH_WINDOW, declared(SOURCE), ...segments(10)])
    const before = source(timeline.snapshot())
    const copy = structuredClone(before.segments)
    for (const event of segments(20).slice(10 * 5)) timeline.apply(event)
    timeline.apply({ type: 'discontinuity', segment: 3000 })
    for (const event of segmentEvents(SOURCE, 3000, { start: 9000 })) timeline.apply(event)
    expect(before.segments).toEqual(copy)
    expect(source(timeline.snapshot()).segments).toHaveLength(1)
  })

  test('is refused where it is none', () => {
    for (const window of [0, -1, 1e6, Number.NaN])
      expect(codeOf(() => new Timeline().apply({ ...START, window }))).toBe('manifest.timeline.bad_start')
  })
})

describe('snapshots', () => {
  test('do not change when the timeline goes on, and share what stayed the same', () => {
    const timeline = timelineOf([
      ...OPENING,
      declared(AUDIO),
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(AUDIO, 0),
    ])
    const before = timeline.snapshot()
    const text = JSON.stringify(before)
    for (const event of segmentEvents(SOURCE, 1)) timeline.apply(event)
    const after = timeline.snapshot()
    expect(JSON.stringify(before)).toBe(text)
    expect(source(after).segments[0]).toBe(source(before).segments[0])
    expect(after?.renditions[1]).toBe(before?.renditions[1])
  })

  test('are made once a version', () => {
    const timeline = timelineOf([...OPENING, ...segmentEvents(SOURCE, 0)])
    const snapshot = timeline.snapshot()
    expect(timeline.snapshot()).toBe(snapshot)
    timeline.apply(segmentEvent(SOURCE, 0))
    expect(timeline.snapshot()).toBe(snapshot)
  })

  test('list planned renditions, in order, and leave removed ones out', () => {
    const events: TimelineEvent[] = [START, declared(planned(LOW)), declared(SOURCE)]
    expect(snapshotOf(events).renditions.map(({ rendition }) => rendition.id)).toEqual(['source', '360p'])
    events.push({ type: 'rendition-removed', rendition: '360p', reason: 'no encoder' })
    expect(snapshotOf(events).renditions.map(({ rendition }) => rendition.id)).toEqual(['source'])
    events.push(declared(LOW))
    expect(snapshotOf(events).renditions).toHaveLength(2)
  })

  test('keep an init segment when a new worker declares the rendition as planned again', () => {
    const snapshot = snapshotOf([...OPENING, declared(planned(SOURCE))])
    expect(source(snapshot).rendition.init?.name).toBe('b1.1.init0.mp4')
  })

  test('drop the parts of a segment that will never be complete when the broadcast ends', () => {
    const snapshot = snapshotOf([
      ...OPENING,
      ...segmentEvents(SOURCE, 0),
      ...partEvents(SOURCE, 1),
      { type: 'end' },
    ])
    expect(snapshot.ended).toBe(true)
    expect(source(snapshot).open).toBeUndefined()
  })
})

describe('bit rates', () => {
  test('peak over all segments, average over the window', () => {
    const events = [250_000, 500_000, 250_000].flatMap((size, number) =>
      segmentEvents(SOURCE, number, { size }),
    )
    const window = source(snapshotOf([...OPENING, ...events]))
    expect(window.peakBitrate).toBe(2_000_000)
    expect(window.averageBitrate).toBe(1_333_334)
  })

  test('a stub with little but a keyframe is no peak by itself', () => {
    const events = [
      ...segmentEvents(SOURCE, 0, { size: 250_000 }),
      ...segmentEvents(SOURCE, 1, { start: 2, duration: 0.1, size: 50_000, parts: 1 }),
    ]
    // 300 000 bytes in 2.1 s
    expect(source(snapshotOf([...OPENING, ...events])).peakBitrate).toBe(1_142_858)
  })
})

describe('events that are no news', () => {
  test('a worker that takes over repeats what is there', () => {
    const timeline = timelineOf([...OPENING, ...segmentEvents(SOURCE, 0)])
    expect(timeline.apply(START)).toBe('duplicate')
    expect(timeline.apply(segmentEvent(SOURCE, 0))).toBe('duplicate')
    expect(timeline.apply(segmentEvent(SOURCE, 0, { epoch: 2 }))).toBe('late')
    for (const event of partEvents(SOURCE, 0, { epoch: 2 })) expect(timeline.apply(event)).toBe('late')
    expect(timeline.ignored).toEqual({ duplicate: 2, late: 5, 'out-of-order': 0, 'after-end': 0 })
  })

  test('parts of an open segment go on where the old worker stopped', () => {
    const timeline = timelineOf([...OPENING, ...partEvents(SOURCE, 0).slice(0, 2)])
    const results = partEvents(SOURCE, 0, { epoch: 2 }).map((event) => timeline.apply(event))
    expect(results).toEqual(['duplicate', 'duplicate', 'applied', 'applied'])
    timeline.apply(segmentEvent(SOURCE, 0, { epoch: 2 }))
    const [segment] = source(timeline.snapshot()).segments
    expect(segment?.name).toBe('b1.2.0.0.m4s')
    expect(segment?.parts.map(({ name }) => name)).toEqual([
      'b1.1.0.0.p0.m4s',
      'b1.1.0.0.p1.m4s',
      'b1.2.0.0.p2.m4s',
      'b1.2.0.0.p3.m4s',
    ])
  })

  test('a new init segment makes the open segment anew', () => {
    const again = { ...SOURCE, init: { version: 1, name: 'b1.2.init1.mp4' } }
    const timeline = timelineOf([...OPENING, ...partEvents(SOURCE, 0).slice(0, 2), declared(again)])
    const results = partEvents(SOURCE, 0, { epoch: 2, init: 1 }).map((event) => timeline.apply(event))
    expect(results).toEqual(['applied', 'applied', 'applied', 'applied'])
    expect(source(timeline.snapshot()).open?.parts[0]?.name).toBe('b1.2.1.0.p0.m4s')
    expect(timeline.file('source', 'b1.1.0.0.p1.m4s')?.kind).toBe('part')
  })

  test('a part without its predecessor waits for the whole segment', () => {
    const timeline = timelineOf(OPENING)
    const [first, , third] = partEvents(SOURCE, 0)
    if (first === undefined || third === undefined) throw new Error('no parts')
    expect(timeline.apply(third)).toBe('out-of-order')
    expect(timeline.apply(first)).toBe('applied')
    expect(timeline.apply(third)).toBe('out-of-order')
    expect(timeline.apply(segmentEvent(SOURCE, 0))).toBe('applied')
  })

  test('nothing comes after the end', () => {
    const timeline = timelineOf([...OPENING, { type: 'end' }])
    expect(timeline.apply(segmentEvent(SOURCE, 0))).toBe('after-end')
    expect(timeline.apply({ type: 'end' })).toBe('after-end')
  })

  test('a discontinuity inside what is listed', () => {
    const timeline = timelineOf([...OPENING, ...segmentEvents(SOURCE, 0)])
    expect(timeline.apply({ type: 'discontinuity', segment: 0 })).toBe('late')
    expect(timeline.apply({ type: 'discontinuity', segment: 1 })).toBe('applied')
    expect(timeline.apply({ type: 'discontinuity', segment: 1 })).toBe('duplicate')
  })
})

test('a rendition that comes back with another sample rate goes on in the ticks it began with', () => {
  const slower: AudioRendition = {
    ...AUDIO,
    sampleRate: 44_100,
    timescale: timescale(44_100),
    init: { version: 1, name: 'b1.1.init1.mp4' },
  }
  const [window] = snapshotOf([
    START,
    declared(AUDIO),
    ...segmentEvents(AUDIO, 0),
    { type: 'discontinuity', segment: 1 },
    declared(slower),
    ...segmentEvents(slower, 1, { init: 1 }),
    ...segmentEvents(slower, 2, { init: 1, duration: 1.9 }),
  ]).renditions
  expect(window?.rendition).toMatchObject({ timescale: 48_000, sampleRate: 44_100 })
  expect(window?.segments.map(({ start, duration }) => [start, duration])).toEqual([
    [0, 96_000],
    [96_000, 96_000],
    [192_000, 91_200],
  ])
  expect(window?.segments.map(({ rendition }) => rendition.kind === 'audio' && rendition.sampleRate)).toEqual(
    [48_000, 44_100, 44_100],
  )
})

describe('events that contradict themselves', () => {
  const first = segmentEvent(SOURCE, 0)
  test.each<[string, TimelineEvent]>([
    ['manifest.timeline.restarted', { ...START, broadcast: 'b2' }],
    ['manifest.timeline.unknown_rendition', segmentEvent(LOW, 0)],
    ['manifest.timeline.unknown_init', { ...first, init: 7 }],
    ['manifest.timeline.bad_name', { ...first, name: 'b1.1.0.1.m4s' }],
    ['manifest.timeline.bad_name', { ...first, name: '../b1.1.0.0.m4s' }],
    ['manifest.timeline.bad_name', declared({ ...LOW, id: 'a/b' })],
    ['manifest.timeline.bad_media', { ...first, duration: ticks(0) }],
    ['manifest.timeline.bad_media', { ...first, size: 0 }],
    ['manifest.timeline.media_too_long', segmentEvent(SOURCE, 0, { duration: 20.1 })],
    ['manifest.timeline.media_too_long', { ...segmentPart(), duration: ticks(1_800_001) }],
    ['manifest.timeline.rendition_changed', declared({ ...AUDIO, id: 'source' })],
    ['manifest.timeline.bad_discontinuity', { type: 'discontinuity', segment: -1 }],
  ])('%s', (code, event) => {
    const timeline = timelineOf(OPENING)
    const before = timeline.snapshot()
    expect(codeOf(() => timeline.apply(event))).toBe(code)
    expect(timeline.snapshot()).toBe(before)
  })

  function segmentPart() {
    const [part] = partEvents(SOURCE, 0)
    if (part === undefined) throw new Error('no part')
    return part
  }

  test('nothing may come before the start', () => {
    expect(codeOf(() => new Timeline().apply(declared(SOURCE)))).toBe('manifest.timeline.not_started')
    expect(codeOf(() => new Timeline().apply({ ...START, partTarget: millis(0) }))).toBe(
      'manifest.timeline.bad_start',
    )
  })

  test('time does not go back, and a name keeps its meaning', () => {
    const timeline = timelineOf([...OPENING, ...segmentEvents(SOURCE, 1)])
    expect(codeOf(() => timeline.apply(segmentEvent(SOURCE, 2, { start: 1 })))).toBe(
      'manifest.timeline.time_goes_back',
    )
    const reused = { ...SOURCE, init: { version: 1, name: 'b1.1.init0.mp4' } }
    expect(codeOf(() => timeline.apply(declared(reused)))).toBe('manifest.timeline.name_reused')
  })
})

describe('holes', () => {
  test('missing segments become gaps of the same length', () => {
    const snapshot = snapshotOf([
      ...OPENING,
      ...segmentEvents(SOURCE, 0),
      ...partEvents(SOURCE, 3).slice(0, 1),
    ])
    expect(
      source(snapshot).segments.map(({ number, gap, start, name }) => [number, gap, start, name]),
    ).toEqual([
      [0, false, 0, 'b1.1.0.0.m4s'],
      [1, true, 180_000, 'b1.1.0.1.m4s'],
      [2, true, 360_000, 'b1.1.0.2.m4s'],
    ])
  })

  test('missing segments lie where another rendition has them, also before a discontinuity', () => {
    const snapshot = snapshotOf([
      ...OPENING,
      declared(LOW),
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(LOW, 0),
      ...segmentEvents(LOW, 1, { duration: 0.5 }),
      { type: 'discontinuity', segment: 2 },
      ...segmentEvents(SOURCE, 2, { start: 30 }),
    ])
    const gap = source(snapshot).segments[1]
    expect([gap?.gap, gap?.start, gap?.duration]).toEqual([true, 180_000, 45_000])
  })

  test('the window begins anew where nobody knows what is missing', () => {
    const snapshot = snapshotOf([
      ...OPENING,
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(SOURCE, 9, { start: 900 }),
    ])
    expect(numbers(snapshot)).toEqual([9])
    const huge = snapshotOf([
      ...OPENING,
      ...segmentEvents(SOURCE, 0),
      ...segmentEvents(SOURCE, 2 ** 40, { start: 4 }),
    ])
    expect(numbers(huge)).toEqual([2 ** 40])
  })
})

describe('periods', () => {
  const opening = [...OPENING, declared(AUDIO)]
  const both = (number: number, options = {}): readonly TimelineEvent[] => [
    ...segmentEvents(AUDIO, number, options),
    ...segmentEvents(SOURCE, number, options),
  ]
  const marks = (events: readonly TimelineEvent[]) =>
    snapshotOf(events).periods.map(({ segment, start, continuous }) => [segment, start, continuous])

  test('one for a broadcast without incident', () => {
    expect(marks([...opening, ...both(0), ...both(1)])).toEqual([[0, 0, true]])
  })

  test('a discontinuity begins one, as soon as video says when', () => {
    const events = [...opening, ...both(0), { type: 'discontinuity', segment: 1 } as const]
    const audio = segmentEvents(AUDIO, 1, { start: 30 })
    expect(marks([...events, ...audio])).toEqual([[0, 0, true]])
    expect(marks([...events, ...audio, ...partEvents(SOURCE, 1, { start: 30.5 })])).toEqual([
      [0, 0, true],
      [1, 2_745_000, false],
    ])
  })

  test('other file names begin one that goes on', () => {
    expect(marks([...opening, ...both(0), ...both(1, { epoch: 2 })])).toEqual([
      [0, 0, true],
      [1, 180_000, true],
    ])
  })

  test('a rendition that joins late begins one', () => {
    const events = [...opening, ...both(0), ...both(1), declared(LOW), ...segmentEvents(LOW, 1)]
    expect(marks(events)).toEqual([
      [0, 0, true],
      [1, 180_000, true],
    ])
  })

  test('are forgotten with their last segment', () => {
    const events = [0, 1, 2].flatMap((number) => both(number))
    const later = Array.from({ length: 10 }, (_, index) => both(3 + index, { epoch: 2 })).flat()
    expect(marks([...opening, ...events, ...later])).toEqual([
      [0, 0, true],
      [3, 540_000, true],
    ])
    expect(
      snapshotOf([...opening, ...events, ...later], { window: 12 }).periods.map(({ segment }) => segment),
    ).toEqual([3])
  })
})

describe('file names', () => {
  test('tell what they stand for', () => {
    const timeline = timelineOf([...OPENING, ...segmentEvents(SOURCE, 0)])
    expect(timeline.file('source', 'b1.1.init0.mp4')).toEqual({ kind: 'init', name: 'b1.1.init0.mp4' })
    expect(timeline.file('source', 'b1.1.0.0.m4s')).toEqual({
      kind: 'segment',
      name: 'b1.1.0.0.m4s',
      init: 'b1.1.init0.mp4',
      size: 250_000,
    })
    expect(timeline.file('source', 'b1.1.0.0.p2.m4s')).toEqual({
      kind: 'part',
      name: 'b1.1.0.0.p2.m4s',
      segment: 'b1.1.0.0.m4s',
      offset: 125_000,
      size: 62_500,
    })
    expect(timeline.file('source', 'b1.1.0.1.m4s')).toBeUndefined()
    expect(timeline.file('360p', 'b1.1.0.0.m4s')).toBeUndefined()
  })

  test('stay known for as long as the longest list and a little more', () => {
    const timeline = timelineOf(OPENING, { window: 12 })
    const add = (from: number, to: number): void => {
      for (let number = from; number <= to; number++)
        for (const event of segmentEvents(SOURCE, number)) timeline.apply(event)
    }
    // Segment 0 leaves the list at 14 s. The list is 12 s long, and as long again it may be asked for.
    add(0, 12)
    expect(timeline.file('source', 'b1.1.0.0.m4s')).toBeDefined()
    add(13, 16)
    expect(timeline.file('source', 'b1.1.0.0.m4s')).toBeUndefined()
    expect(timeline.file('source', 'b1.1.0.0.p0.m4s')).toBeUndefined()
    expect(timeline.file('source', 'b1.1.0.2.m4s')).toBeDefined()
    expect(timeline.file('source', 'b1.1.0.2.p0.m4s')).toBeDefined()
    expect(timeline.file('source', 'b1.1.init0.mp4')).toBeDefined()
  })
})

test('tells changes of segments from those of the parts of one in the making', () => {
  const timeline = timelineOf([START, declared(SOURCE), ...segmentEvents(SOURCE, 0)])
  const version = (): number | undefined => timeline.snapshot()?.segmentsVersion
  const before = version()
  const [first, second] = partEvents(SOURCE, 1)
  if (first === undefined || second === undefined) throw new Error('a segment has parts')
  timeline.apply(first)
  timeline.apply(second)
  expect(version()).toBe(before)
  timeline.apply(segmentEvent(SOURCE, 1))
  expect(version()).not.toBe(before)
  timeline.apply({ type: 'discontinuity', segment: 2 })
  const broken = version()
  // The first part of a new period tells when that begins.
  timeline.apply(partEvents(SOURCE, 2, { start: 30 })[0] as TimelineEvent)
  expect(version()).not.toBe(broken)
})
