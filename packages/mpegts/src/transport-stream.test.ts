import { concatBytes, errorCode, ticks, toHex, VIDEO_TIMESCALE } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32 } from './crc32.ts'
import { AUDIO, picture, sound, VIDEO } from './testing/media.ts'
import { readTransportStream } from './testing/read-transport-stream.ts'
import { writeTransportStream } from './transport-stream.ts'

const RUNS = { numRuns: Number(process.env.FC_RUNS ?? 100) }
const OFFSET = 900_000
const VIDEO_PID = 0x100
const AUDIO_PID = 0x101

/** Two seconds of 25 pictures a second, and their sound. */
const PICTURES = Array.from({ length: 50 }, (_, index) => picture(index / 25, { delay: 0.04 }))
const BOTH = {
  segment: 7,
  video: { track: VIDEO, packets: PICTURES },
  audio: { track: AUDIO, packets: sound(0, 2) },
}

describe('program tables', () => {
  test('name the streams, with the check sum of a known table', () => {
    const { sections } = readTransportStream(writeTransportStream(BOTH))
    // Of one program whose PMT is at 0x1000, as ffmpeg writes it too.
    expect(toHex(sections.get(0)?.subarray(0, 16) ?? new Uint8Array(0))).toBe(
      '00b00d0001c100000001f0002ab104b2',
    )
    const map = sections.get(0x1000)?.subarray(0, 26) ?? new Uint8Array(0)
    expect(toHex(map.subarray(0, 22))).toBe('02b0170001c10000e100f0001be100f0000fe101f000')
    expect(crc32(map)).toBe(0)
  })

  test('leave out what is not there', () => {
    const { sections, pids, clocks } = readTransportStream(
      writeTransportStream({ segment: 0, audio: BOTH.audio }),
    )
    expect(toHex(sections.get(0x1000)?.subarray(0, 17) ?? new Uint8Array(0))).toBe(
      '02b0120001c10000e101f0000fe101f000',
    )
    expect(pids).toEqual([0, 0x1000, AUDIO_PID])
    expect(new Set(clocks.map(({ pid }) => pid))).toEqual(new Set([AUDIO_PID]))
  })

  test('name the sound of a segment that has none of it', () => {
    const { sections, pids } = readTransportStream(writeTransportStream({ ...BOTH, audio: 'silent' }))
    expect(sections.get(0x1000)).toEqual(readTransportStream(writeTransportStream(BOTH)).sections.get(0x1000))
    expect(pids).toEqual([0, 0x1000, VIDEO_PID])
  })

  test('are all there is of a segment without packets', () => {
    const nothing = { segment: 0, video: { track: VIDEO, packets: [] }, audio: { track: AUDIO, packets: [] } }
    expect(readTransportStream(writeTransportStream(nothing)).pids).toEqual([0, 0x1000])
  })
})

describe('pictures', () => {
  const units = readTransportStream(writeTransportStream(BOTH)).units.filter(({ pid }) => pid === VIDEO_PID)

  test('are access units of a byte stream, parameter sets first', () => {
    const [first, second] = units
    expect(toHex(first?.payload.subarray(0, 44) ?? new Uint8Array(0))).toBe(
      '0000000109f0' + '000000016742c00cda05067e7c0440000003004000000c83c50aa8' + '0000000168ce0fc8000000',
    )
    expect(toHex(second?.payload.subarray(0, 11) ?? new Uint8Array(0))).toBe('0000000109f00000000141')
    expect(units.map(({ randomAccess }) => randomAccess)).toEqual(PICTURES.map(({ keyframe }) => keyframe))
  })

  test('keep parameter sets and delimiters of their own', () => {
    const unit = (...nals: readonly number[][]): Uint8Array =>
      concatBytes(nals.map((nal) => Uint8Array.of(0, 0, 0, nal.length, ...nal)))
    const data = unit([9, 0x10], [0x67, 1], [0x68, 2], [0x65, 3])
    const packets = [{ ...picture(0), data }]
    const [own] = readTransportStream(
      writeTransportStream({ segment: 0, video: { track: VIDEO, packets } }),
    ).units
    expect(toHex(own?.payload ?? new Uint8Array(0))).toBe('0000000109f0000000016701000000016802000000016503')
  })

  test('have the times of their presentation, ten seconds ahead', () => {
    expect(units.slice(0, 2).map(({ pts, dts }) => [pts, dts])).toEqual([
      [OFFSET + 3600, OFFSET],
      [OFFSET + 7200, OFFSET + 3600],
    ])
  })

  test('have times that go round after 33 bits', () => {
    const late = 2 ** 33 - OFFSET + 90
    const packets = [{ ...picture(0), dts: ticks(late), pts: ticks(late + 3600) }]
    const read = readTransportStream(writeTransportStream({ segment: 0, video: { track: VIDEO, packets } }))
    expect(read.units).toMatchObject([{ dts: 90, pts: 3690 }])
    expect(read.clocks).toMatchObject([{ value: 2 ** 33 + 90 - 63_000 }])
  })
})

describe('sound', () => {
  test('has a header on each frame, several frames to a PES packet', () => {
    const units = readTransportStream(writeTransportStream(BOTH)).units.filter(({ pid }) => pid === AUDIO_PID)
    const [first] = units
    // 307 bytes a frame, variable rate: 0xfff1, LC, index 3, two channels.
    expect(toHex(first?.payload.subarray(0, 9) ?? new Uint8Array(0))).toBe('fff14c80267ffc0909')
    expect(first?.payload.length).toBe(4 * 307)
    expect(first?.length).toBe(4 * 307 + 8)
    expect(units.map(({ pts }) => pts)).toEqual(
      units.map((_, index) => OFFSET + Math.round((index * 4 * 1024 * 90_000) / 48_000)),
    )
  })

  test('begins another PES packet where time jumps', () => {
    const packets = [...sound(0, 0.05), ...sound(1, 1.05)]
    const { units } = readTransportStream(
      writeTransportStream({ segment: 0, audio: { track: AUDIO, packets } }),
    )
    expect(units.map(({ pts }) => (pts - OFFSET) / 90_000)).toEqual([0, expect.closeTo(1.003, 3)])
  })

  test('is refused where ADTS has no number for it', () => {
    const config = Uint8Array.of(0x17, 0x80, 0x12, 0xc0, 0x10) // 9600 Hz, written out
    const audio = { track: { ...AUDIO, config }, packets: sound(0, 1) }
    const code = (run: () => unknown): string => {
      try {
        run()
      } catch (error) {
        return errorCode(error)
      }
      return 'none'
    }
    expect(code(() => writeTransportStream({ segment: 0, audio }))).toBe('mpegts.adts.unrepresentable')
    const opus = { track: { ...AUDIO, codec: 'opus' as const }, packets: [] }
    expect(code(() => writeTransportStream({ segment: 0, audio: opus }))).toBe('mpegts.codec')
    const long = { track: AUDIO, packets: sound(0, 0.02, 8185) }
    expect(code(() => writeTransportStream({ segment: 0, audio: long }))).toBe('mpegts.adts.unrepresentable')
  })
})

test('the clock comes at least every tenth of a second, ahead of what it is for, and never goes back', () => {
  const slow = [0, 0.5, 1, 1.5].map((time) => picture(time))
  const video = { track: VIDEO, packets: slow }
  const { clocks, units } = readTransportStream(writeTransportStream({ ...BOTH, video }))
  const values = clocks.map(({ value }) => value)
  expect(values).toEqual(values.toSorted((a, b) => a - b))
  for (const [index, value] of values.slice(1).entries())
    expect(value - (values[index] ?? 0)).toBeLessThanOrEqual(90_000 / 5)
  for (const { dts } of units) expect(dts).toBeGreaterThan(values[0] ?? 0)
})

const segmentsOfMedia = fc.record({
  sizes: fc.array(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }), {
    minLength: 2,
    maxLength: 5,
  }),
  frame: fc.integer({ min: 1, max: 700 }),
  rate: fc.constantFrom(1, 5, 25, 60),
  hasAudio: fc.boolean(),
})

test('segments made apart continue each other, and nothing is lost in them', () => {
  fc.assert(
    fc.property(segmentsOfMedia, ({ sizes, frame, rate, hasAudio }) => {
      let time = 0
      const segments = sizes.map((each, segment) => {
        const from = time
        const packets = each.map((size) => {
          const packet = picture(0, { size })
          const dts = ticks(Math.round(time * VIDEO_TIMESCALE))
          time += 1 / rate
          return { ...packet, dts, pts: dts }
        })
        const audio = hasAudio ? { track: AUDIO, packets: sound(from, time, frame) } : undefined
        return writeTransportStream({ segment: segment + 14, video: { track: VIDEO, packets }, audio })
      })
      const { broken, units } = readTransportStream(concatBytes(segments))
      expect(broken).toEqual([])
      const pictures = units.filter(({ pid }) => pid === VIDEO_PID)
      expect(pictures.map(({ payload }) => payload.length)).toEqual(sizes.flat().map((size) => size + 45))
      const heard = units.filter(({ pid }) => pid === AUDIO_PID)
      const bytes = heard.reduce((sum, { payload }) => sum + payload.length, 0)
      expect(bytes).toBe(hasAudio ? sound(0, time).length * (frame + 7) : 0)
      for (const { length, payload } of heard) expect(length).toBe(payload.length + 8)
    }),
    RUNS,
  )
})

test('the same packets give the same bytes', () => {
  expect(writeTransportStream(BOTH)).toEqual(writeTransportStream(BOTH))
})
