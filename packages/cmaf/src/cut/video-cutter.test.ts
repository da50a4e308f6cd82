import { ByteReader, concatBytes, epochMillis, millis, ticks } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { readBoxes } from '../box/box-reader.ts'
import { readFragments } from '../testing/fragments.ts'
import { VIDEO_TRACK } from '../testing/tracks.ts'
import type { CutEvent, PartCut, SegmentCut } from './cut-event.ts'
import { VideoCutter, type VideoCutterOptions } from './video-cutter.ts'

const MS = 90
/** A tick in milliseconds. */
const TICK = 1 / MS

/** A frame by its decode and presentation time in milliseconds; `K` makes it a keyframe. */
function frame(dts: number, pts = dts, kind: 'K' | 'P' = 'P'): Packet {
  return {
    kind: 'video',
    dts: ticks(dts * MS),
    pts: ticks(pts * MS),
    keyframe: kind === 'K',
    data: Uint8Array.of(dts & 0xff, dts >> 8),
  }
}

function mark(number: number, time: number, discontinuity = false): Boundary {
  return { number, time: millis(time), independent: true, discontinuity }
}

function cutter(options: Partial<VideoCutterOptions> = {}): VideoCutter {
  return new VideoCutter({ track: VIDEO_TRACK, partTarget: millis(100), ...options })
}

function closeTo(time: number): number {
  return expect.closeTo(time, 6)
}

function segments(events: readonly CutEvent[]): SegmentCut[] {
  return events.filter((event) => event.type === 'segment')
}

function parts(events: readonly CutEvent[], segment?: number): PartCut[] {
  return events.filter(
    (event) => event.type === 'part' && (segment ?? event.segment) === event.segment,
  ) as PartCut[]
}

/** Decode times in milliseconds of all samples as their boxes have them, in order. */
function decodeTimes(events: readonly CutEvent[]): number[] {
  return readFragments(concatBytes(parts(events).flatMap((part) => part.pieces))).flatMap((fragment) => {
    let time = fragment.baseDecodeTime
    return fragment.samples.map((sample) => {
      time += sample.duration
      return (time - sample.duration) / MS
    })
  })
}

describe("boundaries placed 'next-packet'", () => {
  it('begin a segment at the next packet, whatever it is, at exactly their time', () => {
    const cut = cutter()
    cut.boundary(mark(7, 1000), 'next-packet')
    cut.packet(frame(960, 1000, 'K'))
    cut.packet(frame(1000, 1080))
    cut.boundary(mark(8, 1090), 'next-packet')
    cut.packet(frame(1040, 1090))
    cut.end()
    const events = cut.events()
    expect(segments(events)).toEqual([
      expect.objectContaining({ segment: 7, start: 1000 * MS, duration: 90 * MS, independent: true }),
      expect.objectContaining({ segment: 8, start: 1090 * MS, duration: 3000, independent: false }),
    ])
    expect(decodeTimes(events)).toEqual([1000, 1080, 1090])
  })

  it('drop and count what comes before the first', () => {
    const cut = cutter()
    cut.packet(frame(0, 0, 'K'))
    cut.boundary(mark(0, 40), 'next-packet')
    cut.packet(frame(40, 40, 'K'))
    cut.end()
    expect(cut.counts.dropped).toBe(1)
    expect(decodeTimes(cut.events())).toEqual([40])
  })

  it('without a packet in between are reported as skipped, and hand on their discontinuity', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0), 'next-packet')
    cut.packet(frame(0, 0, 'K'))
    cut.boundary(mark(1, 500, true), 'next-packet')
    cut.boundary(mark(2, 900), 'next-packet')
    cut.packet(frame(900, 900, 'K'))
    cut.boundary(mark(3, 2000), 'next-packet')
    cut.end()
    expect(cut.events().map((event) => [event.type, event.segment])).toEqual([
      ['part', 0],
      ['segment', 0],
      ['skipped', 1],
      ['part', 2],
      ['segment', 2],
      ['skipped', 3],
    ])
    expect(cut.counts).toEqual({ dropped: 0, skipped: 2, late: 0, overlong: 0 })
  })
})

describe("boundaries placed by 'time'", () => {
  it('wait for the keyframe, which may be 8 ms early', () => {
    const cut = cutter()
    for (const time of [0, 1000, 2000]) cut.boundary(mark(time / 1000, time), 'time')
    cut.packet(frame(-30, 0, 'K'))
    cut.packet(frame(900, 991, 'K'))
    cut.packet(frame(910, 992, 'K'))
    cut.packet(frame(1900, 2010, 'K'))
    cut.end()
    const events = cut.events()
    expect(segments(events).map(({ segment, start }) => [segment, start / MS])).toEqual([
      [0, 0],
      [1, 1000],
      [2, 2000],
    ])
    expect(decodeTimes(events)).toEqual([0, 900, 1000, 2000])
  })

  it('take a packet decoded at their time when no keyframe came', () => {
    const cut = cutter()
    for (const time of [0, 1000]) cut.boundary(mark(time / 1000, time), 'time')
    for (const packet of [frame(0, 0, 'K'), frame(999, 1040), frame(1000, 1041), frame(1010, 1050, 'K')]) {
      cut.packet(packet)
    }
    cut.end()
    const events = cut.events()
    expect(segments(events)[1]).toMatchObject({ segment: 1, start: 1000 * MS, independent: false })
    expect(decodeTimes(events)).toEqual([0, 999, 1000, closeTo(1020 - TICK)])
  })

  it('skip those that the same packet reaches', () => {
    const cut = cutter()
    for (const number of [0, 1, 2]) cut.boundary(mark(number, number * 100), 'time')
    cut.packet(frame(0, 0, 'K'))
    cut.packet(frame(250, 250, 'K'))
    cut.end()
    expect(cut.events().map((event) => `${event.type} ${event.segment}`)).toContain('skipped 1')
  })
})

describe('durations', () => {
  it('are not stretched over a discontinuity, nor at the end', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0), 'next-packet')
    for (const time of [0, 30, 70]) cut.packet(frame(time, time, time === 0 ? 'K' : 'P'))
    cut.boundary(mark(1, 5000, true), 'next-packet')
    cut.packet(frame(5000, 5000, 'K'))
    cut.packet(frame(5020))
    cut.end()
    expect(
      segments(cut.events()).map(({ duration, discontinuity }) => [duration / MS, discontinuity]),
    ).toEqual([
      [110, false],
      [40, true],
    ])
  })

  it('come from the frame rate when there is only one frame', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0), 'next-packet')
    cut.packet(frame(0, 0, 'K'))
    cut.end()
    expect(segments(cut.events())[0]?.duration).toBe(3000)
  })

  it('shrink evenly when the reorder delay is smaller at the next boundary', () => {
    const cut = cutter({ partTarget: millis(500) })
    cut.boundary(mark(0, 60), 'next-packet')
    for (const time of [0, 20, 40, 60]) cut.packet(frame(time, time + 60, time === 0 ? 'K' : 'P'))
    cut.boundary(mark(1, 100), 'next-packet')
    cut.packet(frame(80, 100, 'K'))
    cut.end()
    const events = cut.events()
    expect(decodeTimes(events)).toEqual([60, 80, closeTo(100 - 2 * TICK), closeTo(100 - TICK), 100])
    expect(cut.counts.late).toBe(0)
  })

  it('let a segment begin late only when parts are already out beyond its boundary', () => {
    const cut = cutter({ partTarget: millis(40) })
    cut.boundary(mark(0, 60), 'next-packet')
    for (const time of [0, 20, 40, 60]) cut.packet(frame(time, time + 60, time === 0 ? 'K' : 'P'))
    cut.boundary(mark(1, 90), 'next-packet')
    cut.packet(frame(80, 90, 'K'))
    cut.packet(frame(100, 110))
    cut.end()
    const events = cut.events()
    const [first, second] = segments(events)
    expect(second?.start).toBe((first?.start ?? 0) + (first?.duration ?? 0))
    expect(second?.start).toBe(100 * MS + 2)
    expect(cut.counts.late).toBe(1)
  })
})

describe('decode times of the boxes', () => {
  /** As x264 orders them: presented two frames after their decode time, and a boundary before each keyframe. */
  const REORDERED = [0, 120, 40, 80, 240, 160, 200].map((shown, index) =>
    frame(920 + 40 * index, 1000 + shown, shown === 0 ? 'K' : 'P'),
  )

  function cutReordered(partTarget: number): CutEvent[] {
    const cut = cutter({ partTarget: millis(partTarget) })
    cut.boundary(mark(0, 1000), 'next-packet')
    for (const packet of REORDERED) cut.packet(packet)
    cut.boundary(mark(1, 1280), 'next-packet')
    cut.packet(frame(1200, 1280, 'K'))
    return cut.events()
  }

  it("are the encoder's own from the segment's start on, those before it follow it tick by tick", () => {
    expect(decodeTimes(cutReordered(120)).slice(0, 4)).toEqual([
      1000,
      closeTo(1000 + TICK),
      closeTo(1000 + 2 * TICK),
      1040,
    ])
  })

  it('are as late as presentation allows where the segment ends, so that its last picture is shown up to there', () => {
    const events = cutReordered(300)
    expect(parts(events)).toHaveLength(1)
    expect(decodeTimes(events)).toEqual([
      1000,
      closeTo(1040 - TICK),
      1040,
      1080,
      closeTo(1160 - TICK),
      1160,
      1200,
    ])
  })

  it('give no picture a negative composition offset', () => {
    for (const partTarget of [40, 80, 120, 160, 300]) {
      const fragments = readFragments(
        concatBytes(parts(cutReordered(partTarget)).flatMap(({ pieces }) => pieces)),
      )
      const offsets = fragments.flatMap(({ samples }) => samples.map((sample) => sample.compositionOffset))
      expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0)
    }
  })

  it('leave parts announced by times that are shifted by the reordering delay', () => {
    const announced = parts(cutReordered(120)).map(({ start, duration }) => [start / MS, duration / MS])
    expect(announced).toEqual([
      [1000, 120],
      [1120, 120],
      [1240, 40],
    ])
  })
})

describe('parts', () => {
  it('are as long as possible and never longer than the target', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0), 'next-packet')
    for (let time = 0; time < 400; time += 30) cut.packet(frame(time, time, time % 120 === 0 ? 'K' : 'P'))
    cut.boundary(mark(1, 420), 'next-packet')
    cut.packet(frame(420, 420, 'K'))
    const events = cut.events()
    expect(parts(events).map(({ part, start, duration }) => [part, start / MS, duration / MS])).toEqual([
      [0, 0, 90],
      [1, 90, 90],
      [2, 180, 90],
      [3, 270, 90],
      [4, 360, 60],
    ])
    expect(parts(events).map((part) => part.independent)).toEqual([true, false, false, false, true])
  })

  it('are out as soon as another frame would not fit, without waiting for it', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0), 'next-packet')
    for (const time of [0, 30, 60]) cut.packet(frame(time))
    expect(cut.events()).toEqual([])
    cut.packet(frame(90))
    expect(parts(cut.events())).toHaveLength(1)
  })

  it('join into the segment', () => {
    const cut = cutter({ styp: true })
    cut.boundary(mark(300, 0), 'next-packet')
    for (let time = 0; time < 400; time += 30) cut.packet(frame(time))
    cut.end()
    const events = cut.events()
    const all = parts(events, 300)
    expect(all.map((part) => part.offset)).toEqual(
      all.map((_, index) => concatBytes(all.slice(0, index).flatMap((part) => part.pieces)).length),
    )
    expect(segments(events)[0]?.size).toBe(concatBytes(all.flatMap((part) => part.pieces)).length)
    expect(all.map((part) => Buffer.from(concatBytes(part.pieces)).toString('latin1', 4, 8))).toEqual(
      all.map((_, index) => (index === 0 ? 'styp' : 'moof')),
    )
    expect(
      readFragments(concatBytes(all.flatMap((part) => part.pieces))).map((each) => each.sequenceNumber),
    ).toEqual(all.map((_, index) => 300 * 256 + index + 1))
  })

  it('hold a single sample that is longer than the target, and count it', () => {
    const cut = cutter()
    cut.boundary(mark(0, 0), 'next-packet')
    for (const time of [0, 30, 530, 560]) cut.packet(frame(time))
    cut.end()
    expect(parts(cut.events()).map((part) => part.duration / MS)).toEqual([30, 500, 60])
    expect(cut.counts.overlong).toBe(1)
  })
})

describe('misuse', () => {
  it('is refused', () => {
    const cut = cutter()
    cut.boundary(mark(1, 100), 'time')
    const wrongOrder = expect.objectContaining({ code: 'cmaf.cut.boundary_order' })
    expect(() => cut.boundary(mark(1, 200), 'time')).toThrow(wrongOrder)
    expect(() => cut.boundary(mark(2, 100), 'time')).toThrow(wrongOrder)
    expect(() => cut.packet({ ...frame(0), kind: 'audio' })).toThrow(
      expect.objectContaining({ code: 'cmaf.cut.not_video' }),
    )
    cut.end()
    expect(() => cut.packet(frame(0))).toThrow(expect.objectContaining({ code: 'cmaf.cut.ended' }))
  })
})

it('tells the wall clock at the start of each segment, and there alone', () => {
  const startedAt = epochMillis(Date.UTC(2026, 10, 22, 10))
  const cut = cutter({ startedAt })
  cut.boundary(mark(0, 0), 'next-packet')
  for (let time = 0; time < 240; time += 40) {
    if (time === 120) cut.boundary(mark(1, 120), 'next-packet')
    cut.packet(frame(time, time, time % 120 === 0 ? 'K' : 'P'))
  }
  cut.end()
  const told = parts(cut.events()).map(({ pieces }) => {
    const boxes = readBoxes('part', concatBytes([...pieces]))
    expect(boxes.map(({ type }) => type).slice(-2)).toEqual(['moof', 'mdat'])
    const reference = boxes.find(({ type }) => type === 'prft')
    if (reference === undefined) return undefined
    const reader = new ByteReader(reference.body)
    reader.skip(8)
    const [seconds, fraction] = [reader.u32be(), reader.u32be()]
    return { wallClock: seconds + fraction / 2 ** 32, time: Number(reader.u64be()) / MS }
  })
  const started = startedAt / 1000 + 2_208_988_800
  expect(told).toEqual([
    { wallClock: started, time: 0 },
    undefined,
    { wallClock: expect.closeTo(started + 0.12, 6), time: 120 },
    undefined,
  ])
})
