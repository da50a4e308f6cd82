/**
 * `npm run bench -- NAME…`: measures the gateway as it was built (`npm run build` first) and prints figures; nothing
 * passes or fails. Without a name it lists the cases. A name stands for every case that begins with it.
 *
 * - `cases/` one file a case
 * - `latency/` a camera with a clock in its picture, and pages of Chromium that read it
 * - `load/` RTMP publishers, players and connections that do nothing, in processes of their own
 * - `support/` the machine, process trees in `/proc`, a gateway to be measured, the report
 */
import { parseArgs } from 'node:util'
import { cmafCut } from './cases/cmaf-cut.ts'
import { containers } from './cases/containers.ts'
import { fanOut } from './cases/fan-out.ts'
import { idle } from './cases/idle.ts'
import { ingest } from './cases/ingest.ts'
import { ingestProcesses } from './cases/ingest-processes.ts'
import { join } from './cases/join.ts'
import { latency } from './cases/latency.ts'
import { memory } from './cases/memory.ts'
import { mpegtsSegment } from './cases/mpegts-segment.ts'
import { originFiles } from './cases/origin-files.ts'
import { originWake } from './cases/origin-wake.ts'
import { overhead } from './cases/overhead.ts'
import { rtmpChunkRead } from './cases/rtmp-chunk-read.ts'
import { sourceCost } from './cases/source-cost.ts'
import { startup } from './cases/startup.ts'
import type { BenchCase, BenchOptions } from './support/bench-case.ts'
import { describeMachine, type Machine } from './support/machine.ts'
import { Report } from './support/report.ts'

const CASES: readonly BenchCase[] = [
  startup,
  overhead,
  sourceCost,
  ingest,
  ingestProcesses,
  fanOut,
  idle,
  ...latency,
  join,
  originWake,
  ...originFiles,
  memory,
  containers,
  rtmpChunkRead,
  cmafCut,
  mpegtsSegment,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    seconds: { type: 'string' },
    minutes: { type: 'string' },
    publishers: { type: 'string' },
    players: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
})

const chosen = CASES.filter(({ name }) => positionals.some((wanted) => name.startsWith(wanted)))
if (positionals.length === 0) list()
else if (chosen.length === 0) {
  process.stderr.write(`no case begins with ${positionals.join(' or ')}\n`)
  list()
  process.exitCode = 2
} else await runAll()

function list(): void {
  const width = Math.max(...CASES.map(({ name }) => name.length))
  process.stdout.write(
    'npm run bench -- NAME… [--runs N] [--seconds N] [--minutes N] [--publishers N] [--players N] [--cpu-prof FOLDER]\n\n',
  )
  for (const { name, summary } of CASES) process.stdout.write(`  ${name.padEnd(width)}  ${summary}\n`)
}

async function runAll(): Promise<void> {
  const options: BenchOptions = {
    runs: positive('runs'),
    seconds: positive('seconds'),
    minutes: positive('minutes'),
    publishers: positive('publishers'),
    players: positive('players'),
    cpuProfile: values['cpu-prof'],
  }
  const machine = await describeMachine()
  process.stdout.write(`${describe(machine)}\n`)
  for (const each of chosen) {
    const report = new Report(each.name, machine)
    await each.run(options, report)
    report.print()
  }
}

function positive(name: 'runs' | 'seconds' | 'minutes' | 'publishers' | 'players'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new RangeError(`--${name} is a number above 0, not ${text}`)
  return value
}

function describe(machine: Machine): string {
  const { cpu, cores, memoryGib, kernel, node, ffmpeg, commit, date, busyBefore } = machine
  const busy = `${busyBefore.toFixed(2)} of ${cores} cores busy before the first case`
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, Linux ${kernel}\nnode ${node}, ffmpeg ${ffmpeg}, commit ${commit}, ${date}\n${busy}`
}
