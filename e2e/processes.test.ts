import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, publishWithFfmpeg, runChild, startChild, waitFor } from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StreamView } from '../apps/control/src/streams/stream-view.ts'
import { type ClusterGateway, type Gateway, startCluster, startGateway } from './support/gateway.ts'
import { type MarkedSluice, startSluice } from './support/marked.ts'
import { waitForLadder } from './support/media.ts'
import { readMediaPlaylist } from './support/playlists.ts'
import { childrenOf, isRunning } from './support/processes.ts'

const SMALL = { width: 320, height: 180, bitrate: 300 }
const PROCESSES = 2

/** A line of the log, as far as these tests look at it. */
interface LogLine {
  readonly msg?: string
  readonly process?: number
  readonly stream?: string
  readonly pid?: number
  readonly rtmp?: number
}

function logOf(child: Child): LogLine[] {
  return child
    .output()
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

describe('an ingest of two processes', () => {
  let cluster: ClusterGateway
  let flv: string
  let rtmps: string
  let rtmpt: string
  const publishers: Child[] = []

  beforeAll(async () => {
    const [flvPort, rtmpsPort, rtmptPort] = [await freePort(), await freePort(), await freePort()]
    rtmps = `rtmps://127.0.0.1:${rtmpsPort}/live`
    rtmpt = `rtmpt://127.0.0.1:${rtmptPort}/live`
    flv = `http://127.0.0.1:${flvPort}/live`
    cluster = await startCluster(
      { workers: 1, origins: 1 },
      {
        SLUICE_INGEST_PROCESSES: String(PROCESSES),
        SLUICE_PROFILE: 'source',
        SLUICE_FLV_PORT: String(flvPort),
        SLUICE_RTMPS_PORT: String(rtmpsPort),
        SLUICE_RTMPT_PORT: String(rtmptPort),
      },
    )
    await waitFor(() => said('ingest processes are ready').length > 0, { what: 'all processes' })
  })
  afterAll(async () => {
    for (const publisher of publishers) await publisher.stop('SIGKILL')
    await cluster.stop()
  })

  /** Lines of the ingest's log with these words. */
  const said = (msg: string, stream?: string): LogLine[] =>
    logOf(cluster.ingest).filter((line) => line.msg === msg && line.stream === stream)
  const publish = (stream: string, at = cluster.rtmp): Child => {
    const publisher = publishWithFfmpeg({ url: `${at}/${stream}`, ...SMALL })
    publishers.push(publisher)
    return publisher
  }
  const view = (stream: string): Promise<StreamView> =>
    cluster.api<StreamView>('GET', `/v1/streams/${stream}`)
  const untilState = (stream: string, state: StreamView['state']): Promise<StreamView> =>
    waitFor(
      async () => {
        const now = await view(stream)
        return now.state === state && now
      },
      { what: `${stream} ${state}`, interval: 100 },
    )
  /** What a player finds: codec and size of the picture, or what it complains about. */
  const play = async (url: string): Promise<string> => {
    const { output } = await runChild('ffprobe', [
      ...['-v', 'error', '-read_intervals', '%+#25', '-select_streams', 'v:0'],
      ...['-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0', url],
    ])
    return output.trim()
  }
  /** The processes in which something was said of a stream. */
  const where = (msg: string, stream: string): Set<number | undefined> =>
    new Set(said(msg, stream).map((line) => line.process))

  it('has streams in both of them, and workers find each', async () => {
    for (const stream of ['one', 'two']) {
      publish(stream)
      await untilState(stream, 'live')
    }
    const processes = new Set([...where('publishing', 'one'), ...where('publishing', 'two')])
    expect(processes).toEqual(new Set([0, 1]))
    for (const stream of ['one', 'two']) await waitForLadder(cluster.origin, stream, 1)
  })

  it('plays any stream from any of them, by RTMP and by HTTP', async () => {
    for (let i = 0; i < PROCESSES; i++) expect(await play(`${cluster.rtmp}/one`)).toBe('h264,320,180')
    for (let i = 0; i < PROCESSES; i++) {
      const { output } = await runChild('curl', ['-sS', '--max-time', '2', '-o', '-', `${flv}/two.flv`])
      expect(output.slice(0, 3)).toBe('FLV')
    }
    expect(where('playing', 'one').size).toBe(PROCESSES)
    expect(where('playing by HTTP', 'two').size).toBe(PROCESSES)
    const nobody = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', `${flv}/nobody.flv`]
    expect((await runChild('curl', nobody)).output).toBe('404')
  })

  it('does the same over TLS and through HTTP', async () => {
    publish('secure', rtmps)
    publish('tunnelled', rtmpt)
    for (const stream of ['secure', 'tunnelled']) await untilState(stream, 'live')
    for (let i = 0; i < PROCESSES; i++) expect(await play(`${rtmps}/tunnelled`)).toBe('h264,320,180')
    expect(await play(`${rtmpt}/secure`)).toBe('h264,320,180')
    expect(await play(`${rtmpt}/one`)).toBe('h264,320,180')
    expect(where('playing', 'tunnelled').size).toBe(PROCESSES)
    expect(where('publishing', 'tunnelled')).toEqual(new Set([0]))
  })

  it('takes a publisher that comes back into its broadcast, whichever of them it comes to', async () => {
    const { broadcast } = await view('one')
    const passedOn = 'publishing by way of another ingest'
    let publisher = publishers[0]
    // In turn: the second attempt at the latest lands in the process that does not have the stream.
    for (let i = 0; i < PROCESSES && said(passedOn, 'one').length === 0; i++) {
      await publisher?.stop('SIGKILL')
      await untilState('one', 'waiting')
      publisher = publish('one')
      const live = await untilState('one', 'live')
      expect(live.broadcast?.id).toBe(broadcast?.id)
    }
    expect(said(passedOn, 'one')).toHaveLength(1)
    // An operator reaches it there.
    await cluster.api('DELETE', '/v1/streams/one/session', undefined, 202)
    await publisher?.exited
    await untilState('one', 'waiting')
    publish('one')
    expect((await untilState('one', 'live')).broadcast?.id).toBe(broadcast?.id)
  })

  it('starts a process again that was killed, and its publishers come back', async () => {
    const { broadcast } = await view('two')
    const [owner] = where('publishing', 'two')
    const { pid = 0 } = said('a process of the ingest is ready').find((line) => line.process === owner) ?? {}
    expect(await childrenOf(cluster.ingest.pid)).toContain(pid)
    process.kill(pid, 'SIGKILL')
    await waitFor(() => said('a process of the ingest is ready').length === PROCESSES + 1, {
      what: 'a new process',
    })
    expect(await childrenOf(cluster.ingest.pid)).toHaveLength(PROCESSES)
    // As encoders do: the name is free when the lease of the killed one has run out.
    const before = said('publishing', 'two').length
    let attempt: Child | undefined
    await waitFor(
      () => {
        if (attempt?.running() !== true) attempt = publish('two')
        return said('publishing', 'two').length > before
      },
      { what: 'a publisher that is back', timeout: 40_000, interval: 500 },
    )
    await waitFor(
      async () =>
        (await readMediaPlaylist(`${cluster.origin}/live/two`, 'source')).segments.some(
          ({ discontinuity }) => discontinuity,
        ),
      { what: 'segments by the new process', timeout: 20_000, interval: 200 },
    )
    const live = await untilState('two', 'live')
    expect(live.broadcast).toMatchObject({ id: broadcast?.id })
    expect(live.broadcast?.endedAt).toBeUndefined()
    await waitForLadder(cluster.origin, 'two', 1)
  })

  it('and nothing was left to chance', () => {
    expect(cluster.output()).not.toMatch(/unhandled|TypeError|"level":"fatal"/i)
  })
})

describe.runIf(process.platform === 'linux')('the processes of an ingest', () => {
  let dataDir: string
  let sluice: MarkedSluice

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<number[]> => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-processes-'))
    sluice = startSluice(['ingest', '--processes', String(PROCESSES)], dataDir, {
      SLUICE_BIND: '127.0.0.1',
      SLUICE_RTMP_PORT: '0',
      SLUICE_PUBLISH_AUTH: 'open',
      ...env,
    })
    await waitFor(
      () => !sluice.running() || logOf(sluice).some(({ msg }) => msg === 'ingest processes are ready'),
      { what: 'the processes' },
    )
    return logOf(sluice).flatMap(({ msg, pid }) =>
      msg === 'a process of the ingest is ready' && pid !== undefined ? [pid] : [],
    )
  }
  afterEach(async () => {
    await sluice.killAll()
    await rm(dataDir, { recursive: true, force: true })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'end in order at %s, with streams in each of them',
    async (signal) => {
      const processes = await start()
      expect(processes).toHaveLength(PROCESSES)
      const port = logOf(sluice).find(({ msg }) => msg === 'ingest processes are ready')?.rtmp
      const publishers = ['one', 'two'].map((stream) =>
        publishWithFfmpeg({ url: `rtmp://127.0.0.1:${port}/live/${stream}`, ...SMALL }),
      )
      await waitFor(() => logOf(sluice).filter(({ msg }) => msg === 'on air').length === publishers.length, {
        what: 'the streams',
      })
      const began = Date.now()
      sluice.kill(signal)
      expect(await sluice.exited).toEqual({ code: 0, signal: null })
      expect(Date.now() - began).toBeLessThan(5_000)
      await sluice.untilGone()
      await Promise.all(publishers.map(({ exited }) => exited))
      expect(sluice.output()).not.toMatch(/unhandled|TypeError|not everything stopped|started again/i)
      const left = logOf(sluice).filter(({ msg }) => msg === 'the broadcast is left to other ingests')
      expect(left).toHaveLength(publishers.length)
    },
  )

  it('end when the one that started them is killed', async () => {
    const processes = await start()
    sluice.kill('SIGKILL')
    await sluice.exited
    await waitFor(() => !processes.some(isRunning), { what: 'no process of the ingest' })
  })

  it('do not start by halves, and say why', async () => {
    const port = await freePort()
    const holder = startChild(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('listening'))`,
    ])
    await waitFor(() => holder.output().includes('listening'), { what: 'a port that is taken' })
    expect(await start({ SLUICE_RTMP_PORT: String(port) })).toEqual([])
    expect((await sluice.exited).code).toBe(1)
    expect(sluice.output()).toContain(
      `port ${port} is in use: stop what listens there, or set SLUICE_RTMP_PORT`,
    )
    await sluice.untilGone()
    await holder.stop()
  })
})

describe('a gateway in one process with an ingest of two', () => {
  let gateway: Gateway
  let publisher: Child
  beforeEach(async () => {
    gateway = await startGateway({ SLUICE_INGEST_PROCESSES: String(PROCESSES), SLUICE_PROFILE: 'source' })
  })
  afterEach(async () => {
    await publisher.stop('SIGKILL')
    await gateway.stop()
  })

  it('goes from the publisher to the viewer', async () => {
    publisher = publishWithFfmpeg({ url: `${gateway.rtmp}/all`, ...SMALL })
    expect(await waitForLadder(gateway.origin, 'all', 1)).toEqual(['source'])
  })
})
