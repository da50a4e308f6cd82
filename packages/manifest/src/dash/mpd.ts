import { type EpochMillis, type Millis, rescale } from '@sluice/core'
import { bandwidthOf } from '../timeline/bandwidth.ts'
import { rangeOf } from '../timeline/events.ts'
import type { PeriodSnapshot, TimelineSnapshot } from '../timeline/snapshot.ts'
import { commonColour, writeColour } from './colour.ts'
import { expectedDuration, forecast } from './forecast.ts'
import {
  earlyAvailability,
  hasParts,
  LOW_LATENCY_PROFILE,
  presentationDelay,
  writeProducerReferenceTime,
  writeServiceDescription,
} from './low-latency.ts'
import { type AdaptationSet, type Period, periodsOf, type Representation } from './period.ts'
import { writeSegmentTimeline } from './segment-timeline.ts'
import { channelConfiguration, frameRateValue, xsDuration } from './values.ts'
import { type XmlAttributes, XmlWriter } from './xml-writer.ts'

/** What a manifest says beside the timeline. */
export interface MpdOptions {
  /** When this version came to be. */
  readonly publishTime: EpochMillis
  /** URL that answers with the current time as an xs:dateTime, relative to the MPD or absolute. */
  readonly timeServerUrl: string
  /**
   * `low`: for players that fetch segments while these are being made, with a forecast of segments to come. `ordinary`: complete
   * segments alone, for every player. Where segments have no parts, and once the broadcast has ended, there is no difference.
   */
  readonly latency: 'ordinary' | 'low'
}

const PROFILES = 'urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019'
/** How far behind the live edge ordinary players begin, in target durations. */
const DELAY_TARGETS = 3
/** Players look for new segments this often, in target durations. */
const UPDATE_TARGETS = 0.5

/**
 * Renders the MPD: dynamic with SegmentTimelines while the broadcast runs, static once it has ended. Media
 * time 0 is the wall-clock time `availabilityStartTime`, for every Period.
 *
 * @returns undefined while no segment can be listed.
 * @see ISO/IEC 23009-1 §5.3
 */
export function renderMpd(snapshot: TimelineSnapshot, options: MpdOptions): string | undefined {
  const periods = periodsOf(snapshot)
  if (periods.length === 0) return undefined
  const isLow = options.latency === 'low' && !snapshot.ended && hasParts(snapshot)
  const partTarget = isLow ? snapshot.partTarget : undefined
  const timing = { schemeIdUri: 'urn:mpeg:dash:utc:http-xsdate:2014', value: options.timeServerUrl }
  const xml = new XmlWriter()
  xml.element('MPD', rootAttributes(snapshot, periods, options, partTarget), () => {
    if (isLow) writeServiceDescription(xml, snapshot)
    for (const [index, period] of periods.entries())
      writePeriod(xml, snapshot, period, {
        previous: periods[index - 1],
        next: periods[index + 1],
        partTarget,
        timing,
      })
    if (!snapshot.ended) xml.empty('UTCTiming', timing)
  })
  return xml.toString()
}

/** Kept short: GStreamer 1.22 does not know an MPD whose root start tag ends beyond byte 512. */
function rootAttributes(
  { targetDuration, window, startedAt, ended }: TimelineSnapshot,
  periods: readonly Period[],
  { publishTime }: MpdOptions,
  partTarget: Millis | undefined,
): XmlAttributes {
  const listed = allSegments(periods).map(({ seconds }) => seconds)
  // Shaka Player counts the live edge from it: in low latency no longer than need be.
  const longest = Math.max(partTarget === undefined ? targetDuration : 0, ...listed)
  const live: XmlAttributes = {
    type: 'dynamic',
    availabilityStartTime: new Date(startedAt).toISOString(),
    publishTime: new Date(publishTime).toISOString(),
    minimumUpdatePeriod: xsDuration(UPDATE_TARGETS * targetDuration),
    timeShiftBufferDepth: xsDuration(window),
    suggestedPresentationDelay: xsDuration(
      partTarget === undefined ? DELAY_TARGETS * targetDuration : presentationDelay(partTarget),
    ),
  }
  const complete: XmlAttributes = {
    type: 'static',
    mediaPresentationDuration: xsDuration(Math.max(...allSegments(periods).map(({ end }) => end))),
  }
  return {
    xmlns: 'urn:mpeg:dash:schema:mpd:2011',
    profiles: partTarget === undefined ? PROFILES : `${PROFILES},${LOW_LATENCY_PROFILE}`,
    ...(ended ? complete : live),
    // Rounded up: no S@d may be longer.
    maxSegmentDuration: xsDuration(Math.ceil(longest * 1000) / 1000),
    minBufferTime: xsDuration(targetDuration),
  }
}

interface SegmentSeconds {
  readonly start: number
  readonly end: number
  readonly seconds: number
}

function allSegments(periods: readonly Period[]): readonly SegmentSeconds[] {
  return periods
    .flatMap(({ sets }) => sets)
    .flatMap(({ representations }) => representations)
    .flatMap(({ window, segments }) => {
      const { timescale } = window.rendition
      return segments.map(({ start, duration }) => ({
        start: start / timescale,
        end: (start + duration) / timescale,
        seconds: duration / timescale,
      }))
    })
}

/** What a Period says of others, and how it is to be played. */
interface PeriodContext {
  readonly previous: Period | undefined
  readonly next: Period | undefined
  /** Where segments are to be had while they are being made. */
  readonly partTarget: Millis | undefined
  /** Attributes of UTCTiming. */
  readonly timing: XmlAttributes
}

function writePeriod(
  xml: XmlWriter,
  snapshot: TimelineSnapshot,
  period: Period,
  { previous, next, partTarget, timing }: PeriodContext,
): void {
  const { mark, sets } = period
  const isOptional = snapshot.renditions.some(
    ({ rendition }) => rendition.kind === 'video' && rangeOf(rendition) === 'SDR',
  )
  // Players of a static MPD begin with its first Period: not before the first segment that is still there.
  const trim = snapshot.ended && previous === undefined
  const startSeconds = mark.start / mark.timescale
  const start = trim
    ? Math.max(startSeconds, Math.min(...allSegments([period]).map((segment) => segment.start)))
    : startSeconds
  const duration = durationBefore(next, period, start)
  xml.element('Period', { id: `p${mark.segment}`, start: xsDuration(start), duration }, () => {
    for (const set of sets) {
      const offsetOf = ({ window }: Representation): number =>
        trim
          ? Math.round(start * window.rendition.timescale)
          : rescale(mark.start, mark.timescale, window.rendition.timescale)
      writeAdaptationSet(
        xml,
        set,
        {
          continues: continued(period, set, previous),
          others: switchable(period, set),
          isOptional,
          writeReference:
            partTarget === undefined
              ? undefined
              : () => writeProducerReferenceTime(xml, snapshot.startedAt, timing),
        },
        (representation) =>
          writeRepresentation(xml, representation, {
            mark,
            presentationTimeOffset: offsetOf(representation),
            partTarget,
          }),
      )
    }
  })
}

/**
 * The length of a Period whose media ends before the next one begins: the publisher was away. Players that are
 * not told wait for segments up to the next Period's start. ISO/IEC 23009-1 §5.3.2.2
 */
function durationBefore(next: Period | undefined, period: Period, start: number): string | undefined {
  if (next === undefined) return undefined
  const end = Math.max(...allSegments([period]).map((segment) => segment.end))
  return end < next.mark.start / next.mark.timescale ? xsDuration(end - start) : undefined
}

/** The Period that an AdaptationSet goes on from without a break, if there is one. ISO/IEC 23009-1 §5.3.2.4 */
function continued(period: Period, set: AdaptationSet, previous: Period | undefined): Period | undefined {
  if (!period.mark.continuous || previous?.mark.endSegment !== period.mark.segment) return undefined
  const before = previous.sets.find(({ id }) => id === set.id)
  if (before === undefined) return undefined
  const sameInit = set.representations.every(({ window, first }) => {
    const earlier = before.representations.find((other) => other.window === window)
    return earlier === undefined || earlier.first.init.name === first.init.name
  })
  return sameInit ? previous : undefined
}

/**
 * The AdaptationSets that a player may go over to from this one: pictures in other codecs, cut at the same times. Players
 * that are not told stay with the codec they began with, and are not told where the dynamic range would change: that is
 * seen. ISO/IEC 23009-1 §5.3.3.5
 */
function switchable({ sets }: Period, { id, kind, range }: AdaptationSet): readonly AdaptationSet[] {
  if (kind !== 'video') return []
  return sets.filter((set) => set.kind === kind && set.range === range && set.id !== id)
}

/** What an AdaptationSet says of others. */
interface SetContext {
  /** See `continued`. */
  readonly continues: Period | undefined
  /** See `switchable`. */
  readonly others: readonly AdaptationSet[]
  /** There are, or soon will be, pictures that every display shows. */
  readonly isOptional: boolean
  /** Writes the wall clock of its media, where that is said. */
  readonly writeReference: (() => void) | undefined
}

function writeAdaptationSet(
  xml: XmlWriter,
  { id, kind, range, alternative, name, language, representations }: AdaptationSet,
  { continues, others, isOptional, writeReference }: SetContext,
  write: (representation: Representation) => void,
): void {
  const independent = representations.every(({ window }) => window.independent)
  const attributes: XmlAttributes = {
    id,
    contentType: kind,
    lang: language,
    mimeType: `${kind}/mp4`,
    segmentAlignment: 'true',
    startWithSAP: independent ? 1 : undefined,
  }
  const colour = commonColour(representations)
  xml.element('AdaptationSet', attributes, () => {
    // Who cannot show a high range leaves the set alone; where there is nothing else, wrong colours are better than none.
    if (colour !== undefined)
      writeColour(xml, range !== 'SDR' && isOptional ? 'EssentialProperty' : 'SupplementalProperty', colour)
    if (continues !== undefined)
      xml.empty('SupplementalProperty', {
        schemeIdUri: 'urn:mpeg:dash:period-continuity:2015',
        value: `p${continues.mark.segment}`,
      })
    if (others.length > 0)
      xml.empty('SupplementalProperty', {
        schemeIdUri: 'urn:mpeg:dash:adaptation-set-switching:2016',
        value: others.map((other) => other.id).join(','),
      })
    if (name !== undefined) xml.text('Label', name)
    writeReference?.()
    const role = alternative ? 'alternate' : 'main'
    xml.empty('Role', { schemeIdUri: 'urn:mpeg:dash:role:2011', value: role })
    for (const representation of representations) write(representation)
  })
}

interface RepresentationContext {
  readonly mark: PeriodSnapshot
  readonly presentationTimeOffset: number
  readonly partTarget: Millis | undefined
}

function writeRepresentation(
  xml: XmlWriter,
  { window, segments, first, rendition }: Representation,
  { mark, presentationTimeOffset, partTarget }: RepresentationContext,
): void {
  const attributes: XmlAttributes = {
    id: rendition.id,
    bandwidth: bandwidthOf(window).peak,
    codecs: rendition.codecString,
    ...(rendition.kind === 'video'
      ? {
          width: rendition.width,
          height: rendition.height,
          frameRate: rendition.frameRate === undefined ? undefined : frameRateValue(rendition.frameRate),
          sar: '1:1',
        }
      : { audioSamplingRate: rendition.sampleRate }),
  }
  xml.element('Representation', attributes, () => {
    const layout = rendition.kind === 'audio' ? channelConfiguration(rendition.channels) : undefined
    if (layout !== undefined) xml.empty('AudioChannelConfiguration', { ...layout })
    const isLow = partTarget !== undefined
    const template: XmlAttributes = {
      timescale: rendition.timescale,
      presentationTimeOffset,
      startNumber: first.number,
      ...(isLow ? earlyAvailability(expectedDuration(segments), rendition.timescale, partTarget) : {}),
      initialization: `${rendition.id}/${first.init.name}`,
      media: `${rendition.id}/${first.template}`,
    }
    xml.element('SegmentTemplate', template, () =>
      writeSegmentTimeline(xml, [...segments, ...(isLow ? forecast(window, mark, segments) : [])]),
    )
  })
}
