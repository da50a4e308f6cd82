import { get, type IncomingMessage, request } from 'node:http'
import {
  AVC_CONFIGURATION,
  avcFrame,
  clientCommand,
  clientMessage,
  type RtmpTestClient,
  waitFor,
} from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LiveStream } from '../live-stream.ts'
import { startFlvListener } from '../playback/flv-listener.ts'
import { sendPictures } from '../testing/sample.ts'
import { startTestIngest, type TestIngest } from '../testing/test-ingest.ts'
import { WebSocketTestClient } from '../testing/web-socket-client.ts'

/** More than the silence after which a publisher gives way. */
const WAIT = { timeout: 10_000 }
const CAN_RECONNECT = { capsEx: 1 }

/** Names of the data messages that a stream's ring holds. */
function dataOf(stream: LiveStream | undefined): string[] {
  const names: string[] = []
  for (let at = stream?.ring.starts[0]?.position ?? 0; at < (stream?.ring.end ?? 0); at++) {
    const entry = stream?.ring.at(at)
    if (entry?.type === 'data') names.push(entry.name)
  }
  return names
}

describe('two ingests of one cluster', () => {
  let owner: TestIngest
  let other: TestIngest

  beforeEach(async () => {
    const env = { SLUICE_RECONNECT_SECONDS: '20', SLUICE_PROFILE: 'source' }
    owner = await startTestIngest({ env })
    other = await startTestIngest({ env, redis: owner.redis })
  })
  afterEach(async () => {
    await other.stop()
    await owner.stop()
  })

  /** Publishes at the owner until the broadcast is recorded. @returns its id. */
  const goOnAir = async (client: RtmpTestClient): Promise<string> => {
    expect(await client.publishTo('demo')).toMatchObject({ code: 'NetStream.Publish.Start' })
    sendPictures(client)
    return waitFor(() => owner.hub.find('demo')?.broadcast, { what: 'a broadcast' })
  }
  const frames = (): number => owner.hub.find('demo')?.stream.totals.videoFrames ?? 0
  const untilState = (state: 'live' | 'waiting'): Promise<true> =>
    waitFor(() => owner.hub.find('demo')?.state === state, { what: state, ...WAIT })
  /** A publisher at the other ingest whose broadcast waits at the owner. */
  const comeBack = async (properties = {}): Promise<{ client: RtmpTestClient; broadcast: string }> => {
    const first = owner.client()
    const broadcast = await goOnAir(first)
    first.destroy()
    await untilState('waiting')
    const client = other.client()
    expect(await client.publishTo('demo', 'live', properties)).toMatchObject({
      code: 'NetStream.Publish.Start',
    })
    return { client, broadcast }
  }

  describe('a publisher', () => {
    it('comes back by the other one into the broadcast that waits for it', async () => {
      const { client, broadcast } = await comeBack()
      const before = frames()
      sendPictures(client)
      const data = { type: 'data' as const, values: ['onCuePoint', 'a'] }
      client.send(clientMessage(data, { messageStreamId: 1, timestamp: 1240, chunkStreamId: 6 }))
      client.media('video', 1240, avcFrame(false))
      await waitFor(() => frames() === before + 32, { what: 'its frames' })
      expect(dataOf(owner.hub.find('demo')?.stream)).toEqual(['onCuePoint'])
      expect(other.hub.size).toBe(0)
      expect(owner.hub.find('demo')).toMatchObject({ broadcast, state: 'live' })
      await waitFor(
        () => owner.hub.find('demo')?.stream.ring.starts.some(({ boundary }) => boundary.discontinuity),
        { what: 'a discontinuity' },
      )
      const state = async () => (await owner.cluster.live.sessions(['demo'])).get('demo')
      await waitFor(async () => (await state())?.encoder === 'test/1.0', { what: 'the state' })
      expect((await state())?.remoteAddress).toBe('127.0.0.1')
    })

    it('takes the place of its silent connection, and of no other', async () => {
      const silent = owner.client()
      const broadcast = await goOnAir(silent)
      expect(await other.client().publishTo('demo')).toMatchObject({
        code: 'NetStream.Publish.BadName',
        description: 'the stream is already live',
      })
      const client = await waitFor(
        async () => {
          const next = other.client()
          return (await next.publishTo('demo')).code === 'NetStream.Publish.Start' && next
        },
        { what: 'the second connection to be let in', interval: 500 },
      )
      expect(owner.hub.find('demo')).toMatchObject({ broadcast, state: 'live' })
      // And the other way round: what came by the other ingest gives way to a connection here.
      await waitFor(async () => (await owner.client().publishTo('demo')).code === 'NetStream.Publish.Start', {
        what: 'the third connection to be let in',
        interval: 500,
      })
      await client.untilClosed()
      expect(client.statuses.at(-1)?.description).toBe('another connection of this stream has taken over')
      expect(owner.hub.find('demo')).toMatchObject({ broadcast, state: 'live' })
    })

    it('says goodbye by the other one, and may begin again at once', async () => {
      const { client, broadcast } = await comeBack()
      sendPictures(client)
      client.unpublish('demo')
      client.publish('demo')
      await client.waitFor(
        () => client.statuses.filter(({ code }) => code === 'NetStream.Publish.Start')[1],
        'a second start',
      )
      expect(client.statuses.map(({ code }) => code)).not.toContain('NetStream.Publish.BadName')
      await waitFor(async () => (await owner.cluster.broadcasts.get(broadcast))?.endedAt, { what: 'the end' })
      expect([owner.hub.size, other.hub.size]).toEqual([0, 1])
    })

    it('is waited for again when it breaks off', async () => {
      const { client, broadcast } = await comeBack()
      client.destroy()
      await untilState('waiting')
      expect(owner.hub.find('demo')?.broadcast).toBe(broadcast)
    })

    it('is disconnected by an operator', async () => {
      const { client } = await comeBack()
      owner.hub.find('demo')?.disconnect('the operator wants it so')
      await client.untilClosed()
      expect(client.statuses.at(-1)).toMatchObject({
        code: 'NetStream.Publish.Denied',
        description: 'the operator wants it so',
      })
      await untilState('waiting')
    })

    it('is told what cannot be served', async () => {
      const { client } = await comeBack()
      // Sorenson H.263.
      client.media('video', 0, Uint8Array.of(0x12, 0, 0, 0))
      await client.untilClosed()
      expect(client.statuses.at(-1)?.description).toContain('publish H.264')
      expect(owner.codes()).toContain('ingest.video.unsupported_codec')
      await untilState('waiting')
    })

    it('loses its connection with the ingest that has its stream', async () => {
      const { client } = await comeBack()
      await owner.feed.stop()
      await client.untilClosed()
      expect(client.statuses.at(-1)?.description).toBe(
        'the ingest that has this stream is gone; connect again',
      )
      // Its lease is still there, and nobody answers: the publisher has to try again.
      expect(await other.client().publishTo('demo')).toMatchObject({
        code: 'NetStream.Publish.BadName',
        description: 'the ingest that has this stream does not answer; try again',
      })
      expect(other.codes()).toContain('ingest.publish.owner_away')
    })

    it('is asked to reconnect by either of them, and its broadcast waits', async () => {
      const { client, broadcast } = await comeBack(CAN_RECONNECT)
      const requests = (): number =>
        client.statuses.filter(({ code }) => code === 'NetConnection.Connect.ReconnectRequest').length
      const drained = other.hub.drain(60_000)
      await client.waitFor(() => requests() === 1 || undefined, 'the request')
      client.unpublish('demo')
      await drained
      await untilState('waiting')
      expect(owner.hub.find('demo')?.broadcast).toBe(broadcast)

      const third = await startTestIngest({ redis: owner.redis })
      const again = third.client()
      await again.publishTo('demo', 'live', CAN_RECONNECT)
      const left = owner.hub.drain(60_000)
      await again.waitFor(
        () => again.statuses.find(({ code }) => code === 'NetConnection.Connect.ReconnectRequest'),
        'the request of the owner',
      )
      again.destroy()
      await left
      await third.stop()
    })
  })

  describe('a player', () => {
    const play = async (at: TestIngest): Promise<RtmpTestClient> => {
      const client = at.client()
      client.open()
      client.send(clientCommand('play', 3, [null, 'demo', -2000], 1))
      await client.waitFor(() => client.statuses[0], 'an answer to play')
      return client
    }
    const videos = (client: RtmpTestClient): Uint8Array[] =>
      client.messages.flatMap((message) => (message.type === 'video' ? [message.payload] : []))

    it('is given the same by the one that does not have the stream', async () => {
      const publisher = owner.client()
      await goOnAir(publisher)
      const players = [await play(owner), await play(other), await play(other)]
      sendPictures(publisher, 1240)
      for (const player of players)
        await player.waitFor(() => videos(player).length >= 33 || undefined, 'pictures')
      const [here, ...elsewhere] = players.map((player) => videos(player).slice(0, 33))
      expect(elsewhere).toEqual([here, here])
      expect(here?.[0]).toEqual(Uint8Array.from(AVC_CONFIGURATION))
      publisher.unpublish('demo')
      for (const player of players)
        await player.waitFor(
          () => player.statuses.find(({ code }) => code === 'NetStream.Play.UnpublishNotify'),
          'the end',
        )
      // The connection stays, and the name is free for the next broadcast, which is somebody else's.
      expect(players.map(({ closed }) => closed)).toEqual([false, false, false])
      const next = other.client()
      expect(await next.publishTo('demo')).toMatchObject({ code: 'NetStream.Publish.Start' })
      sendPictures(next)
      const late = await play(owner)
      await late.waitFor(() => videos(late).length > 0 || undefined, 'pictures of the next broadcast')
    })

    it('waits with its stream, for the first keyframe and for its publisher', async () => {
      const publisher = owner.client()
      await publisher.publishTo('demo')
      const player = await play(other)
      sendPictures(publisher)
      await player.waitFor(() => videos(player).length > 30 || undefined, 'pictures')
      publisher.destroy()
      await untilState('waiting')
      const again = other.client()
      await again.publishTo('demo')
      const before = videos(player).length
      sendPictures(again)
      await player.waitFor(() => videos(player).length > before + 30 || undefined, 'more pictures')
      expect(player.statuses.map(({ code }) => code)).not.toContain('NetStream.Play.UnpublishNotify')
    })

    it('by HTTP-FLV finds it too, with what the publisher said of itself', async () => {
      const publisher = owner.client()
      await goOnAir(publisher)
      const flv = await other.listen((options) => startFlvListener(options))
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`http://127.0.0.1:${flv.port}/live/demo.flv`, resolve).on('error', reject)
      })
      expect(response.statusCode).toBe(200)
      const [first] = (await response.take(1).toArray()) as Buffer[]
      expect(first?.subarray(0, 3).toString()).toBe('FLV')
    })

    it('by WebSocket finds it too', async () => {
      await goOnAir(owner.client())
      const flv = await other.listen((options) => startFlvListener(options))
      const client = new WebSocketTestClient(`ws://127.0.0.1:${flv.port}/live/demo.flv`)
      await client.opened
      const [first] = await waitFor(() => client.messages.length > 0 && client.messages, { what: 'media' })
      expect(
        Buffer.from(first ?? '')
          .subarray(0, 3)
          .toString(),
      ).toBe('FLV')
      client.destroy()
    })

    it('is told that nobody has it, and that nobody knows', async () => {
      expect((await play(other)).statuses[0]?.code).toBe('NetStream.Play.StreamNotFound')
      await goOnAir(owner.client())
      await owner.feed.stop()
      expect((await play(other)).statuses[0]).toMatchObject({
        code: 'NetStream.Play.Failed',
        description: 'the server cannot look for streams now; try again',
      })
      expect(other.codes()).toContain('ingest.relay.unreachable')
    })

    it.each(['its own ingest', 'a third one'])('goes along when the publisher moves to %s', async (where) => {
      const third = await startTestIngest({ env: { SLUICE_PROFILE: 'source' }, redis: owner.redis })
      const listening = await owner.cluster.commands.listen(() => owner.hub.find('demo')?.handOver())
      const publisher = owner.client()
      expect(await publisher.publishTo('demo', 'live', CAN_RECONNECT)).toMatchObject({
        code: 'NetStream.Publish.Start',
      })
      sendPictures(publisher)
      const broadcast = await waitFor(() => owner.hub.find('demo')?.broadcast, { what: 'a broadcast' })
      const player = await play(other)
      await player.waitFor(() => videos(player).length > 30 || undefined, 'pictures')
      const drained = owner.hub.drain(60_000)
      await publisher.waitFor(() => publisher.statuses[1], 'the request')
      const next = where === 'a third one' ? third : other
      const moved = next.client()
      expect(await moved.publishTo('demo')).toMatchObject({ code: 'NetStream.Publish.Start' })
      await drained
      const before = videos(player).length
      sendPictures(moved, 1240)
      await player.waitFor(() => videos(player).length > before + 30 || undefined, 'more pictures')
      expect(player.statuses.map(({ code }) => code)).not.toContain('NetStream.Play.UnpublishNotify')
      expect(next.hub.find('demo')?.broadcast).toBe(broadcast)
      moved.unpublish('demo')
      await player.waitFor(
        () => player.statuses.find(({ code }) => code === 'NetStream.Play.UnpublishNotify'),
        'the end',
      )
      await listening.stop()
      await third.stop()
    })

    it('is told of the end when the ingest that has the stream is gone', async () => {
      const publisher = owner.client()
      await goOnAir(publisher)
      const player = await play(other)
      await player.waitFor(() => videos(player).length > 0 || undefined, 'pictures')
      await owner.feed.stop()
      await player.waitFor(
        () => player.statuses.find(({ code }) => code === 'NetStream.Play.UnpublishNotify'),
        'the end',
      )
    })
  })

  it('show nothing to strangers', async () => {
    await goOnAir(owner.client())
    const ask = (path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port: owner.feed.port, path, headers })
        sent.on('response', (response) => resolve(response.resume().statusCode))
        sent.on('upgrade', (_, socket) => {
          socket.destroy()
          resolve(101)
        })
        sent.on('error', reject)
        sent.end()
      })
    const stranger = { Authorization: 'Bearer nobody' }
    const upgrade = { ...stranger, Connection: 'Upgrade', Upgrade: 'sluice-relay' }
    expect(await ask('/relay/demo', stranger)).toBe(401)
    expect(await ask('/relay/demo', {})).toBe(401)
    expect(await ask('/relay/demo?remote=192.0.2.1&reconnect=true', upgrade)).toBe(401)
    expect(await ask('/relay/demo', upgrade)).toBe(404)
    expect(await ask('/relay/DEMO?remote=192.0.2.1', upgrade)).toBe(404)
    expect(await ask('/feed/demo?remote=192.0.2.1', { ...upgrade, Upgrade: 'websocket' })).toBe(404)
  })
})
