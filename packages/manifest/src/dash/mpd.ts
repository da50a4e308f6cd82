import { type EpochMillis, rescale } from '@sluice/core'
import { bandwidthOf } from '../timeline/bandwidth.ts'
import { rangeOf } from '../timeline/events.ts'
import type { TimelineSnapshot } from '../timeline/snapshot.ts'
import { commonColour, writeColour } from './colour.ts'
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
}

const PROFILES = 'urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019'
/** How far behind the live edge players begin, in target durations. */
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
  const xml = new XmlWriter()
  xml.element('MPD', rootAttributes(snapshot, periods, options), () => {
    for (const [index, period] of periods.entries())
      writePeriod(xml, snapshot, period, { previous: periods[index - 1], next: periods[index + 1] })
    if (!snapshot.ended)
      xml.empty('UTCTiming', {
        schemeIdUri: 'urn:mpeg:dash:utc:http-xsdate:2014',
        value: options.timeServerUrl,
      })
  })
  return xml.toString()
}

/** Kept short: GStreamer 1.22 does not know an MPD whose root start tag ends beyond byte 512. */
function rootAttributes(
  { targetDuration, window, startedAt, ended }: TimelineSnapshot,
  periods: readonly Period[],
  { publishTime }: MpdOptions,
): XmlAttributes {
  const longest = Math.max(targetDuration, ...allSegments(periods).map(({ seconds }) => seconds))
  const live: XmlAttributes = {
    type: 'dynamic',
    availabilityStartTime: new Date(startedAt).toISOString(),
    publishTime: new Date(publishTime).toISOString(),
    minimumUpdatePeriod: xsDuration(UPDATE_TARGETS * targetDuration),
    timeShiftBufferDepth: xsDuration(window),
    suggestedPresentationDelay: xsDuration(DELAY_TARGETS * targetDuration),
  }
  const complete: XmlAttributes = {
    type: 'static',
    mediaPresentationDuration: xsDuration(Math.max(...allSegments(periods).map(({ end }) => end))),
  }
  return {
    xmlns: 'urn:mpeg:dash:schema:mpd:2011',
    profiles: PROFILES,
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

function writePeriod(
  xml: XmlWriter,
  snapshot: TimelineSnapshot,
  period: Period,
  { previous, next }: { readonly previous: Period | undefined; readonly next: Period | undefined },
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
        { continues: continued(period, set, previous), others: switchable(period, set), isOptional },
        offsetOf,
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
}

function writeAdaptationSet(
  xml: XmlWriter,
  { id, kind, range, alternative, name, language, representations }: AdaptationSet,
  { continues, others, isOptional }: SetContext,
  offsetOf: (representation: Representation) => number,
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
    const role = alternative ? 'alternate' : 'main'
    xml.empty('Role', { schemeIdUri: 'urn:mpeg:dash:role:2011', value: role })
    for (const representation of representations)
      writeRepresentation(xml, representation, offsetOf(representation))
  })
}

function writeRepresentation(
  xml: XmlWriter,
  { window, segments, first, rendition }: Representation,
  presentationTimeOffset: number,
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
    const template: XmlAttributes = {
      timescale: rendition.timescale,
      presentationTimeOffset,
      startNumber: first.number,
      initialization: `${rendition.id}/${first.init.name}`,
      media: `${rendition.id}/${first.template}`,
    }
    xml.element('SegmentTemplate', template, () => writeSegmentTimeline(xml, segments))
  })
}
