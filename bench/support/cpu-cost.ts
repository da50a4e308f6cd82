import type { CpuUse } from './process-tree.ts'
import type { Report } from './report.ts'
import { median } from './statistics.ts'

/** What one measurement found. */
export interface CpuCost {
  /** CPU seconds for 10⁹ bits of payload. */
  readonly perGigabit: number
  readonly use: CpuUse
  /** Messages that the load generator sent too late: it was short of CPU itself. */
  readonly late: number
}

/** Adds the median cost, with what helps to judge it. @param more - further notes. */
export function addCpuCost(
  report: Report,
  {
    subject,
    what,
    costs,
  }: { readonly subject: string; readonly what: string; readonly costs: readonly CpuCost[] },
  more: readonly string[] = [],
): void {
  if (costs.length === 0) return
  const samples = costs.map(({ perGigabit }) => perGigabit)
  const cores = median(costs.map(({ use }) => use.cpuSeconds / use.seconds))
  const elsewhere = median(costs.map(({ use }) => use.elsewhere / use.seconds))
  const late = Math.max(...costs.map((cost) => cost.late))
  const notes = [
    `${cores.toFixed(3)} cores`,
    `elsewhere ${elsewhere.toFixed(2)} cores`,
    ...more,
    `${late} messages late`,
  ]
  report.add({ subject, what, value: median(samples), unit: 's', samples, note: notes.join('; ') })
}
