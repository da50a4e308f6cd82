import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startTestRedis, type TestRedis, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSluice } from './support/marked.ts'

/** Longer than any failure may take to be told. */
const SOON = 15_000
const PASSWORD = 'pass-of-a-test'

interface Failure {
  readonly name: string
  readonly role?: 'up' | 'ingest' | 'worker' | 'origin' | 'control'
  /** Settings beside free ports and a data folder of its own. */
  readonly env: () => Readonly<Record<string, string>>
  /** What is wrong, and what to do about it. */
  readonly says: readonly (string | RegExp)[]
}

describe.runIf(process.platform === 'linux')('a gateway that cannot start', () => {
  let folder: string
  let taken: Server
  let takenPort: string
  let closedPort: string
  let forgetful: TestRedis

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-start-'))
    taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    takenPort = String(typeof address === 'object' ? address?.port : 0)
    closedPort = String(await freePort())
    forgetful = await startTestRedis()
    await forgetful.command('CONFIG SET maxmemory 100mb')
    await forgetful.command('CONFIG SET maxmemory-policy allkeys-lru')
  })
  afterAll(async () => {
    taken.close()
    await forgetful.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** A program that answers every question as `text`. */
  const program = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, `#!/bin/sh\n${text}\n`)
    await chmod(path, 0o755)
    return path
  }

  const failures: readonly Failure[] = [
    {
      name: 'no ffmpeg',
      env: () => ({ SLUICE_FFMPEG: '/nowhere/ffmpeg' }),
      says: ['/nowhere/ffmpeg', 'apt install ffmpeg', 'SLUICE_FFMPEG'],
    },
    {
      name: 'no ffmpeg, for a worker alone',
      role: 'worker',
      env: () => ({ SLUICE_FFMPEG: '/nowhere/ffmpeg' }),
      says: ['/nowhere/ffmpeg', 'apt install ffmpeg', 'SLUICE_FFMPEG'],
    },
    {
      name: 'an old ffmpeg',
      env: () => ({ SLUICE_FFMPEG: join(folder, 'old-ffmpeg') }),
      says: ['is ffmpeg 4.4', '5.1 is the oldest that works', 'SLUICE_FFMPEG'],
    },
    {
      name: 'a program that is no ffmpeg',
      env: () => ({ SLUICE_FFMPEG: join(folder, 'no-ffmpeg') }),
      says: ['does not answer -version as ffmpeg does', 'SLUICE_FFMPEG'],
    },
    {
      name: 'a program that cannot be run',
      env: () => ({ SLUICE_FFMPEG: folder }),
      says: ['does not run', 'SLUICE_FFMPEG'],
    },
    ...(['up', 'worker'] as const).map(
      (role): Failure => ({
        name: `an Intel or AMD GPU that is not there: ${role}`,
        role,
        env: () => ({
          SLUICE_WORKER_ENCODER: 'vaapi',
          SLUICE_WORKER_VAAPI_DEVICE: '/nowhere/renderD128',
          SLUICE_PROFILE: 'source',
        }),
        says: [
          'the encoder vaapi (h264_vaapi) does not work: /nowhere/renderD128 is not there (ENOENT',
          'SLUICE_WORKER_VAAPI_DEVICE',
          'set SLUICE_WORKER_ENCODER=software',
        ],
      }),
    ),
    ...(existsSync('/dev/nvidiactl')
      ? []
      : (['up', 'worker'] as const).map(
          (role): Failure => ({
            name: `an NVIDIA GPU that is not there: ${role}`,
            role,
            env: () => ({ SLUICE_WORKER_ENCODER: 'nvenc' }),
            says: [
              'the encoder nvenc (h264_nvenc) does not work: ffmpeg ',
              'set SLUICE_WORKER_ENCODER=software',
            ],
          }),
        )),
    {
      name: 'an encoder that there is not',
      env: () => ({ SLUICE_WORKER_ENCODER: 'qsv' }),
      says: ['SLUICE_WORKER_ENCODER: "qsv" is not allowed; allowed: software, nvenc, vaapi'],
    },
    ...(['rtmp', 'origin', 'control', 'feed'] as const).map((port): Failure => {
      const setting = `SLUICE_${port.toUpperCase()}_PORT`
      return {
        name: `a taken port: ${port}`,
        env: () => ({ [setting]: takenPort }),
        says: [/port \d+/, /in use/, setting],
      }
    }),
    ...(['ingest', 'origin', 'control'] as const).map((role): Failure => {
      const setting = `SLUICE_${role === 'ingest' ? 'RTMP' : role.toUpperCase()}_PORT`
      return {
        name: `a taken port, for the role alone: ${role}`,
        role,
        env: () => ({ [setting]: takenPort }),
        says: [/port \d+/, /in use/, setting],
      }
    }),
    {
      name: 'an address that this machine does not have',
      env: () => ({ SLUICE_BIND: '203.0.113.7' }),
      says: [/EADDRNOTAVAIL/],
    },
    {
      name: 'a data folder below a file',
      env: () => ({ SLUICE_DATA_DIR: join(folder, 'old-ffmpeg', 'data') }),
      says: [/the data folder .* cannot be used/, 'SLUICE_DATA_DIR'],
    },
    {
      name: 'a data folder where there can be none',
      env: () => ({ SLUICE_DATA_DIR: '/proc/sluice' }),
      says: ['the data folder /proc/sluice cannot be used', 'SLUICE_DATA_DIR'],
    },
    ...(['up', 'ingest', 'worker', 'origin', 'control'] as const).map(
      (role): Failure => ({
        name: `no Redis: ${role}`,
        role,
        env: () => ({ SLUICE_REDIS_URL: `redis://user:${PASSWORD}@127.0.0.1:${closedPort}` }),
        says: [/Redis at redis:\/\/127\.0\.0\.1:\d+ cannot be reached/, 'ECONNREFUSED', 'SLUICE_REDIS_URL'],
      }),
    ),
    {
      name: 'a Redis that does not answer',
      // It takes connections, as a server that hangs does.
      env: () => ({ SLUICE_REDIS_URL: `redis://127.0.0.1:${takenPort}` }),
      says: ['cannot be reached', 'SLUICE_REDIS_URL'],
    },
    {
      name: 'values that cannot be, all at once',
      env: () => ({
        SLUICE_RTMP_PORT: '70000',
        SLUICE_SEGMENT_SECONDS: 'two',
        SLUICE_REDIS_URL: 'localhost:6379',
      }),
      says: [
        'SLUICE_RTMP_PORT: 70000 is not allowed; allowed: a whole number from 0 to 65535',
        'SLUICE_SEGMENT_SECONDS: "two" is not allowed',
        'SLUICE_REDIS_URL: its value (hidden) is not allowed; allowed: redis://HOST:PORT',
      ],
    },
    ...(['ingest', 'worker', 'origin', 'control'] as const).map(
      (role): Failure => ({
        name: `a Redis that deletes keys when it is full: ${role}`,
        role,
        env: () => ({ SLUICE_REDIS_URL: forgetful.url }),
        says: ['maxmemory-policy allkeys-lru, maxmemory 104857600', 'set "maxmemory-policy noeviction"'],
      }),
    ),
    ...(['ingest', 'worker', 'origin', 'control'] as const).map(
      (role): Failure => ({
        name: `a secret's file that is not there: ${role}`,
        role,
        env: () => ({ SLUICE_REDIS_URL_FILE: '/nowhere/redis-url' }),
        says: [/SLUICE_REDIS_URL_FILE: \/nowhere\/redis-url cannot be read \(ENOENT/, 'put the secret there'],
      }),
    ),
    {
      name: 'values that contradict each other',
      env: () => ({ SLUICE_SEGMENT_SECONDS: '10', SLUICE_WINDOW_SECONDS: '10' }),
      says: ['windowSeconds: 10 is too short for segments of 10 seconds'],
    },
    {
      name: 'a configuration file that is not there',
      env: () => ({ SLUICE_CONFIG: '/nowhere/sluice.yaml' }),
      says: ['there is no configuration file /nowhere/sluice.yaml'],
    },
    {
      name: 'a configuration file that is none',
      env: () => ({ SLUICE_CONFIG: join(folder, 'broken.yaml') }),
      says: ['broken.yaml cannot be read'],
    },
  ]

  it.each(failures)('$name', async ({ role = 'up', env, says }) => {
    await program('old-ffmpeg', 'echo "ffmpeg version 4.4 Copyright (c) 2000-2021 the FFmpeg developers"')
    await program('no-ffmpeg', 'echo hello')
    await writeFile(join(folder, 'broken.yaml'), 'rtmp: [')
    const sluice = startSluice([role], await mkdtemp(join(folder, 'data-')), {
      SLUICE_BIND: '127.0.0.1',
      SLUICE_RTMP_PORT: '0',
      SLUICE_ORIGIN_PORT: '0',
      SLUICE_CONTROL_PORT: '0',
      SLUICE_LOG_LEVEL: 'warn',
      ...env(),
    })
    const timer = setTimeout(() => sluice.kill('SIGKILL'), SOON)
    const exit = await sluice.exited
    clearTimeout(timer)
    const output = sluice.output()
    expect({ ...exit, output }).toMatchObject({ code: 1, signal: null })
    for (const words of says) expect(output).toMatch(words)
    // One explanation, no stack, no secret.
    expect(output.match(/^sluice: /gm)).toHaveLength(1)
    expect(output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
    expect(output).not.toContain(PASSWORD)
    await sluice.untilGone()
  })

  it('a data folder that cannot be written, by another user', async () => {
    if (process.getuid?.() === 0) {
      console.log('skipped: root may write everywhere')
      return
    }
    const locked = await mkdtemp(join(folder, 'locked-'))
    await chmod(locked, 0o500)
    const sluice = startSluice(['up'], locked, { SLUICE_RTMP_PORT: '0' })
    expect((await sluice.exited).code).toBe(1)
    expect(sluice.output()).toMatch(/the data folder .* cannot be used \(EACCES/)
    await sluice.untilGone()
  })

  it('that is told to stop while it starts leaves nothing', async () => {
    const sluice = startSluice(['up'], await mkdtemp(join(folder, 'data-')), {
      SLUICE_BIND: '127.0.0.1',
      SLUICE_RTMP_PORT: '0',
      SLUICE_ORIGIN_PORT: '0',
      SLUICE_CONTROL_PORT: '0',
      SLUICE_FFMPEG: await program('slow-ffmpeg', 'sleep 1; exec ffmpeg "$@"'),
    })
    const redisRuns = async (): Promise<boolean> =>
      (await sluice.processes()).some(({ command }) => command.includes('redis-server'))
    await waitFor(redisRuns, { what: 'the private Redis', interval: 20 })
    sluice.kill('SIGINT')
    expect(await sluice.exited).toEqual({ code: 0, signal: null })
    await sluice.untilGone()
  })
})
