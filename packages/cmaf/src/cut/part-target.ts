import { type Millis, millis } from '@sluice/core'

/** NTSC frames last a thousandth longer than those of the whole rate beside theirs: 23.976, 29.97, 59.94. */
const NTSC = 1.001

/**
 * The longest part where parts of `nominal` milliseconds are wanted: a thousandth more. So as many frames of an NTSC rate fit as
 * of the whole rate; at 23.976 frames a second and 250 ms that is six. Five would last 208.5 ms, less than the 85 % that
 * low-latency HLS wants of all but the last.
 *
 * @see draft-pantos-hls-rfc8216bis §4.4.4.9
 */
export function partTargetOf(nominal: Millis): Millis {
  return millis(Math.ceil(nominal * NTSC))
}
