import { transportSegmentName } from '../../timeline/names.ts'
import type { TimelineSnapshot } from '../../timeline/snapshot.ts'
import { dateTag, durationTag } from '../media.ts'
import { type TransportSegment, transportRung, transportSegments } from './transport-rungs.ts'

/** Decimal durations. RFC 8216 §7 */
const VERSION = 3
/** EXT-X-GAP. draft-pantos-hls-rfc8216bis §8 */
const VERSION_WITH_GAPS = 8

/**
 * Renders the media playlist of a rendition as a transport stream: whole segments, and nothing that players of version 3 do not know.
 * Media sequence numbers, discontinuities and durations are those of the rendition itself.
 *
 * @returns undefined where the rendition is unknown, cannot be a transport stream, or has no segment yet.
 * @see RFC 8216 §4.3.3
 */
export function renderTransportMedia(snapshot: TimelineSnapshot, rendition: string): string | undefined {
  const rung = transportRung(snapshot, rendition)
  const segments = rung === undefined ? [] : transportSegments(rung)
  const [first] = segments
  if (rung === undefined || first === undefined) return undefined
  const { timescale } = rung.main.rendition
  const version = segments.some(({ main }) => main.gap) ? VERSION_WITH_GAPS : VERSION
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${version}`,
    `#EXT-X-TARGETDURATION:${snapshot.targetDuration}`,
    `#EXT-X-MEDIA-SEQUENCE:${first.main.number}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first.main.discontinuitySequence}`,
  ]
  let { discontinuitySequence } = first.main
  for (const { main, sound } of segments) {
    if (main.discontinuitySequence !== discontinuitySequence) lines.push('#EXT-X-DISCONTINUITY')
    discontinuitySequence = main.discontinuitySequence
    lines.push(dateTag(main, snapshot, timescale))
    if (main.gap) lines.push('#EXT-X-GAP')
    lines.push(durationTag(main, snapshot, timescale), nameOf({ main, sound }))
  }
  if (snapshot.ended) lines.push('#EXT-X-ENDLIST')
  return `${lines.join('\n')}\n`
}

function nameOf({ main, sound }: TransportSegment): string {
  if (sound === undefined || sound === 'silent') return transportSegmentName({ main: main.name, sound })
  const { rendition, segment } = sound
  return transportSegmentName({ main: main.name, sound: { rendition, name: segment.name } })
}
