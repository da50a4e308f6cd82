import type { EpochMillis, Millis, Ticks, Timescale } from '@sluice/core'
import type { TimelineSnapshot } from '../timeline/snapshot.ts'
import type { XmlAttributes, XmlWriter } from './xml-writer.ts'

/** DASH-IF's guidelines for low latency, which name what else an MPD of this profile has. */
export const LOW_LATENCY_PROFILE = 'http://www.dashif.org/guidelines/low-latency-live-v5'

/** Media between the edge and the viewer, beside parts: the way to the viewer, and what a player needs to go on smoothly. */
const MARGIN_MILLIS = 750
const MARGIN_PARTS = 2
/** Pitch is corrected, and a second is caught up in ten. */
const SLOWEST_RATE = 0.95
const FASTEST_RATE = 1.1

/** True when segments can be had while they are being made. */
export function hasParts({ renditions }: TimelineSnapshot): boolean {
  return renditions.some(({ segments }) => (segments.at(-1)?.parts.length ?? 0) > 0)
}

/** How far behind the live edge players are meant to be, in milliseconds. */
function targetLatency(partTarget: Millis): number {
  return MARGIN_MILLIS + MARGIN_PARTS * partTarget
}

/**
 * An `@suggestedPresentationDelay` in seconds, for players that do not go by the service description. Shaka Player counts it from
 * the end of the newest part that there can be.
 */
export function presentationDelay(partTarget: Millis): number {
  return (targetLatency(partTarget) - partTarget) / 1000
}

/**
 * A SegmentTemplate's say on how early a segment may be asked for: when its first part is there.
 *
 * @param duration - that segments are expected to have.
 * @returns nothing where a part is as long as a segment.
 * @see ISO/IEC 23009-1 §5.3.9.5.3
 */
export function earlyAvailability(duration: Ticks, timescale: Timescale, partTarget: Millis): XmlAttributes {
  const offset = Math.floor((duration / timescale) * 1000) - partTarget
  if (offset <= 0) return {}
  return { availabilityTimeOffset: offset / 1000, availabilityTimeComplete: 'false' }
}

/** Of the ProducerReferenceTime that latencies are meant against. */
const REFERENCE_ID = 0

/**
 * Writes what wall clock the media times of an AdaptationSet have; its segments say the same in `prft` boxes. It is the time at
 * which the ingest got the frames, from which encoders here take them: what lies before is not known.
 *
 * @see ISO/IEC 23009-1 §5.12
 */
export function writeProducerReferenceTime(
  xml: XmlWriter,
  startedAt: EpochMillis,
  timing: XmlAttributes,
): void {
  const reference: XmlAttributes = {
    id: REFERENCE_ID,
    inband: 'true',
    type: 'encoder',
    wallClockTime: new Date(startedAt).toISOString(),
    presentationTime: 0,
  }
  xml.element('ProducerReferenceTime', reference, () => xml.empty('UTCTiming', timing))
}

/**
 * Writes how far behind the live edge players are meant to be, and how they come there.
 *
 * @see ISO/IEC 23009-1 annex K
 */
export function writeServiceDescription(
  xml: XmlWriter,
  { partTarget, window }: Pick<TimelineSnapshot, 'partTarget' | 'window'>,
): void {
  const target = targetLatency(partTarget)
  xml.element('ServiceDescription', { id: 0 }, () => {
    // dash.js leaps to the live edge from further back than `max`: who goes back within the window is left there.
    xml.empty('Latency', { referenceId: REFERENCE_ID, target, max: window * 1000, min: target / 2 })
    xml.empty('PlaybackRate', { max: FASTEST_RATE, min: SLOWEST_RATE })
  })
}
