import { setTimeout as delay } from 'node:timers/promises'
import type { BenchCase } from '../support/bench-case.ts'
import { startBenchGateway } from '../support/gateway.ts'
import { videoPlaylists } from '../support/playable.ts'
import { residentBytes } from '../support/process-tree.ts'
import { publishFile, source720p } from '../support/sources.ts'
import { slope } from '../support/statistics.ts'

const MINUTES = 10
const INTERVAL_SECONDS = 10
const MEGABYTE = 1_000_000

/** What one process with all roles holds in memory while a stream with a ladder is on air. */
export const memory: BenchCase = {
  name: 'memory',
  summary: `resident memory of one process for all roles with one ladder stream (--minutes ${MINUTES})`,
  run: async ({ minutes = MINUTES, cpuProfile }, report) => {
    const file = await source720p()
    const gateway = await startBenchGateway({ cpuProfile })
    const idle = residentBytes(gateway.pid)
    const publisher = publishFile(file, `${gateway.rtmp}/memory`)
    const samples: [minute: number, bytes: number][] = []
    try {
      await videoPlaylists(`${gateway.origin}/live/memory/index.m3u8`)
      const started = performance.now()
      for (let minute = 0; minute < minutes; ) {
        await delay(INTERVAL_SECONDS * 1000)
        if (!publisher.running()) throw new Error(`the publisher ended: ${publisher.output()}`)
        minute = (performance.now() - started) / 60_000
        const bytes = residentBytes(gateway.pid)
        samples.push([minute, bytes])
        report.progress(`${minute.toFixed(1)} min: ${(bytes / MEGABYTE).toFixed(1)} MB`)
      }
    } finally {
      await publisher.stop()
      await gateway.stop()
    }
    const bytes = samples.map(([, each]) => each)
    const half = samples.slice(Math.floor(samples.length / 2))
    const what = `${minutes} min, every ${INTERVAL_SECONDS} s`
    report.add({ subject: 'sluice', what: 'before the stream', value: idle / MEGABYTE, unit: 'MB' })
    report.add({
      subject: 'sluice',
      what: 'maximum',
      value: Math.max(...bytes) / MEGABYTE,
      unit: 'MB',
      note: what,
    })
    const growth = slope(half) / 1000
    report.add({
      subject: 'sluice',
      what: 'slope',
      value: growth,
      unit: 'kB/min',
      note: 'second half, linear fit',
    })
  },
}
