import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureDataDir } from './data-dir.ts'

describe('the data folder', () => {
  let parent: string
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'sluice-data-'))
  })
  afterEach(() => rm(parent, { recursive: true, force: true }))

  it('is made for this user alone', async () => {
    const path = await ensureDataDir(join(parent, 'a', 'b'))
    expect((await stat(path)).mode & 0o777).toBe(0o700)
  })

  it('must be a folder that can be written', async () => {
    const file = join(parent, 'file')
    await writeFile(file, '')
    await expect(ensureDataDir(join(file, 'below'))).rejects.toMatchObject({
      code: 'runtime.data_dir.unusable',
      message: expect.stringContaining('SLUICE_DATA_DIR'),
    })
    await expect(ensureDataDir(file)).rejects.toMatchObject({ code: 'runtime.data_dir.unusable' })
  })

  it.runIf(process.platform === 'linux')('is refused where the system can make none', async () => {
    await expect(ensureDataDir('/proc/sluice/data')).rejects.toMatchObject({
      code: 'runtime.data_dir.unusable',
    })
  })

  it('may be made twice at once', async () => {
    const path = join(parent, 'a', 'b', 'c')
    expect(await Promise.all([ensureDataDir(path), ensureDataDir(path)])).toEqual([path, path])
  })
})
