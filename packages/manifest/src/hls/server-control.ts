import type { TimelineSnapshot } from '../timeline/snapshot.ts'
import { attributeList, decimalSeconds } from './attributes.ts'

const HOLD_BACK_TARGETS = 3
const PART_HOLD_BACK_TARGETS = 3
/** Segments this many target durations from the end of the list, and further, may be left out of a delta update. */
const SKIP_BOUNDARY_TARGETS = 6

/** The skip boundary, in seconds from the end of the list. */
export function skipBoundary({ targetDuration }: TimelineSnapshot): number {
  return SKIP_BOUNDARY_TARGETS * targetDuration
}

/**
 * What players may ask for, and how far from the end they are to stay. The same in every list of a broadcast.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.3.8
 */
export function serverControl(snapshot: TimelineSnapshot): string {
  const control = attributeList({
    'CAN-BLOCK-RELOAD': 'YES',
    'CAN-SKIP-UNTIL': decimalSeconds(skipBoundary(snapshot)),
    'PART-HOLD-BACK': decimalSeconds((PART_HOLD_BACK_TARGETS * snapshot.partTarget) / 1000),
    'HOLD-BACK': decimalSeconds(HOLD_BACK_TARGETS * snapshot.targetDuration),
  })
  return `#EXT-X-SERVER-CONTROL:${control}`
}
