import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  AAC_CONFIGURATION,
  AVC_CONFIGURATION,
  avcFrame,
  clientCommand,
  clientConnect,
  clientHandshake,
  clientMessage,
  type RtmpTestClient,
  waitFor,
} from '@sluice/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTestIngest, type TestIngest } from './testing/test-ingest.ts'

const CAPTURES = new URL('../../../../shared/captures/', import.meta.url)

/** Bytes nobody would call a protocol, the same in every run. */
function garbage(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 24)
}

describe('what a connection may not do', () => {
  let ingest: TestIngest
  let bystander: RtmpTestClient
  let time = 0

  beforeAll(async () => {
    ingest = await startTestIngest({ env: { SLUICE_PUBLISH_AUTH: 'key' } })
    const { key } = await ingest.cluster.streams.create({ name: 'bystander', profile: 'source' })
    bystander = ingest.client()
    await bystander.publishTo(key)
    bystander.media('video', 0, AVC_CONFIGURATION)
    await frameArrives()
  })
  afterAll(() => ingest.stop())
  // Whatever a client did: the stream beside it goes on.
  afterEach(frameArrives)

  async function frameArrives(): Promise<void> {
    const stream = ingest.hub.find('bystander')?.stream
    const before = stream?.totals.videoFrames ?? Number.NaN
    time += 40
    bystander.media('video', time, avcFrame(time % 1000 === 40))
    await waitFor(() => (stream?.totals.videoFrames ?? 0) > before, { what: 'a frame of the bystander' })
  }

  /** Sends bytes, and waits for the end. @returns the client and the codes logged for it. */
  async function refused(
    ...parts: readonly Uint8Array[]
  ): Promise<{ client: RtmpTestClient; codes: string[] }> {
    const before = ingest.codes().length
    const client = ingest.client()
    client.send(...parts)
    await client.untilClosed()
    return { client, codes: ingest.codes().slice(before) }
  }

  const connected = (): Uint8Array[] => [
    clientHandshake(),
    clientConnect(),
    clientCommand('createStream', 2, [null]),
  ]
  const raw = (typeId: number, payload: Uint8Array): Uint8Array =>
    clientMessage({ type: 'unknown', typeId, payload })

  it.each(['', 'wrong-key', 'bystander', '../secret'])('the key %j', async (key) => {
    const before = ingest.codes().length
    const client = ingest.client()
    expect(await client.publishTo(key)).toEqual({
      level: 'error',
      code: 'NetStream.Publish.BadName',
      description: 'the stream key or name is not known here',
      messageStreamId: 1,
    })
    await client.untilClosed()
    expect(ingest.codes().slice(before)).toEqual(['ingest.publish.unknown_key'])
    // What was sent may be somebody's key.
    expect(JSON.stringify(ingest.lines)).not.toMatch(/wrong-key|secret/)
  })

  it('a name that is live', async () => {
    const { key } = await ingest.cluster.streams.create({ name: 'taken', profile: 'source' })
    const first = ingest.client()
    await first.publishTo(key)
    const before = ingest.codes().length
    const second = ingest.client()
    expect(await second.publishTo(key)).toMatchObject({
      level: 'error',
      code: 'NetStream.Publish.BadName',
      description: 'the stream is already live',
    })
    await second.untilClosed()
    expect(ingest.codes().slice(before)).toEqual(['ingest.publish.busy'])
    expect(first.closed).toBe(false)
    first.destroy()
  })

  it('a name that another ingest has', async () => {
    const { key } = await ingest.cluster.streams.create({ name: 'elsewhere', profile: 'source' })
    await ingest.cluster.leases.acquire('elsewhere', 'another ingest', 60_000)
    expect(await ingest.client().publishTo(key)).toMatchObject({ code: 'NetStream.Publish.BadName' })
  })

  it('publish without connect: told, and closed when nothing better follows', async () => {
    const short = await startTestIngest({ timeouts: { handshake: 300 } })
    try {
      const client = short.client()
      client.send(clientHandshake(), clientCommand('publish', 3, [null, 'name', 'live'], 1))
      await client.untilClosed()
      expect(client.statuses[0]).toMatchObject({
        code: 'NetStream.Publish.BadName',
        description: 'not connected',
      })
      expect(short.codes()).toEqual(['ingest.rtmp.no_publish'])
    } finally {
      await short.stop()
    }
  })

  it('garbage', async () => {
    const { client, codes } = await refused(Uint8Array.of(0xff), garbage(10_000))
    expect(codes).toEqual(['rtmp.handshake.not_rtmp'])
    expect(client.received).toBe(0)
  })

  it('garbage behind a proper handshake', async () => {
    const { codes } = await refused(clientHandshake(), garbage(10_000))
    expect(codes).toHaveLength(1)
    expect(codes[0]).toMatch(/^(rtmp|amf|core)\./)
  })

  it('HTTP: answered in HTTP', async () => {
    const before = ingest.codes().length
    await expect(
      fetch(`http://127.0.0.1:${ingest.port}/`).then((response) => response.text()),
    ).resolves.toContain('This port speaks RTMP')
    expect(ingest.codes().slice(before)).toEqual(['rtmp.handshake.http'])
  })

  it('TLS: answered with an alert', async () => {
    const before = ingest.codes().length
    const socket = connectTls({ port: ingest.port, host: '127.0.0.1', rejectUnauthorized: false })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toMatch(/alert/)
    expect(ingest.codes().slice(before)).toEqual(['rtmp.handshake.tls'])
  })

  it.each([
    [
      'a message longer than a command may be',
      () => [raw(20, new Uint8Array(70_000))],
      'rtmp.chunk.body_too_large',
    ],
    ['chunk size 0', () => [raw(1, Uint8Array.of(0, 0, 0, 0))], 'rtmp.set_chunk_size.invalid'],
    ['chunk size 2³¹', () => [raw(1, Uint8Array.of(0x80, 0, 0, 0))], 'rtmp.set_chunk_size.invalid'],
    ['AMF nested 1,000 deep', () => [raw(20, nested(1000))], 'amf.too_deep'],
    [
      'a chunk stream that begins in the middle',
      () => [Uint8Array.of(0xc9)],
      'rtmp.chunk.no_previous_header',
    ],
    [
      'commands without end',
      () => Array.from({ length: 80 }, (_, i) => clientCommand('releaseStream', i + 3, [null, 'x'])),
      'rtmp.session.too_many_commands',
    ],
  ])('%s: told why', async (_, bytes, code) => {
    const { client, codes } = await refused(...connected(), ...bytes())
    expect(codes).toEqual([code])
    const status = client.statuses.at(-1)
    expect(status).toMatchObject({ level: 'error', code: 'NetConnection.Connect.Closed', messageStreamId: 0 })
    expect(status?.description).not.toBe('')
    const line = ingest.lines.findLast((each) => each.code === code)
    expect(line).toMatchObject({ level: 'warn', msg: `connection closed: ${status?.description}` })
  })

  it.each([
    ['Sorenson H.263', 'video', Uint8Array.of(0x22, 0, 0, 0x84), 'ingest.video.unsupported_codec'],
    ['ADPCM', 'audio', Uint8Array.of(0x1f, 0xff, 0xfb), 'ingest.audio.unsupported_codec'],
    ['Speex', 'audio', Uint8Array.of(0xb2, 0), 'ingest.audio.unsupported_codec'],
    ['Nellymoser', 'audio', Uint8Array.of(0x62, 0), 'ingest.audio.unsupported_codec'],
    ['vvc1', 'video', Uint8Array.of(0x90, 0x76, 0x76, 0x63, 0x31, 1), 'ingest.video.unsupported_codec'],
  ] as const)('the codec %s: told which ones work', async (codec, type, payload, code) => {
    const { key } = await ingest.cluster.streams.create({
      name: codec.toLowerCase().replaceAll(/\W/g, ''),
      profile: 'source',
    })
    const before = ingest.codes().length
    const client = ingest.client()
    await client.publishTo(key)
    client.media(type, 0, payload)
    await client.untilClosed()
    expect(client.statuses.at(-1)).toMatchObject({
      level: 'error',
      code: 'NetStream.Publish.Denied',
      description: expect.stringMatching(
        new RegExp(`${codec}.*publish H\\.264, HEVC, AV1 or VP9 video and AAC or Opus audio`),
      ),
      messageStreamId: 1,
    })
    expect(ingest.codes().slice(before)).toEqual([code])
    // The name is free at once: the encoder's settings are changed and it comes back.
    expect(await ingest.client().publishTo(key)).toMatchObject({ code: 'NetStream.Publish.Start' })
  })

  it('media without a codec configuration: not kept for ever', async () => {
    const { key } = await ingest.cluster.streams.create({ name: 'headless', profile: 'source' })
    const before = ingest.codes().length
    const client = ingest.client()
    await client.publishTo(key)
    for (let i = 0; i < 400 && !client.closed; i++) client.media('video', i * 40, avcFrame(i % 25 === 0))
    await client.untilClosed()
    expect(ingest.codes().slice(before)).toEqual(['broadcast.clock.no_configuration'])
    expect(client.statuses.at(-1)?.description).toContain('without a codec configuration')
  })

  it.each([['obs-32.2-opus-mislabelled', 'ingest.audio.unsupported_codec', 'Opus']])(
    'the recording %s',
    async (name, code, codec) => {
      const file = new URL(`${name}.c2s`, CAPTURES)
      if (!existsSync(file)) {
        console.log(`skipped: ${file.pathname} is not there`)
        return
      }
      const open = await startTestIngest()
      try {
        const client = open.client()
        client.send(readFileSync(file))
        await client.untilClosed()
        expect(open.codes()).toEqual([code])
        expect(client.statuses.at(-1)).toMatchObject({ level: 'error', code: 'NetStream.Publish.Denied' })
        expect(client.statuses.at(-1)?.description.toLowerCase()).toContain(codec.toLowerCase())
      } finally {
        await open.stop()
      }
    },
  )

  it('playing where that is off', async () => {
    const off = await startTestIngest({ env: { SLUICE_RTMP_PLAY: 'off' } })
    try {
      const client = off.client()
      client.open()
      client.send(clientCommand('play', 3, [null, 'nobody'], 1))
      await client.untilClosed()
      expect(client.statuses.at(-1)).toMatchObject({ level: 'error', code: 'NetStream.Play.Failed' })
      expect(off.codes()).toEqual(['ingest.play.off'])
    } finally {
      await off.stop()
    }
  })

  it('playing what is not live', async () => {
    const before = ingest.codes().length
    const client = ingest.client()
    client.open()
    client.send(clientCommand('play', 3, [null, 'nobody'], 1))
    await client.untilClosed()
    expect(client.statuses.at(-1)).toMatchObject({ level: 'error', code: 'NetStream.Play.StreamNotFound' })
    expect(ingest.codes().slice(before)).toEqual(['ingest.play.not_live'])
  })
})

describe('who says nothing', () => {
  const timeouts = { handshake: 400, idle: 800 }

  it.each([
    ['at all', () => [], 0],
    ['after half a handshake', () => [clientHandshake().subarray(0, 700)], 0],
    ['after the handshake', () => [clientHandshake()], 1],
    ['after connect', () => [clientHandshake(), clientConnect()], 1],
  ])('%s is closed at the deadline', async (_, bytes, statuses) => {
    const ingest = await startTestIngest({ timeouts })
    try {
      const client = ingest.client()
      client.send(...bytes())
      await client.untilClosed()
      expect(ingest.codes()).toEqual(['ingest.rtmp.no_publish'])
      expect(client.statuses).toHaveLength(statuses)
    } finally {
      await ingest.stop()
    }
  })

  it('in the middle of a chunk, while publishing, is closed when it was idle for too long', async () => {
    const ingest = await startTestIngest({ timeouts, env: { SLUICE_RECONNECT_SECONDS: '0' } })
    try {
      const client = ingest.client()
      await client.publishTo('stalled')
      client.media('audio', 0, AAC_CONFIGURATION)
      const message = clientMessage(
        { type: 'video', payload: avcFrame(true, 5000) },
        { messageStreamId: 1, chunkStreamId: 6 },
      )
      client.send(message.subarray(0, 1000))
      await client.untilClosed()
      expect(ingest.codes()).toEqual(['ingest.rtmp.idle'])
      expect(client.statuses.at(-1)).toMatchObject({
        code: 'NetConnection.Connect.Closed',
        description: 'nothing was sent for 0.8 s',
      })
      expect(ingest.hub.size).toBe(0)
    } finally {
      await ingest.stop()
    }
  })

  it('and one byte at a time, is closed at the deadline too', async () => {
    const ingest = await startTestIngest({ timeouts })
    try {
      const client = ingest.client()
      const bytes = clientHandshake()
      let at = 0
      const timer = setInterval(() => {
        client.send(bytes.subarray(at, at + 1))
        at += 1
      }, 20)
      await client.untilClosed()
      clearInterval(timer)
      expect(ingest.codes()).toEqual(['ingest.rtmp.no_publish'])
    } finally {
      await ingest.stop()
    }
  })

  it('500 times at once: all are closed, nothing is kept, and a publisher notices nothing', async () => {
    const ingest = await startTestIngest({ timeouts: { handshake: 1500 } })
    try {
      const publisher = ingest.client()
      await publisher.publishTo('main')
      publisher.media('video', 0, AVC_CONFIGURATION)
      let time = 0
      const publishing = setInterval(() => {
        time += 40
        publisher.media('video', time, avcFrame(time % 1000 === 0))
      }, 40)
      const before = process.memoryUsage().rss
      let closed = 0
      const sockets = Array.from({ length: 500 }, () => {
        const socket = connect(ingest.port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.on('close', () => {
          closed += 1
        })
        return socket.resume()
      })
      await waitFor(() => closed === sockets.length, { what: 'the end of 500 connections' })
      const grown = process.memoryUsage().rss - before
      expect(ingest.codes()).toEqual(Array.from({ length: 500 }, () => 'ingest.rtmp.no_publish'))
      // Both ends of every socket live in this process.
      expect(grown).toBeLessThan(100 * 1024 * 1024)
      const frames = ingest.hub.find('main')?.stream.totals.videoFrames ?? 0
      await waitFor(() => (ingest.hub.find('main')?.stream.totals.videoFrames ?? 0) > frames, {
        what: 'more frames',
      })
      clearInterval(publishing)
      expect(publisher.closed).toBe(false)
      expect(ingest.hub.find('main')?.stream.clock.counters).toMatchObject({ gaps: 0, jumps: 0 })
    } finally {
      await ingest.stop()
    }
  })
})

/** `connect` whose command object holds an object that holds an object … */
function nested(depth: number): Uint8Array {
  const name = Buffer.from('02000464656570', 'hex')
  const transaction = Buffer.from('003ff0000000000000', 'hex')
  const open = Buffer.from('03000161', 'hex')
  const close = Buffer.from('000009', 'hex')
  const inner = Buffer.from('05', 'hex')
  return Buffer.concat([
    name,
    transaction,
    ...Array.from({ length: depth }, () => open),
    inner,
    ...Array.from({ length: depth }, () => close),
  ])
}
