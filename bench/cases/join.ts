import { setTimeout as delay } from 'node:timers/promises'
import { deliverBySluice } from '../latency/deliveries.ts'
import type { PlayRequest } from '../latency/page/players.ts'
import { CAMERA, startCamera } from '../latency/start-camera.ts'
import { startViewers, type Viewers } from '../latency/viewers.ts'
import type { BenchCase } from '../support/bench-case.ts'
import type { Report } from '../support/report.ts'
import { median } from '../support/statistics.ts'

const RUNS = 9
const PLAYERS: Readonly<Record<'hls' | 'dash' | 'shaka', string>> = {
  hls: 'LL-HLS by hls.js',
  dash: 'LL-DASH by dash.js',
  shaka: 'LL-DASH by Shaka Player',
}
/** The playlists' windows are full of parts by then. */
const WARM_UP_MILLIS = 10_000

/** How soon a viewer sees something. */
export const join: BenchCase = {
  name: 'join',
  summary: `stream asked for → first frame on screen of headless Chromium, keyframe each 1 s (--runs ${RUNS})`,
  run: async ({ runs = RUNS, cpuProfile }, report) => {
    const viewers = await startViewers()
    if (viewers === undefined) {
      report.progress('Chromium is not installed: left out')
      return
    }
    const delivery = await deliverBySluice(false, cpuProfile)
    const running: { stop(): Promise<void> }[] = [delivery, viewers]
    try {
      running.unshift(await startCamera(1, delivery.publish))
      const urls = {
        hls: await delivery.playable('hls', CAMERA.height),
        dash: await delivery.playable('dash', CAMERA.height),
        shaka: await delivery.playable('shaka', CAMERA.height),
      }
      await delay(WARM_UP_MILLIS)
      for (const player of ['hls', 'dash', 'shaka'] as const) {
        const request: PlayRequest = { player, url: urls[player], height: CAMERA.height }
        add(report, `${PLAYERS[player]}, page loaded`, await repeat(runs, () => joined(viewers, request)))
      }
      const page = urls.hls.replace('/live/', '/watch/').replace('/index.m3u8', '')
      const watched = await repeat(runs, () => viewers.joinWatchPage(page))
      add(report, 'the watch page, nothing cached', watched)
    } finally {
      for (const each of running) await each.stop()
    }
  },
}

async function joined(viewers: Viewers, request: PlayRequest): Promise<number> {
  const viewer = await viewers.open(request)
  try {
    return await viewer.joined()
  } finally {
    await viewer.close()
  }
}

/** A little apart, so that not all come at the same place between two keyframes. */
async function repeat(runs: number, run: () => Promise<number>): Promise<number[]> {
  const results: number[] = []
  for (let index = 0; index < runs; index++) {
    results.push(await run())
    await delay((1000 * index) / runs)
  }
  return results
}

function add(report: Report, subject: string, millis: readonly number[]): void {
  const samples = millis.map((value) => value / 1000)
  report.add({ subject, what: 'first frame, median', value: median(samples), unit: 's', samples })
  report.add({ subject, what: '… worst', value: Math.max(...samples), unit: 's' })
}
