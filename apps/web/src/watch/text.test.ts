import { describe, expect, it } from 'vitest'
import type { Level } from './player.ts'
import { levelLabels, noticeOf, statsText } from './text.ts'

const level = (index: number, height: number | undefined, bitrate: number, frameRate?: number): Level => ({
  index,
  width: undefined,
  height,
  frameRate,
  bitrate,
})

describe('noticeOf', () => {
  it('counts down to the next look', () => {
    const waiting = { type: 'waiting', cause: 'absent', looks: 1, retryAt: 3000 } as const
    expect(noticeOf(waiting, 1000)).toEqual({
      title: 'Waiting for the stream to start',
      detail: 'Looking again in 2 s',
      busy: true,
    })
    expect(noticeOf(waiting, 2999)?.detail).toBe('Looking again in 1 s')
    expect(noticeOf({ ...waiting, retryAt: undefined }, 3000)?.detail).toBe('Looking now …')
  })

  it('leaves a playing video alone', () => {
    expect(noticeOf({ type: 'playing', since: 0, losses: 0 }, 0)).toBeUndefined()
  })
})

describe('levelLabels', () => {
  it('names sizes, high frame rates and what tells equals apart', () => {
    expect(
      levelLabels([
        level(0, 1080, 6_000_000, 60),
        level(1, 720, 3_000_000, 29.97),
        level(2, 720, 1_500_000),
        level(3, undefined, 128_000),
      ]),
    ).toEqual(['1080p60', '720p 3.0 Mbit/s', '720p 1.5 Mbit/s', '128 kbit/s'])
  })
})

describe('statsText', () => {
  const stats = { behind: 0, buffer: 1.26, droppedFrames: 0, totalFrames: 0, automatic: true }

  it('prints a dash for what is not known', () => {
    expect(statsText({ ...stats, latency: undefined, level: undefined }, [])).toEqual({
      latency: '–',
      buffer: '1.3 s',
      dropped: '–',
      rung: '–',
    })
  })

  it('prints what is known', () => {
    const known = { ...stats, latency: 2.04, level: 5, droppedFrames: 3, totalFrames: 90 }
    expect(statsText(known, [level(5, 720, 3_000_000)])).toMatchObject({
      latency: '2.0 s',
      dropped: '3 of 90',
      rung: '720p, 3.0 Mbit/s',
    })
  })
})
