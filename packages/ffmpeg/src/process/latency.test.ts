import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Progress } from '../output/progress.ts'
import { audioRung, planOf, rung } from '../testing/plans.ts'
import { TEST_BINARY } from '../testing/run.ts'
import { type FlvTag, flvSource, flvTags, hasFfmpeg, isFrame } from '../testing/sources.ts'
import { startTranscode } from './transcode.ts'

/** Milliseconds from a frame going in to it coming out; the ladder's promise is 2500 behind the source rung. */
const PROMISE = 2500

/** Fragments in what a pipe delivered: one a frame, in decoding order. */
function countFragments(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf('moof'); at >= 0; at = bytes.indexOf('moof', at + 4)) count++
  return count
}

describe.runIf(hasFfmpeg())('at the pace of a live source', { concurrent: true }, () => {
  test.each([
    { name: 'with audio', sampleRate: 48_000, audio: audioRung(), sent: () => true },
    { name: 'video alone', sampleRate: undefined, audio: undefined, sent: () => true },
    {
      name: 'audio that pauses',
      sampleRate: 48_000,
      audio: audioRung(),
      sent: (tag: FlvTag) => tag.type !== 'audio' || tag.time < 500,
    },
  ])(
    '$name: the first segment of a rung is out soon after the source has it',
    async ({ sampleRate, audio, sent }) => {
      const plan = planOf([rung(256, 144, { preset: 'veryfast' })], audio)
      const { header, tags } = flvTags(
        flvSource({ size: '320x180', seconds: 4, gop: 60, bFrames: 2, sampleRate }),
      )
      const reports: Progress[] = []
      const transcode = startTranscode(plan, {
        binary: TEST_BINARY,
        inputFormat: 'flv',
        onProgress: (report) => reports.push(report),
      })
      let received = Buffer.alloc(0)
      let segmentOut: number | undefined
      for (const [id, stream] of transcode.outputs) {
        stream.on('data', (chunk: Buffer) => {
          if (id !== '144p') return
          received = Buffer.concat([received, chunk])
          if (countFragments(received) > 60) segmentOut ??= performance.now()
        })
      }

      const started = performance.now()
      transcode.input.write(header)
      let frames = 0
      let segmentIn = Number.NaN
      for (const tag of tags.filter(sent)) {
        // Sleeping is the subject here: tags go in at their time.
        const early = tag.time - (performance.now() - started)
        if (early > 1) await delay(early)
        if (isFrame(tag) && frames++ === 60) segmentIn = performance.now()
        transcode.input.write(tag.bytes)
      }
      transcode.input.end()
      await transcode.exited
      expect((segmentOut ?? Number.POSITIVE_INFINITY) - segmentIn).toBeLessThan(PROMISE)
      expect(reports.length).toBeGreaterThanOrEqual(4)
      expect(reports.at(-1)).toMatchObject({ frames: 120, last: true })
    },
  )
})
