import { type Child, publishWithFfmpeg, runChild, startChild, waitFor } from '@sluice/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRtmptListener } from './rtmpt-listener.ts'
import { makeStreamWithUser } from './testing/login.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const PASSWORD = 'correct-horse'

/** Where a client shall publish, and as whom. */
interface Account {
  readonly scheme: 'rtmp' | 'rtmpt'
  readonly port: number
  readonly user: string
  readonly password: string
}

interface RealClient {
  readonly name: string
  /** Ends with 0 where it is installed. */
  readonly probe: readonly [string, ...string[]]
  readonly methods: readonly ('adobe' | 'llnw')[]
  publish(account: Account): Child
}

const withSink = (...sink: readonly string[]): Child =>
  startChild('gst-launch-1.0', [
    ...'videotestsrc is-live=true num-buffers=300 ! video/x-raw,width=320,height=180,framerate=30/1 !'.split(
      ' ',
    ),
    ...'x264enc tune=zerolatency speed-preset=ultrafast ! h264parse ! flvmux streamable=true !'.split(' '),
    ...sink,
  ])

const CLIENTS: readonly RealClient[] = [
  {
    name: 'ffmpeg',
    probe: ['ffmpeg', '-version'],
    methods: ['adobe', 'llnw'],
    publish: ({ scheme, port, user, password }) =>
      publishWithFfmpeg({
        url: `${scheme}://${user}:${password}@127.0.0.1:${port}/login/studio`,
        width: 320,
        height: 180,
        seconds: 10,
      }),
  },
  {
    name: 'GStreamer’s rtmp2sink',
    probe: ['gst-inspect-1.0', 'rtmp2sink'],
    methods: ['adobe'],
    publish: ({ port, user, password }) =>
      withSink(
        'rtmp2sink',
        `location=rtmp://127.0.0.1:${port}/login/studio`,
        `username=${user}`,
        `password=${password}`,
      ),
  },
  {
    name: 'librtmp, by rtmpsink',
    probe: ['gst-inspect-1.0', 'rtmpsink'],
    methods: ['adobe', 'llnw'],
    // Built with GnuTLS it writes behind the end of its memory when it answers after Adobe: it chooses the other method.
    publish: ({ scheme, port, user, password }) => {
      const address = `${scheme}://127.0.0.1:${port}/login/studio`
      const app = `app=login?authmod=llnw&user=${user} playpath=studio`
      return withSink('rtmpsink', `location="${address} ${app} pubUser=${user} pubPasswd=${password}"`)
    },
  },
]

describe.each(['adobe', 'llnw'] as const)('asked by the method %s', (method) => {
  let ingest: TestIngest
  let tunnelPort: number

  beforeAll(async () => {
    ingest = await startTestIngest({
      env: {
        SLUICE_PUBLISH_AUTH: 'key',
        SLUICE_PUBLISH_LOGIN_METHOD: method,
        SLUICE_RECONNECT_SECONDS: '0',
      },
    })
    await makeStreamWithUser(ingest.cluster, 'studio', { user: 'alice', password: PASSWORD })
    tunnelPort = (await ingest.listen((options) => startRtmptListener(options))).port
  })
  afterAll(() => ingest.stop())

  const speakers = CLIENTS.filter(({ methods }) => methods.includes(method))

  const isThere = async ({ name, probe: [program, ...args] }: RealClient): Promise<boolean> => {
    const is = (await runChild(program, args)).code === 0
    if (!is) console.log(`skipped: ${name} is not installed`)
    return is
  }

  /** Expects that a client which publishes brings some frames, and is gone when it ends. */
  const expectFrames = async (client: RealClient, scheme: Account['scheme'], port: number): Promise<void> => {
    const child = client.publish({ scheme, port, user: 'alice', password: PASSWORD })
    try {
      await waitFor(() => (ingest.hub.find('studio')?.stream.totals.videoFrames ?? 0) > 10, {
        what: `some frames; logged: ${ingest.codes().join()}`,
      })
    } finally {
      await child.stop()
    }
    await waitFor(() => ingest.hub.find('studio') === undefined, { what: 'the end' })
  }

  it.each(speakers)('$name logs in and publishes', async (client) => {
    if (!(await isThere(client))) return
    const before = ingest.codes().length
    await expectFrames(client, 'rtmp', ingest.port)
    expect(ingest.codes().slice(before)).toEqual([])
  })

  it.each(speakers)('$name gives up with a wrong password', async (client) => {
    if (!(await isThere(client))) return
    const before = ingest.codes().length
    const child = client.publish({
      scheme: 'rtmp',
      port: ingest.port,
      user: 'alice',
      password: 'wrong-horse',
    })
    try {
      expect((await child.exited).code).not.toBe(0)
    } finally {
      await child.stop()
    }
    expect(ingest.codes().slice(before)).toEqual(['ingest.login.failed'])
  })

  it('ffmpeg logs in through HTTP', async () => {
    const [client] = speakers
    if (client === undefined || !(await isThere(client))) return
    await expectFrames(client, 'rtmpt', tunnelPort)
  })
})
