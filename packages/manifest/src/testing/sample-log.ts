import { epochMillis, millis, ticks, timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type {
  AudioRendition,
  PartEvent,
  Rendition,
  SegmentEvent,
  StartEvent,
  TimelineEvent,
  VideoRendition,
} from '../timeline/events.ts'
import { initFileName, segmentFileName } from '../timeline/names.ts'
import type { TimelineSnapshot } from '../timeline/snapshot.ts'
import { Timeline, type TimelineOptions } from '../timeline/timeline.ts'

/** A broadcast of two-second segments in half-second parts. */
export const START: StartEvent = {
  type: 'start',
  broadcast: 'b1',
  startedAt: epochMillis(Date.parse('2026-11-22T10:00:00.000Z')),
  targetDuration: 2,
  partTarget: millis(500),
}

const PART_SECONDS = 0.5

export const SOURCE: VideoRendition = {
  kind: 'video',
  id: 'source',
  order: 0,
  codecString: 'avc1.64001f',
  timescale: VIDEO_TIMESCALE,
  nominalBitrate: undefined,
  init: { version: 0, name: initFileName('b1', 1, 0) },
  width: 1280,
  height: 720,
  frameRate: 30,
  audio: 'audio-source',
}

/** A source of high dynamic range. */
export const HDR_SOURCE: VideoRendition = {
  ...SOURCE,
  codecString: 'hvc1.2.4.L93.90',
  colour: { primaries: 9, transfer: 16, matrix: 9, fullRange: false },
}

export const LOW: VideoRendition = {
  ...SOURCE,
  id: '360p',
  order: 1,
  codecString: 'avc1.42c01e',
  nominalBitrate: 800_000,
  width: 640,
  height: 360,
  frameRate: 30_000 / 1001,
  audio: 'audio-64k',
}

export const AUDIO: AudioRendition = {
  kind: 'audio',
  id: 'audio-source',
  order: 2,
  codecString: 'mp4a.40.2',
  timescale: timescale(48_000),
  nominalBitrate: 128_000,
  init: { version: 0, name: initFileName('b1', 1, 0) },
  sampleRate: 48_000,
  channels: 2,
}

export const LOW_AUDIO: AudioRendition = { ...AUDIO, id: 'audio-64k', order: 3, nominalBitrate: 64_000 }

/** A sound beside the default one. */
export const COMMENTARY: AudioRendition = {
  ...AUDIO,
  id: 'audio-source-1',
  order: 4,
  alternative: 1,
  name: 'Kommentar',
  language: 'de',
}

/** The same rendition before its encoder has produced anything. */
export function planned(rendition: VideoRendition): VideoRendition {
  return { ...rendition, init: undefined }
}

export function declared(rendition: Rendition): TimelineEvent {
  return { type: 'rendition', rendition }
}

/** How a sample segment differs from the ordinary one. */
export interface SampleOptions {
  readonly epoch?: number
  readonly init?: number
  /** Seconds; by default segments of two seconds follow each other from 0. */
  readonly start?: number
  /** Seconds. */
  readonly duration?: number
  /** Number of equal parts; by default parts last half a second, the last one what remains. */
  readonly parts?: number
  readonly independent?: boolean
  /** Bytes. */
  readonly size?: number
}

/** The parts of a segment, without the event that closes it. */
export function partEvents(
  rendition: Rendition,
  segment: number,
  options: SampleOptions = {},
): readonly PartEvent[] {
  const { epoch = 1, init = 0, duration = 2, size = 250_000, independent = true } = options
  const start = Math.round((options.start ?? segment * 2) * rendition.timescale)
  const length = Math.round(duration * rendition.timescale)
  const parts = options.parts ?? Math.ceil(length / (PART_SECONDS * rendition.timescale))
  const unit = options.parts === undefined ? PART_SECONDS * rendition.timescale : length / parts
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor(unit * part)
    const to = Math.min(length, Math.floor(unit * (part + 1)))
    const offset = Math.floor((size * part) / parts)
    return {
      type: 'part',
      rendition: rendition.id,
      segment,
      part,
      name: segmentFileName('b1', epoch, init, segment),
      init,
      start: ticks(start + from),
      duration: ticks(to - from),
      independent: rendition.kind === 'audio' || (part === 0 && independent),
      offset,
      size: Math.floor((size * (part + 1)) / parts) - offset,
    }
  })
}

/** The event that closes a segment. */
export function segmentEvent(
  rendition: Rendition,
  segment: number,
  options: SampleOptions = {},
): SegmentEvent {
  const { epoch = 1, init = 0, duration = 2, size = 250_000, independent = true } = options
  return {
    type: 'segment',
    rendition: rendition.id,
    segment,
    name: segmentFileName('b1', epoch, init, segment),
    init,
    start: ticks(Math.round((options.start ?? segment * 2) * rendition.timescale)),
    duration: ticks(Math.round(duration * rendition.timescale)),
    independent: rendition.kind === 'audio' || independent,
    size,
  }
}

/** A whole segment: its parts, then its end. */
export function segmentEvents(
  rendition: Rendition,
  segment: number,
  options: SampleOptions = {},
): readonly TimelineEvent[] {
  return [...partEvents(rendition, segment, options), segmentEvent(rendition, segment, options)]
}

/** A timeline after some events. */
export function timelineOf(events: readonly TimelineEvent[], options: TimelineOptions = {}): Timeline {
  const timeline = new Timeline(options)
  for (const event of events) timeline.apply(event)
  return timeline
}

/** The snapshot after some events, which must begin with a start. */
export function snapshotOf(
  events: readonly TimelineEvent[],
  options: TimelineOptions = {},
): TimelineSnapshot {
  const snapshot = timelineOf(events, options).snapshot()
  if (snapshot === undefined) throw new Error('the log has no start')
  return snapshot
}
