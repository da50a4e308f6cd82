import { assertNever, MILLISECONDS, ProtocolError, ticks } from '@sluice/core'
import { checkStart } from './check-event.ts'
import { Discontinuities } from './discontinuities.ts'
import type {
  DiscontinuityEvent,
  PartEvent,
  RenditionEvent,
  SegmentEvent,
  StartEvent,
  TimelineEvent,
} from './events.ts'
import type { MediaFile } from './file-index.ts'
import type { SiblingLookup } from './gap.ts'
import { checkName } from './names.ts'
import { type MediaTime, PeriodMarks } from './period-marks.ts'
import { type ApplyResult, RenditionWindow } from './rendition-window.ts'
import type { SegmentSnapshot, TimelineSnapshot } from './snapshot.ts'

/** Settings of a {@link Timeline}. */
export interface TimelineOptions {
  /**
   * Seconds of complete segments in the live window where the log does not say, default 60. More lets viewers rewind further and
   * costs memory and longer playlists. At least six target durations are always kept.
   */
  readonly window?: number
}

/** How many events changed nothing, by reason. */
export type IgnoredCounts = Readonly<Record<Exclude<ApplyResult, 'applied'>, number>>

const DEFAULT_WINDOW_SECONDS = 60
const FEWEST_TARGET_DURATIONS = 6

/**
 * The first period begins here, wherever the first segment lies, so that a reader who comes late and never
 * saw that segment tells the same as one who did.
 */
const MEDIA_TIME_ZERO: MediaTime = { time: ticks(0), timescale: MILLISECONDS }

/**
 * Folds a broadcast's timeline log into its live window.
 *
 * A log is written by several workers one after the other, so not every event is news. Ignored and counted,
 * without an effect:
 *
 * - `duplicate`: a segment, part, discontinuity or start that is already known;
 * - `late`: media of a segment that is complete or passed, a discontinuity inside what is already listed;
 * - `out-of-order`: a part whose predecessor never came (its segment is still listed when complete);
 * - `after-end`: anything behind the end.
 *
 * An event that contradicts itself or the ones before it throws `ProtocolError` and has no effect; the
 * timeline can be used on. Numbers that a rendition never got become gaps.
 */
export class Timeline {
  readonly #options: TimelineOptions
  readonly #windows = new Map<string, RenditionWindow>()
  readonly #discontinuities = new Discontinuities()
  readonly #periods = new PeriodMarks()
  readonly #ignored: Record<Exclude<ApplyResult, 'applied'>, number> = {
    duplicate: 0,
    late: 0,
    'out-of-order': 0,
    'after-end': 0,
  }
  #start: StartEvent | undefined
  #ended = false
  /** True once a segment was complete: what begins from now on begins late. */
  #mediaSeen = false
  #version = 0
  #segmentsVersion = 0
  #snapshot: TimelineSnapshot | undefined

  constructor(options: TimelineOptions = {}) {
    this.#options = options
  }

  /** How many events changed nothing so far. */
  get ignored(): IgnoredCounts {
    return this.#ignored
  }

  /**
   * Takes the next event of the log.
   *
   * @returns `applied`, or why the event changed nothing.
   * @throws {ProtocolError} `manifest.timeline.*`; the event had no effect.
   */
  apply(event: TimelineEvent): ApplyResult {
    const periods = this.#periods.list()
    const result = this.#ended ? 'after-end' : this.#dispatch(event)
    if (result === 'applied') {
      this.#version += 1
      // A part can tell when a period begins.
      if (event.type !== 'part' || this.#periods.list() !== periods) this.#segmentsVersion += 1
      this.#snapshot = undefined
    } else this.#ignored[result] += 1
    return result
  }

  /** The state after all events so far, undefined before the first. Cheap: nothing is made twice. */
  snapshot(): TimelineSnapshot | undefined {
    if (this.#start === undefined) return undefined
    this.#snapshot ??= this.#takeSnapshot(this.#start)
    return this.#snapshot
  }

  /** What a file name in a rendition's playlists stands for, also for some time after it was listed. */
  file(rendition: string, name: string): MediaFile | undefined {
    return this.#windows.get(rendition)?.file(name)
  }

  #dispatch(event: TimelineEvent): ApplyResult {
    switch (event.type) {
      case 'start':
        return this.#begin(event)
      case 'rendition':
        return this.#declare(event)
      case 'rendition-removed':
        this.#windowOf(event.rendition).removed = true
        return 'applied'
      case 'part':
        return this.#addPart(event)
      case 'segment':
        return this.#addSegment(event)
      case 'discontinuity':
        return this.#addDiscontinuity(event)
      case 'end':
        this.#started()
        for (const window of this.#windows.values()) window.end()
        this.#ended = true
        return 'applied'
      default:
        return assertNever(event)
    }
  }

  #begin(event: StartEvent): ApplyResult {
    checkStart(event)
    if (this.#start === undefined) {
      this.#start = event
      return 'applied'
    }
    const { broadcast, startedAt, targetDuration, partTarget } = this.#start
    const same =
      event.broadcast === broadcast &&
      event.startedAt === startedAt &&
      event.targetDuration === targetDuration &&
      event.partTarget === partTarget
    if (!same)
      throw new ProtocolError(
        'manifest.timeline.restarted',
        `the timeline of broadcast "${broadcast}" cannot start again as that of "${event.broadcast}" or with other targets`,
      )
    return 'duplicate'
  }

  #declare({ rendition }: RenditionEvent): ApplyResult {
    const { targetDuration } = this.#started()
    checkName(rendition.id)
    const known = this.#windows.get(rendition.id)
    if (known !== undefined) {
      known.late ||= this.#mediaSeen && known.rendition.init === undefined
      known.declare(rendition)
      return 'applied'
    }
    const limits = { window: this.#window(), targetDuration }
    const context = {
      discontinuitySequence: (segment: number) => this.#discontinuities.sequenceOf(segment),
      sibling: (number: number) => this.#siblingSegment(number),
    }
    const window = new RenditionWindow(rendition, limits, context)
    window.late = this.#mediaSeen
    this.#windows.set(rendition.id, window)
    return 'applied'
  }

  #addPart(event: PartEvent): ApplyResult {
    const window = this.#windowOf(event.rendition)
    const result = window.addPart(event)
    if (result === 'applied') this.#resolvePeriod(window, event.segment)
    return result
  }

  #addSegment(event: SegmentEvent): ApplyResult {
    const window = this.#windowOf(event.rendition)
    const previous = window.lastSegment
    const result = window.addSegment(event)
    const current = window.lastSegment
    if (result !== 'applied' || current === undefined) return result
    if (this.#periods.precedes(current.number)) this.#periods.add(0, true, MEDIA_TIME_ZERO)
    if (this.#needsPeriod(window, previous, current))
      this.#periods.add(current.number, true, this.#boundaryStart(current.number))
    this.#mediaSeen = true
    this.#resolvePeriod(window, current.number)
    this.#periods.retire(this.#oldestSegment(current.number))
    return result
  }

  #addDiscontinuity({ segment }: DiscontinuityEvent): ApplyResult {
    this.#started()
    if (!Number.isSafeInteger(segment) || segment < 0)
      throw new ProtocolError('manifest.timeline.bad_discontinuity', `${segment} is no segment number`)
    if (segment === this.#discontinuities.last) return 'duplicate'
    const listed = [...this.#windows.values()].some((window) => window.newest >= segment)
    if (listed || segment < this.#discontinuities.last) return 'late'
    this.#discontinuities.add(segment)
    for (const window of this.#windows.values()) window.contextChanged()
    this.#periods.add(segment, false, undefined)
    return 'applied'
  }

  /**
   * A period begins where a rendition changes its init segment or its names, misses a segment, or begins
   * although others had begun before: players take up a new rendition at the start of a period only.
   */
  #needsPeriod(
    window: RenditionWindow,
    previous: SegmentSnapshot | undefined,
    current: SegmentSnapshot,
  ): boolean {
    if (previous === undefined)
      return window.late && this.#periods.periodOf(current.number) !== current.number
    return (
      previous.number + 1 !== current.number ||
      previous.template !== current.template ||
      previous.init.name !== current.init.name
    )
  }

  /** Video decides when a period begins, so that no leading picture lies before it; audio only by itself. */
  #isReference(window: RenditionWindow): boolean {
    return window.rendition.kind === 'video' || !this.#hasVideo()
  }

  #hasVideo(): boolean {
    return this.#present().some(({ rendition }) => rendition.kind === 'video')
  }

  #resolvePeriod(window: RenditionWindow, segment: number): void {
    const time = window.startOf(segment)
    if (time === undefined || !this.#isReference(window)) return
    this.#periods.resolve(segment, { time, timescale: window.rendition.timescale })
  }

  #boundaryStart(segment: number): MediaTime | undefined {
    for (const window of this.#present()) {
      const time = this.#isReference(window) ? window.startOf(segment) : undefined
      if (time !== undefined) return { time, timescale: window.rendition.timescale }
    }
    return undefined
  }

  #siblingSegment(number: number): ReturnType<SiblingLookup> {
    for (const window of this.#windows.values()) {
      const segment = window.segment(number)
      if (segment !== undefined && !segment.gap) return { ...segment, timescale: window.rendition.timescale }
    }
    return undefined
  }

  #oldestSegment(fallback: number): number {
    return Math.min(fallback, ...this.#present().map((window) => window.oldest ?? fallback))
  }

  #present(): readonly RenditionWindow[] {
    return [...this.#windows.values()].filter((window) => !window.removed)
  }

  #started(): StartEvent {
    if (this.#start === undefined)
      throw new ProtocolError('manifest.timeline.not_started', 'a timeline must begin with a start event')
    return this.#start
  }

  #windowOf(rendition: string): RenditionWindow {
    this.#started()
    const window = this.#windows.get(rendition)
    if (window === undefined)
      throw new ProtocolError(
        'manifest.timeline.unknown_rendition',
        `rendition "${rendition}" was never declared`,
      )
    return window
  }

  #window(): number {
    const { targetDuration, window } = this.#started()
    const wanted = window ?? this.#options.window ?? DEFAULT_WINDOW_SECONDS
    return Math.max(wanted, FEWEST_TARGET_DURATIONS * targetDuration)
  }

  #takeSnapshot(start: StartEvent): TimelineSnapshot {
    const { broadcast, startedAt, targetDuration, partTarget } = start
    return {
      version: this.#version,
      segmentsVersion: this.#segmentsVersion,
      broadcast,
      startedAt,
      targetDuration,
      partTarget,
      window: this.#window(),
      ended: this.#ended,
      renditions: this.#present()
        .map((window) => window.snapshot())
        .toSorted((a, b) => a.rendition.order - b.rendition.order),
      periods: this.#periods.list(),
    }
  }
}
