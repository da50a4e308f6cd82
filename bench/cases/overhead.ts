import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BareFfmpegOptions, startBareFfmpeg } from '../support/bare-ffmpeg.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { startBenchGateway } from '../support/gateway.ts'
import { firstPlayable, videoPlaylists } from '../support/playable.ts'
import { type CpuUse, measureCpu } from '../support/process-tree.ts'
import type { Report } from '../support/report.ts'
import { publishFile, source720p } from '../support/sources.ts'
import { median } from '../support/statistics.ts'

const RUNS = 2
const SECONDS = 60
/** At the rate of one stream V8 is still compiling what is hot after a minute (9 % of the CPU time); broadcasts last longer. */
const GATEWAY_WARM_UP_MILLIS = 120_000
const FFMPEG_WARM_UP_MILLIS = 10_000

/** What the gateway costs beyond the encoding it was asked for. */
export const overhead: BenchCase = {
  name: 'overhead',
  summary: `CPU of the whole gateway over one bare ffmpeg with the same ladder (--runs ${RUNS} --seconds ${SECONDS})`,
  run: async ({ runs = RUNS, seconds = SECONDS, cpuProfile }, report) => {
    const file = await source720p()
    const gateway: CpuUse[] = []
    const bare: CpuUse[] = []
    const bareLikeGateway: CpuUse[] = []
    for (let run = 0; run < runs; run++) {
      gateway.push(await measureGateway(file, seconds, cpuProfile))
      report.progress(`gateway ${run + 1} of ${runs}: ${JSON.stringify(gateway.at(-1))}`)
      bare.push(await measureBareFfmpeg(file, seconds, { likeGateway: false }))
      report.progress(`bare ffmpeg ${run + 1} of ${runs}: ${JSON.stringify(bare.at(-1))}`)
      bareLikeGateway.push(await measureBareFfmpeg(file, seconds, { likeGateway: true }))
      report.progress(
        `… with the gateway's threads ${run + 1} of ${runs}: ${JSON.stringify(bareLikeGateway.at(-1))}`,
      )
    }
    addCpu(report, 'sluice', seconds, gateway)
    addCpu(report, 'bare ffmpeg, HLS fMP4', seconds, bare)
    addCpu(report, "… with the gateway's threads", seconds, bareLikeGateway)
    addRatio(report, 'over bare ffmpeg', gateway, bare)
    addRatio(report, "over bare ffmpeg with the gateway's threads", gateway, bareLikeGateway)
  },
}

function addRatio(
  report: Report,
  what: string,
  gateway: readonly CpuUse[],
  alternative: readonly CpuUse[],
): void {
  const samples = gateway.map((use, run) => use.cpuSeconds / (alternative[run]?.cpuSeconds ?? Number.NaN))
  report.add({ subject: 'sluice', what, value: median(samples), unit: '×', samples })
}

async function measureGateway(
  file: string,
  seconds: number,
  cpuProfile: string | undefined,
): Promise<CpuUse> {
  const gateway = await startBenchGateway({ cpuProfile })
  const publisher = publishFile(file, `${gateway.rtmp}/overhead`)
  try {
    const playlists = await videoPlaylists(`${gateway.origin}/live/overhead/index.m3u8`)
    await Promise.all(playlists.map(firstPlayable))
    await delay(GATEWAY_WARM_UP_MILLIS)
    return await measureCpu([gateway.pid], seconds)
  } finally {
    await publisher.stop()
    await gateway.stop()
  }
}

async function measureBareFfmpeg(file: string, seconds: number, options: BareFfmpegOptions): Promise<CpuUse> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const ffmpeg = startBareFfmpeg(file, folder, options)
  try {
    await delay(FFMPEG_WARM_UP_MILLIS)
    const use = await measureCpu([ffmpeg.pid], seconds)
    if (!ffmpeg.running()) throw new Error(`the bare ffmpeg ended: ${ffmpeg.output()}`)
    return use
  } finally {
    await ffmpeg.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function addCpu(report: Report, subject: string, seconds: number, uses: readonly CpuUse[]): void {
  const samples = uses.map((use) => use.cpuSeconds)
  const parts = Object.entries(uses.at(-1)?.byCommand ?? {}).map(([command, used]) => `${command} ${used}`)
  const elsewhere = median(uses.map((use) => use.elsewhere)).toFixed(1)
  const note = `${parts.join(', ')}; elsewhere ${elsewhere} s`
  report.add({ subject, what: `CPU in ${seconds} s`, value: median(samples), unit: 's', samples, note })
}
