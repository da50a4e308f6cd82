import { setTimeout as delay } from 'node:timers/promises'
import type { BenchCase } from '../support/bench-case.ts'
import {
  type BenchDeployment,
  buildImages,
  missingForContainers,
  startBare,
  startContainers,
} from '../support/deployments.ts'
import { firstPlayable, videoPlaylists } from '../support/playable.ts'
import { type CpuUse, measureCpu } from '../support/process-tree.ts'
import type { Report } from '../support/report.ts'
import { publishFile, source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 3
const SECONDS = 60
const PLAYERS = 20
/** Most of the code that is hot has been compiled by then. */
const WARM_UP_MILLIS = 40_000
const POLL_MILLIS = 1_000

/** What containers cost beside the programs in them. */
export const containers: BenchCase = {
  name: 'containers',
  summary: `CPU of ingest, worker, origin and Redis by docker-compose.yml, engine and health checks included, over the same as bare processes (--runs ${RUNS} --seconds ${SECONDS} --players ${PLAYERS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, players = PLAYERS }, report) => {
    const missing = await missingForContainers()
    if (missing !== undefined) {
      report.progress(missing)
      return
    }
    const file = await source720p()
    await buildImages()
    const composed: CpuUse[] = []
    const bare: CpuUse[] = []
    for (let run = 0; run < runs; run++) {
      composed.push(await measure(await startContainers(), file, seconds, players))
      report.progress(`containers ${run + 1} of ${runs}: ${JSON.stringify(composed.at(-1))}`)
      bare.push(await measure(await startBare(), file, seconds, players))
      report.progress(`bare processes ${run + 1} of ${runs}: ${JSON.stringify(bare.at(-1))}`)
    }
    add(report, 'containers', seconds, composed)
    add(report, 'bare processes', seconds, bare)
    const sum = (uses: readonly CpuUse[]): number => uses.reduce((all, { cpuSeconds }) => all + cpuSeconds, 0)
    const samples = composed.map(({ cpuSeconds }, run) => cpuSeconds / (bare[run]?.cpuSeconds ?? Number.NaN))
    const value = sum(composed) / sum(bare)
    report.add({ subject: 'containers', what: 'over bare processes, all runs', value, unit: '×', samples })
  },
}

async function measure(
  deployment: BenchDeployment,
  file: string,
  seconds: number,
  players: number,
): Promise<CpuUse> {
  const publisher = publishFile(file, `${deployment.rtmp}/contained`)
  const viewing = new AbortController()
  try {
    const playlists = await videoPlaylists(`${deployment.origin}/live/contained/index.m3u8`)
    await Promise.all(playlists.map(firstPlayable))
    for (let player = 0; player < players; player++)
      void view(playlists[player % playlists.length] ?? '', viewing.signal)
    await delay(WARM_UP_MILLIS)
    return await measureCpu(deployment.roots(), seconds)
  } finally {
    viewing.abort()
    await publisher.stop()
    await deployment.stop()
  }
}

/** Asks for a playlist once a second, and for every new segment, as a player without low latency does. */
async function view(playlist: string, signal: AbortSignal): Promise<void> {
  let newest: string | undefined
  while (!signal.aborted) {
    try {
      const text = await (await fetch(playlist, { signal })).text()
      const last = text.split('\n').findLast((line) => /^[^#].*\.m4s/.test(line))
      if (last !== undefined && last !== newest)
        await (await fetch(new URL(last, playlist), { signal })).arrayBuffer()
      newest = last
      await delay(POLL_MILLIS, undefined, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

function add(report: Report, subject: string, seconds: number, uses: readonly CpuUse[]): void {
  const parts = Object.entries(uses.at(-1)?.byCommand ?? {}).map(([command, used]) => `${command} ${used}`)
  const elsewhere = median(uses.map((use) => use.elsewhere)).toFixed(1)
  const samples = uses.map(({ cpuSeconds }) => cpuSeconds)
  const note = `${parts.join(', ')}; elsewhere ${elsewhere} s`
  report.add({ subject, what: `CPU in ${seconds} s`, value: median(samples), unit: 's', samples, note })
}
