import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { openCertificate, selfSignedCertificate } from '@sluice/runtime'
import { AVC_CONFIGURATION, avcFrame, clientHandshake, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startRtmpListener } from './rtmp-listener.ts'
import { RTMPS_CERTIFICATE } from './rtmps-certificate.ts'
import { startRtmpsListener } from './rtmps-listener.ts'
import { startRtmptListener } from './rtmpt-listener.ts'
import { testLog } from './testing/log.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

/** Of a session that is not there: the connection alone counts. */
const HTTP_REQUEST = 'POST /idle/none/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\0'

/** True when something is answered to `request`, false when the connection is closed without a word. */
function answered(socket: Socket, request: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(false))
    socket.once('data', () => resolve(true))
    socket.write(request)
  })
}

describe('connections of one address', () => {
  let ingest: TestIngest
  let open: Socket[]

  beforeEach(async () => {
    open = []
    ingest = await startTestIngest({
      env: { SLUICE_LIMITS_CONNECTIONS_PER_ADDRESS: '2', SLUICE_LIMITS_NEW_CONNECTIONS_PER_ADDRESS: '6' },
    })
  })
  afterEach(async () => {
    for (const socket of open) socket.destroy()
    await ingest.stop()
  })

  /** Whether each of three connections is answered, and then another one when the first of them has gone. */
  async function outcomes(visit: () => Socket, request: string | Uint8Array): Promise<boolean[]> {
    const come = (): Promise<boolean> => {
      const socket = visit()
      open.push(socket)
      return answered(socket, request)
    }
    const three = [await come(), await come(), await come()]
    open[0]?.destroy()
    return [...three, await waitFor(come, { what: 'room for another connection' })]
  }

  it('are limited over RTMP', async () => {
    const visit = (): Socket => connect(ingest.port, '127.0.0.1')
    expect(await outcomes(visit, clientHandshake())).toEqual([true, true, false, true])
    expect(ingest.codes()[0]).toBe('ingest.address.too_many_connections')
  })

  it('are limited over RTMPS', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-limits-'))
    const { log } = testLog()
    const files = await selfSignedCertificate(RTMPS_CERTIFICATE, { dataDir, log })
    const certificate = await openCertificate(files, RTMPS_CERTIFICATE, log)
    try {
      const { port } = await ingest.listen((options) =>
        startRtmpsListener(options, { certificate, tls13: false }),
      )
      const visit = (): Socket => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      expect(await outcomes(visit, clientHandshake())).toEqual([true, true, false, true])
    } finally {
      await certificate.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  it('are limited over RTMPT', async () => {
    const { port } = await ingest.listen((options) => startRtmptListener(options))
    const visit = (): Socket => connect(port, '127.0.0.1')
    expect(await outcomes(visit, HTTP_REQUEST)).toEqual([true, true, false, true])
  })

  it('are limited over all listeners together', async () => {
    const { port } = await ingest.listen((options) => startRtmptListener(options))
    open.push(
      connect(ingest.port, '127.0.0.1'),
      connect(port, '127.0.0.1'),
      connect(ingest.port, '127.0.0.1'),
    )
    const answers = [clientHandshake(), HTTP_REQUEST, clientHandshake()]
    expect(await Promise.all(open.map((socket, i) => answered(socket, answers[i] ?? '')))).toEqual([
      true,
      true,
      false,
    ])
  })

  it('are limited in a minute, and who is on air notices nothing', async () => {
    const publisher = ingest.client()
    await publisher.publishTo('demo')
    publisher.media('video', 0, AVC_CONFIGURATION)
    const outcomes: boolean[] = []
    for (let i = 0; i < 8; i++) {
      const socket = connect(ingest.port, '127.0.0.1')
      outcomes.push(await answered(socket, clientHandshake()))
      socket.destroy()
      // The server has to see the end before the next one comes.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(outcomes).toEqual([true, true, true, true, true, false, false, false])
    expect(ingest.codes()).toEqual(['ingest.address.too_many_new_connections'])
    publisher.media('video', 40, avcFrame(true))
    await waitFor(() => ingest.hub.find('demo')?.stream.totals.videoFrames === 1, { what: 'a frame' })
  })
})

it('as many connections of a port as may stay, whoever has them', async () => {
  const ingest = await startTestIngest()
  const listener = await ingest.listen((options) => startRtmpListener({ ...options, maxConnections: 2 }))
  const open: Socket[] = []
  const come = (): Promise<boolean> => {
    const socket = connect(listener.port, '127.0.0.1')
    open.push(socket)
    return answered(socket, clientHandshake())
  }
  expect([await come(), await come(), await come()]).toEqual([true, true, false])
  expect(ingest.codes()).toEqual(['ingest.rtmp.too_many_connections'])
  open[0]?.destroy()
  await waitFor(come, { what: 'room for another connection' })
  for (const socket of open) socket.destroy()
  await ingest.stop()
})
