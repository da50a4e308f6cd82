import { epochMillis, millis, ticks, VIDEO_TIMESCALE } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'
import { describe, expect, it } from 'vitest'
import { progressOf } from './resume.ts'

const start: TimelineEvent = {
  type: 'start',
  broadcast: 'b',
  startedAt: epochMillis(0),
  targetDuration: 2,
  partTarget: millis(250),
}
const rendition = (id: string, version?: number): TimelineEvent => ({
  type: 'rendition',
  rendition: {
    id,
    kind: 'video',
    order: 0,
    codecString: 'avc1.64001f',
    timescale: VIDEO_TIMESCALE,
    nominalBitrate: undefined,
    width: 1280,
    height: 720,
    frameRate: 30,
    audio: undefined,
    init: version === undefined ? undefined : { version, name: `b.1.init${version}.mp4` },
  },
})
const segment = (id: string, number: number): TimelineEvent => ({
  type: 'segment',
  rendition: id,
  segment: number,
  name: `b.1.0.${number}.m4s`,
  init: 0,
  start: ticks(0),
  duration: ticks(180_000),
  independent: true,
  size: 1,
})

describe('where a new worker goes on', () => {
  it('at the start of a broadcast nobody worked on', () => {
    const progress = progressOf([])
    expect(progress).toMatchObject({ started: false, ended: false, nextSegment: 0, renditions: [] })
    expect(progress.resume('source')).toEqual({ segment: 0, initVersion: 0, segments: [] })
  })

  it('at the first segment that some rendition lacks, each behind its own last one', () => {
    const progress = progressOf([
      start,
      rendition('source', 0),
      rendition('720p', 0),
      segment('source', 0),
      segment('720p', 0),
      segment('source', 1),
      rendition('source', 1),
      segment('source', 2),
    ])
    expect(progress).toMatchObject({ started: true, nextSegment: 1 })
    expect(progress.resume('source')).toEqual({
      segment: 3,
      initVersion: 2,
      segments: [0, 1, 2].map((number) => ({ name: `b.1.0.${number}.m4s`, millis: 2000 })),
    })
    expect(progress.resume('720p')).toMatchObject({
      segment: 1,
      initVersion: 1,
      segments: [{ millis: 2000 }],
    })
  })

  it('from the start for a rendition that was announced and never made', () => {
    expect(
      progressOf([start, rendition('source', 0), segment('source', 0), rendition('720p')]).nextSegment,
    ).toBe(0)
  })

  it('regardless of a rendition that was taken out', () => {
    const events = [start, rendition('source', 0), rendition('720p', 0), segment('source', 4)]
    const removed: TimelineEvent = { type: 'rendition-removed', rendition: '720p', reason: 'too slow' }
    expect(progressOf([...events, removed])).toMatchObject({ nextSegment: 5, renditions: ['source'] })
  })

  it('nowhere when the broadcast has ended', () => {
    expect(progressOf([start, { type: 'end' }]).ended).toBe(true)
  })
})
