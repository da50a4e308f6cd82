import { describe, expect, test } from 'vitest'
import {
  declared,
  partEvents,
  planned,
  SOURCE,
  START,
  segmentEvents,
  snapshotOf,
} from '../testing/sample-log.ts'
import { reloadState } from './blocking-reload.ts'

const OPENING = [START, declared(SOURCE)]

describe('a blocking playlist request', () => {
  const snapshot = snapshotOf([
    ...OPENING,
    ...segmentEvents(SOURCE, 40),
    ...segmentEvents(SOURCE, 41),
    ...partEvents(SOURCE, 42).slice(0, 2),
  ])
  test.each<[number, number | undefined, ReturnType<typeof reloadState>]>([
    [0, undefined, 'ready'],
    [41, undefined, 'ready'],
    [41, 3, 'ready'],
    [41, 4, 'ready'],
    [42, 0, 'ready'],
    [42, 1, 'ready'],
    [42, 2, 'wait'],
    [42, 7, 'wait'],
    [42, 8, 'too-far'],
    [42, undefined, 'wait'],
    [43, 0, 'wait'],
    [43, undefined, 'wait'],
    [44, undefined, 'too-far'],
  ])('for segment %i, part %s: %s', (mediaSequenceNumber, part, expected) => {
    expect(reloadState(snapshot, 'source', { mediaSequenceNumber, part })).toBe(expected)
  })

  test('a part beyond the end of the last segment waits for the next one', () => {
    const closed = snapshotOf([...OPENING, ...segmentEvents(SOURCE, 41)])
    expect(reloadState(closed, 'source', { mediaSequenceNumber: 41, part: 3 })).toBe('ready')
    expect(reloadState(closed, 'source', { mediaSequenceNumber: 41, part: 4 })).toBe('wait')
  })

  test('waits for a rendition without media, whatever is asked', () => {
    const none = snapshotOf([START, declared(planned(SOURCE))])
    expect(reloadState(none, 'source', { mediaSequenceNumber: 900, part: 0 })).toBe('wait')
    expect(reloadState(none, 'other', { mediaSequenceNumber: 0, part: undefined })).toBe('wait')
  })

  test('is answered at once when the broadcast has ended', () => {
    const ended = snapshotOf([...OPENING, ...segmentEvents(SOURCE, 0), { type: 'end' }])
    expect(reloadState(ended, 'source', { mediaSequenceNumber: 900, part: 0 })).toBe('ready')
  })
})
