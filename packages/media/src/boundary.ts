import type { Millis } from '@sluice/core'

/**
 * The mark at which segment `number` of a broadcast begins. The ingest alone decides boundaries; every
 * rung of every worker cuts exactly here, so segment numbers and start times agree everywhere.
 */
export interface Boundary {
  /** Segment number, from 0, one higher at each boundary of a broadcast, never reused. */
  readonly number: number
  /** Presentation time at which the segment begins. */
  readonly time: Millis
  /** True when the source's frame here is a keyframe: the source rung's segment can be decoded by itself. */
  readonly independent: boolean
  /** True when media before and after do not belong together: a reconnect, a new codec configuration. */
  readonly discontinuity: boolean
}
