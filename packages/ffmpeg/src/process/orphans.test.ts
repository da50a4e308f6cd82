import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { flvSource, hasFfmpeg } from '../testing/sources.ts'

const PARENT = join(import.meta.dirname, '../testing/parent.ts')

/** True while the process exists and is no zombie. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe.runIf(hasFfmpeg() && process.platform === 'linux')('no ffmpeg is left behind', () => {
  let folder = ''
  let flv = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-orphans-'))
    flv = join(folder, 'source.flv')
    writeFileSync(flv, flvSource({ size: '320x180', seconds: 20, sampleRate: 48_000 }))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Starts the parent and waits until its ffmpeg is in the wanted state. */
  async function parentIn(
    state: string,
  ): Promise<{ parent: ChildProcess; ffmpeg: number; output: () => string }> {
    const parent = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', PARENT, flv, state], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    parent.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    parent.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    await vi.waitFor(() => expect(output).toContain('ready'), { timeout: 20_000 })
    return { parent, ffmpeg: Number.parseInt(output, 10), output: () => output }
  }

  test.each(['streaming', 'idle', 'blocked'])(
    'when this process is killed while ffmpeg is %s',
    async (state) => {
      const { parent, ffmpeg } = await parentIn(state)
      expect(lives(ffmpeg)).toBe(true)
      parent.kill('SIGKILL')
      await vi.waitFor(() => expect(lives(ffmpeg)).toBe(false), { timeout: 10_000 })
    },
  )

  test('when this process is ended by SIGTERM without a handler', async () => {
    const { parent, ffmpeg } = await parentIn('idle')
    parent.kill('SIGTERM')
    await vi.waitFor(() => expect(lives(ffmpeg)).toBe(false), { timeout: 10_000 })
  })

  test.each(['exit', 'throw'])('when this process ends by %s', async (state) => {
    const { parent, ffmpeg, output } = await parentIn(state)
    await vi.waitFor(() => expect(parent.exitCode).not.toBeNull(), { timeout: 10_000 })
    expect(output().includes('on purpose')).toBe(state === 'throw')
    await vi.waitFor(() => expect(lives(ffmpeg)).toBe(false), { timeout: 5_000 })
  })
})
