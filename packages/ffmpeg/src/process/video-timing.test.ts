import { describe, expect, test } from 'vitest'
import { capped, planOf, rung } from '../testing/plans.ts'
import { complaints, probePackets, probeStream, writtenCodecString } from '../testing/probe.ts'
import { outputOf, runToEnd } from '../testing/run.ts'
import { flvSource, flvTags, hasFfmpeg, isFrame, joinFlv, markBoundary } from '../testing/sources.ts'

/** What a file's video packets say, in 90 000ths of a second. */
interface Timing {
  /** Presentation times, in their order. */
  readonly all: readonly number[]
  /** Those of keyframes. */
  readonly keyframes: readonly number[]
}

function timing(bytes: Buffer, perTick: number): Timing {
  const packets = probePackets(bytes, 'v').toSorted((a, b) => a.pts - b.pts)
  return {
    all: packets.map(({ pts }) => pts * perTick),
    keyframes: packets.filter(({ keyframe }) => keyframe).map(({ pts }) => pts * perTick),
  }
}
const flvTiming = (flv: Buffer) => timing(flv, 90)
const rungTiming = (mp4: Buffer) => timing(mp4, 1)

describe.runIf(hasFfmpeg())('video, with the real ffmpeg', () => {
  test.each([
    { rate: '24', bFrames: 0 },
    { rate: '25', bFrames: 2 },
    { rate: '30000/1001', bFrames: 2 },
    { rate: '30', bFrames: 3 },
    { rate: '50', bFrames: 0 },
    { rate: '60000/1001', bFrames: 2 },
    { rate: '60', bFrames: 3 },
  ])(
    '$rate frames with $bFrames B-frames: times to the tick, keyframes where the source has them',
    async (source) => {
      const flv = flvSource({ size: '320x180', gop: 23, sampleRate: 48_000, ...source })
      const run = await runToEnd(planOf([rung(256, 144), rung(192, 108, { preset: 'veryfast' })]), flv)

      const wanted = flvTiming(flv)
      expect(run.report).toMatchObject({ cause: 'finished', code: 0 })
      expect(run.messages).toEqual([])
      for (const id of ['144p', '108p']) {
        const mp4 = outputOf(run, id)
        expect(rungTiming(mp4)).toEqual(wanted)
        expect(complaints(mp4)).toBe('')
      }
      expect(run.progress.at(-1)).toMatchObject({
        last: true,
        dropped: 0,
        duplicated: 0,
        frames: wanted.all.length,
      })
    },
  )

  test('a cap keeps the promised rate, every keyframe, and only times of the source', async () => {
    // 31 frames: every second keyframe falls on a frame the cap alone would drop.
    const flv = flvSource({ size: '320x180', rate: '60', gop: 31, bFrames: 2, seconds: 3 })
    const plan = planOf([rung(256, 144, { frameRate: 60 }), capped(rung(192, 108), 60, 30)])
    const run = await runToEnd(plan, flv)

    const wanted = flvTiming(flv)
    const kept = rungTiming(outputOf(run, '108p'))
    expect(rungTiming(outputOf(run, '144p'))).toEqual(wanted)
    expect(kept.keyframes).toEqual(wanted.keyframes)
    expect(kept.all.every((time) => wanted.all.includes(time))).toBe(true)
    expect(kept.all.length).toBeGreaterThanOrEqual(90)
    expect(kept.all.length).toBeLessThanOrEqual(90 + wanted.keyframes.length)
  })

  test.each([0, 3])(
    'a boundary without a keyframe becomes one in every rung (%i B-frames)',
    async (bFrames) => {
      const { header, tags } = flvTags(flvSource({ size: '320x180', gop: 1000, bFrames, seconds: 3 }))
      let frames = 0
      const marked = joinFlv(
        header,
        tags.map((tag) => (isFrame(tag) && frames++ % 30 === 20 ? markBoundary(tag) : tag)),
      )
      const wanted = flvTiming(marked)
      expect(wanted.keyframes).toHaveLength(4)

      const run = await runToEnd(planOf([rung(256, 144), rung(192, 108)]), marked)
      for (const id of ['144p', '108p']) {
        expect(rungTiming(outputOf(run, id))).toEqual(wanted)
      }
    },
  )

  test('timestamps that start late and jump stay as they are', async () => {
    const { header, tags } = flvTags(flvSource({ size: '320x180', bFrames: 2, seconds: 2 }))
    const shifted = tags.map((tag) => {
      const time = tag.time + 3_600_000 + (tag.time > 1000 ? 4_321 : 0)
      const bytes = Buffer.from(tag.bytes)
      bytes.writeUIntBE(time, 4, 3)
      return { ...tag, time, bytes }
    })
    const flv = joinFlv(header, shifted)
    const run = await runToEnd(planOf([rung(256, 144)]), flv)
    expect(rungTiming(outputOf(run, '144p'))).toEqual(flvTiming(flv))
  })

  test.each([
    { name: 'odd size, 4:4:4', size: '853x479', pixelAspect: '1/1', width: 640, height: 360 },
    { name: 'anamorphic', size: '720x576', pixelAspect: '64/45', width: 854, height: 480 },
    { name: 'portrait', size: '360x640', pixelAspect: '1/1', width: 240, height: 426 },
  ])('$name: square pixels of the planned size, 4:2:0', async ({ size, pixelAspect, width, height }) => {
    const flv = flvSource({ size, pixelAspect, seconds: 1 })
    const run = await runToEnd(planOf([rung(width, height)]), flv)
    expect(probeStream(outputOf(run, `${height}p`))).toMatchObject({
      codec_name: 'h264',
      width,
      height,
      sample_aspect_ratio: '1:1',
      pix_fmt: 'yuv420p',
      time_base: '1/90000',
    })
  })

  test.each([
    { preset: 'ultrafast', profile: 'baseline', level: 30, codecString: 'avc1.42c01e' },
    { preset: 'superfast', profile: 'high', level: 30, codecString: 'avc1.64001e' },
    { preset: 'veryfast', profile: 'high', level: 31, codecString: 'avc1.64001f' },
    { preset: 'medium', profile: 'high', level: 32, codecString: 'avc1.640020' },
  ] as const)('x264 at $preset writes the codec string that was promised', async (wanted) => {
    const run = await runToEnd(planOf([rung(256, 144, wanted)]), flvSource({ size: '320x180', seconds: 1 }))
    expect(writtenCodecString(outputOf(run, '144p'))).toBe(wanted.codecString)
  })

  test('an FLV of video alone, with a single frame even', async () => {
    const one = await runToEnd(
      planOf([rung(256, 144)]),
      flvSource({ size: '320x180', rate: '10', seconds: 0.1 }),
    )
    expect(one.report.cause).toBe('finished')
    expect(rungTiming(outputOf(one, '144p')).all).toHaveLength(1)
  })
})
