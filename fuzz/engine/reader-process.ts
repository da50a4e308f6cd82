/** The process that reads inputs: it may hang or die, and another one takes its place. */
import { TARGETS } from '../targets/index.ts'
import { type Batch, InputsOf, runBatch } from './batch.ts'
import { PROGRESS_FD, writeProgress } from './progress.ts'

const inputs = new InputsOf()

process.on('message', (batch: Batch) => {
  const target = TARGETS.find(({ name }) => name === batch.target)
  if (target === undefined) throw new RangeError(`there is no target ${batch.target}`)
  process.send?.(
    runBatch(target, inputs.get(target, batch.seed), batch, (index) => writeProgress(PROGRESS_FD, index)),
  )
})
