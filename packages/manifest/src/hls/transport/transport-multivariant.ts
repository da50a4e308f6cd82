import { type Bandwidth, bandwidthOf } from '../../timeline/bandwidth.ts'
import { rangeOf } from '../../timeline/events.ts'
import type { TimelineSnapshot } from '../../timeline/snapshot.ts'
import { attributeList, quoted } from '../attributes.ts'
import {
  bandwidthSum,
  type MultivariantOptions,
  mediaPlaylistUri,
  pictureAttributes,
} from '../multivariant.ts'
import { type TransportRung, transportRungs } from './transport-rungs.ts'

/** Headers of packets of 188 bytes, and stuffing at the ends of frames. */
const PACKET_OVERHEAD = 1.04
/** Bits per second of PES headers, tables, clocks, and the packets that make counters meet. */
const FIXED_OVERHEAD = 40_000

/**
 * Renders the multivariant playlist of the transport streams: a variant per rung with its sound in the same segments, then the sounds
 * alone.
 *
 * @returns undefined where no rendition can be a transport stream.
 * @see RFC 8216 §4.3.4, §3.2
 */
export function renderTransportMultivariant(
  snapshot: TimelineSnapshot,
  { soundAlone = true }: Pick<MultivariantOptions, 'soundAlone'> = {},
): string | undefined {
  const rungs = transportRungs(snapshot)
  const pictures = rungs.filter(({ main }) => main.rendition.kind === 'video')
  const listed = soundAlone || pictures.length === 0 ? rungs : pictures
  if (listed.length === 0) return undefined
  const tellsRange = pictures.some(({ main }) => rangeOf(main.rendition) !== 'SDR')
  const lines = ['#EXTM3U']
  if (listed.every(({ main }) => main.independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  for (const rung of listed) lines.push(...streamInf(rung, tellsRange))
  return `${lines.join('\n')}\n`
}

function streamInf({ main, sound }: TransportRung, tellsRange: boolean): readonly string[] {
  const { rendition } = main
  const { peak, average } = bandwidthSum(bandwidthOf(main), sound === undefined ? [] : [bandwidthOf(sound)])
  const codecs = [main, ...(sound === undefined ? [] : [sound])].map((each) => each.rendition.codecString)
  const attributes = attributeList({
    BANDWIDTH: withOverhead(peak),
    'AVERAGE-BANDWIDTH': withOverhead(average),
    CODECS: quoted(codecs.join(',')),
    ...pictureAttributes(rendition, tellsRange),
  })
  return [`#EXT-X-STREAM-INF:${attributes}`, mediaPlaylistUri(rendition.id)]
}

function withOverhead<Rate extends Bandwidth['average']>(rate: Rate): number | undefined {
  return rate === undefined ? undefined : Math.ceil(rate * PACKET_OVERHEAD) + FIXED_OVERHEAD
}
