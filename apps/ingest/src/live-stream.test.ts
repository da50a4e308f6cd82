import { segmentRules } from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame } from '@sluice/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'

const NOW = epochMillis(1_700_000_000_000)

describe('a live stream', () => {
  let stream: LiveStream
  let woken: number

  beforeEach(() => {
    stream = new LiveStream(segmentRules(2))
    woken = 0
    stream.subscribe(() => {
      woken += 1
    })
    stream.beginSession()
  })

  const video = (time: number): void => {
    stream.video(time, time === 0 ? AVC_CONFIGURATION : avcFrame(time % 1000 === 1, 64), NOW)
    stream.flush()
  }
  const audio = (time: number): void => {
    stream.audio(time, time === 0 ? AAC_CONFIGURATION : aacFrame(), NOW)
    stream.flush()
  }

  it('tells feeds of sound together with the next picture', () => {
    video(0)
    audio(0)
    video(1)
    woken = 0
    for (const time of [2, 23]) audio(time)
    expect(woken).toBe(0)
    video(34)
    expect(woken).toBe(1)
    expect(stream.ring.at(stream.ring.end - 1)).toMatchObject({ type: 'video' })
    expect(stream.ring.at(stream.ring.end - 2)).toMatchObject({ type: 'audio' })
  })

  it('tells feeds of some sound at a time while pictures stall, and of all of it when the publisher is gone', () => {
    video(0)
    audio(0)
    video(1)
    woken = 0
    for (let i = 0; i < 17; i++) audio(2 + i * 21)
    expect(woken).toBe(2)
    stream.settle()
    expect(woken).toBe(3)
    stream.settle()
    expect(woken).toBe(3)
  })

  it('tells feeds of every packet of a stream without pictures', () => {
    stream.clock.hints({ hasVideo: false, hasAudio: true })
    audio(0)
    for (let i = 1; i <= 5; i++) audio(i * 21)
    expect(woken).toBe(5)
  })
})
