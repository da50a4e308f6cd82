import type { CutEvent } from '@sluice/cmaf'
import { DependencyError, type Ticks, ticks, VIDEO_TIMESCALE } from '@sluice/core'
import { MemoryStore, type SegmentStore } from '@sluice/store'
import { describe, expect, it } from 'vitest'
import {
  FROM_THE_START,
  type PlannedRendition,
  RenditionOutput,
  type ResumePoint,
} from './rendition-output.ts'
import { type TestOutput, testOutput, told } from './testing/output.ts'
import { TimelineAppender } from './timeline-appender.ts'

const planned: PlannedRendition = {
  id: 'source',
  kind: 'video',
  order: 0,
  codecString: 'avc1.42c00c',
  timescale: VIDEO_TIMESCALE,
  nominalBitrate: undefined,
  width: 320,
  height: 180,
  frameRate: 25,
  audio: undefined,
  init: undefined,
}
const SEGMENT: Ticks = ticks(180_000)

const part = (segment: number, number: number, size: number, last = false): CutEvent => ({
  type: 'part',
  segment,
  part: number,
  start: ticks(segment * SEGMENT),
  duration: ticks(22_500),
  independent: number === 0,
  last,
  offset: number * size,
  size,
  pieces: [new Uint8Array(size).fill(segment)],
})
const whole = (segment: number, size: number, duration: Ticks = SEGMENT): CutEvent => ({
  type: 'segment',
  segment,
  start: ticks(segment * SEGMENT),
  duration,
  independent: true,
  size,
  discontinuity: false,
})

function begin(output: TestOutput, resume: ResumePoint = FROM_THE_START): RenditionOutput {
  const rendition = new RenditionOutput(planned, { ...output.options, resume })
  rendition.announce(planned)
  rendition.configure(planned, Uint8Array.of(1))
  return rendition
}

/** A store whose writes wait until the test lets them go on, or fail. */
function slowStore(): { store: SegmentStore; release: (error?: Error) => void } {
  const store = new MemoryStore()
  let settle: (error?: Error) => void = () => undefined
  const gate = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error))
  })
  gate.catch(() => undefined)
  const open: SegmentStore['open'] = async (key) => {
    const writer = await store.open(key)
    return {
      append: async (bytes) => {
        await gate
        return writer.append(bytes)
      },
      close: () => writer.close(),
      abort: () => writer.abort(),
    }
  }
  const slow: SegmentStore = {
    open,
    put: (key, bytes) => store.put(key, bytes),
    read: (key, range) => store.read(key, range),
    remove: (key) => store.remove(key),
    removeAll: (prefix, filter) => store.removeAll(prefix, filter),
    check: () => store.check(),
  }
  return { store: slow, release: settle }
}

describe('one rendition’s output', () => {
  it('has the bit rate of its last three segments, whatever their lengths', () => {
    const rendition = begin(testOutput())
    expect(rendition.bitrate).toBeUndefined()
    rendition.cut(whole(0, 900_000))
    rendition.cut(whole(1, 500_000))
    rendition.cut(whole(2, 40_000, ticks(3_000)))
    rendition.cut(whole(3, 500_000))
    // 1,040,000 bytes in 2 + 1/30 + 2 seconds.
    expect(rendition.bitrate).toBe(2_062_810)
  })

  it('is in the store before the timeline says so, in order', async () => {
    const output = testOutput()
    const rendition = begin(output)
    for (const event of [part(0, 0, 10), part(0, 1, 10), whole(0, 20), part(1, 0, 10)]) rendition.cut(event)
    await rendition.settled()
    expect(output.events.map(told)).toEqual([
      'rendition source planned',
      'rendition source b.1.init0.mp4',
      'part source 0.0',
      'part source 0.1',
      'segment source 0',
      'part source 1.0',
    ])
    expect(await output.store.read('demo/source/b.1.init0.mp4')).toEqual(Uint8Array.of(1))
    expect((await output.store.read('demo/source/b.1.0.0.m4s'))?.length).toBe(20)
    expect((await output.store.read('demo/source/b.1.0.1.m4s'))?.length).toBe(10)
  })

  it('says nothing of a part that is not stored yet', async () => {
    const { store, release } = slowStore()
    const output = testOutput(store)
    const rendition = begin(output)
    rendition.cut(part(0, 0, 10))
    rendition.cut(part(0, 1, 10, true))
    rendition.cut(whole(0, 20))
    await new Promise((resolve) => setImmediate(resolve))
    expect(rendition.pendingBytes).toBe(20)
    expect(output.events.map(told)).not.toContain('part source 0.0')
    release()
    await rendition.settled()
    expect(rendition.pendingBytes).toBe(0)
    const said = ['part source 0.0', 'part source 0.1', 'segment source 0']
    expect(output.events.map(told).slice(-3)).toEqual(said)
  })

  it('announces the last part of a segment together with its end', async () => {
    const appended: string[][] = []
    const output = testOutput()
    const timeline = new TimelineAppender({
      append: async (events) => void appended.push(events.map(told)),
      failed: (error) => void output.failures.push(error),
    })
    const rendition = begin({ ...output, options: { ...output.options, timeline } })
    rendition.cut(part(0, 0, 10))
    rendition.cut(part(0, 1, 10, true))
    rendition.cut(whole(0, 20))
    await rendition.settled()
    expect(appended.slice(2)).toEqual([['part source 0.0'], ['part source 0.1', 'segment source 0']])
  })

  it('leaves the store by how much was made since, whoever made it, and not by what time it was on air', async () => {
    const output = testOutput()
    const earlier = ['b.0.0.0.m4s', 'b.0.0.1.m4s']
    for (const name of earlier) await output.store.put(`demo/source/${name}`, Uint8Array.of(1))
    const segments = earlier.map((name) => ({ name, millis: 2000 }))
    const rendition = begin(output, { segment: 2, initVersion: 1, segments })
    const stored = async (): Promise<string[]> => {
      await rendition.settled()
      // What a segment's end lets go of comes behind it.
      await rendition.settled()
      const names = [...earlier, ...[2, 3, 4, 50, 51].map((number) => `b.1.1.${number}.m4s`)]
      const found = await Promise.all(names.map((name) => output.store.read(`demo/source/${name}`)))
      return names.filter((_, index) => found[index] !== undefined)
    }
    const cut = (number: number): void => {
      rendition.cut(part(number, 0, 10))
      rendition.cut(whole(number, 10))
    }
    for (const number of [2, 3, 4]) cut(number)
    expect(await stored()).toEqual([...earlier, 'b.1.1.2.m4s', 'b.1.1.3.m4s', 'b.1.1.4.m4s'])
    // A minute and a half later: the publisher was away. Ten seconds of media are kept behind the newest.
    cut(50)
    expect(await stored()).toHaveLength(6)
    cut(51)
    expect((await stored())[0]).toBe('b.0.0.1.m4s')
  })

  it('does not make again what an earlier worker completed', async () => {
    const output = testOutput(new MemoryStore(), 2)
    const rendition = begin(output, { segment: 3, initVersion: 1, segments: [] })
    for (const segment of [2, 3]) {
      rendition.cut(part(segment, 0, 10))
      rendition.cut(whole(segment, 10))
    }
    await rendition.settled()
    expect(output.events.map(told).slice(1)).toEqual([
      'rendition source b.2.init1.mp4',
      'part source 3.0',
      'segment source 3',
    ])
  })

  it('takes old segments out of the store', async () => {
    const output = testOutput()
    const rendition = begin(output)
    for (let segment = 0; segment < 8; segment++) {
      rendition.cut(part(segment, 0, 10))
      rendition.cut(whole(segment, 10))
    }
    await rendition.settled()
    // What is old was found by the last step, and goes in one of its own.
    await rendition.settled()
    const kept = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, n) => (await output.store.read(`demo/source/b.1.0.${n}.m4s`)) !== undefined,
      ),
    )
    // Ten seconds stay behind the end of the newest.
    expect(kept).toEqual([false, false, true, true, true, true, true, true])
  })

  it('tells a store that fails once, and does nothing more', async () => {
    const { store, release } = slowStore()
    const output = testOutput(store)
    const rendition = begin(output)
    const full = new DependencyError('store.fs.full', 'the disk is full')
    rendition.cut(part(0, 0, 10))
    rendition.cut(part(0, 1, 10))
    rendition.cut(whole(0, 20))
    release(full)
    await rendition.settled()
    rendition.cut(part(1, 0, 10))
    await rendition.settled()
    await rendition.abandon()
    expect(output.failures).toEqual([full])
    expect(output.events.map(told)).toEqual(['rendition source planned', 'rendition source b.1.init0.mp4'])
  })

  it('leaves the timeline as it is when it is abandoned', async () => {
    const { store, release } = slowStore()
    const output = testOutput(store)
    const rendition = begin(output)
    rendition.cut(part(0, 0, 10))
    rendition.cut(part(0, 1, 10, true))
    rendition.cut(whole(0, 20))
    await new Promise((resolve) => setImmediate(resolve))
    const abandoned = rendition.abandon()
    release()
    await abandoned
    expect(output.events.map(told)).not.toContain('segment source 0')
  })
})
