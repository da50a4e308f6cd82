import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// A collection on demand, also where node was started without --expose-gc.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of objects and buffers of this process, those that nobody holds any more included. */
export function memoryInUse(): number {
  const { used_heap_size: objects, external_memory: buffers } = getHeapStatistics()
  return objects + buffers
}

/** Bytes of objects and buffers that are held. Takes milliseconds. */
export function memoryHeld(): number {
  collect()
  return memoryInUse()
}
