/**
 * Where media files live between the worker that writes them and the origin that serves them: a small port
 * and its adapters. Knows nothing of playlists, windows or formats; deciding when a file has had its time is
 * its caller's part.
 *
 * - `segment-store.ts` the port
 * - `key.ts` which keys and prefixes are valid
 * - `fs-store.ts`, `fs-writer.ts`, `fs-errors.ts` files below a folder
 * - `memory-store.ts` this process's memory, bounded
 */
export { FsStore, type FsStoreOptions } from './fs-store.ts'
export { checkKey, checkPrefix } from './key.ts'
export { MemoryStore, type MemoryStoreOptions } from './memory-store.ts'
export type { ByteRange, RemoveFilter, SegmentStore, SegmentWriter } from './segment-store.ts'
