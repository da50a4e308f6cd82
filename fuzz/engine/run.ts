import type { BatchReport, Finding } from './batch.ts'
import { Inputs } from './inputs.ts'
import type { FuzzTarget } from './target.ts'
import { WatchedReader } from './watched-reader.ts'

/** How much is to be done. */
export interface RunOptions {
  readonly targets: readonly FuzzTarget[]
  readonly seed: number
  /** Ends when so many inputs were read; undefined: no such end. */
  readonly inputs: number | undefined
  /** Ends after so long; undefined: no such end. */
  readonly millis: number | undefined
  /** Called with each finding of a new kind, and after each round. */
  readonly found: (finding: Finding) => void
  readonly round: (totals: readonly TargetTotals[]) => void
}

/** What became of one target. */
export interface TargetTotals {
  readonly target: FuzzTarget
  inputs: number
  millis: number
  readonly outcomes: Map<string, number>
  slowest: { index: number; millis: number }
  /** By signature. */
  readonly findings: Map<string, Finding>
  /** Memory that the reader held after the second batch, and the latest; undefined until then. */
  heldFirst: number | undefined
  heldLast: number
}

/** Of a reader that has read for long, beyond what it held when all seeds were loaded, in bytes. */
const GROWTH = 64 << 20

/** Gives inputs to targets, round after round, each of them its share. */
export async function run(options: RunOptions): Promise<readonly TargetTotals[]> {
  const { targets, seed, inputs = Number.POSITIVE_INFINITY, millis = Number.POSITIVE_INFINITY } = options
  const end = performance.now() + millis
  const totals = targets.map(
    (target): TargetTotals => ({
      target,
      inputs: 0,
      millis: 0,
      outcomes: new Map(),
      slowest: { index: 0, millis: 0 },
      findings: new Map(),
      heldFirst: undefined,
      heldLast: 0,
    }),
  )
  const reader = new WatchedReader()
  let left = inputs
  try {
    while (left > 0 && performance.now() < end) {
      for (const total of totals) {
        const count = Math.min(total.target.share, left)
        if (count === 0 || performance.now() >= end) break
        left -= count
        await runOne(reader, total, count, { seed, found: options.found })
      }
      options.round(totals)
    }
  } finally {
    reader.stop()
  }
  return totals
}

async function runOne(
  reader: WatchedReader,
  total: TargetTotals,
  count: number,
  { seed, found }: Pick<RunOptions, 'seed' | 'found'>,
): Promise<void> {
  const target = total.target.name
  const last = total.inputs + count
  while (total.inputs < last) {
    const from = total.inputs
    const start = performance.now()
    const result = await reader.run({ target, seed, from, count: last - from })
    if ('outcomes' in result) {
      add(total, result)
      for (const finding of result.findings) note(total, finding, found)
      noteGrowth(total, result, seed, found)
    } else {
      const { kind, index, message } = result
      const input = new Inputs(total.target, seed).at(index)
      note(total, { target, seed, index, kind, message, signature: `${kind} ${index}`, input }, found)
      total.inputs = index + 1
      total.millis += performance.now() - start
      total.heldFirst = undefined
    }
  }
}

function add(total: TargetTotals, report: BatchReport): void {
  total.inputs += report.inputs
  total.millis += report.millis
  if (report.slowest.millis > total.slowest.millis) total.slowest = report.slowest
  for (const [outcome, count] of report.outcomes)
    total.outcomes.set(outcome, (total.outcomes.get(outcome) ?? 0) + count)
}

function note(total: TargetTotals, finding: Finding, found: (finding: Finding) => void): void {
  if (total.findings.has(finding.signature)) return
  total.findings.set(finding.signature, finding)
  found(finding)
}

/** Memory that grows from batch to batch belongs to nobody: readers keep nothing between inputs. */
function noteGrowth(
  total: TargetTotals,
  { held, inputs }: BatchReport,
  seed: number,
  found: (finding: Finding) => void,
): void {
  total.heldLast = held
  // The first round loads the seeds of every target.
  if (total.inputs > inputs) total.heldFirst ??= held
  if (total.heldFirst === undefined || held - total.heldFirst <= GROWTH) return
  const message = `${held} bytes are held after ${total.inputs} inputs, ${total.heldFirst} after the first ones`
  const { name } = total.target
  const index = total.inputs - inputs
  note(
    total,
    { target: name, seed, index, kind: 'leak', message, signature: 'leak', input: new Uint8Array() },
    found,
  )
}
