import { type Timescale, ticksToMillis } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'
import { FROM_THE_START, type MadeSegment, type ResumePoint } from './rendition-output.ts'

/** What the timeline says of the work done so far. */
export interface Progress {
  /** False for a broadcast without a start event. */
  readonly started: boolean
  readonly ended: boolean
  /** First segment that some rendition still lacks. */
  readonly nextSegment: number
  /** Renditions that are listed. */
  readonly renditions: readonly string[]
  /** Where to go on, by rendition. */
  readonly resume: (rendition: string) => ResumePoint
}

/** Reads from a timeline's events where a new worker has to go on. */
export function progressOf(events: readonly TimelineEvent[]): Progress {
  const points = new Map<string, Omit<ResumePoint, 'segments'>>()
  const timescales = new Map<string, Timescale>()
  const made = new Map<string, MadeSegment[]>()
  let started = false
  let ended = false
  const update = (id: string, change: Partial<ResumePoint>): void => {
    const { segment, initVersion } = points.get(id) ?? FROM_THE_START
    points.set(id, { segment, initVersion, ...change })
  }
  for (const event of events) {
    if (event.type === 'start') started = true
    else if (event.type === 'end') ended = true
    else if (event.type === 'segment') {
      const { rendition: id, segment, name, duration } = event
      update(id, { segment: segment + 1 })
      const timescale = timescales.get(id)
      if (timescale === undefined) continue
      const segments = made.get(id) ?? []
      made.set(id, segments)
      segments.push({ name, millis: ticksToMillis(duration, timescale) })
    } else if (event.type === 'rendition') {
      const { id, init, timescale } = event.rendition
      timescales.set(id, timescale)
      update(id, init === undefined ? {} : { initVersion: init.version + 1 })
    } else if (event.type === 'rendition-removed') points.delete(event.rendition)
  }
  const next = Math.min(...[...points.values()].map((point) => point.segment))
  return {
    started,
    ended,
    nextSegment: Number.isFinite(next) ? next : 0,
    renditions: [...points.keys()],
    resume: (rendition) => ({
      ...(points.get(rendition) ?? FROM_THE_START),
      segments: made.get(rendition) ?? [],
    }),
  }
}
