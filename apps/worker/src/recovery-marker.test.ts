import { type MediaEntry, packetOf } from '@sluice/broadcast'
import { millis, ticks } from '@sluice/core'
import { type Boundary, nalUnits, type Packet, type VideoTrack } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { RecoveryMarker } from './recovery-marker.ts'
import { SampleStream } from './testing/feed.ts'

const SEI = 6

interface Given {
  readonly entry: MediaEntry
  readonly packet: Packet
  /** What goes to the decoder for it. */
  readonly data: Uint8Array
}

function givenOf(stream: SampleStream): Given[] {
  const entries = stream.entries()
  const tracks = entries.find((entry) => entry.type === 'tracks')
  const marker = new RecoveryMarker(tracks?.type === 'tracks' ? tracks.video?.track : undefined)
  const given: Given[] = []
  for (const entry of entries) {
    if (entry.type === 'boundary') marker.boundary(entry.boundary)
    else if (entry.type === 'video' || entry.type === 'audio') {
      const packet = packetOf(entry)
      given.push({ entry, packet, data: marker.data(packet) })
    }
  }
  return given
}

const changed = (given: readonly Given[]): Given[] => given.filter(({ packet, data }) => data !== packet.data)

describe('what the decoder is given', () => {
  it('is the publisher’s own data where every boundary is a keyframe', () => {
    expect(changed(givenOf(new SampleStream().session({ seconds: 8 })))).toEqual([])
  })

  // A keyframe each eight seconds: segments of two seconds begin at ordinary frames.
  const rare = givenOf(new SampleStream().session({ seconds: 16, gop: 200 }))

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
    for (const { packet, data } of changed(rare)) {
      const [sei, slice, ...rest] = nalUnits(data, 4)
      expect((sei?.[0] ?? 0) & 0x1f).toBe(SEI)
      expect([...nalUnits(packet.data, 4)]).toEqual([slice, ...rest])
    }
  })

  it('leaves sound alone', () => {
    expect(changed(rare).every(({ entry }) => entry.type === 'video')).toBe(true)
  })

  it('is its own data in other codecs, which know no such mark', () => {
    const track = { codec: 'hevc' } as VideoTrack
    const marker = new RecoveryMarker(track)
    const boundary: Boundary = { number: 1, time: millis(40), independent: false, discontinuity: false }
    marker.boundary(boundary)
    const packet: Packet = {
      kind: 'video',
      dts: ticks(3600),
      pts: ticks(3600),
      keyframe: false,
      data: new Uint8Array(9),
    }
    expect(marker.data(packet)).toBe(packet.data)
  })
})
