import { packetOf } from '@sluice/broadcast'
import { FragmentedMp4Reader } from '@sluice/cmaf'
import { concatBytes, millis } from '@sluice/core'
import type { Track } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { FROM_THE_START, RenditionOutput } from './rendition-output.ts'
import { plannedRenditions } from './renditions.ts'
import { SampleStream } from './testing/feed.ts'
import { PART_TARGET, type TestOutput, testOutput, told } from './testing/output.ts'
import { TrackPackager } from './track-packager.ts'

const NOTHING_ENCODED = { rungs: [], audio: undefined, notes: [], cost: 0 }

/** Packages one track of a sample stream. */
async function packaged(kind: 'video' | 'audio', stream: SampleStream): Promise<TestOutput> {
  const output = testOutput()
  let packager: TrackPackager | undefined
  let rendition: RenditionOutput | undefined
  for (const entry of stream.entries()) {
    if (entry.type === 'tracks') {
      packager?.end()
      const source = { video: entry.video?.track, audio: entry.audio?.track }
      const track: Track | undefined = source[kind]
      const plan = { ...NOTHING_ENCODED, passthrough: { video: true, audio: true } }
      const planned = plannedRenditions(plan, source).find((each) => each.kind === kind)
      if (track === undefined || planned === undefined) continue
      rendition ??= new RenditionOutput(planned, { ...output.options, resume: FROM_THE_START })
      packager = new TrackPackager({
        track,
        output: rendition,
        partTarget: PART_TARGET,
        placement: 'next-packet',
      })
    } else if (entry.type === 'boundary') packager?.boundary(entry.boundary)
    else if (entry.type === 'video' || entry.type === 'audio') {
      if (entry.type === kind) packager?.packet(packetOf(entry))
      if (entry.type === 'video') packager?.horizon(entry.dts)
    }
  }
  packager?.end()
  await rendition?.settled()
  return output
}

const segments = ({ events }: TestOutput) => events.filter((event) => event.type === 'segment')

describe('a track', () => {
  it('of video becomes an init segment, parts, and a segment for each boundary', async () => {
    const output = await packaged('video', new SampleStream().session({ seconds: 6 }))
    expect(output.events[0]).toMatchObject({
      type: 'rendition',
      rendition: { init: { name: 'b.1.init0.mp4' } },
    })
    expect(segments(output)).toMatchObject([
      { segment: 0, start: 0, duration: 180_000 },
      { segment: 1, start: 180_000, duration: 180_000 },
      { segment: 2, start: 360_000, duration: 180_000 },
    ])
    // A quarter of a second holds six frames of 40 ms: nine parts of a segment's 50 frames.
    expect(output.events.filter((event) => event.type === 'part' && event.segment === 1)).toHaveLength(9)
  })

  it('of sound is cut at the packet nearest to each boundary', async () => {
    const output = await packaged('audio', new SampleStream().session({ seconds: 6 }))
    for (const { segment, start } of segments(output))
      expect(Math.abs(start - segment * 96_000)).toBeLessThanOrEqual(512)
    const starts = segments(output).map(({ start, duration }) => [start, start + duration])
    expect(starts.slice(1).map(([start]) => start)).toEqual(starts.slice(0, -1).map(([, end]) => end))
  })

  it('can be read back packet by packet', async () => {
    const stream = new SampleStream().session({ seconds: 4, frameSize: 500 })
    const output = await packaged('video', stream)
    const names = ['b.1.init0.mp4', 'b.1.0.0.m4s', 'b.1.0.1.m4s']
    const files = await Promise.all(names.map((name) => output.store.read(`demo/source/${name}`)))
    const reader = new FragmentedMp4Reader()
    reader.receive(concatBytes(files.map((file) => file ?? new Uint8Array(0))))
    const read = reader.events().flatMap((event) => (event.type === 'packet' ? [event.packet] : []))
    const sent = stream.entries().flatMap((entry) => (entry.type === 'video' ? [packetOf(entry)] : []))
    expect(read.map(({ dts, keyframe, data }) => [dts, keyframe, data.length])).toEqual(
      sent.map(({ dts, keyframe, data }) => [dts, keyframe, data.length]),
    )
  })

  it('whose publisher came back gets a new init segment and goes on with the next number', async () => {
    const stream = new SampleStream().session({ seconds: 3 }).session({ seconds: 2 }, 10_000)
    const output = await packaged('video', stream)
    expect(output.events.map(told).filter((line) => line.startsWith('rendition'))).toEqual([
      'rendition source b.1.init0.mp4',
      'rendition source b.1.init1.mp4',
    ])
    expect(segments(output).map(({ segment, start, init }) => [segment, start / 90, init])).toEqual([
      [0, 0, 0],
      [1, 2000, 0],
      [2, millis(10_000), 1],
    ])
  })
})
