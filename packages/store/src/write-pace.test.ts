import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WritePace } from './write-pace.ts'

describe.skipIf(process.platform !== 'linux')('the pace of writes', () => {
  test('is at once on a local file system, once it is known', async () => {
    const pace = new WritePace(tmpdir())
    expect(pace.atOnce).toBe(false)
    await pace.look()
    expect(pace.atOnce).toBe(true)
  })

  test.skipIf(!existsSync('/proc/self'))('is not at once on any other', async () => {
    const pace = new WritePace('/proc/self')
    await pace.look()
    expect(pace.atOnce).toBe(false)
  })

  test('is cautious for a while after a call that was slow', async () => {
    let now = 0
    const pace = new WritePace(tmpdir(), () => now)
    const call = (millis: number): number => pace.run(() => (now += millis))
    await pace.look()
    call(50)
    expect(pace.atOnce).toBe(true)
    expect(call(51)).toBe(101)
    expect(pace.atOnce).toBe(false)
    now += 9_999
    expect(pace.atOnce).toBe(false)
    now += 1
    expect(pace.atOnce).toBe(true)
  })

  test('passes errors on, and takes note of slow ones', async () => {
    let now = 0
    const pace = new WritePace(tmpdir(), () => now)
    await pace.look()
    const fail = (): never => {
      now += 100
      throw new Error('no space')
    }
    expect(() => pace.run(fail)).toThrow('no space')
    expect(pace.atOnce).toBe(false)
  })

  test('does not know a folder that is not there yet', async () => {
    const pace = new WritePace(join(tmpdir(), 'sluice-none-of-this-name'))
    await expect(pace.look()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(pace.atOnce).toBe(false)
  })
})
