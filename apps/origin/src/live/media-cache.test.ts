import type { MediaFile, PartFile, SegmentFile } from '@sluice/manifest'
import { MemoryStore, type SegmentStore } from '@sluice/store'
import { beforeEach, describe, expect, test } from 'vitest'
import { MediaCache } from './media-cache.ts'

const OWNER = { stream: 's', rendition: 'source' }
const SEGMENT: SegmentFile = { kind: 'segment', name: 'b.1.0.0.m4s', init: 'b.1.init0.mp4', size: 6 }
const PARTS: readonly PartFile[] = [0, 1, 2].map((part) => ({
  kind: 'part',
  name: `b.1.0.p${part}.m4s`,
  segment: SEGMENT.name,
  offset: part * 2,
  size: 2,
}))
const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6)

let store: MemoryStore
let reads: string[]
let counting: SegmentStore

beforeEach(async () => {
  store = new MemoryStore()
  await store.put('s/source/b.1.0.0.m4s', BYTES)
  reads = []
  counting = Object.create(store, {
    read: {
      value: (...[key, range]: Parameters<SegmentStore['read']>) => {
        reads.push(range === undefined ? key : `${key} ${range.offset}+${range.length}`)
        return store.read(key, range)
      },
    },
  }) as SegmentStore
})

function part(index: number): MediaFile {
  const file = PARTS[index]
  if (file === undefined) throw new Error('no such part')
  return file
}

describe('a cache of media', () => {
  test('reads once what many ask for', async () => {
    const cache = new MediaCache(counting, 1000)
    const answers = await Promise.all([1, 2, 3].map(() => cache.read(OWNER, SEGMENT)))
    expect(answers.map((bytes) => bytes && [...bytes])).toEqual([[...BYTES], [...BYTES], [...BYTES]])
    await cache.read(OWNER, SEGMENT)
    expect(reads).toEqual(['s/source/b.1.0.0.m4s'])
  })

  test('makes once what many ask for, and forgets what could not be made', async () => {
    const cache = new MediaCache(counting, 1000)
    const made: string[] = []
    const make = (name: string, bytes: Uint8Array | undefined) =>
      cache.made(OWNER, name, async () => {
        made.push(name)
        return bytes
      })
    expect(await Promise.all([make('a.ts', BYTES), make('a.ts', BYTES)])).toEqual([BYTES, BYTES])
    expect(await make('a.ts', BYTES)).toEqual(BYTES)
    expect([await make('b.ts', undefined), await make('b.ts', BYTES)]).toEqual([undefined, BYTES])
    expect(made).toEqual(['a.ts', 'b.ts', 'b.ts'])
    expect(cache.size).toBe(12)
  })

  test('makes a segment of its parts, and then serves the parts from it', async () => {
    const cache = new MediaCache(counting, 1000)
    const loading = PARTS.map((file) => cache.read(OWNER, file))
    await cache.complete(OWNER, SEGMENT, PARTS)
    await Promise.all(loading)
    expect(reads).toHaveLength(3)
    expect(cache.size).toBe(6)
    expect(await cache.read(OWNER, SEGMENT)).toEqual(BYTES)
    expect(await cache.read(OWNER, part(1))).toEqual(Uint8Array.of(3, 4))
    expect(reads).toHaveLength(3)
  })

  test('reads a segment whose parts are not all there, or lie in another file', async () => {
    const cache = new MediaCache(counting, 1000)
    await cache.read(OWNER, part(0))
    await cache.complete(OWNER, SEGMENT, PARTS)
    expect(reads).toEqual(['s/source/b.1.0.0.m4s 0+2', 's/source/b.1.0.0.m4s'])
    expect(await cache.read(OWNER, SEGMENT)).toEqual(BYTES)
  })

  test('gives all of a file or nothing, and looks again when it is asked again', async () => {
    const cache = new MediaCache(counting, 1000)
    const longer: SegmentFile = { ...SEGMENT, size: 7 }
    expect(await cache.read(OWNER, longer)).toBeUndefined()
    await store.put('s/source/b.1.0.0.m4s', Uint8Array.of(...BYTES, 7))
    expect((await cache.read(OWNER, longer))?.byteLength).toBe(7)
    expect(await cache.read(OWNER, { kind: 'init', name: 'none.mp4' })).toBeUndefined()
  })

  test('keeps no more than it may', async () => {
    const cache = new MediaCache(counting, 5)
    for (const file of PARTS) await cache.read(OWNER, file)
    expect(cache.size).toBe(4)
    expect((await cache.read(OWNER, SEGMENT))?.byteLength).toBe(6)
    expect(cache.size).toBeLessThanOrEqual(5)
  })
})
