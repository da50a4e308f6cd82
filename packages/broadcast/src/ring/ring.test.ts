import { millis, PayloadMemory, ticks, timescale } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import type { StreamEntry } from '../entry.ts'
import { Ring } from './ring.ts'
import { RingReader } from './ring-reader.ts'

const tracks: StreamEntry = { type: 'tracks', video: undefined, audio: undefined }
const boundary = (number: number, time: number, discontinuity = false, independent = true): StreamEntry => ({
  type: 'boundary',
  boundary: { number, time: millis(time), independent, discontinuity },
})
const video = (time: number, bytes = 10): StreamEntry => ({
  type: 'video',
  dts: millis(time),
  pts: millis(time),
  keyframe: false,
  payload: new Uint8Array(bytes),
})
const audio = (time: number): StreamEntry => ({
  type: 'audio',
  time: millis(time),
  at: ticks((time * timescale(48_000)) / 1000),
  payload: new Uint8Array(1),
})
const data = (time: number): StreamEntry => ({
  type: 'data',
  time: millis(time),
  name: 'onTextData',
  payload: new Uint8Array(5),
})

const further = (kind: 'video' | 'audio', time: number): StreamEntry => ({
  type: 'further',
  trackId: 1,
  time: millis(time),
  packet: { kind, dts: ticks(0), pts: ticks(0), keyframe: true, data: new Uint8Array(5) },
})
const furtherTracks: StreamEntry = { type: 'further-tracks', tracks: [], defaultLabel: {} }

function read(ring: Ring, number: number): StreamEntry[] {
  const start = ring.startAt(number)
  if (start === undefined) return []
  const reader = new RingReader(ring, start)
  const entries: StreamEntry[] = []
  for (let entry = reader.next(); entry !== undefined; entry = reader.next()) entries.push(entry)
  return entries
}

describe('ring', () => {
  test('a reader starts at a boundary with its tracks and the sound that ran ahead of the mark', () => {
    const ring = new Ring()
    for (const entry of [
      tracks,
      boundary(0, 0),
      video(0),
      audio(1990),
      video(1960),
      audio(2011),
      boundary(1, 2000),
      video(2000),
      audio(2032),
    ]) {
      ring.push(entry)
    }
    const entries = read(ring, 1)
    expect(entries.map((entry) => entry.type)).toEqual([
      'tracks',
      'boundary',
      'audio',
      'audio',
      'video',
      'audio',
    ])
    expect(entries[2]).toMatchObject({ time: 1990 })
  })

  test('a reader is given the data that are due behind its boundary, and no others', () => {
    const ring = new Ring()
    for (const entry of [
      tracks,
      boundary(0, 0),
      video(0),
      data(1990),
      data(2000),
      video(1960),
      data(2040),
      audio(2011),
      boundary(1, 2000),
      data(1995),
      video(2000),
    ])
      ring.push(entry)
    expect(read(ring, 1).map((entry) => (entry.type === 'data' ? entry.time : entry.type))).toEqual([
      ...['tracks', 'boundary', 2000, 2040, 'audio', 1995, 'video'],
    ])
    expect(ring.bytes).toBe(3 * 10 + 1 + 4 * 5)
  })

  test('sound of the run before a discontinuity is not read', () => {
    const ring = new Ring()
    for (const entry of [
      tracks,
      boundary(0, 0),
      audio(9990),
      tracks,
      boundary(1, 10_000, true),
      video(10_000),
    ])
      ring.push(entry)
    expect(read(ring, 1).map((entry) => entry.type)).toEqual(['tracks', 'boundary', 'video'])
  })

  test('a reader is told of the further tracks in force, and gets their sound that ran ahead', () => {
    const ring = new Ring()
    for (const entry of [
      tracks,
      boundary(0, 0),
      furtherTracks,
      further('video', 1960),
      audio(1990),
      // Runs behind, and belongs before the boundary.
      further('audio', 1900),
      further('audio', 1995),
      audio(2011),
      boundary(1, 2000),
      further('video', 2000),
      video(2000),
      tracks,
      boundary(2, 4000, true),
    ])
      ring.push(entry)
    expect(read(ring, 0).map(({ type }) => type)).toEqual([
      ...['tracks', 'boundary', 'further-tracks', 'further', 'audio', 'further', 'further', 'audio'],
      ...['boundary', 'further', 'video', 'tracks', 'boundary'],
    ])
    expect(read(ring, 1).slice(0, 7)).toEqual([
      ...[tracks, furtherTracks, boundary(1, 2000), audio(1990), further('audio', 1995)],
      ...[audio(2011), further('video', 2000)],
    ])
    expect(read(ring, 2).map(({ type }) => type)).toEqual(['tracks', 'boundary'])
    expect(ring.bytes).toBe(2 * 10 + 2 + 4 * 5 - 10)
  })

  const started = (ring: Ring): RingReader => {
    const start = ring.startAt(0)
    if (start === undefined) throw new Error('no start')
    return new RingReader(ring, start)
  }
  const pushSegments = (ring: Ring, count: number, from = 0): void => {
    for (let number = from; number < from + count; number++) {
      ring.push(boundary(number, number * 2000))
      ring.push(video(number * 2000))
    }
  }

  test('holds the newest boundaries, and what a reader has not finished with', () => {
    const ring = new Ring({ bytes: 1e6, segments: 2 })
    ring.push(tracks)
    pushSegments(ring, 1)
    const reader = started(ring)
    pushSegments(ring, 4, 1)
    expect(ring.starts.map((start) => start.boundary.number)).toEqual([3, 4])
    expect(ring.bytes).toBe(50)
    const read: StreamEntry[] = []
    for (let entry = reader.next(); entry !== undefined; entry = reader.next()) read.push(entry)
    expect(read.filter((entry) => entry.type === 'video')).toHaveLength(5)
    pushSegments(ring, 1, 5)
    expect(ring.bytes).toBe(60)
    reader.finished()
    pushSegments(ring, 1, 6)
    expect(ring.bytes).toBe(20)
    reader.close()
  })

  describe('the memory of an entry that leaves', () => {
    /** Two entries in a block of their own; whether that block is used again after what is done with them. */
    const isUsedAgain = (use: (first: StreamEntry, second: StreamEntry) => void): boolean => {
      const memory = new PayloadMemory()
      const half = 1 << 17
      const [first, second] = [video(0, 0), video(1, 0)].map((entry) => ({
        ...entry,
        payload: memory.take(half),
      })) as [StreamEntry & { payload: Uint8Array }, StreamEntry]
      memory.close()
      use(first, second)
      return memory.take(1).buffer === first.payload.buffer
    }

    test('is used again', () => {
      const ring = new Ring({ bytes: 1e6, segments: 1 })
      ring.push(tracks)
      const used = isUsedAgain((first, second) => {
        for (const entry of [boundary(0, 0), first, second, boundary(1, 1000)]) ring.push(entry)
      })
      expect([used, ring.bytes]).toEqual([true, 0])
    })

    test('is not used again where it had to leave: somebody may be reading it', () => {
      const ring = new Ring({ bytes: 1e5, segments: 1 })
      ring.push(tracks)
      const used = isUsedAgain((first, second) => {
        for (const entry of [boundary(0, 0), first, second, video(2), boundary(1, 1000)]) ring.push(entry)
      })
      expect([used, ring.bytes]).toEqual([false, 0])
    })
  })

  test('says when a reader is slower than the bytes allow', () => {
    const ring = new Ring({ bytes: 30, segments: 2 })
    ring.push(tracks)
    pushSegments(ring, 1)
    const reader = started(ring)
    pushSegments(ring, 4, 1)
    expect(ring.bytes).toBe(30)
    reader.next()
    reader.next()
    expect(reader.next()).toBeUndefined()
    expect(reader.lost).toBe(true)
    expect(read(ring, 0)[1]).toMatchObject({ boundary: { number: 3 } })
  })

  test('waits for its first reader with everything there is', () => {
    const ring = new Ring({ bytes: 1e6, segments: 2 }, true)
    ring.push(tracks)
    pushSegments(ring, 10)
    const reader = started(ring)
    expect(reader.next()).toMatchObject({ type: 'tracks' })
    expect(reader.next()).toMatchObject({ boundary: { number: 0 } })
    pushSegments(ring, 1, 10)
    expect(ring.starts.map((start) => start.boundary.number)).toEqual([9, 10])
  })

  test('a reader begins where decoding can start, and such a place is kept', () => {
    const ring = new Ring({ bytes: 1e6, segments: 2 })
    ring.push(tracks)
    for (let number = 0; number < 10; number++) {
      ring.push(boundary(number, number * 2000, false, number % 4 === 0))
      ring.push(video(number * 2000))
    }
    expect(ring.starts.map((start) => start.boundary.number)).toEqual([8, 9])
    ring.push(boundary(10, 20_000, false, false))
    ring.push(boundary(11, 22_000, false, false))
    expect(ring.starts.map((start) => start.boundary.number)).toEqual([8, 9, 10, 11])
    expect(ring.startAt(10)?.boundary.number).toBe(8)
  })

  test('never holds more bytes than its limit, whatever the segments say', () => {
    const ring = new Ring({ bytes: 1000, segments: 3 })
    ring.push(tracks)
    ring.push(boundary(0, 0))
    for (let index = 0; index < 5_000; index++) ring.push(video(index * 40, 100))
    expect(ring.bytes).toBeLessThanOrEqual(1000)
    expect(ring.startAt(0)).toBeUndefined()
  })
})
