import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { type FeedEvent, FeedReader, segmentRules } from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { createLogger } from '@sluice/runtime'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeedServer, startFeedServer } from './feed-server.ts'
import { LiveStream } from './live-stream.ts'

const TOKEN = 'token'
const START = 1_700_000_000_000

describe('the feed server', () => {
  let server: FeedServer
  let stream: LiveStream
  let came: number[]
  let lost: number[]
  let lines: { code?: string; reason?: string }[]

  const serve = async (live: LiveStream): Promise<void> => {
    stream = live
    const out = { write: (line: string) => void lines.push(JSON.parse(line)) }
    server = await startFeedServer({
      host: '127.0.0.1',
      port: 0,
      log: createLogger({ log: { level: 'info', format: 'json' } }, 'ingest', out),
      find: (broadcast) =>
        broadcast === 'known'
          ? {
              stream,
              token: TOKEN,
              readerCame: (epoch) => came.push(epoch),
              readerLost: (epoch) => lost.push(epoch),
            }
          : undefined,
    })
  }

  beforeEach(async () => {
    came = []
    lost = []
    lines = []
    await serve(new LiveStream(segmentRules(2)))
    stream.clock.beginSession()
  })
  afterEach(() => server.stop())

  /** Seconds of 25 frames a second and sound, a keyframe each second, from `from` seconds on. */
  const publish = (from: number, seconds: number, frameSize = 64): void => {
    const now = (time: number) => epochMillis(START + time)
    if (from === 0) {
      stream.video(0, AVC_CONFIGURATION, now(0))
      stream.audio(0, AAC_CONFIGURATION, now(0))
    }
    for (let i = 0; i < seconds * 25; i++) {
      const time = from * 1000 + i * 40
      stream.audio(time, aacFrame(), now(time))
      stream.video(time, avcFrame(i % 25 === 0, frameSize), now(time))
      stream.flush()
    }
  }

  const open = (query: string, token = TOKEN, broadcast = 'known'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `http://127.0.0.1:${server.port}/feed/${broadcast}?${query}`
      get(url, { headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject)
    })

  /** Reads a feed to its end. */
  const follow = async (query: string): Promise<FeedEvent[]> => {
    const reader = new FeedReader()
    const events: FeedEvent[] = []
    for await (const bytes of await open(query)) {
      reader.receive(bytes)
      events.push(...reader.events())
    }
    return events
  }

  const status = async (response: Promise<IncomingMessage>): Promise<number | undefined> => {
    const { statusCode } = (await response).resume()
    return statusCode
  }

  it('refuses a wrong token, an unknown broadcast, nonsense, and a stream that has not begun', async () => {
    expect(await status(open('from=0', 'wrong'))).toBe(401)
    expect(await status(open('from=0', TOKEN, 'unknown'))).toBe(404)
    expect(await status(open('from=x'))).toBe(400)
    expect(await status(open('epoch=1.5'))).toBe(400)
    expect(await status(open('from=0'))).toBe(409)
    expect([came, lost]).toEqual([[], []])
  })

  it('gives tracks, boundaries and media from the wanted boundary on, as they come, to the end mark', async () => {
    publish(0, 6)
    const following = follow('epoch=3&from=1')
    await waitFor(() => came.length > 0, { what: 'a reader' })
    publish(6, 2)
    stream.end()
    const events = await following
    expect(events[0]).toMatchObject({ type: 'tracks', video: { width: 320 }, audio: { sampleRate: 48_000 } })
    const numbers = events.flatMap((event) => (event.type === 'boundary' ? [event.boundary.number] : []))
    expect(numbers).toEqual([1, 2, 3])
    const frames = events.filter((event) => event.type === 'packet' && event.packet.kind === 'video')
    expect(frames).toHaveLength(6 * 25)
    expect(events.at(-1)).toEqual({ type: 'end' })
    expect(came).toEqual([3])
    // Read to its end: nobody has to take over.
    expect(lost).toEqual([])
  })

  it('begins at the oldest boundary held where the wanted one has left', async () => {
    publish(0, 20)
    stream.end()
    const [, first] = await follow('from=0')
    expect(first).toMatchObject({
      type: 'boundary',
      boundary: { number: stream.ring.starts[0]?.boundary.number },
    })
    expect(stream.ring.starts[0]?.boundary.number).toBeGreaterThan(0)
  })

  it('gives two readers the same bytes', async () => {
    publish(0, 4)
    const both = Promise.all([follow('epoch=1&from=0'), follow('epoch=2&from=0')])
    await waitFor(() => came.length === 2, { what: 'two readers' })
    publish(4, 1)
    stream.end()
    const [one, two] = await both
    expect(one).toEqual(two)
  })

  it('says when a reader goes before the end', async () => {
    publish(0, 1)
    const response = await open('epoch=7&from=0')
    response.destroy()
    await waitFor(() => lost.length > 0, { what: 'the loss' })
    expect(lost).toEqual([7])
    expect(lines).toContainEqual(
      expect.objectContaining({ code: 'ingest.feed.cut_off', reason: 'the reader closed the connection' }),
    )
  })

  it('cuts off a reader that takes nothing, once the ring has passed it', async () => {
    await server.stop()
    await serve(new LiveStream(segmentRules(1), { limits: { bytes: 8 << 20, segments: 3 } }))
    stream.clock.beginSession()
    publish(0, 1)
    const socket = connect(server.port, '127.0.0.1')
    socket.pause()
    socket.on('error', () => undefined)
    socket.write(
      `GET /feed/known?epoch=9&from=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
    )
    await waitFor(() => came.length > 0, { what: 'the reader' })
    let from = 1
    await waitFor(
      () => {
        publish(from++, 1, 100_000)
        return lost.length > 0
      },
      { what: 'the end of the slow reader', interval: 10 },
    )
    expect(lost).toEqual([9])
    expect(lines).toContainEqual(
      expect.objectContaining({
        code: 'ingest.feed.cut_off',
        reason: 'the reader was slower than the stream',
      }),
    )
    // What the stream holds for a reader that is gone is the ring, and that is bounded.
    expect(stream.ring.bytes).toBeLessThanOrEqual(8 << 20)
    expect(stream.ring.starts.length).toBeGreaterThan(0)
    socket.destroy()
  })

  it('says what to do when its port is taken', async () => {
    const log = createLogger({ log: { level: 'silent', format: 'json' } }, 'ingest')
    await expect(
      startFeedServer({ host: '127.0.0.1', port: server.port, log, find: () => undefined }),
    ).rejects.toMatchObject({
      code: 'ingest.feed.listen',
      message: expect.stringMatching(/port \d+ is in use: .*SLUICE_FEED_PORT/),
    })
  })
})
