import { hasMedia, type RenditionSnapshot, type TimelineSnapshot } from '../timeline/snapshot.ts'
import { attributeList, quoted } from './attributes.ts'
import type { ListRange } from './list-range.ts'
import { mediaPlaylistUri } from './multivariant.ts'

/**
 * How far every other rendition is at this moment: a player that switches asks for the next part at once, in the same range.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.5.4
 */
export function renditionReports(
  snapshot: TimelineSnapshot,
  rendition: string,
  range: ListRange | undefined,
): readonly string[] {
  return snapshot.renditions
    .filter((other) => other.rendition.id !== rendition && hasMedia(other))
    .map((other) => `#EXT-X-RENDITION-REPORT:${report(other, range)}`)
}

function report({ rendition, segments, open }: RenditionSnapshot, range: ListRange | undefined): string {
  const last = open ?? segments.at(-1)
  const parts = last?.parts.length ?? 0
  return attributeList({
    URI: quoted(`../${mediaPlaylistUri(rendition.id, range)}`),
    'LAST-MSN': last?.number,
    'LAST-PART': parts === 0 ? undefined : parts - 1,
  })
}
