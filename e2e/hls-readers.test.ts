import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, publishWithFfmpeg, runChild, startChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from './support/gateway.ts'
import { waitForLadder } from './support/media.ts'
import { findNewerClient, type NewerClient } from './support/newer-clients.ts'
import { type LoggedRequest, type RequestLog, startRequestLog } from './support/request-log.ts'

const STREAM = 'readers'
const PART = /\.p\d+\.m4s$/
const CVLC = '/usr/bin/cvlc'
/** VLC does not run as root. */
const AS_NOBODY =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env']

/** GStreamer asks for announced parts by a range of all their bytes. */
function isRefused({ status }: LoggedRequest): boolean {
  return status !== 200 && status !== 206
}

const gstreamer: NewerClient | string = await findNewerClient('sid', 'gst-launch-1.0')
if (typeof gstreamer === 'string') process.stdout.write(`GStreamer is skipped: ${gstreamer}\n`)
if (!existsSync(CVLC)) process.stdout.write(`VLC is skipped: ${CVLC} is not there\n`)

describe('readers of HLS', () => {
  let gateway: Gateway
  let publisher: Child
  let log: RequestLog
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-readers-'))
    gateway = await startGateway({ SLUICE_PROFILE: 'source' })
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/${STREAM}`, width: 640, height: 360 })
    await waitForLadder(gateway.origin, STREAM, 1)
    log = await startRequestLog(gateway.origin)
  })
  afterAll(async () => {
    await publisher?.stop()
    await log?.stop()
    await gateway?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  function address(query = ''): string {
    return `${log.url}/live/${STREAM}/index.m3u8${query}`
  }

  /** What was asked for from now on. */
  function watchRequests(): () => readonly LoggedRequest[] {
    const before = log.requests.length
    return () => log.requests.slice(before)
  }

  it.skipIf(typeof gstreamer === 'string')(
    'GStreamer’s hlsdemux2 reads part by part, by delta updates',
    async () => {
      const asked = watchRequests()
      const sinks = ['video-sink=fakevideosink sync=true', 'audio-sink=fakeaudiosink sync=true']
      const player = (gstreamer as NewerClient).start(folder, ['playbin3', `uri=${address()}`, ...sinks])
      try {
        await waitFor(() => asked().filter(({ path }) => PART.test(path)).length > 60, {
          what: 'parts that were read',
          timeout: 60_000,
        })
      } finally {
        await player.stop('SIGINT')
      }
      expect(asked().filter(isRefused)).toEqual([])
      const reloads = asked().filter(({ path }) => path.includes('_HLS_part='))
      expect(reloads.length).toBeGreaterThan(40)
      expect(reloads.some(({ path }) => path.includes('_HLS_skip=YES'))).toBe(true)
      expect(player.output()).not.toContain('ERROR')
    },
  )

  it.each(['', '?dvr=12', '?start=1'])('ffmpeg reads the playlists of index.m3u8%s', async (query) => {
    const asked = watchRequests()
    const options = ['-hide_banner', '-loglevel', 'error', '-i', address(query), '-t', '4', '-f', 'null', '-']
    const reader = await runChild('ffmpeg', options)
    expect([reader.code, reader.output]).toMatchObject([0, expect.not.stringContaining('404')])
    expect(asked().filter(isRefused)).toEqual([])
    const lists = asked().filter(({ path }) => path.includes('/source/index.m3u8'))
    expect(lists.length).toBeGreaterThan(0)
    expect(lists.every(({ path }) => path.endsWith(query))).toBe(true)
  })

  it.skipIf(!existsSync(CVLC))('VLC plays', async () => {
    const asked = watchRequests()
    const [program = '', ...before] = AS_NOBODY
    const args = ['-I', 'dummy', '--vout', 'dummy', '--aout', 'dummy', '--play-and-exit', address()]
    const player = startChild(program, [...before, CVLC, ...args], { env: { HOME: folder } })
    try {
      await waitFor(() => asked().filter(({ path }) => /source\/[^/]*\d\.m4s$/.test(path)).length > 4, {
        what: 'segments that were played',
        timeout: 60_000,
      })
    } finally {
      await player.stop('SIGKILL')
    }
    expect(asked().filter(isRefused)).toEqual([])
  })
})
