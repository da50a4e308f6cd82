import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fsError } from './fs-errors.ts'
import { FsStore } from './fs-store.ts'

describe('the fs store', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-store-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  it('leaves no temporary files behind', async () => {
    const store = new FsStore({ directory })
    await store.put('demo/a/init.mp4', new Uint8Array(3))
    await store.check()
    expect(await readdir(directory)).toEqual(['demo'])
    expect(await readdir(join(directory, 'demo/a'))).toEqual(['init.mp4'])
  })

  it('removes the folders that become empty', async () => {
    const store = new FsStore({ directory })
    await store.put('demo/a/b1-0.m4s', new Uint8Array(3))
    await store.removeAll('demo', { filePrefix: 'b1-' })
    expect(await readdir(directory)).toEqual([])
  })

  it('says so when the disk has too little room', async () => {
    const store = new FsStore({ directory, minimumFree: Number.MAX_SAFE_INTEGER })
    await expect(store.check()).rejects.toMatchObject({
      code: 'store.fs.full',
      message: expect.stringContaining('free space there'),
    })
  })

  it('says so when its folder is a file', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    const store = new FsStore({ directory: file })
    await expect(store.check()).rejects.toMatchObject({ name: 'DependencyError', code: 'store.fs.failed' })
    await expect(store.open('demo/a/1.m4s')).rejects.toMatchObject({ name: 'DependencyError' })
  })

  it.each([
    ['ENOSPC', 'store.fs.full'],
    ['EROFS', 'store.fs.not_writable'],
    ['EACCES', 'store.fs.not_writable'],
    ['EMFILE', 'store.fs.too_many_files'],
    ['EIO', 'store.fs.failed'],
  ])('gives %s the code %s', (system, code) => {
    const error = Object.assign(new Error('system call failed'), { code: system })
    expect(fsError(error, '/media')).toMatchObject({ code, message: expect.stringContaining('/media') })
  })
})
