import { describe, expect, it } from 'vitest'
import { MemoryStore } from './memory-store.ts'

async function segment(store: MemoryStore, key: string, size: number): Promise<void> {
  const writer = await store.open(key)
  await writer.append(new Uint8Array(size))
  await writer.close()
}

describe('the bound of the memory store', () => {
  it('drops the oldest finished segments and keeps init segments', async () => {
    const store = new MemoryStore({ maximumBytes: 100 })
    await store.put('demo/a/init.mp4', new Uint8Array(10))
    await segment(store, 'demo/a/1.m4s', 40)
    await segment(store, 'demo/a/2.m4s', 40)
    await segment(store, 'demo/a/3.m4s', 40)
    expect(await store.read('demo/a/init.mp4')).toHaveLength(10)
    expect(await store.read('demo/a/1.m4s')).toBeUndefined()
    expect(await store.read('demo/a/2.m4s')).toHaveLength(40)
    expect(await store.read('demo/a/3.m4s')).toHaveLength(40)
  })

  it('fails when what must stay fills it, and goes on when there is room again', async () => {
    const store = new MemoryStore({ maximumBytes: 100 })
    const writer = await store.open('demo/a/1.m4s')
    await writer.append(new Uint8Array(90))
    await expect(writer.append(new Uint8Array(20))).rejects.toMatchObject({ code: 'store.memory.full' })
    await expect(store.put('demo/a/init.mp4', new Uint8Array(20))).rejects.toMatchObject({
      code: 'store.memory.full',
    })
    await writer.close()
    await store.put('demo/a/init.mp4', new Uint8Array(20))
    expect(await store.read('demo/a/1.m4s')).toBeUndefined()
  })

  it('counts what is removed as free', async () => {
    const store = new MemoryStore({ maximumBytes: 100 })
    for (let i = 0; i < 10; i++) {
      await store.put('demo/a/init.mp4', new Uint8Array(80))
      await store.remove('demo/a/init.mp4')
    }
    await store.put('demo/a/init.mp4', new Uint8Array(100))
    await store.put('demo/a/init.mp4', new Uint8Array(90))
    expect(await store.read('demo/a/init.mp4')).toHaveLength(90)
  })

  it('does not count bytes written to an object that was removed', async () => {
    const store = new MemoryStore({ maximumBytes: 100 })
    const writer = await store.open('demo/a/1.m4s')
    await store.removeAll('demo')
    await writer.append(new Uint8Array(90))
    await writer.close()
    await store.put('demo/a/init.mp4', new Uint8Array(100))
    expect(await store.read('demo/a/1.m4s')).toBeUndefined()
  })
})
