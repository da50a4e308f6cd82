import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeConfig } from '@sluice/runtime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stopMillis } from '../../apps/gateway/src/stopping.ts'

const FOLDER = join(import.meta.dirname, '../../infra/systemd')
const UNITS = ['sluice', 'sluice-ingest', 'sluice-worker', 'sluice-origin', 'sluice-control'].map(
  (name) => `${name}.service`,
)
const EXAMPLES = readdirSync(join(FOLDER, 'examples'))
/** Tenths: what `systemd-analyze security` gives may rise to this with other versions of it. */
const MOST_EXPOSURE = 20
const LONGEST_DRAIN_SECONDS = 300

const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8')
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0
if (!hasAnalyze) console.log('skipped: what needs systemd-analyze, which is not installed')

describe('the systemd units', () => {
  it.each(UNITS)('%s starts what there is, and waits for a stop that may take long', (unit) => {
    const text = read(unit)
    const [, path = '', command = ''] = /^ExecStart=node \/opt\/sluice\/(\S+) (\w+)$/m.exec(text) ?? []
    expect(path).toBe('apps/gateway/dist/main.js')
    expect(`sluice-${command}.service`.replace('-up', '')).toBe(unit)
    const drainSeconds = /up|ingest/.test(command) ? LONGEST_DRAIN_SECONDS : 0
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])
    expect(seconds * 1000).toBeGreaterThan(stopMillis({ ingest: { processes: 1, drainSeconds } }))
    expect(text).toContain('\nKillMode=mixed\n')
  })

  it('name settings that exist', () => {
    const settings = new Set(describeConfig().map(({ env }) => env))
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    const named = files.flatMap(({ parentPath, name }) =>
      [...readFileSync(join(parentPath, name), 'utf8').matchAll(/SLUICE_[A-Z_]+/g)].map(
        ([setting]) => setting,
      ),
    )
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !settings.has(name))).toEqual([])
  })
})

describe.runIf(hasAnalyze)('systemd', () => {
  let folder: string
  /** As an administrator would install them, with the node that is here. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-units-'))
    for (const unit of UNITS)
      writeFileSync(
        join(folder, unit),
        read(unit).replace('ExecStart=node ', `ExecStart=${process.execPath} `),
      )
    for (const dropIns of ['sluice.service.d', 'sluice-.service.d'])
      cpSync(join(FOLDER, dropIns), join(folder, dropIns), { recursive: true, dereference: true })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const analyze = (directory: string, ...words: string[]): { status: number | null; output: string } => {
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:` }
    const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { env, encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }
  const verify = (directory: string, unit: string) =>
    analyze(directory, 'verify', '--man=no', '--recursive-errors=no', join(directory, unit))

  it.each(UNITS)('finds nothing wrong with %s', (unit) => {
    expect(verify(folder, unit)).toEqual({ status: 0, output: '' })
  })

  it.each(UNITS)('finds %s little exposed, by the drop-in of all', (unit) => {
    const threshold = `--threshold=${MOST_EXPOSURE}`
    const words = ['security', '--offline=yes', '--no-pager', threshold, join(folder, unit)]
    const { status, output } = analyze(folder, ...words)
    expect({ status, output }).toMatchObject({ status: 0 })
  })

  it.each(EXAMPLES)('finds nothing wrong with a service that has %s', (example) => {
    const directory = join(folder, `with-${example}`)
    for (const unit of UNITS) {
      mkdirSync(join(directory, `${unit}.d`), { recursive: true })
      cpSync(join(folder, unit), join(directory, unit))
      cpSync(join(FOLDER, 'examples', example), join(directory, `${unit}.d`, example))
      expect(verify(directory, unit)).toEqual({ status: 0, output: '' })
    }
  })

  it('would find something wrong', () => {
    const directory = join(folder, 'wrong')
    mkdirSync(directory)
    writeFileSync(
      join(directory, 'sluice.service'),
      `${read('sluice.service')}[Service]\nKillMode=sometimes\n`,
    )
    expect(verify(directory, 'sluice.service').output).toContain('sometimes')
  })
})
