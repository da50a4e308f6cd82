/** A reader that never comes back from the third input of its batch; a batch of one kills it. */
import type { Batch } from './batch.ts'
import { PROGRESS_FD, writeProgress } from './progress.ts'

process.on('message', ({ from, count }: Batch) => {
  writeProgress(PROGRESS_FD, from + 2)
  if (count === 1) process.exit(7)
  while (count > 0);
})
