import { type Millis, millis, ticks } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import { beforeEach, describe, expect, it } from 'vitest'
import { AlignedPackager } from './aligned-packager.ts'
import { FROM_THE_START, RenditionOutput } from './rendition-output.ts'
import { TRACKS } from './testing/feed.ts'
import { PART_TARGET, type TestOutput, testOutput } from './testing/output.ts'
import { TrackPackager } from './track-packager.ts'

let output: TestOutput
let rendition: RenditionOutput
let aligned: AlignedPackager
let reasons: string[]

beforeEach(() => {
  output = testOutput()
  reasons = []
  const { width, height, codecString, timescale, frameRate } = TRACKS.video
  const planned = { id: 'source-1', kind: 'video', order: 1, init: undefined, audio: undefined } as const
  rendition = new RenditionOutput(
    { ...planned, width, height, codecString, timescale, frameRate, nominalBitrate: undefined },
    { ...output.options, resume: FROM_THE_START },
  )
  const packager = new TrackPackager({
    track: TRACKS.video,
    output: rendition,
    partTarget: PART_TARGET,
    placement: 'next-packet',
  })
  aligned = new AlignedPackager(packager, (reason) => reasons.push(reason))
})

const boundary = (number: number, time: number, independent = true): Boundary => ({
  number,
  time: millis(time),
  independent,
  discontinuity: false,
})

function frames(from: number, to: number, keyframe: (time: Millis) => boolean, delay = 0): void {
  for (let time = from; time < to; time += 40) {
    const packet: Packet = {
      kind: 'video',
      dts: ticks(time * 90),
      pts: ticks((time + delay) * 90),
      keyframe: keyframe(millis(time)),
      data: Uint8Array.of(0, 0, 0, 1, 0x65),
    }
    aligned.packet(packet)
  }
}

/** Segments as they were made: number, start and end in milliseconds, whether each begins with a keyframe. */
async function made(): Promise<string[]> {
  aligned.end()
  await rendition.settled()
  return output.events.flatMap((event) =>
    event.type === 'segment'
      ? [`${event.segment}: ${event.start / 90}-${(event.start + event.duration) / 90} ${event.independent}`]
      : [],
  )
}

describe('a further picture', () => {
  it('is cut where its keyframes are at boundaries, also when they are more frequent', async () => {
    for (const number of [0, 1]) {
      aligned.boundary(boundary(number, number * 2000))
      frames(number * 2000, (number + 1) * 2000, (time) => time % 1000 === 0)
    }
    expect(await made()).toEqual(['0: 0-2000 true', '1: 2000-4000 true'])
    expect(reasons).toEqual([])
  })

  it('may reorder its frames otherwise than the default one', async () => {
    aligned.boundary(boundary(0, 80))
    frames(0, 1920, (time) => time === 0, 80)
    aligned.boundary(boundary(1, 2000))
    frames(1920, 3920, (time) => time === 1920, 80)
    expect(await made()).toEqual(['0: 80-2000 true', '1: 2000-4000 true'])
  })

  it('may be some milliseconds beside a boundary, and begins exactly there', async () => {
    aligned.boundary(boundary(0, 0))
    frames(0, 2000, (time) => time === 0)
    aligned.boundary(boundary(1, 2005))
    frames(2000, 4000, (time) => time === 2000)
    expect(await made()).toEqual(['0: 0-2005 true', '1: 2005-4005 true'])
  })

  it.each([
    ['no keyframe at a boundary', 40_000],
    ['one that is too early', 1920],
    ['one that is too late', 2040],
  ])('that has %s is given up with what it had', async (_, keyframe) => {
    aligned.boundary(boundary(0, 0))
    frames(0, 2000, (time) => time === 0 || time === keyframe)
    aligned.boundary(boundary(1, 2000))
    frames(2000, 4000, (time) => time === keyframe)
    aligned.boundary(boundary(2, 4000))
    frames(4000, 6000, (time) => time === 4000)
    expect(await made()).toEqual(['0: 0-2000 true'])
    expect(reasons).toEqual([expect.stringContaining('segment 1 begins, at 2 s')])
  })

  it('never goes out when it was beside the boundaries from the start', async () => {
    aligned.boundary(boundary(3, 6000))
    frames(6000, 8000, (time) => time === 6520)
    expect(await made()).toEqual([])
    expect(output.events).toEqual([])
    expect(reasons).toHaveLength(1)
  })

  it('waits for a keyframe where the default picture was cut between its own', async () => {
    aligned.boundary(boundary(0, 0, false))
    frames(0, 2000, () => false)
    aligned.boundary(boundary(1, 2000, false))
    frames(2000, 4000, (time) => time === 2000)
    aligned.boundary(boundary(2, 4000, false))
    frames(4000, 6000, () => false)
    expect(await made()).toEqual(['1: 2000-4000 true', '2: 4000-6000 false'])
    expect(reasons).toEqual([])
  })

  it('has a gap where it has no frames for a segment', async () => {
    aligned.boundary(boundary(0, 0))
    frames(0, 2000, (time) => time === 0)
    aligned.boundary(boundary(1, 2000))
    aligned.boundary(boundary(2, 4000))
    frames(4000, 6000, (time) => time === 4000)
    const [first, second] = await made()
    expect([first?.split(':')[0], second]).toEqual(['0', '2: 4000-6000 true'])
    expect(reasons).toEqual([])
  })
})
