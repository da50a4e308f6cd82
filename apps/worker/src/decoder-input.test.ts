import { type AudioEntry, packetOf, type VideoEntry } from '@sluice/broadcast'
import { readVideoBody } from '@sluice/flv'
import { nalUnits } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { DecoderInput } from './decoder-input.ts'
import { SampleStream } from './testing/feed.ts'

const SEI = 6

interface Given {
  readonly entry: VideoEntry | AudioEntry
  /** What goes to the decoder for it. */
  readonly body: Uint8Array
}

function decoderInputOf(stream: SampleStream): Given[] {
  const input = new DecoderInput(4)
  const given: Given[] = []
  for (const entry of stream.entries()) {
    if (entry.type === 'boundary') input.boundary(entry.boundary)
    else if (entry.type === 'video' || entry.type === 'audio')
      given.push({ entry, body: input.body(entry, packetOf(entry)) })
  }
  return given
}

const changed = (given: readonly Given[]): Given[] =>
  given.filter(({ entry, body }) => body !== entry.payload)

describe('what the decoder is given', () => {
  it('is the publisher’s own bodies where every boundary is a keyframe', () => {
    expect(changed(decoderInputOf(new SampleStream().session({ seconds: 8 })))).toEqual([])
  })

  // A keyframe each eight seconds: segments of two seconds begin at ordinary frames.
  const rare = decoderInputOf(new SampleStream().session({ seconds: 16, gop: 200 }))

  it('has a mark at each boundary that is no keyframe, and nowhere else', () => {
    const boundaries = new SampleStream()
      .session({ seconds: 16, gop: 200 })
      .entries()
      .flatMap((entry) =>
        entry.type === 'boundary' && !entry.boundary.independent ? [entry.boundary.time] : [],
      )
    expect(boundaries.length).toBeGreaterThan(4)
    expect(changed(rare).map(({ entry }) => entry.type === 'video' && entry.dts)).toEqual(boundaries)
  })

  it('has the mark before the slice, which is as it was', () => {
    for (const { entry, body } of changed(rare)) {
      const marked = readVideoBody(body)
      const [sei, slice, ...rest] = marked.type === 'frame' ? nalUnits(marked.data, 4) : []
      expect((sei?.[0] ?? 0) & 0x1f).toBe(SEI)
      expect([...nalUnits(packetOf(entry).data, 4)]).toEqual([slice, ...rest])
    }
  })

  it('leaves sound alone', () => {
    expect(changed(rare).every(({ entry }) => entry.type === 'video')).toBe(true)
  })
})
