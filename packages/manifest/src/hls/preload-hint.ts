import type { InitSegment } from '../timeline/events.ts'
import type { NextPart } from '../timeline/snapshot.ts'
import { attributeList, quoted } from './attributes.ts'

/** What the list above says of its last segment. */
export interface ListEnd {
  readonly init: InitSegment | undefined
  readonly discontinuitySequence: number
}

/**
 * Announces the part that is being made, and the init segment it needs where that is another one. An origin holds requests
 * for it until it is there, so that a player has it one round trip earlier.
 *
 * Also before a first part, and so behind every list that goes on: hls.js (1.7) makes room for the next segment when it meets
 * any line behind a segment's URI; without one it takes the segment itself for the next, and loses its place when that comes.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.5.3
 */
export function preloadHints(next: NextPart | undefined, end: ListEnd): readonly string[] {
  if (next === undefined) return []
  const breaks = next.discontinuitySequence !== end.discontinuitySequence
  return [
    ...(breaks ? ['#EXT-X-DISCONTINUITY'] : []),
    ...(next.init.name === end.init?.name ? [] : [hint('MAP', next.init.name)]),
    hint('PART', next.name),
  ]
}

function hint(type: 'MAP' | 'PART', name: string): string {
  return `#EXT-X-PRELOAD-HINT:${attributeList({ TYPE: type, URI: quoted(name) })}`
}
