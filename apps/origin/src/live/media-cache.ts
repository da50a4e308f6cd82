import { concatBytes } from '@sluice/core'
import type { MediaFile, PartFile, SegmentFile } from '@sluice/manifest'
import type { ByteRange, SegmentStore } from '@sluice/store'
import { LRUCache } from 'lru-cache'
import type { CacheCounts } from './origin-totals.ts'

/** Whose file it is. */
export interface MediaOwner {
  readonly stream: string
  readonly rendition: string
}

/**
 * Media bytes in memory, the least recently used leaving first, in front of the store. One read at a time
 * of the same thing, however many ask for it.
 */
export class MediaCache {
  readonly #store: SegmentStore
  readonly #bytes: LRUCache<string, Uint8Array>
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #counts: CacheCounts

  /**
   * @param maxBytes - of media; what one viewer is being sent is held beyond it.
   * @param counts - counted on. Default: nobody wants to know.
   */
  constructor(store: SegmentStore, maxBytes: number, counts: CacheCounts = { hits: 0, misses: 0 }) {
    this.#store = store
    this.#counts = counts
    this.#bytes = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (bytes) => Math.max(1, bytes.byteLength),
    })
  }

  /** Bytes in memory. */
  get size(): number {
    return this.#bytes.calculatedSize
  }

  /** Files, and parts of files, in memory. */
  get files(): number {
    return this.#bytes.size
  }

  /**
   * Reads a file that the timeline knows.
   *
   * @returns all of it, not to be written to; undefined when the store does not have all of it.
   * @throws {DependencyError} `store.…`
   */
  read(owner: MediaOwner, file: MediaFile): Promise<Uint8Array | undefined> {
    if (file.kind !== 'part') {
      const size = file.kind === 'segment' ? file.size : undefined
      return this.#get(storeKey(owner, file.name), undefined, size)
    }
    const segment = storeKey(owner, file.segment)
    const whole = this.#bytes.get(segment)
    if (whole !== undefined) {
      this.#counts.hits += 1
      return Promise.resolve(whole.subarray(file.offset, file.offset + file.size))
    }
    return this.#get(segment, { offset: file.offset, length: file.size }, file.size)
  }

  /**
   * Brings a complete segment into memory: made of its parts where they are all there, else read. The parts
   * are served from it from then on.
   */
  async complete(owner: MediaOwner, file: SegmentFile, parts: readonly PartFile[]): Promise<void> {
    const key = storeKey(owner, file.name)
    // The last part was announced a moment ago and is often still being read.
    await Promise.allSettled(parts.map((part) => this.#loading.get(partKey(key, part)) ?? Promise.resolve()))
    const pieces = this.#pieces(key, file, parts)
    if (pieces === undefined) {
      await this.read(owner, file)
      return
    }
    this.#bytes.set(key, concatBytes(pieces))
    for (const part of parts) this.#bytes.delete(partKey(key, part))
  }

  /**
   * Gives what is made of files, under a name of its own that always means the same.
   *
   * @param make - called where it is not in memory; undefined, which is not kept, where it cannot be made.
   */
  made(
    owner: MediaOwner,
    name: string,
    make: () => Promise<Uint8Array | undefined>,
  ): Promise<Uint8Array | undefined> {
    return this.#once(storeKey(owner, name), make)
  }

  /** The parts' bytes in order, where they are in memory and make up the whole segment. */
  #pieces(key: string, file: SegmentFile, parts: readonly PartFile[]): Uint8Array[] | undefined {
    const pieces: Uint8Array[] = []
    let end = 0
    for (const part of parts) {
      const bytes = this.#bytes.peek(partKey(key, part))
      if (bytes === undefined || part.segment !== file.name || part.offset !== end) return undefined
      pieces.push(bytes)
      end += part.size
    }
    return end === file.size ? pieces : undefined
  }

  #get(key: string, range: ByteRange | undefined, size: number | undefined): Promise<Uint8Array | undefined> {
    return this.#once(range === undefined ? key : rangeKey(key, range), async () => {
      const bytes = await this.#store.read(key, range)
      // A viewer gets all of a file or none of it.
      return bytes === undefined || (size !== undefined && bytes.byteLength !== size) ? undefined : bytes
    })
  }

  /** One at a time of the same name, however many ask for it. */
  #once(name: string, make: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    const known = this.#bytes.get(name)
    if (known !== undefined) {
      this.#counts.hits += 1
      return Promise.resolve(known)
    }
    this.#counts.misses += 1
    const loading = this.#loading.get(name) ?? this.#load(name, make)
    this.#loading.set(name, loading)
    return loading
  }

  async #load(name: string, make: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    try {
      const bytes = await make()
      if (bytes !== undefined) this.#bytes.set(name, bytes)
      return bytes
    } finally {
      this.#loading.delete(name)
    }
  }
}

function storeKey({ stream, rendition }: MediaOwner, file: string): string {
  return `${stream}/${rendition}/${file}`
}

function partKey(segmentKey: string, { offset, size }: PartFile): string {
  return rangeKey(segmentKey, { offset, length: size })
}

function rangeKey(key: string, { offset, length }: ByteRange): string {
  return `${key}#${offset}+${length}`
}
