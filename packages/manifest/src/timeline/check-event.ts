import { ProtocolError, type Timescale } from '@sluice/core'
import type { PartEvent, SegmentEvent, StartEvent } from './events.ts'
import { checkName } from './names.ts'

const LONGEST_TARGET_SECONDS = 60

/**
 * Checks the numbers every rendering relies on.
 *
 * @throws {ProtocolError} `manifest.timeline.bad_start`, `manifest.timeline.bad_name`
 */
export function checkStart({ broadcast, startedAt, targetDuration, partTarget }: StartEvent): void {
  checkName(broadcast)
  const valid =
    Number.isSafeInteger(startedAt) &&
    Number.isInteger(targetDuration) &&
    targetDuration >= 1 &&
    targetDuration <= LONGEST_TARGET_SECONDS &&
    partTarget > 0 &&
    partTarget <= targetDuration * 1000
  if (!valid)
    throw new ProtocolError(
      'manifest.timeline.bad_start',
      `a broadcast needs a target duration of 1 to ${LONGEST_TARGET_SECONDS} whole seconds and a shorter ` +
        `part target, not ${targetDuration} s and ${partTarget} ms`,
    )
}

/**
 * Checks a part's or segment's place in time and in its file.
 *
 * @param longest - seconds. A part must not exceed them, a segment not after rounding to whole seconds.
 * @throws {ProtocolError} `manifest.timeline.bad_media`, `manifest.timeline.part_too_long`,
 * `manifest.timeline.segment_too_long`
 * @see RFC 8216 §4.3.3.1; draft-pantos-hls-rfc8216bis §4.4.3.7
 */
export function checkDuration(
  event: PartEvent | SegmentEvent,
  timescale: Timescale,
  longest: number,
  what: 'part' | 'segment',
): void {
  const { start, duration, size } = event
  const integers = [event.segment, start, duration, size].every((value) => Number.isSafeInteger(value))
  if (!integers || event.segment < 0 || start < 0 || duration <= 0 || size <= 0)
    throw new ProtocolError(
      'manifest.timeline.bad_media',
      `"${event.name}" cannot be segment ${event.segment} of ${duration} ticks and ${size} bytes at ${start}`,
    )
  const seconds = duration / timescale
  if ((what === 'part' ? seconds : Math.round(seconds)) > longest)
    throw new ProtocolError(
      `manifest.timeline.${what}_too_long`,
      `a ${what} of "${event.name}" lasts ${seconds} s, more than the ${longest} s announced`,
    )
}
