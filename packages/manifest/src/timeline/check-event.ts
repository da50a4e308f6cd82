import { ProtocolError, type Timescale } from '@sluice/core'
import type { PartEvent, SegmentEvent, StartEvent } from './events.ts'
import { checkName } from './names.ts'

const LONGEST_TARGET_SECONDS = 60
const LONGEST_WINDOW_SECONDS = 100_000
/** A segment that lasts longer than this many target durations is no segment. */
const LONGEST_TARGETS = 10

/**
 * Checks the numbers every rendering relies on.
 *
 * @throws {ProtocolError} `manifest.timeline.bad_start`, `manifest.timeline.bad_name`
 */
export function checkStart({
  broadcast,
  startedAt,
  targetDuration,
  partTarget,
  window = 1,
}: StartEvent): void {
  checkName(broadcast)
  const valid =
    Number.isSafeInteger(startedAt) &&
    Number.isInteger(targetDuration) &&
    targetDuration >= 1 &&
    targetDuration <= LONGEST_TARGET_SECONDS &&
    partTarget > 0 &&
    partTarget <= targetDuration * 1000 &&
    window > 0 &&
    window <= LONGEST_WINDOW_SECONDS
  if (!valid)
    throw new ProtocolError(
      'manifest.timeline.bad_start',
      `a broadcast needs a target duration of 1 to ${LONGEST_TARGET_SECONDS} whole seconds, a shorter part target and a ` +
        `window of at most ${LONGEST_WINDOW_SECONDS} s, not ${targetDuration} s, ${partTarget} ms and ${window} s`,
    )
}

/**
 * Checks a part's or segment's place in time and in its file.
 *
 * Longer than announced is accepted within reason: the last frame before a publisher's stall lasts until the
 * next one, and no viewer should lose a segment for that. Playlists then keep to what was announced.
 *
 * @param targetDuration - whole seconds.
 * @throws {ProtocolError} `manifest.timeline.bad_media`, `manifest.timeline.media_too_long`
 */
export function checkMedia(
  event: PartEvent | SegmentEvent,
  timescale: Timescale,
  targetDuration: number,
): void {
  const { start, duration, size } = event
  const integers = [event.segment, start, duration, size].every((value) => Number.isSafeInteger(value))
  if (!integers || event.segment < 0 || start < 0 || duration <= 0 || size <= 0)
    throw new ProtocolError(
      'manifest.timeline.bad_media',
      `"${event.name}" cannot be segment ${event.segment} of ${duration} ticks and ${size} bytes at ${start}`,
    )
  const longest = LONGEST_TARGETS * targetDuration
  if (duration > longest * timescale)
    throw new ProtocolError(
      'manifest.timeline.media_too_long',
      `a ${event.type} of "${event.name}" lasts ${duration / timescale} s, more than ${longest} s`,
    )
}
