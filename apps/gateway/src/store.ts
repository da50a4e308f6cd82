import { join } from 'node:path'
import type { Config } from '@sluice/runtime'
import { FsStore, MemoryStore, type SegmentStore } from '@sluice/store'

/** The segment store that the settings name. */
export function openStore(config: Config): SegmentStore {
  if (config.store === 'memory')
    return new MemoryStore({ maximumBytes: config.memoryStoreMegabytes * 1024 * 1024 })
  return new FsStore({ directory: join(config.dataDir, 'segments') })
}
