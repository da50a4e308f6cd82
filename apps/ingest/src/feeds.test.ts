import { type FeedRequest, type StreamEntry, segmentRules } from '@sluice/broadcast'
import { epochMillis, PayloadMemory } from '@sluice/core'
import { createLogger } from '@sluice/runtime'
import { avcFrame, waitFor } from '@sluice/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { Feeds } from './feeds.ts'
import { LiveStream } from './live-stream.ts'
import { publishSample } from './testing/sample.ts'

const TOKEN = 'token'

describe('a feed within the process', () => {
  let stream: LiveStream
  let feeds: Feeds
  let came: number[]
  let lost: number[]
  let lines: { code?: string; reason?: string }[]

  beforeEach(() => {
    came = []
    lost = []
    lines = []
    stream = new LiveStream(segmentRules(1), { limits: { bytes: 1 << 20, segments: 3 } })
    const out = { write: (line: string) => void lines.push(JSON.parse(line)) }
    feeds = new Feeds({
      find: (broadcast) =>
        broadcast === 'known'
          ? {
              stream,
              token: TOKEN,
              readerCame: (epoch) => came.push(epoch),
              readerLost: (epoch) => lost.push(epoch),
            }
          : undefined,
      log: createLogger({ log: { level: 'info', format: 'json' } }, 'ingest', out),
    })
  })

  const follow = (request: Partial<FeedRequest> = {}, signal = new AbortController().signal) =>
    feeds.follow({ broadcast: 'known', token: TOKEN, epoch: 1, from: 0, ...request }, signal)

  /** Everything that a feed gives. */
  const read = async (feed = follow()): Promise<StreamEntry[]> => {
    const all: StreamEntry[] = []
    for await (const entries of feed ?? []) all.push(...entries)
    return all
  }
  const numbers = (entries: readonly StreamEntry[]): number[] =>
    entries.flatMap((entry) => (entry.type === 'boundary' ? [entry.boundary.number] : []))

  it('is not there for a wrong token, an unknown broadcast, or a stream that has not begun', () => {
    expect(follow()).toBeUndefined()
    publishSample(stream, 0, 1)
    expect(follow({ token: 'wrong' })).toBeUndefined()
    expect(follow({ broadcast: 'unknown' })).toBeUndefined()
    expect([came, lost]).toEqual([[], []])
  })

  it('gives the very entries of the ring, as they come, to the end', async () => {
    publishSample(stream, 0, 3)
    const reading = read(follow({ epoch: 3, from: 1 }))
    expect(came).toEqual([3])
    await Promise.resolve()
    publishSample(stream, 3, 2)
    stream.end()
    const entries = await reading
    expect(entries[0]?.type).toBe('tracks')
    expect(numbers(entries)).toEqual([1, 2, 3, 4])
    expect(entries.filter((entry) => entry.type === 'video')).toHaveLength(4 * 25)
    expect(entries.at(-1)).toEqual({ type: 'end' })
    const last = stream.ring.at(stream.ring.end - 2)
    expect(entries.at(-2)).toBe(last)
    // Read to its end: nobody has to take over.
    expect(lost).toEqual([])
  })

  it('says when its reader stops before the end', async () => {
    publishSample(stream, 0, 1)
    for await (const entries of follow({ epoch: 7 }) ?? []) if (entries.length > 0) break
    expect(lost).toEqual([7])
    expect(lines).toContainEqual(
      expect.objectContaining({ code: 'ingest.feed.cut_off', reason: 'the reader went away' }),
    )
  })

  it.each([
    ['before it was read', () => undefined],
    ['while it waits', () => new Promise((resolve) => setImmediate(resolve))],
  ])('is over when it is aborted %s', async (_, until) => {
    publishSample(stream, 0, 1)
    const controller = new AbortController()
    const reading = read(follow({ epoch: 2 }, controller.signal))
    await until()
    controller.abort()
    expect((await reading).some((entry) => entry.type === 'end')).toBe(false)
    expect(lost).toEqual([2])
  })

  it('cuts off a reader that takes nothing, once the ring has passed it', async () => {
    publishSample(stream, 0, 1)
    const reading = follow({ epoch: 9 })?.[Symbol.asyncIterator]()
    await reading?.next()
    let from = 1
    await waitFor(
      () => {
        publishSample(stream, from++, 1, 100_000)
        return lost.length > 0
      },
      { what: 'the end of the slow reader', interval: 1 },
    )
    expect(lost).toEqual([9])
    expect(await reading?.next()).toEqual({ done: true, value: undefined })
    expect(lines).toContainEqual(expect.objectContaining({ reason: 'the reader was slower than the stream' }))
    expect(stream.ring.bytes).toBeLessThanOrEqual(1 << 20)
  })

  it('uses the memory of old payloads for new ones, and never that of what its reader is at work on', async () => {
    const memory = new PayloadMemory()
    const blocks = new Set<ArrayBufferLike>()
    let bytes = 0
    /** Ten seconds of frames that say which second they are of. */
    const publish = (from: number): void => {
      for (let i = 0; i < 250; i++) {
        const time = from * 1000 + i * 40
        const payload = memory.copy(avcFrame(i % 25 === 0, 1_500, Math.floor(time / 1000)))
        blocks.add(payload.buffer)
        bytes += payload.length
        stream.video(time, payload, epochMillis(1_700_000_000_000 + time))
        stream.flush()
      }
    }
    publishSample(stream, 0, 0)
    publish(0)
    let seen = 0
    for await (const entries of follow() ?? []) {
      // The reader takes its time: by then the ring has gone on by more than it keeps.
      if (seen < 60) publish(10 + seen)
      else stream.end()
      const frames = entries.filter((entry) => entry.type === 'video')
      const changed = frames.filter(({ payload, dts }) => payload.at(-1) !== Math.floor(dts / 1000))
      expect(changed).toEqual([])
      seen += 10
    }
    expect(blocks.size * 2 ** 18).toBeLessThan(bytes / 2)
  })
})
