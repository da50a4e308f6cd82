import { dataPayload, type StreamEntry, segmentRules } from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { ChunkReader, type Message, PLAYER_CHUNK_SIZE, readMessage } from '@sluice/rtmp'
import { describe, expect, it } from 'vitest'
import { LiveStream } from '../live-stream.ts'
import { entriesOf } from '../testing/entries.ts'
import { publishSample } from '../testing/sample.ts'
import { rtmpForm } from './message-form.ts'
import { Player, type PlayerSink } from './player.ts'
import { SharedMessages } from './shared-messages.ts'

/** A sink whose queue drains when the test says so. */
class TestSink implements PlayerSink {
  queued = 0
  readonly queueLimit: number
  readonly sent: Uint8Array[] = []
  readonly said: string[] = []
  readonly #reader = new ChunkReader()

  constructor(queueLimit = Number.POSITIVE_INFINITY) {
    this.queueLimit = queueLimit
    this.#reader.setChunkSize(PLAYER_CHUNK_SIZE)
  }

  send(parts: readonly Uint8Array[]): void {
    this.sent.push(...parts)
    for (const part of parts) this.queued += part.length
  }

  streamEnded(): void {
    this.said.push('ended')
  }

  tooSlow(reason: string): void {
    this.said.push(reason)
  }

  failed(error: unknown): void {
    throw error
  }

  /** What was sent since the last call: `video key 2000`. */
  heard(): string[] {
    const lines: string[] = []
    for (const part of this.sent.splice(0)) {
      this.#reader.feed(part)
      for (let raw = this.#reader.read(); raw !== undefined; raw = this.#reader.read())
        lines.push(`${describeMessage(readMessage(raw))} ${raw.timestamp}`)
    }
    return lines
  }
}

function describeMessage(message: Message): string {
  if (message.type !== 'video' && message.type !== 'audio') return message.type
  const isHeader = message.payload[1] === 0
  if (isHeader) return `${message.type} header`
  if (message.type === 'audio') return 'audio'
  return (message.payload[0] ?? 0) >> 4 === 1 ? 'video key' : 'video'
}

function liveStream(seconds: number, frameSize?: number): LiveStream {
  const stream = new LiveStream(segmentRules(2))
  publishSample(stream, 0, seconds, frameSize)
  return stream
}

const watch = (stream: LiveStream, sink: PlayerSink, slowMillis?: number): Player =>
  new Player(stream, new SharedMessages(rtmpForm(1)), sink, slowMillis)
const pictures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('video '))

/** Types of the first three entries behind the newest boundary. */
function entriesFromNewestStart(stream: LiveStream): StreamEntry['type'][] {
  const start = stream.ring.starts.at(-1)
  if (start === undefined) throw new Error('the stream has not begun')
  const types = entriesOf(stream, start).map(({ type }) => type)
  return types.slice(types.indexOf('boundary') + 1).slice(0, 3)
}

describe('a player', () => {
  it('begins at the newest boundary, with what a decoder needs first', () => {
    const stream = liveStream(5)
    stream.metadata(null)
    const sink = new TestSink()
    expect(watch(stream, sink).pump(0)).toBe('waiting')
    const lines = sink.heard()
    const newest = stream.ring.starts.at(-1)?.boundary.time
    const first = lines
      .find((line) => /^(?:video key|audio) \d/.test(line))
      ?.split(' ')
      .at(-1)
    expect(lines.slice(0, 3)).toEqual(['data 0', `video header ${first}`, `audio header ${first}`])
    expect(pictures(lines)[1]).toBe(`video key ${newest}`)
    expect(lines.at(-1)).toBe('video 4960')
  })

  it('is given data among the frames, and those before its first frame when it knows the tracks', () => {
    const stream = new LiveStream(segmentRules(2))
    const said = (time: number): void =>
      stream.data(
        time,
        'onCuePoint',
        dataPayload('onCuePoint', [null]),
        epochMillis(1_700_000_000_000 + time),
      )
    const sink = new TestSink()
    const player = watch(stream, sink)
    publishSample(stream, 0, 2)
    said(2000)
    publishSample(stream, 2, 1)
    said(2970)
    stream.settle()
    player.pump(0)
    const lines = sink.heard().map((line) => line.replace(/(header) \d+/, '$1'))
    expect(lines.slice(0, 3)).toEqual(['video header', 'audio header', 'data 2000'])
    expect(lines.at(-1)).toBe('data 2970')
  })

  it('keeps the data before its first frame also where a packet of a further track comes in between', () => {
    const stream = new LiveStream(segmentRules(2))
    const at = epochMillis(1_700_000_000_000)
    const furtherSound = (time: number, packetType: 0 | 1, body: readonly number[]): void =>
      stream.audio(time, Uint8Array.of(0x95, packetType, ...Buffer.from('mp4a'), 1, ...body), at)
    publishSample(stream, 0, 1)
    furtherSound(990, 0, [0x11, 0x90])
    publishSample(stream, 1, 1)
    stream.data(2000, 'onCuePoint', dataPayload('onCuePoint', [null]), at)
    furtherSound(2000, 1, [0x21, 0x10])
    publishSample(stream, 2, 1)
    stream.settle()
    expect(entriesFromNewestStart(stream)).toMatchObject(['data', 'further', 'audio'])

    const sink = new TestSink()
    watch(stream, sink).pump(0)
    const lines = sink.heard().map((line) => line.replace(/(header) \d+/, '$1'))
    expect(lines.slice(0, 3)).toEqual(['video header', 'audio header', 'data 2000'])
  })

  it('waits for a stream that has nothing yet, and ends with it', () => {
    const stream = liveStream(0)
    const sink = new TestSink()
    const player = watch(stream, sink)
    expect(player.pump(0)).toBe('waiting')
    publishSample(stream, 0, 3)
    player.pump(1)
    expect(pictures(sink.heard()).length).toBeGreaterThan(1)
    stream.end()
    expect(player.pump(2)).toBe('over')
    expect(player.pump(3)).toBe('over')
    expect(sink.said).toEqual(['ended'])
  })

  it('is told that a stream is over which never began', () => {
    const stream = liveStream(0)
    const sink = new TestSink()
    const player = watch(stream, sink)
    stream.end()
    expect(player.pump(0)).toBe('over')
    expect(sink.said).toEqual(['ended'])
  })

  it('shares the bytes of each message with others', () => {
    const stream = liveStream(3)
    const messages = new SharedMessages(rtmpForm(1))
    const sinks = [new TestSink(), new TestSink()] as const
    for (const sink of sinks) new Player(stream, messages, sink).pump(0)
    expect(sinks[0].sent.length).toBeGreaterThan(50)
    for (const [i, part] of sinks[0].sent.entries()) expect(sinks[1].sent[i]).toBe(part)
  })

  it('goes on where it paused, or from a newer keyframe', () => {
    const stream = liveStream(3)
    const sink = new TestSink()
    const player = watch(stream, sink)
    player.pump(0)
    sink.heard()
    player.pause()
    publishSample(stream, 3, 1)
    expect(player.pump(1)).toBe('waiting')
    expect(sink.sent).toEqual([])
    player.resume()
    player.pump(2)
    expect(pictures(sink.heard())[0]).toBe('video key 3000')
    player.pause()
    publishSample(stream, 4, 4)
    player.resume()
    player.pump(3)
    const lines = sink.heard()
    expect(pictures(lines)[0]).toBe('video key 6000')
    expect(lines.some((line) => line.includes('header'))).toBe(false)
    expect(player.skips).toBe(0)
  })

  it('gets no sound or picture that it does not want, and pictures again from a keyframe on', () => {
    const stream = liveStream(3)
    const sink = new TestSink()
    const player = watch(stream, sink)
    player.want('audio', false)
    player.pump(0)
    expect(sink.heard().filter((line) => /^audio \d/.test(line))).toEqual([])
    player.want('audio', true)
    player.want('video', false)
    publishSample(stream, 3, 0.5)
    player.pump(1)
    expect(pictures(sink.heard())).toEqual([])
    player.want('video', true)
    publishSample(stream, 3.52, 1)
    player.pump(2)
    expect(pictures(sink.heard())[0]).toBe('video key 3520')
  })
})

describe('a slow player', () => {
  it('is given no more than its link takes, and moved to the next keyframe', () => {
    const stream = liveStream(2, 1000)
    const sink = new TestSink(4000)
    const player = watch(stream, sink)
    expect(player.pump(0)).toBe('behind')
    expect(sink.queued).toBeLessThan(4000 + 1200)
    const before = sink.heard().length
    publishSample(stream, 2, 3, 1000)
    expect(player.pump(1)).toBe('behind')
    expect([before < 15, sink.sent.length, player.skips]).toEqual([true, 0, 1])
    sink.queued = 0
    player.pump(2)
    expect(pictures(sink.heard())[0]).toBe('video key 4000')
  })

  it('is disconnected when it never catches up', () => {
    const stream = liveStream(2, 1000)
    const sink = new TestSink(4000)
    const player = watch(stream, sink, 5000)
    player.pump(1000)
    expect(player.pump(5999)).toBe('behind')
    expect(player.pump(6000)).toBe('over')
    expect(sink.said[0]).toMatch(/^too slow for this stream: \d+ bytes wait, .* within 5 s$/)
  })

  it('has all the time again when it caught up once', () => {
    const stream = liveStream(2, 1000)
    const sink = new TestSink(100_000)
    const player = watch(stream, sink, 5000)
    sink.queued = 100_000
    player.pump(0)
    sink.queued = 0
    expect(player.pump(4000)).toBe('waiting')
    publishSample(stream, 2, 1, 1000)
    sink.queued = 100_000
    expect(player.pump(8000)).toBe('behind')
    expect(player.pump(12_999)).toBe('behind')
  })

  it('makes the ring hold nothing for it', () => {
    const sizes = [false, true].map((isWatched) => {
      const stream = liveStream(2, 1000)
      if (isWatched) watch(stream, new TestSink(10)).pump(0)
      publishSample(stream, 2, 30, 1000)
      return stream.ring.bytes
    })
    expect(sizes[1]).toBe(sizes[0])
  })
})
