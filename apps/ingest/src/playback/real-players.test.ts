import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLAYER_CHUNK_SIZE } from '@sluice/rtmp'
import { type Child, clientVersion, publishWithFfmpeg, runChild, startChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '../live-stream.ts'
import { startRtmptListener } from '../rtmpt-listener.ts'
import { startTestIngest, type TestIngest } from '../testing/test-ingest.ts'
import { WebSocketTestClient } from '../testing/web-socket-client.ts'
import { startFlvListener } from './flv-listener.ts'

const NAME = 'watched'
/** The publisher ends then, and every player with it. */
const SECONDS = 8

/** So little compression that a keyframe is several chunks. */
const FINE = ['-qp', '18', '-vf', 'noise=alls=60,format=yuv420p']

/** What makes each player write a stream to a file, until it ends. */
const ARGUMENTS = {
  ffmpeg: (url: string, file: string) => ['-v', 'warning', '-i', url, '-c', 'copy', '-y', file],
  rtmpdump: (url: string, file: string) => ['-q', '-v', '-r', url, '-o', file],
  'gst-launch-1.0': (url: string, file: string) => [
    ...['-q', 'rtmp2src', `location=${url}`, '!', 'filesink', `location=${file}`],
  ],
  curl: (url: string, file: string) => ['-sS', '-o', file, url],
} as const

const PLAYERS = [
  ['ffmpeg', 'rtmp'],
  ['ffmpeg', 'rtmpt'],
  ['ffmpeg', 'http'],
  ['rtmpdump', 'rtmp'],
  ['rtmpdump', 'rtmpe'],
  ['rtmpdump', 'rtmpt'],
  ['rtmpdump', 'rtmpte'],
  ['gst-launch-1.0', 'rtmp'],
  ['curl', 'http'],
] as const

/** What is in a file, and what a decoder has to say about it. */
async function inspect(file: string): Promise<{ streams: string[]; seconds: number; complaints: string }> {
  const probe = await runChild('ffprobe', [
    ...['-v', 'error', '-show_entries', 'stream=codec_name:format=duration', '-of', 'json', file],
  ])
  const found = JSON.parse(probe.output) as {
    streams: { codec_name: string }[]
    format: { duration: string }
  }
  const decoded = await runChild('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-'])
  return {
    streams: found.streams.map((one) => one.codec_name).toSorted(),
    seconds: Number(found.format.duration),
    complaints: decoded.output,
  }
}

/** Sound and picture that a decoder has nothing to say about, for most of the time. */
async function expectWhole(file: string): Promise<void> {
  const { seconds, ...found } = await inspect(file)
  expect(found).toEqual({ streams: ['aac', 'h264'], complaints: '' })
  expect(seconds).toBeGreaterThan(SECONDS / 2)
}

describe('real players', () => {
  let folder: string
  let ingest: TestIngest
  let publisher: Child
  let stream: LiveStream
  /** All of them at once, on one stream. */
  const players = new Map<string, Child>()
  let webSocket: WebSocketTestClient

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-players-'))
    ingest = await startTestIngest({ env: { SLUICE_RTMP_ENCRYPTION: 'accept' } })
    const rtmpt = await ingest.listen((options) => startRtmptListener(options))
    const http = await ingest.listen((options) => startFlvListener(options))
    const ports = {
      rtmp: ingest.port,
      rtmpe: ingest.port,
      rtmpt: rtmpt.port,
      rtmpte: rtmpt.port,
      http: http.port,
    }
    const url = `rtmp://127.0.0.1:${ingest.port}/live/${NAME}`
    publisher = publishWithFfmpeg({ url, width: 640, height: 360, bFrames: 2, seconds: SECONDS, extra: FINE })
    stream = await waitFor(() => ingest.hub.find(NAME)?.stream, { what: 'the stream' })
    // They join late: their first frame is not at time 0.
    await waitFor(() => (stream.ring.starts.at(-1)?.boundary.time ?? 0) > 0, { what: 'a later boundary' })
    webSocket = new WebSocketTestClient(`ws://127.0.0.1:${http.port}/live/${NAME}.flv`)
    for (const [command, scheme] of PLAYERS) {
      const version = await clientVersion(command)
      if (version === undefined) continue
      const from = `${scheme}://127.0.0.1:${ports[scheme]}/live/${NAME}${scheme === 'http' ? '.flv' : ''}`
      const name = `${command}-${scheme}`
      process.stdout.write(`${name}: version ${version}\n`)
      players.set(name, startChild(command, ARGUMENTS[command](from, join(folder, `${name}.flv`))))
    }
  })
  afterAll(async () => {
    for (const player of players.values()) player.kill('SIGKILL')
    webSocket?.destroy()
    await publisher.stop()
    await ingest.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.for(PLAYERS)('%s by %s', { timeout: 30_000 }, async ([command, scheme], { skip }) => {
    const player = players.get(`${command}-${scheme}`)
    if (player === undefined) return skip(`there is no ${command}`)
    const { code } = await player.exited
    expect(code, player.output()).toBe(0)
    await expectWhole(join(folder, `${command}-${scheme}.flv`))
  })

  it('decode what came by WebSocket', { timeout: 30_000 }, async () => {
    expect((await webSocket.closed).code).toBe(1000)
    const file = join(folder, 'web-socket.flv')
    await writeFile(file, webSocket.messages)
    await expectWhole(file)
  })

  it('were given keyframes of several chunks', () => {
    const { ring } = stream
    const keyframes = ring.starts.map(({ mark }) => {
      const entries = Array.from({ length: 10 }, (_, i) => ring.at(mark + i))
      return entries.find((entry) => entry?.type === 'video' && entry.keyframe)
    })
    const sizes = keyframes.map((entry) => (entry?.type === 'video' ? entry.payload.length : 0))
    expect(Math.min(...sizes)).toBeGreaterThan(2 * PLAYER_CHUNK_SIZE)
  })

  it('leave nothing behind', async () => {
    const gone = ingest.lines.filter((line) => line.msg === 'player gone')
    expect(gone.every((line) => line.skips === 0)).toBe(true)
    expect(ingest.codes()).toEqual([])
    expect((await publisher.exited).code).toBe(0)
  })
})
