import { setTimeout as delay } from 'node:timers/promises'
import type { BenchCase } from '../support/bench-case.ts'
import { type BenchGateway, startBenchGateway } from '../support/gateway.ts'
import { firstPlayable, videoPlaylists } from '../support/playable.ts'
import { publishFile, source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 7
/** Time for a stream to go off air before the next one comes. */
const PAUSE_MILLIS = 3_000

/** Seconds from the moment the publish was accepted. */
interface Startup {
  /** From the start of the publisher's process to the acceptance: ffmpeg opens its file, connects, shakes hands. */
  readonly accepted: number
  readonly source: number
  /** The first rung of the ladder that plays, and the last. */
  readonly firstRung: number
  readonly allRungs: number
}

/** How soon a viewer can begin. */
export const startup: BenchCase = {
  name: 'startup',
  summary: `publish accepted → first playable playlist of the source rung, of the ladder (--runs ${RUNS})`,
  run: async ({ runs = RUNS, cpuProfile }, report) => {
    const file = await source720p()
    const gateway = await startBenchGateway({ cpuProfile })
    const results: Startup[] = []
    try {
      for (let run = 0; run < runs; run++) {
        const result = await measure(gateway, file, `startup-${run}`)
        report.progress(`run ${run + 1} of ${runs}: ${JSON.stringify(result)}`)
        results.push(result)
        await delay(PAUSE_MILLIS)
      }
    } finally {
      await gateway.stop()
    }
    const add = (what: string, note: string, pick: (result: Startup) => number): void => {
      const samples = results.map(pick)
      report.add({
        subject: 'sluice',
        what: `${what}, median`,
        value: median(samples),
        unit: 's',
        samples,
        note,
      })
      report.add({ subject: 'sluice', what: `${what}, worst`, value: Math.max(...samples), unit: 's' })
    }
    add('source rung playable', 'after publish accepted', (result) => result.source)
    add('first ladder rung playable', 'after publish accepted', (result) => result.firstRung)
    add('all ladder rungs playable', 'after publish accepted', (result) => result.allRungs)
    add('ladder after source', 'all rungs', (result) => result.allRungs - result.source)
    add('publish accepted', 'after the start of the publisher', (result) => result.accepted)
  },
}

async function measure(gateway: BenchGateway, file: string, stream: string): Promise<Startup> {
  const started = Date.now()
  const publisher = publishFile(file, `${gateway.rtmp}/${stream}`)
  try {
    const [source = '', ...rungs] = await videoPlaylists(`${gateway.origin}/live/${stream}/index.m3u8`)
    const times = await Promise.all([source, ...rungs].map(firstPlayable))
    const accepted = Date.parse(gateway.logged('publishing', stream)?.time ?? '')
    const [sourceAt = Number.NaN, ...rungsAt] = times.map((time) => (time - accepted) / 1000)
    return {
      accepted: (accepted - started) / 1000,
      source: sourceAt,
      firstRung: Math.min(...rungsAt),
      allRungs: Math.max(...rungsAt),
    }
  } finally {
    await publisher.stop()
  }
}
