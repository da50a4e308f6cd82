import { type EpochMillis, epochMillis } from '@sluice/core'
import { aacTrack, h264Track } from '@sluice/media'
import {
  AAC_CONFIGURATION,
  AAC_RECORD,
  AVC_CONFIGURATION,
  AVC_RECORD,
  aacFrame,
  avcFrame,
} from '@sluice/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { isLastEntry, type StreamEntry } from '../entry.ts'
import { segmentRules } from './boundary-decider.ts'
import { DATA_BYTES_PER_SECOND, DATA_EVENTS_PER_SECOND } from './data-rate.ts'
import { StreamClock } from './stream-clock.ts'

const START = 1_700_000_000_000

describe('data in a stream', () => {
  let clock: StreamClock
  let entries: StreamEntry[]
  /** The publisher's timestamp at time 0: its clock wraps after 100 ms. */
  const base = 2 ** 32 - 100

  const at = (time: number): number => (base + time) % 2 ** 32
  const now = (time: number): EpochMillis => epochMillis(START + time)
  const say = (time: number, options: { stamp?: number; bytes?: number; name?: string } = {}): void => {
    const { stamp = at(time), bytes = 10, name = `at ${time}` } = options
    clock.data({ timestamp: stamp, name, payload: new Uint8Array(bytes) }, now(time))
  }
  const picture = (time: number, keyframe = time % 1000 === 0, compositionOffset = 0): void => {
    clock.video({ timestamp: at(time), compositionOffset, keyframe, payload: avcFrame(keyframe) }, now(time))
  }
  const sound = (time: number): void => {
    clock.audio({ timestamp: at(time), payload: aacFrame() }, now(time))
  }
  const begin = (tracks: { video?: boolean; audio?: boolean } = {}): void => {
    const { video = true, audio = false } = tracks
    clock.beginSession()
    clock.hints({ hasVideo: video, hasAudio: audio })
    if (video) clock.videoTrack(h264Track(AVC_RECORD), AVC_CONFIGURATION)
    if (audio) clock.audioTrack(aacTrack(AAC_RECORD), AAC_CONFIGURATION)
  }
  /** Everything since the last call, in short: `boundary 0`, `video 40`, `at 55: 55`. */
  const brief = (): string[] =>
    clock.entries().flatMap((entry) => {
      entries.push(entry)
      if (entry.type === 'tracks' || entry.type === 'further-tracks' || isLastEntry(entry)) return []
      if (entry.type === 'boundary') return [`boundary ${entry.boundary.time}`]
      if (entry.type === 'data') return [`${entry.name}: ${entry.time}`]
      return [`${entry.type} ${entry.type === 'video' ? entry.dts : entry.time}`]
    })

  beforeEach(() => {
    clock = new StreamClock(segmentRules(2))
    entries = []
  })

  it('has the time of the pictures, over a wrap of the timestamps too', () => {
    begin()
    picture(0)
    say(15)
    picture(40)
    picture(120)
    say(110)
    expect(brief()).toEqual(['boundary 0', 'video 0', 'at 15: 15', 'video 40', 'video 120', 'at 110: 110'])
  })

  it('moves with pictures whose timestamps leap', () => {
    begin()
    picture(0)
    picture(40)
    const leap = 50_000_000
    const leapt = (time: number): number => (at(time) + leap) % 2 ** 32
    clock.video(
      { timestamp: leapt(80), compositionOffset: 0, keyframe: false, payload: avcFrame(false) },
      now(80),
    )
    brief()
    say(95, { stamp: leapt(95) })
    expect(brief()).toEqual(['at 95: 95'])
  })

  it('is due when it comes where its timestamps are of another clock', () => {
    begin()
    picture(0)
    picture(5_000)
    brief()
    say(5_010, { stamp: 0 })
    say(5_020, { stamp: 123_456_789 })
    expect(brief()).toEqual(['at 5010: 5000', 'at 5020: 5000'])
  })

  it('waits for the first picture, and is due with it at the earliest', () => {
    begin()
    say(0)
    say(10)
    picture(20, false)
    say(30)
    picture(40, true, 80)
    say(50)
    // The picture that cannot be decoded is where time begins.
    expect(brief()).toEqual([
      'boundary 100',
      'at 0: 100',
      'at 10: 100',
      'at 30: 100',
      'video 20',
      'at 50: 30',
    ])
    expect(clock.counters.dataDropped).toBe(0)
  })

  it('has the time of the sound where there are no pictures', () => {
    begin({ video: false, audio: true })
    sound(0)
    say(10)
    sound(21)
    expect(brief()).toEqual(['boundary 0', 'audio 0', 'at 10: 10', 'audio 21'])
  })

  it('is given up with a publisher that showed nothing', () => {
    begin()
    say(0)
    clock.endSession()
    begin()
    picture(1000)
    expect(brief()).toEqual(['boundary 0', 'video 0'])
    expect(clock.counters.dataDropped).toBe(1)
  })

  it('goes on behind a reconnect, on the time of the new session', () => {
    begin()
    picture(0)
    clock.endSession()
    begin()
    clock.video(
      { timestamp: 7_000, compositionOffset: 0, keyframe: true, payload: avcFrame(true) },
      now(60_000),
    )
    say(60_010, { stamp: 7_010 })
    expect(brief()).toEqual(['boundary 0', 'video 0', 'boundary 60000', 'video 60000', 'at 60010: 60010'])
  })

  it('has a limit for each second, in events and in bytes', () => {
    begin()
    picture(0)
    brief()
    for (let i = 0; i < DATA_EVENTS_PER_SECOND + 5; i++) say(100)
    expect(brief()).toHaveLength(DATA_EVENTS_PER_SECOND)
    expect(clock.counters.dataDropped).toBe(5)
    picture(1_200)
    brief()
    for (let i = 0; i < 5; i++) say(1_300, { bytes: DATA_BYTES_PER_SECOND / 4 })
    expect(brief()).toHaveLength(4)
    expect(clock.counters.dataDropped).toBe(6)
  })

  it('has a limit while it waits for a picture', () => {
    begin()
    for (let second = 0; second < 3; second++)
      for (let i = 0; i < DATA_EVENTS_PER_SECOND; i++) say(second * 1_000)
    picture(3_000)
    expect(brief().filter((line) => line.startsWith('at '))).toHaveLength(100)
    expect(clock.counters.dataDropped).toBe(2 * DATA_EVENTS_PER_SECOND)
  })
})
