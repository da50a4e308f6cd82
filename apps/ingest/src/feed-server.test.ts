import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { dataPayload, FeedReader, type StreamEntry, segmentRules } from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { createLogger } from '@sluice/runtime'
import { waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeedServer, startFeedServer } from './feed-server.ts'
import { type FeedSource, Feeds } from './feeds.ts'
import { LiveStream } from './live-stream.ts'
import { publishSample } from './testing/sample.ts'

const TOKEN = 'token'

describe('the feed server', () => {
  let feeds: Feeds
  let server: FeedServer
  let stream: LiveStream
  let came: number[]
  let lost: number[]
  let lines: { code?: string; reason?: string }[]

  const serve = async (live: LiveStream): Promise<void> => {
    stream = live
    const out = { write: (line: string) => void lines.push(JSON.parse(line)) }
    const source: FeedSource = {
      stream,
      token: TOKEN,
      readerCame: (epoch) => came.push(epoch),
      readerLost: (epoch) => lost.push(epoch),
    }
    const log = createLogger({ log: { level: 'info', format: 'json' } }, 'ingest', out)
    feeds = new Feeds({ find: (broadcast) => (broadcast === 'known' ? source : undefined), log })
    server = await startFeedServer({ host: '127.0.0.1', port: 0, feeds })
  }

  beforeEach(async () => {
    came = []
    lost = []
    lines = []
    await serve(new LiveStream(segmentRules(2)))
  })
  afterEach(() => server.stop())

  const publish = (from: number, seconds: number, frameSize?: number): void =>
    publishSample(stream, from, seconds, frameSize)

  const open = (query: string, token = TOKEN, broadcast = 'known'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `http://127.0.0.1:${server.port}/feed/${broadcast}?${query}`
      get(url, { headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject)
    })

  /** Reads a feed to its end. */
  const follow = async (query: string): Promise<StreamEntry[]> => {
    const reader = new FeedReader()
    const entries: StreamEntry[] = []
    for await (const bytes of await open(query)) {
      reader.receive(bytes)
      entries.push(...reader.entries())
    }
    return entries
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
    expect(events[0]).toMatchObject({
      type: 'tracks',
      video: { track: { width: 320 } },
      audio: { track: { sampleRate: 48_000 } },
    })
    const numbers = events.flatMap((event) => (event.type === 'boundary' ? [event.boundary.number] : []))
    expect(numbers).toEqual([1, 2, 3])
    const frames = events.filter((event) => event.type === 'video')
    expect(frames).toHaveLength(6 * 25)
    expect(events.at(-1)).toEqual({ type: 'end' })
    expect(came).toEqual([3])
    // Read to its end: nobody has to take over.
    expect(lost).toEqual([])
  })

  it('gives a worker that takes over at a boundary the data due from there on, at their times', async () => {
    const say = (time: number): void =>
      stream.data(
        time,
        `at ${time}`,
        dataPayload(`at ${time}`, [null]),
        epochMillis(1_700_000_000_000 + time),
      )
    publish(0, 4)
    for (const time of [3_960, 4_000, 4_030]) say(time)
    publish(4, 2)
    say(5_970)
    stream.end()
    const dataOf = (entries: readonly StreamEntry[]): unknown[] =>
      entries.flatMap((entry) => (entry.type === 'data' ? [[entry.name, entry.time]] : []))
    const all = [3_960, 4_000, 4_030, 5_970].map((time) => [`at ${time}`, time])
    expect(dataOf(await follow('epoch=1&from=1'))).toEqual(all)
    expect(dataOf(await follow('epoch=2&from=2'))).toEqual(all.slice(1))
    const local = feeds.follow(
      { broadcast: 'known', token: TOKEN, epoch: 3, from: 2 },
      new AbortController().signal,
    )
    const entries: StreamEntry[] = []
    for await (const some of local ?? []) entries.push(...some)
    expect(dataOf(entries)).toEqual(all.slice(1))
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
      expect.objectContaining({ code: 'ingest.feed.cut_off', reason: 'the reader went away' }),
    )
  })

  it('cuts off a reader that takes nothing, once the ring has passed it', async () => {
    await server.stop()
    await serve(new LiveStream(segmentRules(1), { limits: { bytes: 8 << 20, segments: 3 } }))
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
    await expect(startFeedServer({ host: '127.0.0.1', port: server.port, feeds })).rejects.toMatchObject({
      code: 'ingest.feed.listen',
      message: expect.stringMatching(/port \d+ is in use: .*SLUICE_FEED_PORT/),
    })
  })
})
