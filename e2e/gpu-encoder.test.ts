import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publishWithFfmpeg, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { waitForEnd } from './support/playlists.ts'
import { expectAligned } from './support/segments.ts'

/**
 * The installed ffmpeg on a machine with a GPU, as far as a machine without one can be that: what is asked of NVENC is done by
 * x264, which is given the same frames, keyframes and bit rates, and not the options that NVENC alone has.
 */
const FFMPEG_WITH_GPU = `#!/usr/bin/env bash
printf '%s ' "$@" >>"$(dirname "$0")/words"
printf '\\n' >>"$(dirname "$0")/words"
words=()
while [ $# -gt 0 ]; do
  case $1 in
    h264_nvenc) words+=(libx264) ;;
    -preset) words+=(-preset veryfast) && shift ;;
    -rc | -delay) shift ;;
    *) words+=("$1") ;;
  esac
  shift
done
exec ffmpeg "\${words[@]}"
`

describe.skipIf(process.platform === 'win32')('a ladder whose encoder is a GPU', () => {
  let folder: string
  let gateway: Gateway
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-gpu-'))
    const ffmpeg = join(folder, 'ffmpeg')
    await writeFile(ffmpeg, FFMPEG_WITH_GPU)
    await chmod(ffmpeg, 0o755)
    gateway = await startGateway({ SLUICE_FFMPEG: ffmpeg, SLUICE_WORKER_ENCODER: 'nvenc' })
  })
  afterAll(async () => {
    await gateway?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('is what the worker registers with', async () => {
    const workers = await waitFor(
      async () => {
        const answer = await gateway.api<{ workers: unknown[] }>('GET', '/v1/workers')
        return answer.workers.length > 0 && answer.workers
      },
      { what: 'a worker in the registry' },
    )
    expect(workers).toEqual([expect.objectContaining({ videoEncoder: 'h264_nvenc' })])
  })

  it('is cut where its source is', async () => {
    const picture = { width: 854, height: 480, frameRate: 60 }
    const publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/gpu`, ...picture, seconds: 7 })
    expect((await publisher.exited).code, publisher.output()).toBe(0)
    const base = `${gateway.origin}/live/gpu`
    const variants = await waitForEnd(base)
    expect(variants.map(({ id }) => id)).toEqual(['source', '360p'])
    await expectAligned(base, variants)
    const words = await readFile(join(folder, 'words'), 'utf8')
    // The rung has half of the source's frames, of which NVENC is not told.
    expect(words).toMatch(/-i pipe:0 .*-c:v h264_nvenc -preset p3 .*-b:v 1600000 /)
  })
})
