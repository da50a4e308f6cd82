import { concatBytes, DependencyError, StateError } from '@sluice/core'
import { checkKey, checkPrefix } from './key.ts'
import type { ByteRange, RemoveFilter, SegmentStore, SegmentWriter } from './segment-store.ts'

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** Most bytes held at a time. Default 512 MiB. */
  readonly maximumBytes?: number
}

const DEFAULT_MAXIMUM_BYTES = 512 * 1024 * 1024

interface StoredObject {
  chunks: Uint8Array[]
  size: number
  /** True for a finished object of `open`: it may make room for newer ones. Whole objects (`put`) stay. */
  evictable: boolean
}

/**
 * Keys in this process's memory, for tests and for gateways whose origin runs in the same process.
 * When it is full the oldest finished segments go first; init segments (`put`) and segments still being
 * written never do, and when those alone fill it, writing fails with `store.memory.full`.
 */
export class MemoryStore implements SegmentStore {
  /** In the order of creation. */
  readonly #objects = new Map<string, StoredObject>()
  readonly #maximumBytes: number
  #bytes = 0

  constructor(options: MemoryStoreOptions = {}) {
    this.#maximumBytes = options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES
  }

  async open(key: string): Promise<SegmentWriter> {
    checkKey(key)
    const object: StoredObject = { chunks: [], size: 0, evictable: false }
    this.#delete(key)
    this.#objects.set(key, object)
    return this.#writer(key, object)
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key)
    this.#makeRoom(bytes.length - (this.#objects.get(key)?.size ?? 0))
    this.#delete(key)
    this.#bytes += bytes.length
    this.#objects.set(key, { chunks: [bytes.slice()], size: bytes.length, evictable: false })
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    checkKey(key)
    const object = this.#objects.get(key)
    if (object === undefined) return undefined
    // Joined on the first read after it grew: readers come after writers, and mostly more than once.
    if (object.chunks.length > 1) object.chunks = [concatBytes(object.chunks)]
    const whole = object.chunks[0] ?? new Uint8Array(0)
    return range === undefined ? whole.slice() : whole.slice(range.offset, range.offset + range.length)
  }

  async remove(key: string): Promise<void> {
    checkKey(key)
    this.#delete(key)
  }

  async removeAll(prefix: string, filter: RemoveFilter = {}): Promise<void> {
    checkPrefix(prefix)
    for (const key of [...this.#objects.keys()]) {
      if (!key.startsWith(`${prefix}/`)) continue
      if (key.slice(key.lastIndexOf('/') + 1).startsWith(filter.filePrefix ?? '')) this.#delete(key)
    }
  }

  async check(): Promise<void> {
    this.#makeRoom(0)
  }

  #writer(key: string, object: StoredObject): SegmentWriter {
    let finished = false
    return {
      append: async (bytes) => {
        if (finished) throw new StateError('store.writer.finished', `${key} is finished`)
        const copy = bytes instanceof Uint8Array ? bytes.slice() : concatBytes(bytes)
        this.#makeRoom(copy.length)
        object.chunks.push(copy)
        object.size += copy.length
        // A writer whose object was removed meanwhile writes into the void, like a deleted file.
        if (this.#objects.get(key) === object) this.#bytes += copy.length
      },
      close: async () => {
        finished = true
        object.evictable = true
      },
      abort: async () => {
        finished = true
        if (this.#objects.get(key) === object) this.#delete(key)
      },
    }
  }

  #makeRoom(needed: number): void {
    if (this.#bytes + needed <= this.#maximumBytes) return
    for (const [key, object] of this.#objects) {
      if (object.evictable) this.#delete(key)
      if (this.#bytes + needed <= this.#maximumBytes) return
    }
    throw new DependencyError(
      'store.memory.full',
      `the memory store is full: ${this.#bytes} of ${this.#maximumBytes} bytes are in use and ${needed} more are needed; raise memoryStoreMegabytes or use the fs store`,
      { details: { bytes: this.#bytes, limit: this.#maximumBytes, needed } },
    )
  }

  #delete(key: string): void {
    const object = this.#objects.get(key)
    if (object === undefined) return
    this.#objects.delete(key)
    this.#bytes -= object.size
  }
}
