import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const TOP = 40

/** The part of V8's profile format that is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  /** Node id of each sample, and the microseconds since the one before it. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The functions of the newest profile in a folder in which most CPU time was spent, as a table. */
export async function hottestFunctions(folder: string): Promise<string> {
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith('.cpuprofile'))
    .toSorted()
    .at(-1)
  if (newest === undefined) return `no profile in ${folder}`
  const profile: CpuProfile = JSON.parse(await readFile(join(folder, newest), 'utf8'))
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, place(callFrame)]))
  const spent = new Map<string, number>()
  profile.samples.forEach((id, index) => {
    const name = names.get(id) ?? '?'
    spent.set(name, (spent.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0))
  })
  spent.delete(IDLE)
  const total = [...spent.values()].reduce((sum, micros) => sum + micros, 0)
  const rows = [...spent].toSorted(([, a], [, b]) => b - a).slice(0, TOP)
  const text = rows.map(
    ([name, micros]) =>
      `${((100 * micros) / total).toFixed(1).padStart(5)} %  ${(micros / 1e6).toFixed(2)} s  ${name}`,
  )
  return `self time in ${newest}, ${(total / 1e6).toFixed(1)} s in all\n${text.join('\n')}`
}

const IDLE = '(idle)'

function place({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName
  const path = url.replace(/^file:\/\//, '').replace(/^.*\/(?=(?:packages|apps|node_modules)\/)/, '')
  return `${functionName || '(anonymous)'} ${path}:${lineNumber + 1}`
}
