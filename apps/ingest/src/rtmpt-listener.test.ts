import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  AVC_CONFIGURATION,
  avcFrame,
  clientCommand,
  clientConnect,
  clientHandshake,
  clientMessage,
  waitFor,
} from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startRtmptListener } from './rtmpt-listener.ts'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'
import { TunnelTestClient } from './testing/tunnel-client.ts'

const OPENING = [clientHandshake(), clientConnect(), clientCommand('createStream', 2, [null])]
const publish = (name: string): Uint8Array => clientCommand('publish', 3, [null, name, 'live'], 1)
const video = (timestamp: number, payload: Uint8Array): Uint8Array =>
  clientMessage({ type: 'video', payload }, { messageStreamId: 1, timestamp, chunkStreamId: 6 })

describe('RTMP through HTTP', () => {
  let ingest: TestIngest
  let port: number
  let clients: TunnelTestClient[]

  beforeEach(async () => {
    clients = []
    ingest = await startTestIngest({ timeouts: { idle: 1_500 } })
    const tunnelLimits = { gapMillis: 300 }
    ;({ port } = await ingest.listen((options) => startRtmptListener({ ...options, tunnelLimits })))
  })
  afterEach(async () => {
    for (const client of clients) client.destroy()
    await ingest.stop()
  })

  const opened = async (): Promise<TunnelTestClient> => {
    const client = new TunnelTestClient(port)
    clients.push(client)
    await client.open()
    return client
  }
  const publishing = async (name: string): Promise<TunnelTestClient> => {
    const client = await opened()
    await client.exchange(...OPENING)
    await client.exchange(publish(name))
    await client.exchange(video(0, AVC_CONFIGURATION), video(0, avcFrame(true)))
    return client
  }
  const frames = (name: string): number => ingest.hub.find(name)?.stream.totals.videoFrames ?? 0

  it('publishes, is answered with the decision, and says goodbye', async () => {
    const client = await publishing('tunnelled')
    expect(client.statuses).toEqual(['NetStream.Publish.Start'])
    for (let i = 1; i <= 25; i++) await client.exchange(video(i * 40, avcFrame(false)))
    expect(frames('tunnelled')).toBe(26)
    await client.close()
    // Who closes in so many words does not come back: the name is free at once.
    await waitFor(() => ingest.lines.some(({ msg, clean }) => msg === 'publisher gone' && clean === true), {
      what: 'the end of the publish',
    })
    expect((await client.exchange()).status).toBe(404)
    expect(ingest.codes()).toEqual([])
  })

  it('writes its header names as librtmp wants them', async () => {
    const client = await opened()
    const { status, rawHeaders, body } = await client.exchange()
    expect(status).toBe(200)
    expect(rawHeaders).toContain('Content-Length')
    expect(rawHeaders).toContain('application/x-fcs')
    expect(body).toHaveLength(1)
    expect(client.id).toMatch(/^[\w-]{24}$/)
  })

  it('takes a large frame in one request', async () => {
    const client = await publishing('large')
    await client.exchange(video(40, avcFrame(true, 3_000_000)))
    expect(frames('large')).toBe(2)
  })

  it('tells a publisher why it is refused', async () => {
    const one = await publishing('taken')
    const two = await opened()
    await two.exchange(...OPENING, publish('taken'))
    expect(two.statuses).toEqual(['NetStream.Publish.BadName'])
    expect((await two.exchange()).status).toBe(404)
    await one.exchange(video(40, avcFrame(false)))
    expect(frames('taken')).toBe(2)
  })

  it('knows nothing else', async () => {
    const client = await opened()
    expect((await client.post('/fcs/ident2')).status).toBe(404)
    expect((await client.post('/send/nobody/0')).status).toBe(404)
    expect((await client.post('/open/1', new Uint8Array(0), 'GET')).status).toBe(405)
    expect(ingest.codes()).toEqual([])
  })

  it('waits for a request that was overtaken, but not for ever', async () => {
    const client = await opened()
    const overtaking = client.post(`/send/${client.id}/1`, clientHandshake().subarray(1537))
    const due = await client.post(`/send/${client.id}/0`, clientHandshake().subarray(0, 1537))
    expect(due.body).toHaveLength(1 + 3073)
    expect((await overtaking).status).toBe(200)
    expect((await client.post(`/idle/${client.id}/3`)).status).toBe(404)
    expect(ingest.codes()).toEqual(['rtmp.tunnel.gap'])
  })

  it('stops reading what waits, and reads on', async () => {
    const client = await publishing('waiting')
    const late = client.post(`/send/${client.id}/4`, video(80, avcFrame(false, 2_000_000)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await client.exchange(video(40, avcFrame(false)))
    expect((await late).status).toBe(200)
    expect(frames('waiting')).toBe(3)
    expect(ingest.codes()).toEqual([])
  })

  it('ends a publisher that polls and sends nothing', async () => {
    const client = await publishing('silent')
    await waitFor(async () => (await client.exchange()).status === 404, { what: 'the end', interval: 100 })
    expect(client.statuses).toContain('NetConnection.Connect.Closed')
    expect(ingest.codes()).toEqual(['ingest.rtmp.idle'])
  })

  it('ends a session whose request breaks off', async () => {
    const client = await opened()
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST /send/${client.id}/0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1537\r\n\r\n`)
    socket.write(clientHandshake().subarray(0, 700))
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
    await waitFor(() => ingest.codes().includes('rtmp.tunnel.request_cut'), { what: 'the log line' })
    expect((await client.exchange()).status).toBe(404)
  })

  it('lets no address have more sessions than connections', async () => {
    const few = await startTestIngest({ env: { SLUICE_LIMITS_CONNECTIONS_PER_ADDRESS: '3' } })
    const listener = await few.listen(startRtmptListener)
    const client = new TunnelTestClient(listener.port)
    clients.push(client)
    try {
      // The HTTP connection is the first of three.
      const statuses: number[] = []
      for (let i = 0; i < 3; i++) {
        await client.open()
        statuses.push((await client.post(`/idle/${client.id}/0`)).status)
      }
      expect(statuses).toEqual([200, 200, 404])
      expect(few.codes()).toEqual(['ingest.address.too_many_connections'])
      await client.open()
      expect((await client.exchange()).status).toBe(404)
    } finally {
      await few.stop()
    }
  })

  it('closes an RTMP client, and says so', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(clientHandshake())
    await new Promise((resolve) => socket.once('close', resolve))
    expect(ingest.codes()).toEqual(['ingest.rtmpt.rtmp'])
  })

  it('closes a TLS client with an alert, and says so', async () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toMatch(/alert/)
    expect(ingest.codes()).toEqual(['ingest.rtmpt.tls'])
  })
})
