import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatBytes, StateError } from '@sluice/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FsStore } from './fs-store.ts'
import { MemoryStore } from './memory-store.ts'
import type { SegmentStore } from './segment-store.ts'

// The contract of the port. An adapter is right when it passes this suite.
const adapters = [
  { name: 'fs', create: (directory: string): SegmentStore => new FsStore({ directory }) },
  { name: 'memory', create: (): SegmentStore => new MemoryStore() },
]

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** The plain bytes, so that a Buffer and a Uint8Array of the same content compare equal. */
const plain = (value: Uint8Array | undefined): number[] | undefined => value && [...value]

describe.each(adapters)('segment store: $name', ({ create }) => {
  let directory: string
  let store: SegmentStore

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-store-'))
    store = create(join(directory, 'media'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  it('gives back what was put', async () => {
    await store.put('demo/720p/init.mp4', bytes(1, 2, 3))
    expect(plain(await store.read('demo/720p/init.mp4'))).toEqual([1, 2, 3])
  })

  it('knows nothing of an object that was never written', async () => {
    expect(await store.read('demo/720p/none.m4s')).toBeUndefined()
    expect(await store.read('demo/720p/none.m4s', { offset: 0, length: 4 })).toBeUndefined()
  })

  it('replaces an object that is put again', async () => {
    await store.put('demo/720p/init.mp4', bytes(1, 2, 3))
    await store.put('demo/720p/init.mp4', bytes(4))
    expect(plain(await store.read('demo/720p/init.mp4'))).toEqual([4])
  })

  it('lets an object be read while it grows', async () => {
    const writer = await store.open('demo/720p/1.m4s')
    await writer.append(bytes(1, 2))
    expect(plain(await store.read('demo/720p/1.m4s'))).toEqual([1, 2])
    await writer.append(bytes(3))
    expect(plain(await store.read('demo/720p/1.m4s', { offset: 1, length: 2 }))).toEqual([2, 3])
    await writer.close()
    expect(plain(await store.read('demo/720p/1.m4s'))).toEqual([1, 2, 3])
  })

  it('keeps the order of appends that overlap', async () => {
    const writer = await store.open('demo/720p/1.m4s')
    const pieces = Array.from({ length: 50 }, (_, i) => new Uint8Array(1000 + i).fill(i))
    const appends = pieces.map((piece) => writer.append(piece))
    await writer.close()
    await Promise.all(appends)
    expect(plain(await store.read('demo/720p/1.m4s'))).toEqual([...concatBytes(pieces)])
  })

  it('writes several pieces as one', async () => {
    const writer = await store.open('demo/720p/1.m4s')
    await writer.append([bytes(1), bytes(), bytes(2, 3)])
    await writer.append([])
    await writer.append(bytes(4))
    await writer.close()
    expect(plain(await store.read('demo/720p/1.m4s'))).toEqual([1, 2, 3, 4])
  })

  it('gives the part of a range that exists', async () => {
    await store.put('demo/720p/1.m4s', bytes(1, 2, 3))
    expect(plain(await store.read('demo/720p/1.m4s', { offset: 2, length: 10 }))).toEqual([3])
    expect(plain(await store.read('demo/720p/1.m4s', { offset: 9, length: 10 }))).toEqual([])
    expect(plain(await store.read('demo/720p/1.m4s', { offset: 0, length: 0 }))).toEqual([])
  })

  it('begins anew when an object is opened again', async () => {
    const first = await store.open('demo/720p/1.m4s')
    await first.append(bytes(1, 2, 3))
    await first.close()
    const second = await store.open('demo/720p/1.m4s')
    await second.append(bytes(9))
    await second.close()
    expect(plain(await store.read('demo/720p/1.m4s'))).toEqual([9])
  })

  it('deletes an aborted object', async () => {
    const writer = await store.open('demo/720p/1.m4s')
    await writer.append(bytes(1))
    await writer.abort()
    expect(await store.read('demo/720p/1.m4s')).toBeUndefined()
  })

  it('can be ended twice, but not appended to afterwards', async () => {
    const writer = await store.open('demo/720p/1.m4s')
    await writer.append(bytes(1))
    await writer.close()
    await writer.close()
    await expect(writer.append(bytes(2))).rejects.toThrow(StateError)
    expect(plain(await store.read('demo/720p/1.m4s'))).toEqual([1])
  })

  it('does not share memory with its callers', async () => {
    const given = bytes(1, 2)
    await store.put('demo/720p/init.mp4', given)
    given[0] = 9
    const taken = await store.read('demo/720p/init.mp4')
    if (taken !== undefined) taken[1] = 9
    expect(plain(await store.read('demo/720p/init.mp4'))).toEqual([1, 2])
  })

  it('removes one object, and does not mind one that is not there', async () => {
    await store.put('demo/720p/a.m4s', bytes(1))
    await store.remove('demo/720p/a.m4s')
    await store.remove('demo/720p/a.m4s')
    await store.remove('other/720p/a.m4s')
    expect(await store.read('demo/720p/a.m4s')).toBeUndefined()
  })

  it('removes a rendition or a stream, and nothing that is merely named alike', async () => {
    const keys = ['demo/720p/a.m4s', 'demo/source/a.m4s', 'demo2/720p/a.m4s']
    for (const key of keys) await store.put(key, bytes(1))
    await store.removeAll('demo/720p')
    expect(await present(store, keys)).toEqual(['demo/source/a.m4s', 'demo2/720p/a.m4s'])
    await store.removeAll('demo')
    await store.removeAll('demo')
    expect(await present(store, keys)).toEqual(['demo2/720p/a.m4s'])
  })

  it('removes the files of one broadcast from every rendition', async () => {
    const keys = ['demo/720p/b1-0.m4s', 'demo/720p/b2-0.m4s', 'demo/source/b1-0.m4s']
    for (const key of keys) await store.put(key, bytes(1))
    await store.removeAll('demo', { filePrefix: 'b1-' })
    expect(await present(store, keys)).toEqual(['demo/720p/b2-0.m4s'])
    await store.put('demo/source/b3-0.m4s', bytes(1))
    expect(plain(await store.read('demo/source/b3-0.m4s'))).toEqual([1])
  })

  it.each([
    '',
    'demo',
    'demo/720p',
    '/demo/720p/a',
    'demo/../a',
    '../../../etc/passwd',
    'demo/720p/..',
    'demo/720p/.a',
    'demo/720p/a\0.m4s',
    'demo//a',
    'demo/720p/a/b',
    'demo\\720p\\a',
    `demo/720p/${'a'.repeat(201)}`,
  ])('refuses the key %j', async (key) => {
    const refused = { name: 'StateError', code: 'store.key.invalid' }
    await expect(store.open(key)).rejects.toMatchObject(refused)
    await expect(store.put(key, bytes(1))).rejects.toMatchObject(refused)
    await expect(store.read(key)).rejects.toMatchObject(refused)
    await expect(store.remove(key)).rejects.toMatchObject(refused)
  })

  it.each(['', '/', 'demo/', '..', 'demo/720p/a.m4s', '.'])('refuses the prefix %j', async (prefix) => {
    await expect(store.removeAll(prefix)).rejects.toMatchObject({ code: 'store.key.invalid' })
  })

  it('is ready when it can be written', async () => {
    await expect(store.check()).resolves.toBeUndefined()
  })
})

async function present(store: SegmentStore, keys: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const key of keys) if ((await store.read(key)) !== undefined) found.push(key)
  return found
}
