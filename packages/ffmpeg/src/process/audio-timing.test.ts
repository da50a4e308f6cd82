import { millis } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { audioRung, planOf, rung } from '../testing/plans.ts'
import { decodeAudio, probePackets, probeStream } from '../testing/probe.ts'
import { outputOf, type Run, runToEnd } from '../testing/run.ts'
import { type FlvTag, flvSource, flvTags, hasFfmpeg, joinFlv } from '../testing/sources.ts'

const FRAME = 1024
const VIDEO_RUNG = rung(256, 144)

/** The start of each packet in samples; every packet but the first follows the one before without a gap. */
function starts(run: Run): number[] {
  const packets = probePackets(outputOf(run, 'audio-128k'), 'a')
  const times = packets.map(({ pts }) => pts)
  expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * FRAME))
  return times
}

/** The FLV with its tags' times changed, and tags left out where `time` answers undefined. */
function retimed(flv: Buffer, time: (tag: FlvTag, index: number) => number | undefined): Buffer {
  const { header, tags } = flvTags(flv)
  const changed = tags.flatMap((tag, index) => {
    const to = time(tag, index)
    if (to === undefined) return []
    const bytes = Buffer.from(tag.bytes)
    bytes.writeUIntBE(to, 4, 3)
    return [{ ...tag, time: to, bytes }]
  })
  return joinFlv(header, changed)
}

describe.runIf(hasFfmpeg())('audio, with the real ffmpeg', () => {
  test.each([
    { sampleRate: 44_100, channels: 1, rung: audioRung({ sampleRate: 44_100, channels: 1 }) },
    { sampleRate: 44_100, channels: 2, rung: audioRung({ sampleRate: 44_100 }) },
    { sampleRate: 48_000, channels: 2, rung: audioRung() },
    { sampleRate: 48_000, channels: 6, rung: audioRung() },
    { sampleRate: 32_000, channels: 2, rung: audioRung() },
  ])('$sampleRate Hz with $channels channels', async ({ rung: wanted, ...source }) => {
    const flv = flvSource({ size: '320x180', seconds: 2, ...source })
    const run = await runToEnd(planOf([VIDEO_RUNG], wanted), flv)

    expect(run.report.cause).toBe('finished')
    expect(probeStream(outputOf(run, 'audio-128k'))).toMatchObject({
      codec_name: 'aac',
      sample_rate: `${wanted.sampleRate}`,
      channels: wanted.channels,
      time_base: `1/${wanted.sampleRate}`,
    })
    // The priming packet lies one frame before the source's first sample, whose time is in milliseconds.
    const first = probePackets(flv, 'a')[0]?.pts ?? 0
    const [priming = 0, ...rest] = starts(run)
    const primingMs = ((priming + FRAME) * 1000) / wanted.sampleRate
    expect(Math.abs(primingMs - first)).toBeLessThanOrEqual(1)
    expect((rest.length * FRAME) / wanted.sampleRate).toBeGreaterThanOrEqual(2)
  })

  test('an FLV of audio alone', async () => {
    const run = await runToEnd(planOf([], audioRung()), flvSource({ sampleRate: 48_000, seconds: 1 }))
    expect(run.report.cause).toBe('finished')
    expect(starts(run).length).toBeGreaterThanOrEqual(47)
  })

  test('jitter in timestamps does not move samples', async () => {
    const flv = flvSource({ size: '320x180', sampleRate: 48_000, seconds: 2 })
    const jittered = retimed(flv, (tag, index) =>
      tag.type === 'audio' ? tag.time + ((index * 7) % 9) : tag.time,
    )
    const even = await runToEnd(planOf([VIDEO_RUNG], audioRung()), flv)
    const uneven = await runToEnd(planOf([VIDEO_RUNG], audioRung()), jittered)
    expect(starts(uneven)).toHaveLength(starts(even).length)
  })

  test('a gap becomes silence of its length, and what follows is in its place', async () => {
    const flv = flvSource({ size: '320x180', sampleRate: 48_000, seconds: 3 })
    const gap = retimed(flv, (tag) =>
      tag.type === 'audio' && tag.time > 1000 && tag.time < 2000 ? undefined : tag.time,
    )
    const run = await runToEnd(planOf([VIDEO_RUNG], audioRung()), gap)

    expect(Math.abs((starts(run).length * FRAME) / 48_000 - 3)).toBeLessThan(0.1)
    const samples = decodeAudio(outputOf(run, 'audio-128k'))
    const loudest = (from: number, to: number) =>
      samples.slice(from * 96_000, to * 96_000).reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)
    expect(loudest(0.2, 0.9)).toBeGreaterThan(0.05)
    expect(loudest(1.2, 1.9)).toBeLessThan(0.001)
    expect(loudest(2.2, 2.8)).toBeGreaterThan(0.05)
  })

  test('audio that begins later than video', async () => {
    const flv = flvSource({ size: '320x180', sampleRate: 48_000, seconds: 3 })
    const configuration = flvTags(flv).tags.find((tag) => tag.type === 'audio')
    const late = retimed(flv, (tag) =>
      tag.type === 'audio' && tag.bytes !== configuration?.bytes && tag.bytes[12] === 1 && tag.time < 1500
        ? undefined
        : tag.time,
    )
    const run = await runToEnd(planOf([VIDEO_RUNG], audioRung()), late)
    expect(run.report.cause).toBe('finished')
    expect(probePackets(outputOf(run, '144p'), 'v')).toHaveLength(90)
    expect((starts(run)[1] ?? 0) / 48_000).toBeCloseTo(1.5, 1)
  })

  test('encoders started at different boundaries make frames on one grid', async () => {
    const flv = flvSource({ size: '320x180', sampleRate: 44_100, seconds: 4, gop: 30 })
    const wanted = audioRung({ sampleRate: 44_100 })
    const from = (startsAt: number) =>
      retimed(flv, (tag) =>
        tag.bytes[12] === 0 || tag.type === 'script' || tag.time >= startsAt ? tag.time : undefined,
      )
    const runs = await Promise.all(
      [0, 1000, 2033].map((startsAt) =>
        runToEnd(planOf([VIDEO_RUNG], wanted), from(startsAt), { startsAt: millis(startsAt) }),
      ),
    )
    for (const [index, run] of runs.entries()) {
      const all = starts(run)
      expect(all.every((start) => start % FRAME === 0)).toBe(true)
      // The first frame of real sound, the one after the priming, begins within a frame of the boundary.
      const late = (all[1] ?? 0) - ([0, 44_100, 2.033 * 44_100][index] ?? 0)
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThan(FRAME)
    }
  })
})
