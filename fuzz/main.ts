/**
 * `npm run fuzz`: gives every reader inputs that real encoders' bytes became by small damages, and looks for anything
 * but the declared errors: other exceptions, memory out of proportion, loops without end. Fails when there is any.
 *
 * - `engine/` inputs that a seed decides, mutations, what is looked at, the process that reads and who watches it
 * - `seeds/` what inputs are made from: recordings of real clients, and our own writers
 * - `targets/` one file a package: its readers
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { saveFinding } from './engine/findings.ts'
import { judge, judgeRetained } from './engine/judge.ts'
import { run, type TargetTotals } from './engine/run.ts'
import { describeCaptures } from './seeds/captures.ts'
import { TARGETS } from './targets/index.ts'

const USAGE = `npm run fuzz -- [--minutes N] [--inputs N] [--seed N] [--target NAME]… [--replay FILE]

  --minutes N    for so long; 1 where neither this nor --inputs is given
  --inputs N     so many inputs in all
  --seed N       a whole number: the same one gives the same inputs; by default another one each time
  --target NAME  those that begin with it; by default all
  --replay FILE  one input, given to the targets

`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    inputs: { type: 'string' },
    seed: { type: 'string' },
    target: { type: 'string', multiple: true },
    replay: { type: 'string' },
    help: { type: 'boolean' },
  },
})

const targets = TARGETS.filter(({ name }) => values.target?.some((wanted) => name.startsWith(wanted)) ?? true)
if (values.help === true || targets.length === 0) {
  const width = Math.max(...TARGETS.map(({ name }) => name.length))
  process.stdout.write(USAGE)
  for (const { name, summary } of TARGETS) process.stdout.write(`  ${name.padEnd(width)}  ${summary}\n`)
  process.exitCode = values.help === true ? 0 : 2
} else if (values.replay !== undefined) replay(values.replay)
else await fuzz()

function replay(file: string): void {
  const input = readFileSync(file)
  for (const target of targets) {
    for (const judging of [judge, judgeRetained]) {
      const { outcome, millis, fault } = judging(target, Uint8Array.from(input))
      process.stdout.write(`${target.name}: ${outcome}, ${millis.toFixed(1)} ms\n`)
      if (fault === undefined) continue
      process.stdout.write(`${fault.kind}: ${fault.message}\n`)
      process.exitCode = 1
    }
  }
}

async function fuzz(): Promise<void> {
  const seed = whole('seed') ?? Math.floor(Math.random() * 2 ** 32)
  const inputs = whole('inputs')
  const minutes = positive('minutes') ?? (inputs === undefined ? 1 : undefined)
  process.stdout.write(`seed ${seed}, ${targets.length} targets, ${describeCaptures()}\n`)
  const start = performance.now()
  const totals = await run({
    targets,
    seed,
    inputs,
    millis: minutes === undefined ? undefined : minutes * 60_000,
    found: (finding) => {
      const { target, kind, message } = finding
      process.stdout.write(`\n${target}: ${kind}: ${message}\n  ${saveFinding(finding)}\n`)
    },
    round: (all) => {
      if (process.stdout.isTTY) process.stdout.write(`\r${sum(all, ({ inputs: count }) => count)} inputs`)
    },
  })
  report(totals, performance.now() - start)
  if (totals.some(({ findings }) => findings.size > 0)) process.exitCode = 1
}

function report(totals: readonly TargetTotals[], millis: number): void {
  const width = Math.max(...TARGETS.map(({ name }) => name.length))
  const head = ['inputs', 'read', 'codes', 'inputs/s', 'slowest ms', 'held MiB', 'findings']
  process.stdout.write(`\n${'target'.padEnd(width)}  ${head.map((each) => each.padStart(10)).join('  ')}\n`)
  for (const { target, inputs, millis: took, outcomes, slowest, heldLast, findings } of totals) {
    const cells = [
      inputs,
      `${((100 * (outcomes.get('read') ?? 0)) / Math.max(inputs, 1)).toFixed(0)} %`,
      [...outcomes.keys()].filter((outcome) => outcome !== 'read').length,
      Math.round((1000 * inputs) / Math.max(took, 1)),
      slowest.millis.toFixed(1),
      (heldLast / 2 ** 20).toFixed(0),
      findings.size,
    ]
    const row = cells.map((cell) => String(cell).padStart(10)).join('  ')
    process.stdout.write(`${target.name.padEnd(width)}  ${row}\n`)
  }
  const all = sum(totals, ({ inputs }) => inputs)
  const findings = sum(totals, (each) => each.findings.size)
  process.stdout.write(`${all} inputs in ${(millis / 1000).toFixed(0)} s, ${findings} findings\n`)
}

function sum(totals: readonly TargetTotals[], of: (total: TargetTotals) => number): number {
  return totals.reduce((so, each) => so + of(each), 0)
}

function positive(name: 'minutes' | 'inputs' | 'seed'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new RangeError(`--${name} is a number above 0, not ${text}`)
  return value
}

function whole(name: 'inputs' | 'seed'): number | undefined {
  const value = positive(name)
  if (value !== undefined && !Number.isSafeInteger(value))
    throw new RangeError(`--${name} is a whole number, not ${value}`)
  return value
}
