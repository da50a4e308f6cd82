import { segmentRules } from '@sluice/broadcast'
import { waitFor } from '@sluice/testkit'
import { describe, expect, it } from 'vitest'
import { LiveStream } from '../live-stream.ts'
import { publishSample } from '../testing/sample.ts'
import { FLV_FORM, rtmpForm } from './message-form.ts'
import type { PlayerSink } from './player.ts'
import { StreamPlayback } from './stream-playback.ts'

class TestSink implements PlayerSink {
  queued = 0
  readonly queueLimit = 1000
  readonly sent: Uint8Array[] = []
  readonly said: unknown[] = []

  send(parts: readonly Uint8Array[]): void {
    this.sent.push(...parts)
  }

  streamEnded(): void {
    this.said.push('ended')
  }

  tooSlow(): void {
    this.said.push('too slow')
  }

  failed(error: unknown): void {
    this.said.push(error)
  }
}

class BrokenSink extends TestSink {
  override send(): void {
    throw new Error('broken')
  }
}

function liveStream(): LiveStream {
  const stream = new LiveStream(segmentRules(2))
  publishSample(stream, 0, 3)
  return stream
}

const until = (condition: () => boolean, what: string): Promise<true> =>
  waitFor(() => condition() || undefined, { what, interval: 5 })

describe('those who watch a stream', () => {
  it('do no harm to each other or to the publisher', async () => {
    const stream = liveStream()
    const playback = new StreamPlayback(stream)
    const broken = new BrokenSink()
    const stuck = new TestSink()
    stuck.queued = 1000
    const good = new TestSink()
    playback.play(broken, rtmpForm(1))
    playback.play(stuck, rtmpForm(1), 200)
    playback.play(good, rtmpForm(1))
    await until(() => good.sent.length > 0 && stuck.said.length > 0, 'the stuck one to be given up')
    expect(broken.said).toEqual([new Error('broken')])
    expect([stuck.said, stuck.sent]).toEqual([['too slow'], []])
    expect(playback.size).toBe(1)
    const before = good.sent.length
    publishSample(stream, 3, 1)
    await until(() => good.sent.length > before, 'more for the good one')
    expect(good.said).toEqual([])
  })

  it('are told when it is over, and are gone then', async () => {
    const stream = liveStream()
    const playback = new StreamPlayback(stream)
    const sinks = [new TestSink(), new TestSink()]
    for (const sink of sinks) playback.play(sink, FLV_FORM)
    stream.end()
    await until(() => playback.size === 0, 'the end')
    expect(sinks.map(({ said }) => said)).toEqual([['ended'], ['ended']])
  })

  it('are sent nothing more when they have left, nor within the publisher’s own turn', async () => {
    const stream = liveStream()
    const playback = new StreamPlayback(stream)
    const sink = new TestSink()
    const player = playback.play(sink, rtmpForm(1))
    expect(sink.sent).toEqual([])
    playback.leave(player)
    publishSample(stream, 3, 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect([sink.sent, playback.size]).toEqual([[], 0])
  })

  it('share bytes where their form has a key, on an unusual message stream they do not', async () => {
    const stream = liveStream()
    const playback = new StreamPlayback(stream)
    const forms = [rtmpForm(1), rtmpForm(1), rtmpForm(7), rtmpForm(7), FLV_FORM, FLV_FORM]
    const sinks = forms.map((form) => {
      const sink = new TestSink()
      playback.play(sink, form)
      return sink
    })
    await until(() => sinks.every(({ sent }) => sent.length > 0), 'something for each')
    const isShared = (a: number, b: number): boolean =>
      sinks[a]?.sent.at(-1) !== undefined && sinks[a]?.sent.at(-1) === sinks[b]?.sent.at(-1)
    expect([isShared(0, 1), isShared(2, 3), isShared(4, 5), isShared(0, 2)]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
})
