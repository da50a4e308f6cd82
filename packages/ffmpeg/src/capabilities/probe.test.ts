import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DependencyError } from '@sluice/core'
import { BUILT_IN_PROFILES } from '@sluice/ladder'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../testing/sources.ts'
import { checkProfile, checkSource } from './check.ts'
import { probeCapabilities } from './probe.ts'

describe.runIf(hasFfmpeg())('the installed ffmpeg', () => {
  test('can run every built-in profile on a usual source', async () => {
    const capabilities = await probeCapabilities('ffmpeg')
    expect(capabilities.version.major).toBeGreaterThanOrEqual(5)
    for (const profile of Object.values(BUILT_IN_PROFILES))
      expect(checkProfile(capabilities, profile)).toEqual([])
    expect(checkSource(capabilities, { video: { codec: 'h264' }, audio: { codec: 'aac' } })).toEqual([])
    // It travels as JSON.
    expect(JSON.parse(JSON.stringify(capabilities))).toEqual(capabilities)
  })
})

describe('what cannot be used, and how it is said', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-ffmpeg-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function program(name: string, says: string, mode = 0o755): string {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${says}\nEND\n`)
    chmodSync(path, mode)
    return path
  }

  async function refusal(binary: string): Promise<DependencyError> {
    const error: unknown = await probeCapabilities(binary).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(DependencyError)
    return error as DependencyError
  }

  test('missing', async () => {
    const error = await refusal('/nowhere/ffmpeg')
    expect(error.code).toBe('ffmpeg.missing')
    expect(error.message).toBe(
      'ffmpeg was not found at /nowhere/ffmpeg; install it with apt install ffmpeg or set SLUICE_FFMPEG',
    )
  })

  test('not executable', async () => {
    expect((await refusal(program('locked', '', 0o644))).code).toBe('ffmpeg.not_executable')
  })

  test('something else', async () => {
    expect((await refusal(program('other', 'I am a teapot'))).code).toBe('ffmpeg.unrecognised')
  })

  test('too old', async () => {
    const error = await refusal(
      program('old', 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021'),
    )
    expect(error.code).toBe('ffmpeg.too_old')
    expect(error.message).toContain('4.4.2-0ubuntu0.22.04.1; 5.1 is the oldest')
    expect((await refusal(program('older', 'ffmpeg version 5.0.3 Copyright'))).code).toBe('ffmpeg.too_old')
  })
})
