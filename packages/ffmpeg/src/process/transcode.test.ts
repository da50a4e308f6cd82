import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { StateError } from '@sluice/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { audioRung, planOf, rung } from '../testing/plans.ts'
import { probePackets } from '../testing/probe.ts'
import { outputOf, runToEnd } from '../testing/run.ts'
import { flvSource, flvTags, hasFfmpeg } from '../testing/sources.ts'
import { type RunningTranscode, startTranscode } from './transcode.ts'

const PLAN = planOf([rung(256, 144)])

function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function start(options: Partial<Parameters<typeof startTranscode>[1]> = {}): RunningTranscode {
  return startTranscode(PLAN, { binary: 'ffmpeg', inputFormat: 'flv', ...options })
}

/** Reads and forgets every output. */
function drain(transcode: RunningTranscode): void {
  for (const stream of transcode.outputs.values()) stream.resume()
}

describe('a start that fails', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-ffmpeg-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('no such program', async () => {
    const transcode = start({ binary: '/nowhere/ffmpeg' })
    expect(transcode.pid).toBeUndefined()
    // Writing, reading and stopping are harmless.
    transcode.input.write(Buffer.alloc(1_000_000))
    drain(transcode)
    const report = await transcode.exited
    expect(report).toMatchObject({ cause: 'spawn-failed', code: null, signal: null })
    expect(report.message).toContain('/nowhere/ffmpeg')
    expect(await transcode.stop()).toBe('eof')
  })

  test('a program that may not be run', async () => {
    const binary = join(folder, 'ffmpeg')
    writeFileSync(binary, '')
    chmodSync(binary, 0o644)
    expect(await start({ binary }).exited).toMatchObject({ cause: 'spawn-failed' })
  })

  test('a program that takes no input and says nothing', async () => {
    const transcode = start({ binary: 'true' })
    transcode.input.write(Buffer.alloc(1_000_000))
    drain(transcode)
    // It succeeded at what it did, which an exit code cannot tell from our plan.
    expect(await transcode.exited).toMatchObject({ cause: 'finished', code: 0 })
  })

  test('a plan of nothing is our own fault', () => {
    expect(() => startTranscode(planOf([]), { binary: 'ffmpeg', inputFormat: 'flv' })).toThrow(StateError)
  })
})

describe.runIf(hasFfmpeg())('the real ffmpeg', () => {
  let flv: Buffer = Buffer.alloc(0)
  beforeAll(() => {
    flv = flvSource({ size: '320x180', seconds: 6, sampleRate: 48_000 })
  })

  test('reports progress of what it writes', async () => {
    const { progress, report } = await runToEnd(planOf([rung(256, 144)], audioRung()), flv)
    expect(report).toMatchObject({
      cause: 'finished',
      code: 0,
      signal: null,
      message: 'ffmpeg finished, exit code 0',
    })
    expect(progress.at(-1)).toMatchObject({ last: true, frames: 180, duplicated: 0, dropped: 0 })
  })

  test('input that is no FLV', async () => {
    const { report } = await runToEnd(
      PLAN,
      Buffer.from('this is no FLV at all, it is a sentence'.repeat(100)),
    )
    expect(report).toMatchObject({ cause: 'input-invalid' })
    expect(report.message).toContain('could not find codec parameters')
  })

  test('input that ends at once', async () => {
    expect((await runToEnd(PLAN, Buffer.alloc(0))).report.cause).toBe('input-invalid')
  })

  test('input without the track the plan needs', async () => {
    const { report } = await runToEnd(PLAN, flvSource({ sampleRate: 48_000, seconds: 1 }))
    expect(report.cause).toBe('input-invalid')
    expect(report.message).toContain('matches no streams')
  })

  test('damaged frames are told, and the rest is encoded', async () => {
    const damaged = Buffer.from(flv)
    const frame = flvTags(damaged).tags.filter((tag) => tag.type === 'video')[40]
    frame?.bytes.fill(0, 24, 400)
    const { report, messages, outputs } = await runToEnd(PLAN, damaged)
    expect(report.cause).toBe('finished')
    expect(messages.some(({ level, component }) => level === 'error' && component === 'h264')).toBe(true)
    expect(probePackets(outputs.get('144p') ?? Buffer.alloc(0), 'v').length).toBeGreaterThan(170)
  })

  test('stop: the end of input lets it write what it holds', async () => {
    const transcode = start()
    transcode.input.write(flv.subarray(0, flv.length / 2))
    const chunks: Buffer[] = []
    for (const stream of transcode.outputs.values()) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    await vi.waitFor(() => expect(chunks.length).toBeGreaterThan(0), { timeout: 10_000 })
    const [first, second] = await Promise.all([transcode.stop(), transcode.stop()])
    expect([first, second]).toEqual(['eof', 'eof'])
    expect(await transcode.exited).toMatchObject({ cause: 'stopped', code: 0 })
    expect(isRunning(transcode.pid)).toBe(false)
  })

  test('stop: an idle process that has not been fed yet', async () => {
    const transcode = start()
    drain(transcode)
    expect(await transcode.stop()).toBe('eof')
    expect((await transcode.exited).cause).toBe('stopped')
  })

  test('stop: one that waits for a reader is ended all the same', async () => {
    const transcode = start()
    // Nobody reads its output, so it stops reading its input.
    for (let round = 0; round < 40; round++) transcode.input.write(flv)
    await vi.waitFor(() => expect(transcode.input.writableLength).toBeGreaterThan(0))
    expect(['sigterm', 'sigkill']).toContain(await transcode.stop())
    expect((await transcode.exited).cause).toBe('stopped')
    expect(isRunning(transcode.pid)).toBe(false)
  })

  test('backpressure is visible: write answers false while ffmpeg is behind, then drains', async () => {
    const transcode = start()
    let held = false
    for (let round = 0; round < 40 && !held; round++) held = !transcode.input.write(flv)
    expect(held).toBe(true)
    const drained = new Promise((resolve) => transcode.input.once('drain', resolve))
    drain(transcode)
    await drained
    await transcode.stop()
  })

  test('killed by somebody else', async () => {
    const transcode = start()
    drain(transcode)
    if (transcode.pid !== undefined) process.kill(transcode.pid, 'SIGKILL')
    expect(await transcode.exited).toMatchObject({ cause: 'killed', signal: 'SIGKILL', code: null })
    // EPIPE from here on stays inside.
    transcode.input.write(flv)
    transcode.input.end()
    expect(await transcode.stop()).toBe('eof')
  })

  test('a crash is told from a kill', async () => {
    const transcode = start()
    drain(transcode)
    if (transcode.pid !== undefined) process.kill(transcode.pid, 'SIGSEGV')
    expect((await transcode.exited).cause).toBe('crashed')
  })

  test('a reader that goes away', async () => {
    const transcode = start()
    for (const stream of transcode.outputs.values()) stream.destroy()
    transcode.input.end(flv)
    expect((await transcode.exited).cause).toBe('output-closed')
  })

  test('settings the encoder refuses', async () => {
    const refused = rung(256, 144, { profile: 'nonsense' as 'high' })
    const { report } = await runToEnd(planOf([refused]), flv)
    expect(report.cause).toBe('failed')
    expect(report.stderrTail.join('\n')).toContain('profile')
  })

  test('niceness is the process priority', async () => {
    const transcode = start({ niceness: 7 })
    drain(transcode)
    expect(getPriority(transcode.pid ?? 0)).toBe(7)
    await transcode.stop()
  })

  test('fragmented MP4 as input keeps its times too', async () => {
    const source = outputOf(await runToEnd(PLAN, flv), '144p')
    const again = await runToEnd(PLAN, source, { inputFormat: 'mp4' })
    const times = (bytes: Buffer) =>
      probePackets(bytes, 'v')
        .map(({ pts }) => pts)
        .sort((a, b) => a - b)
    expect(times(outputOf(again, '144p'))).toEqual(times(source))
  })
})
