import {
  AAC_CONFIGURATION,
  AVC_CONFIGURATION,
  aacFrame,
  avcFrame,
  clientCommand,
  clientMessage,
  type RtmpTestClient,
} from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestIngest, type TestIngest } from '../testing/test-ingest.ts'

const FRAME_MILLIS = 40
const KEYFRAME_EACH = 25

describe('playing by RTMP', () => {
  let ingest: TestIngest
  let publisher: RtmpTestClient
  let frames: number

  beforeEach(async () => {
    ingest = await startTestIngest({ timeouts: { slow: 1000, idle: 1500 } })
    publisher = ingest.client()
    frames = 0
    await publisher.publishTo('demo')
    publisher.media('video', 0, AVC_CONFIGURATION)
    publisher.media('audio', 0, AAC_CONFIGURATION)
  })
  afterEach(() => ingest.stop())

  const publishFrames = (count: number, size = 64): void => {
    for (let i = 0; i < count; i++) {
      const time = frames * FRAME_MILLIS
      publisher.media('audio', time, aacFrame())
      publisher.media('video', time, avcFrame(frames % KEYFRAME_EACH === 0, size))
      frames += 1
    }
  }
  const play = async (): Promise<RtmpTestClient> => {
    const client = ingest.client()
    client.open()
    client.send(clientCommand('play', 3, [null, 'demo', -2000], 1))
    await status(client, 'NetStream.Play.Start')
    return client
  }
  const status = (client: RtmpTestClient, code: string) =>
    client.waitFor(() => client.statuses.find((one) => one.code === code), code)
  const videos = (client: RtmpTestClient): number =>
    client.messages.filter(({ type }) => type === 'video').length

  it('waits for media, pauses, goes on, and ends with the broadcast', async () => {
    const client = await play()
    publishFrames(50)
    await client.waitFor(() => videos(client) > 40 || undefined, 'media')
    client.send(clientCommand('pause', 0, [null, true, 2000], 1))
    await status(client, 'NetStream.Pause.Notify')
    const paused = videos(client)
    publishFrames(30)
    const other = await play()
    await other.waitFor(() => videos(other) > 0 || undefined, 'media for another')
    expect(videos(client)).toBe(paused)
    client.send(clientCommand('pause', 0, [null, false, 2000], 1))
    await client.waitFor(() => videos(client) > paused || undefined, 'media again')
    client.send(clientCommand('seek', 0, [null, 0], 1))
    await status(client, 'NetStream.Seek.Failed')
    publisher.unpublish('demo')
    await status(client, 'NetStream.Play.UnpublishNotify')
    expect(client.closed).toBe(false)
  })

  it('asks a silent player whether it is there, and leaves the one that does not answer', async () => {
    publishFrames(50)
    const [alive, dead] = [await play(), await play()]
    for (const client of [alive, dead]) client.send(clientCommand('pause', 0, [null, true, 0], 1))
    let answered = 0
    const pace = setInterval(() => {
      publishFrames(1)
      const pings = alive.messages.flatMap((message) =>
        message.type === 'user-control' && message.event.kind === 'ping-request' ? [message.event] : [],
      )
      for (const { timestamp } of pings.slice(answered))
        alive.send(clientMessage({ type: 'user-control', event: { kind: 'ping-response', timestamp } }))
      answered = pings.length
    }, 50)
    try {
      await dead.untilClosed()
      await alive.waitFor(() => answered > 1 || undefined, 'a second question')
    } finally {
      clearInterval(pace)
    }
    expect([alive.closed, publisher.closed]).toEqual([false, false])
    expect(ingest.codes()).toEqual(['ingest.rtmp.idle'])
  })

  it('moves on a player that stops reading, and then disconnects it; nobody else notices', async () => {
    const slow = await play()
    const good = await play()
    publishFrames(50)
    await slow.waitFor(() => videos(slow) > 40 || undefined, 'media')
    slow.socket.pause()
    const pace = setInterval(() => publishFrames(1, 50_000), 8)
    try {
      const gone = await slow.waitFor(
        () => ingest.lines.find(({ code }) => code === 'ingest.play.too_slow'),
        'the end of the slow one',
        15_000,
      )
      expect(gone.msg).toContain('too slow for this stream')
      expect(ingest.lines.find(({ msg }) => msg === 'player gone')?.skips).toBeGreaterThan(0)
      const before = videos(good)
      await good.waitFor(() => videos(good) > before + 10 || undefined, 'media for the good one')
    } finally {
      clearInterval(pace)
    }
    await good.waitFor(() => videos(good) > frames - 10 || undefined, 'all media')
    expect([good.closed, publisher.closed]).toEqual([false, false])
    expect(ingest.codes()).toEqual(['ingest.play.too_slow'])
  }, 30_000)
})
