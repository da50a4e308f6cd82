import { connect } from 'node:net'
import { type FlvEvent, FlvReader, FlvTagType } from '@sluice/flv'
import {
  AAC_CONFIGURATION,
  AVC_CONFIGURATION,
  aacFrame,
  avcFrame,
  type RtmpTestClient,
  waitFor,
} from '@sluice/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type ConnectionTimeouts, DEFAULT_TIMEOUTS } from '../rtmp-connection.ts'
import type { PortListener } from '../socket-listener.ts'
import { startTestIngest, type TestIngest, type TestIngestOptions } from '../testing/test-ingest.ts'
import { WebSocketTestClient, type WebSocketTestClientOptions } from '../testing/web-socket-client.ts'
import { startFlvListener } from './flv-listener.ts'

const FRAME_MILLIS = 40
const KEYFRAME_EACH = 25

describe('FLV by WebSocket', () => {
  let ingest: TestIngest
  let publisher: RtmpTestClient
  let listener: PortListener
  let frames: number
  const clients: WebSocketTestClient[] = []

  const start = async (
    options: TestIngestOptions = {},
    timeouts: Partial<ConnectionTimeouts> = {},
  ): Promise<void> => {
    ingest = await startTestIngest(options)
    listener = await ingest.listen((all) =>
      startFlvListener({ ...all, timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts } }),
    )
    publisher = ingest.client()
    frames = 0
    await publisher.publishTo('demo')
    publisher.media('video', 0, AVC_CONFIGURATION)
    publisher.media('audio', 0, AAC_CONFIGURATION)
  }
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await ingest.stop()
  })

  const publish = (count: number, size = 64): void => {
    for (let i = 0; i < count; i++) {
      publisher.media('audio', frames * FRAME_MILLIS, aacFrame())
      publisher.media('video', frames * FRAME_MILLIS, avcFrame(frames % KEYFRAME_EACH === 0, size))
      frames += 1
    }
  }
  const connectTo = (path: string, options?: WebSocketTestClientOptions): WebSocketTestClient => {
    const client = new WebSocketTestClient(`ws://127.0.0.1:${listener.port}${path}`, options)
    clients.push(client)
    return client
  }
  const play = async (options?: WebSocketTestClientOptions): Promise<WebSocketTestClient> => {
    const client = connectTo('/live/demo.flv', options)
    await client.opened
    return client
  }
  const players = (): number | undefined => ingest.hub.find('demo')?.playback.size
  const tagsOf = (bytes: Uint8Array): FlvEvent[] => {
    const reader = new FlvReader()
    reader.receive(bytes)
    return [...reader.events()]
  }
  const videos = ({ messages }: WebSocketTestClient): number =>
    messages.filter((message) => message[0] === FlvTagType.video).length

  it('gives the bytes of HTTP-FLV, one message for the header and one for each tag', async () => {
    await start()
    publish(60)
    // Both begin at the same keyframe then.
    await waitFor(() => ingest.hub.find('demo')?.stream.totals.videoFrames === frames, { what: 'all frames' })
    const client = await play()
    const response = await fetch(`http://127.0.0.1:${listener.port}/live/demo.flv`)
    publish(30)
    publisher.unpublish('demo')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(await client.closed).toEqual({ code: 1000, reason: 'the stream is over' })
    expect(Buffer.concat(client.messages).equals(bytes)).toBe(true)
    const [header, ...tags] = client.messages
    expect(header?.toString('latin1', 0, 3)).toBe('FLV')
    expect(header).toHaveLength(13)
    // Each message by itself is a tag: type, size, time, stream, body, and the size of all that again.
    for (const tag of tags) expect(tag.readUInt32BE(tag.length - 4)).toBe(tag.readUIntBE(1, 3) + 11)
    expect(tagsOf(bytes).filter(({ type }) => type === 'tag')).toHaveLength(tags.length)
    expect(ingest.codes()).toEqual([])
  })

  it('takes pages of any origin, any subprotocol, and compresses nothing', async () => {
    await start()
    publish(30)
    const client = await play({
      origin: 'https://somewhere.example',
      protocols: ['flv', 'other'],
      perMessageDeflate: true,
    })
    await waitFor(() => videos(client) > 0, { what: 'media' })
    expect([client.protocol, client.extensions]).toEqual(['flv', ''])
  })

  it.each(['/live/nobody.flv', '/live/demo', '/live/%64emo.flv', '/', '/live/../demo.flv'])(
    'refuses %s before the upgrade',
    async (path) => {
      await start()
      const refusal = await connectTo(path).refused
      expect(refusal.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'access-control-allow-origin': '*',
        connection: 'close',
      })
      expect(refusal.problem).toMatchObject({
        title: 'Not Found',
        status: 404,
        code: 'ingest.play.not_live',
      })
      expect(ingest.lines.filter(({ msg }) => msg === 'playing by WebSocket')).toEqual([])
    },
  )

  it('plays nothing where the ingest does not play', async () => {
    await start({ env: { SLUICE_RTMP_PLAY: 'off' } })
    publish(30)
    const problem = { status: 403, title: 'Forbidden', code: 'ingest.play.off' }
    expect((await connectTo('/live/demo.flv').refused).problem).toMatchObject(problem)
    const response = await fetch(`http://127.0.0.1:${listener.port}/live/demo.flv`)
    expect(await response.json()).toMatchObject(problem)
  })

  it('counts players for their address, however they come', async () => {
    await start({ env: { SLUICE_LIMITS_PLAYERS_PER_ADDRESS: '1' } })
    publish(30)
    const first = await play()
    const problem = { status: 429, code: 'ingest.address.too_many_players' }
    expect((await connectTo('/live/demo.flv').refused).problem).toMatchObject(problem)
    const response = await fetch(`http://127.0.0.1:${listener.port}/live/demo.flv`)
    expect(await response.json()).toMatchObject(problem)
    first.close(1000)
    await first.closed
    await waitFor(
      async () => {
        await play()
        return true
      },
      { what: 'room for another' },
    )
  })

  /** @returns the first bytes that are answered. */
  const ask = (headers: readonly string[], method = 'GET'): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(listener.port, '127.0.0.1', () =>
        socket.write([`${method} /live/demo.flv HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n')),
      )
      let text = ''
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
        if (text.includes('\r\n\r\n') && (text.includes('FLV\x01') || text.includes('}'))) socket.destroy()
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })

  it('answers a broken handshake with a problem', async () => {
    await start()
    publish(30)
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket']
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    const answers = await Promise.all([
      ask([...upgrade, 'Sec-WebSocket-Version: 13']),
      ask([...upgrade, key, 'Sec-WebSocket-Version: 99']),
      ask([...upgrade, key, 'Sec-WebSocket-Version: 13'], 'POST'),
    ])
    expect(answers.map((text) => text.split('\r\n')[0])).toEqual([
      'HTTP/1.1 400 Bad Request',
      'HTTP/1.1 400 Bad Request',
      'HTTP/1.1 405 Method Not Allowed',
    ])
    for (const text of answers.slice(0, 2)) {
      expect(text).toContain('\r\nSec-WebSocket-Version: 13\r\n')
      expect(text).toContain('"code":"ingest.play.bad_upgrade"')
    }
    await waitFor(() => players() === 0, { what: 'no players' })
  })

  it('plays by HTTP to clients that offer another protocol', async () => {
    await start()
    publish(30)
    const text = await ask([
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABk',
    ])
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(text).toContain('\r\n\r\nFLV\x01')
    await waitFor(() => players() === 0, { what: 'no players' })
  })

  it('forgets a player that goes away, with or without a word', async () => {
    await start()
    publish(30)
    const [polite, rude] = [await play(), await play()]
    expect(players()).toBe(2)
    polite.close(1000)
    await waitFor(() => players() === 1, { what: 'one player' })
    rude.destroy()
    await waitFor(() => players() === 0, { what: 'no players' })
    expect(ingest.codes()).toEqual([])
  })

  it('answers a ping, and closes what says more', async () => {
    await start()
    publish(30)
    const [pinging, talking, shouting, flooding, broken] = [
      await play(),
      await play(),
      await play(),
      await play(),
      await play(),
    ]
    pinging.ping('are you there')
    await waitFor(() => pinging.pongs.includes('are you there'), { what: 'a pong' })
    talking.send('{"type":"keepalive"}')
    shouting.send(Buffer.alloc(100_000))
    for (let i = 0; i < 200; i++) flooding.ping(String(i))
    // A frame that is not masked.
    broken.socket?.write(Uint8Array.of(0x82, 0x01, 0x00))
    expect(await talking.closed).toEqual({ code: 1008, reason: 'players have nothing to send here' })
    expect((await shouting.closed).code).toBe(1009)
    expect(await flooding.closed).toEqual({ code: 1008, reason: 'more than 50 pings and pongs within 10 s' })
    expect(flooding.pongs.length).toBeLessThan(60)
    expect((await broken.closed).code).toBe(1002)
    await waitFor(() => players() === 1, { what: 'one player' })
    expect(ingest.codes().toSorted()).toEqual([
      'ingest.play.flood',
      'ingest.play.protocol',
      'ingest.play.protocol',
      'ingest.play.spoke',
    ])
    const before = videos(pinging)
    publish(10)
    await waitFor(() => videos(pinging) > before, { what: 'media for the good one' })
  })

  it('asks a silent player whether it is there, and leaves the one that does not answer', async () => {
    await start({}, { idle: 300 })
    publish(30)
    const [alive, dead] = [await play(), await play({ autoPong: false })]
    expect(await dead.closed).toEqual({ code: 1008, reason: 'no answer to a ping within 0.3 s' })
    await waitFor(() => alive.pings > 2, { what: 'more questions' })
    expect(players()).toBe(1)
    expect(ingest.codes()).toEqual(['ingest.play.idle'])
  })

  it('moves on a player that stops reading, and then disconnects it; nobody else notices', async () => {
    await start({}, { slow: 1000 })
    publish(50)
    const [slow, good] = [await play(), await play()]
    await waitFor(() => videos(slow) > 20, { what: 'media' })
    slow.pause()
    const pace = setInterval(() => publish(1, 50_000), 8)
    try {
      await waitFor(() => ingest.lines.find(({ code }) => code === 'ingest.play.too_slow'), {
        what: 'the end of the slow one',
      })
      const before = videos(good)
      await waitFor(() => videos(good) > before + 10, { what: 'media for the good one' })
    } finally {
      clearInterval(pace)
    }
    slow.resume()
    const { code, reason } = await slow.closed
    expect(code).toBe(1008)
    expect(reason).toMatch(/^too slow for this stream: \d+ bytes wait, and it did not catch up within 1 s$/)
    const gone = await waitFor(() => ingest.lines.find(({ msg }) => msg === 'player gone'), {
      what: 'its end',
    })
    expect(gone.skips).toBeGreaterThan(0)
    // What it was given ends with a whole tag.
    const tags = tagsOf(Buffer.concat(slow.messages)).filter(({ type }) => type === 'tag')
    expect(tags).toHaveLength(slow.messages.length - 1)
    expect(ingest.codes()).toEqual(['ingest.play.too_slow'])
  })

  it('says goodbye when the server stops', async () => {
    await start()
    publish(30)
    const client = await play()
    await listener.stop()
    expect(await client.closed).toEqual({ code: 1001, reason: 'the server is shutting down' })
  })
})
