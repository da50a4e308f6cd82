import type { FeedPacket } from '@sluice/broadcast'
import { readVideoBody } from '@sluice/flv'
import { nalUnits } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { DecoderInput } from './decoder-input.ts'
import { SampleStream } from './testing/feed.ts'

const SEI = 6
/** FLV tag header and the size behind the tag. */
const TAG_HEADER = 11
const TAG_TRAILER = 4

interface Given {
  readonly event: FeedPacket
  /** What goes to the decoder for it. */
  readonly tag: Uint8Array
}

function decoderInputOf(stream: SampleStream): Given[] {
  const input = new DecoderInput(4)
  const given: Given[] = []
  for (const event of stream.events()) {
    if (event.type === 'boundary') input.boundary(event.boundary)
    else if (event.type === 'packet') given.push({ event, tag: input.tag(event) })
  }
  return given
}

const changed = (given: readonly Given[]): Given[] => given.filter(({ event, tag }) => tag !== event.tag)

describe('what the decoder is given', () => {
  it('is the publisher’s own tags where every boundary is a keyframe', () => {
    expect(changed(decoderInputOf(new SampleStream().session({ seconds: 8 })))).toEqual([])
  })

  // A keyframe each eight seconds: segments of two seconds begin at ordinary frames.
  const rare = decoderInputOf(new SampleStream().session({ seconds: 16, gop: 200 }))

  it('has a mark at each boundary that is no keyframe, and nowhere else', () => {
    const boundaries = new SampleStream()
      .session({ seconds: 16, gop: 200 })
      .events()
      .flatMap((event) =>
        event.type === 'boundary' && !event.boundary.independent ? [event.boundary.time] : [],
      )
    expect(boundaries.length).toBeGreaterThan(4)
    expect(changed(rare).map(({ event }) => event.time)).toEqual(boundaries)
  })

  it('has the mark before the slice, which is as it was', () => {
    for (const { event, tag } of changed(rare)) {
      const body = readVideoBody(tag.subarray(TAG_HEADER, -TAG_TRAILER))
      const [sei, slice, ...rest] = body.type === 'frame' ? nalUnits(body.data, 4) : []
      expect((sei?.[0] ?? 0) & 0x1f).toBe(SEI)
      expect([...nalUnits(event.packet.data, 4)]).toEqual([slice, ...rest])
    }
  })

  it('leaves sound alone', () => {
    expect(changed(rare).every(({ event }) => event.packet.kind === 'video')).toBe(true)
  })
})
