import { segmentRules } from '@sluice/broadcast'
import { epochMillis } from '@sluice/core'
import { AAC_CONFIGURATION, AVC_CONFIGURATION, aacFrame, avcFrame } from '@sluice/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { LiveStream } from './live-stream.ts'
import { colorInfoMessage } from './testing/color-info.ts'
import { entriesOf } from './testing/entries.ts'

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

describe('a stream whose colours change', () => {
  /** A second with a keyframe, ten frames and sound between. */
  const second = (stream: LiveStream, from: number, before?: Uint8Array): void => {
    for (let frame = 0; frame < 10; frame++) {
      const time = from + frame * 100
      // In the middle of the second before: the change waits for the keyframe.
      if (frame === 5 && before !== undefined) stream.video(time, before, NOW)
      stream.video(time, avcFrame(frame === 0, 64), NOW)
      for (let packet = 0; packet < 5; packet++) stream.audio(time + packet * 20, aacFrame(), NOW)
    }
  }

  it('gets a new run, with one discontinuity, at the next keyframe, and loses no frame', () => {
    const stream = new LiveStream(segmentRules(1), { awaitsWorker: true })
    stream.beginSession()
    stream.video(0, AVC_CONFIGURATION, NOW)
    stream.audio(0, AAC_CONFIGURATION, NOW)
    stream.video(0, colorInfoMessage('avc1', 16), NOW)
    second(stream, 0)
    second(stream, 1000, colorInfoMessage('avc1', 18))
    second(stream, 2000, colorInfoMessage('avc1', 18))
    second(stream, 3000)
    stream.flush()
    const told: string[] = []
    let frames = 0
    for (const entry of entriesOf(stream)) {
      if (entry.type === 'video') frames += 1
      if (entry.type === 'tracks') told.push(`transfer ${entry.video?.track.colour?.description?.transfer}`)
      if (entry.type === 'boundary')
        told.push(`${entry.boundary.time}${entry.boundary.discontinuity ? ' discontinuity' : ''}`)
    }
    expect(told).toEqual(['transfer 16', '0', '1000', 'transfer 18', '2000 discontinuity', '3000'])
    expect(frames).toBe(40)
  })
})
