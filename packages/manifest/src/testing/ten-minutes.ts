import { millis } from '@sluice/core'
import type { Rendition, StartEvent, TimelineEvent } from '../timeline/events.ts'
import { initFileName } from '../timeline/names.ts'
import { AUDIO, declared, LOW, partEvents, SOURCE, START, segmentEvent } from './sample-log.ts'

/** What a log gets at one moment. */
export interface LogStep {
  /** Seconds since the broadcast began. */
  readonly at: number
  readonly events: readonly TimelineEvent[]
}

const PART_SECONDS = 0.25
const SEGMENT_SECONDS = 2
const END_SECONDS = 600
/** The publisher's connection breaks at the one, and it is back at the other. */
const BREAK = { segment: 100, at: 201.3, backAt: 208.6 }
/** The ladder's encoder is started anew and misses these segments. */
const MISSED: readonly number[] = [150, 151]
/** The publisher changes its picture's size before this segment. */
const RESIZED = 197
/** Another worker takes over in this segment, when so many parts of it are there. */
const TAKEOVER = { segment: 247, parts: 3 }
const AUDIO_FRAME_SECONDS = 1024 / 48_000

const RENDITIONS: readonly Rendition[] = [SOURCE, LOW, AUDIO]

export const TEN_MINUTES_START: StartEvent = { ...START, partTarget: millis(PART_SECONDS * 1000) }

/**
 * The log of a broadcast of ten minutes, as its workers write it: part by part, sound a little behind the picture, the last
 * part of a segment together with its end. Its publisher leaves and comes back, its ladder misses two segments, its
 * picture changes its size, and its worker is replaced in the middle of a segment.
 */
export function tenMinutes(): readonly LogStep[] {
  const steps: LogStep[] = [{ at: 0, events: [TEN_MINUTES_START, ...RENDITIONS.map(declared)] }]
  let start = 0
  let worker = { epoch: 1, init: 0 }
  for (let number = 0; start < END_SECONDS; number++) {
    if (number === BREAK.segment + 1 || number === RESIZED)
      steps.push({ at: start + 0.1, events: [{ type: 'discontinuity', segment: number }] })
    if (number === RESIZED) {
      worker = { epoch: 1, init: 1 }
      steps.push({ at: start + 0.1, events: declarations(worker) })
    }
    const end = number === BREAK.segment ? BREAK.at : start + SEGMENT_SECONDS
    if (number === TAKEOVER.segment) {
      const lost = segmentSteps(number, start, end, worker).filter(
        ({ events }) => !isBeyond(events, TAKEOVER.parts),
      )
      worker = { epoch: 2, init: 2 }
      const at = start + TAKEOVER.parts * PART_SECONDS + 0.1
      steps.push(...lost, { at, events: declarations(worker) })
    }
    steps.push(...segmentSteps(number, start, end, worker))
    start = number === BREAK.segment ? BREAK.backAt : end
  }
  steps.push({ at: END_SECONDS + 1, events: [{ type: 'end' }] })
  return steps
}

interface Worker {
  readonly epoch: number
  readonly init: number
}

function declarations({ epoch, init }: Worker): readonly TimelineEvent[] {
  const name = initFileName('b1', epoch, init)
  return RENDITIONS.map((rendition) => declared({ ...rendition, init: { version: init, name } }))
}

/** One segment of every rendition, in the order of time. */
function segmentSteps(number: number, start: number, end: number, worker: Worker): readonly LogStep[] {
  return RENDITIONS.filter((rendition) => rendition !== LOW || !MISSED.includes(number))
    .flatMap((rendition) => renditionSteps(rendition, number, start, end, worker))
    .toSorted((a, b) => a.at - b.at)
}

function renditionSteps(
  rendition: Rendition,
  number: number,
  start: number,
  end: number,
  worker: Worker,
): readonly LogStep[] {
  const from = rendition.kind === 'audio' ? wholeFrames(start) : start
  const duration = (rendition.kind === 'audio' ? wholeFrames(end) : end) - from
  const parts = Math.ceil(duration / PART_SECONDS - 1e-6)
  const options = { ...worker, start: from, duration, parts }
  const delay = 0.01 * rendition.order
  return partEvents(rendition, number, options).map((part, index): LogStep => {
    const closes = index === parts - 1 ? [segmentEvent(rendition, number, options)] : []
    // How long the last frame before a break lasts is known when the publisher is back.
    const waits = number === BREAK.segment && index === parts - 1
    const at = waits ? BREAK.backAt : from + (duration * (index + 1)) / parts
    return { at: at + delay, events: [part, ...closes] }
  })
}

function wholeFrames(seconds: number): number {
  return Math.round(seconds / AUDIO_FRAME_SECONDS) * AUDIO_FRAME_SECONDS
}

function isBeyond(events: readonly TimelineEvent[], parts: number): boolean {
  return events.some((event) => event.type === 'part' && event.part >= parts)
}
