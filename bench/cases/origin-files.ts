import { SOURCE, TestBroadcast } from '../../apps/origin/src/testing/test-broadcast.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { type BenchOrigin, startBenchOrigin } from '../support/origin.ts'
import { cpuBetween, lookAtTree } from '../support/process-tree.ts'
import { startStaticNginx } from '../support/static-nginx.ts'
import { median } from '../support/statistics.ts'
import { hasWrk, wrk } from '../support/wrk.ts'

const RUNS = 3
const SECONDS = 5
const WARM_UP_SECONDS = 2
const CONNECTIONS = 32
/** A window of a minute. */
const SEGMENTS = 30
/** Makes segments of 700 kB, as two seconds of 2.8 Mbit/s are. */
const REPEATS = 7_300
const STREAM = 'files'
const NAME = 'file'

/** Requests a second for one file. */
interface Sample {
  readonly requests: number
  /** Microseconds of the server's CPU for each request. */
  readonly cpu: number
}

/** What one process of the origin serves of segments and playlists, beside what one of nginx serves of the same bytes as files. */
export const originFiles: readonly BenchCase[] = [
  compare('origin-segments', 'segments of 700 kB', (files) => files.segment),
  compare('origin-playlists', 'playlists', (files) => files.playlist),
]

function compare(name: string, what: string, pick: (files: Addresses) => string): BenchCase {
  return {
    name,
    summary: `requests a second for ${what}, one process of the origin and of nginx with sendfile (--seconds ${SECONDS} --runs ${RUNS})`,
    run: async ({ runs = RUNS, seconds = SECONDS, cpuProfile }, report) => {
      if (!(await hasWrk())) {
        report.progress('wrk is not installed: left out')
        return
      }
      const origin = await startBenchOrigin(cpuProfile)
      const running: { stop(): Promise<unknown> }[] = [origin]
      try {
        const url = pick(await putOnAir(origin))
        const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
        const file = `${NAME}${url.slice(url.lastIndexOf('.'))}`
        const nginx = await startStaticNginx(new Map([[file, bytes]]))
        running.unshift(nginx)
        const servers = [
          { subject: 'sluice origin', url, pid: origin.pid, samples: [] as Sample[] },
          { subject: 'nginx', url: `${nginx.http}/${file}`, pid: nginx.pid, samples: [] as Sample[] },
        ]
        // V8 compiles what is hot.
        await wrk(url, WARM_UP_SECONDS, CONNECTIONS)
        for (let run = 0; run < runs; run++) {
          for (const server of servers) {
            const before = lookAtTree([server.pid])
            const requests = await wrk(server.url, seconds, CONNECTIONS)
            const { cpuSeconds } = cpuBetween(before, lookAtTree([server.pid]))
            const sample = { requests, cpu: (cpuSeconds * 1e6) / (requests * seconds) }
            server.samples.push(sample)
            report.progress(`${server.subject}, run ${run + 1} of ${runs}: ${JSON.stringify(sample)}`)
          }
        }
        const note = `${bytes.byteLength} bytes, ${CONNECTIONS} connections`
        for (const { subject, samples } of servers) {
          const requests = samples.map((sample) => sample.requests)
          const cpu = samples.map((sample) => sample.cpu)
          report.add({
            subject,
            what: 'requests',
            value: median(requests),
            unit: '/s',
            samples: requests,
            note,
          })
          report.add({ subject, what: 'CPU per request', value: median(cpu), unit: 'µs', samples: cpu })
        }
        const [ours = [], theirs = []] = servers.map(({ samples }) => samples.map(({ requests }) => requests))
        report.add({
          subject: 'sluice / nginx',
          what: 'requests',
          value: median(ours) / median(theirs),
          unit: '×',
        })
      } finally {
        for (const each of running) await each.stop()
      }
      if (cpuProfile !== undefined) report.progress(await hottestFunctions(cpuProfile))
    },
  }
}

interface Addresses {
  readonly segment: string
  readonly playlist: string
}

/** Puts a stream on air that nobody goes on with: nothing else happens in the process that is measured. */
async function putOnAir(origin: BenchOrigin): Promise<Addresses> {
  const broadcast = await TestBroadcast.begin(origin, STREAM, [SOURCE])
  broadcast.repeats = REPEATS
  await broadcast.configure(SOURCE)
  for (let segment = 0; segment < SEGMENTS; segment++) await broadcast.segment(segment, SOURCE)
  const rendition = `${origin.url}/live/${STREAM}/${SOURCE.id}`
  return {
    segment: `${rendition}/${broadcast.segmentName(SEGMENTS - 2)}`,
    playlist: `${rendition}/index.m3u8`,
  }
}
