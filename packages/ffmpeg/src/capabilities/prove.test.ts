import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DependencyError } from '@sluice/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SOFTWARE_ENCODER, type VideoEncoder } from '../arguments/video-encoder.ts'
import { TEST_BINARY } from '../testing/run.ts'
import { hasFfmpeg } from '../testing/sources.ts'
import { probeCapabilities } from './probe.ts'
import { proveEncoder } from './prove.ts'

const VAAPI: VideoEncoder = { kind: 'vaapi', device: '/dev/dri/renderD128' }
const ALL = {
  binary: TEST_BINARY,
  version: { text: '5.1.9', major: 5, minor: 1 },
  encoders: ['libx264', 'h264_nvenc', 'h264_vaapi'],
}
/** Built for NVIDIA's GPUs, on a machine that has none. */
const lacksNvidia =
  !existsSync('/dev/nvidiactl') &&
  spawnSync(TEST_BINARY, ['-encoders']).stdout?.toString().includes('h264_nvenc') === true

async function refusal(encoder: VideoEncoder, capabilities = ALL): Promise<DependencyError> {
  const error: unknown = await proveEncoder(capabilities, encoder).catch((cause: unknown) => cause)
  if (!(error instanceof DependencyError)) throw new Error('it was not refused', { cause: error })
  expect(error.code).toBe('ffmpeg.encoder_unusable')
  expect(error.message).toMatch(/, or set SLUICE_WORKER_ENCODER=software$/)
  expect(error.message).not.toContain('\n')
  return error
}

describe.runIf(hasFfmpeg())('an encoder', () => {
  test('that works passes its trial', async () => {
    await expect(proveEncoder(ALL, SOFTWARE_ENCODER)).resolves.toBeUndefined()
  })

  test.runIf(lacksNvidia)('of NVIDIA without a driver is refused, and no other takes its place', async () => {
    const error: unknown = await probeCapabilities(TEST_BINARY, { kind: 'nvenc' }).catch(
      (cause: unknown) => cause,
    )
    expect(error).toMatchObject({ code: 'ffmpeg.encoder_unusable' })
    // Its options are all known to this ffmpeg: it fails where it looks for the GPU.
    expect((await refusal({ kind: 'nvenc' })).message).toBe(
      `the encoder nvenc (h264_nvenc) does not work: ${TEST_BINARY} says "Cannot load libcuda.so.1"; install NVIDIA’s driver, and for a container its container toolkit (docker compose: GPU_RUNTIME=nvidia), or set SLUICE_WORKER_ENCODER=software`,
    )
  })
})

describe('what is wrong with an encoder', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-encoder-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A program that does what the lines say, whatever it is asked. */
  function program(name: string, ...lines: string[]): typeof ALL {
    const binary = join(folder, name)
    writeFileSync(binary, `#!/bin/sh\n${lines.join('\n')}\n`)
    chmodSync(binary, 0o755)
    return { ...ALL, binary }
  }

  test('it was not built in', async () => {
    const { message } = await refusal(VAAPI, { ...ALL, encoders: ['libx264'] })
    expect(message).toContain(
      'h264_vaapi) does not work: ffmpeg (5.1.9) was built without it; set SLUICE_FFMPEG',
    )
  })

  test('the device is not there', async () => {
    const { message } = await refusal({ kind: 'vaapi', device: '/dev/dri/nothing' })
    expect(message).toContain('/dev/dri/nothing is not there (ENOENT')
    expect(message).toContain('SLUICE_WORKER_VAAPI_DEVICE')
  })

  test.runIf(process.platform === 'linux').each(['/dev/null', import.meta.filename])(
    'the device is another one: %s',
    async (device) => {
      expect((await refusal({ kind: 'vaapi', device })).message).toContain(`${device} is no device of a GPU`)
    },
  )

  test('ffmpeg’s first complaint is its reason', async () => {
    const failing = program('failing', "echo '[h264 @ 0x1] [error] No GPU' >&2", 'echo gone >&2', 'exit 1')
    const { message, details } = await refusal({ kind: 'nvenc' }, failing)
    expect(message).toContain('failing says "No GPU"; install')
    expect(details).toMatchObject({ encoder: 'nvenc', log: 'No GPU | gone' })
  })

  test.each([
    { name: 'it makes nothing', said: 'true', fault: 'it made 0 of 8 frames' },
    {
      name: 'it makes something else',
      said: "printf '\\000\\000\\000\\020moovnonsense'",
      fault: 'what it makes cannot be read: ',
    },
    {
      name: 'it makes keyframes of its own choice',
      said: `exec ${TEST_BINARY} $(echo "$@" | sed 's/-force_key_frames source/-preset ultrafast/; s/h264_nvenc/libx264/; s/-preset p3//; s/-rc vbr//; s/-delay 0//')`,
      fault: 'it made 1 keyframes where 8 were asked for',
    },
  ])('$name', async ({ name, said, fault }) => {
    const { message } = await refusal({ kind: 'nvenc' }, program(name.replaceAll(' ', '-'), said))
    expect(message).toContain(`does not work: ${fault}`)
    expect(message).toContain('install a newer driver')
  })
})
