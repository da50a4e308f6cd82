/** The program that `jobs.test.ts` kills: a worker that never finishes a job. Its argument is Redis' address. */
import { connectCluster } from '../cluster.ts'
import { recordingLog } from '../redis/recording-log.fixture.ts'

const log = recordingLog()
const cluster = await connectCluster({ url: process.argv[2] ?? '', log })
cluster.runLiveWorker({
  concurrency: 1,
  log,
  handler: (job) => {
    process.send?.({ epoch: job.epoch })
    return new Promise(() => undefined)
  },
  timing: { lockMillis: 1000, stalledCheckMillis: 300 },
})
