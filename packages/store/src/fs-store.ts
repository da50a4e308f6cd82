import { randomBytes } from 'node:crypto'
import { open as openFd, openSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, rmdir, statfs, unlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DependencyError } from '@sluice/core'
import { fsError, systemCode } from './fs-errors.ts'
import { FsWriter } from './fs-writer.ts'
import { checkKey, checkPrefix } from './key.ts'
import type { ByteRange, RemoveFilter, SegmentStore, SegmentWriter } from './segment-store.ts'
import { WritePace } from './write-pace.ts'

/** Options of {@link FsStore}. */
export interface FsStoreOptions {
  /** Folder that holds everything; made when it is missing. May be a volume shared between machines. */
  readonly directory: string
  /** {@link FsStore.check} fails when less is free, in bytes. Default 64 MiB: some seconds of every stream. */
  readonly minimumFree?: number
}

const DEFAULT_MINIMUM_FREE = 64 * 1024 * 1024

/** Keys as files below a folder. Nothing is fsynced: media is worth its live window, not a disk flush. */
export class FsStore implements SegmentStore {
  readonly #root: string
  readonly #minimumFree: number
  readonly #pace: WritePace

  constructor(options: FsStoreOptions) {
    this.#root = resolve(options.directory)
    this.#pace = new WritePace(this.#root)
    this.#minimumFree = options.minimumFree ?? DEFAULT_MINIMUM_FREE
  }

  async open(key: string): Promise<SegmentWriter> {
    const path = this.#path(key)
    return this.#inFolder(path, async () => {
      const pace = this.#pace
      if (pace.atOnce)
        return new FsWriter(
          pace.run(() => openSync(path, 'w')),
          path,
          pace,
        )
      const fd = await openForWriting(path)
      await pace.look()
      return new FsWriter(fd, path, pace)
    })
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key)
    const temporary = join(dirname(path), `.${randomBytes(9).toString('base64url')}.tmp`)
    await this.#inFolder(path, async () => {
      try {
        await writeFile(temporary, bytes, { flag: 'wx' })
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    })
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const path = this.#path(key)
    try {
      const file = await open(path, 'r')
      try {
        if (range === undefined) return await file.readFile()
        return await readRange(file, range)
      } finally {
        await file.close()
      }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw fsError(error, path)
    }
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key)
    try {
      await unlink(path)
    } catch (error) {
      if (!isMissing(error)) throw fsError(error, path)
    }
  }

  async removeAll(prefix: string, filter: RemoveFilter = {}): Promise<void> {
    checkPrefix(prefix)
    const path = join(this.#root, prefix)
    try {
      if (filter.filePrefix === undefined) await rm(path, { recursive: true, force: true, maxRetries: 3 })
      else await removeFiles(path, filter.filePrefix)
    } catch (error) {
      throw fsError(error, path)
    }
  }

  async check(): Promise<void> {
    const probe = join(this.#root, `.check-${randomBytes(6).toString('base64url')}`)
    try {
      await mkdir(this.#root, { recursive: true })
      await writeFile(probe, 'sluice')
      await unlink(probe)
    } catch (error) {
      throw fsError(error, this.#root)
    }
    const free = await freeBytes(this.#root)
    if (free < this.#minimumFree)
      throw new DependencyError(
        'store.fs.full',
        `${this.#root} has ${megabytes(free)} MB free, at least ${megabytes(this.#minimumFree)} MB are needed: free space there, or set another dataDir`,
        { details: { path: this.#root, free, needed: this.#minimumFree } },
      )
  }

  #path(key: string): string {
    checkKey(key)
    return join(this.#root, key)
  }

  /** Runs `action`, making the folder of `path` only when it turns out to be missing (also just removed). */
  async #inFolder<T>(path: string, action: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await action()
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt === 3) throw fsError(error, path)
      }
      try {
        await mkdir(dirname(path), { recursive: true })
      } catch (error) {
        throw fsError(error, dirname(path))
      }
    }
  }
}

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch (error) {
    throw fsError(error, path)
  }
}

function openForWriting(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openFd(path, 'w', (error, fd) => {
      if (error === null) resolve(fd)
      else reject(error)
    })
  })
}

async function readRange(file: Awaited<ReturnType<typeof open>>, range: ByteRange): Promise<Uint8Array> {
  const { size } = await file.stat()
  const length = Math.max(0, Math.min(range.length, size - range.offset))
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, range.offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** Deletes files named `filePrefix…` in `folder` and below, then the folders that became empty. */
async function removeFiles(folder: string, filePrefix: string): Promise<void> {
  let entries: Awaited<ReturnType<typeof listFolder>>
  try {
    entries = await listFolder(folder)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await removeFiles(path, filePrefix)
    else if (entry.name.startsWith(filePrefix)) await rm(path, { force: true })
  }
  try {
    await rmdir(folder)
  } catch (error) {
    if (!isMissing(error) && !isNotEmpty(error)) throw error
  }
}

function listFolder(folder: string): Promise<import('node:fs').Dirent[]> {
  return readdir(folder, { withFileTypes: true })
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function isNotEmpty(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOTEMPTY' || code === 'EEXIST'
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1_000_000)
}
