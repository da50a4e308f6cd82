import { ProtocolError, rescale, type Ticks, type Timescale, ticks } from '@sluice/core'
import { averageBitrate, peakBitrateAt } from './bit-rate-meter.ts'
import { checkMedia } from './check-event.ts'
import type { InitSegment, PartEvent, Rendition, SegmentEvent } from './events.ts'
import { FileIndex, type MediaFile } from './file-index.ts'
import { type SiblingLookup, spansOfHole } from './gap.ts'
import {
  checkName,
  isOfSameWorker,
  nameFromTemplate,
  partFileName,
  segmentTemplate,
  templateAfterInit,
} from './names.ts'
import type {
  NextPart,
  OpenSegmentSnapshot,
  PartSnapshot,
  RenditionSnapshot,
  SegmentSnapshot,
} from './snapshot.ts'

/** What became of an event: `applied`, or the reason why it changed nothing. */
export type ApplyResult = 'applied' | 'duplicate' | 'late' | 'out-of-order' | 'after-end'

/** Limits of a window. */
export interface WindowLimits {
  /** Seconds of complete segments to keep. */
  readonly window: number
  /** Whole seconds. */
  readonly targetDuration: number
}

/** What a window must be told about the broadcast around it. */
export interface WindowContext {
  /** Discontinuities up to and with the start of a segment. */
  readonly discontinuitySequence: (segment: number) => number
  /** Where another rendition has a segment. */
  readonly sibling: SiblingLookup
}

/** What an init segment was declared with. */
interface Declaration {
  readonly init: InitSegment
  /** In ticks of the window. */
  readonly rendition: Rendition
  /** Ticks per second of the media that needs this init segment. */
  readonly timescale: Timescale
}

/** Parts stay fetchable for as long again as they are listed: so many target durations. */
const PART_TARGETS = 6
const NO_PARTS: readonly PartSnapshot[] = []

interface Retired {
  readonly names: readonly string[]
  /** How much media there had been when they left the list, in ticks. */
  readonly at: number
}

/** The live window of one rendition, changed by its events. Segment numbers in it rise by one without a hole. */
export class RenditionWindow {
  #rendition: Rendition
  readonly #limits: WindowLimits
  readonly #context: WindowContext
  /** As declared with each init segment, by its version. */
  readonly #declared = new Map<number, Declaration>()
  readonly #files = new FileIndex()
  #segments: SegmentSnapshot[] = []
  /** A snapshot has this very array: it must not change any more. A log of hours is read without a copy for each segment. */
  #isShared = false
  #open: OpenSegmentSnapshot | undefined
  /** Number of the last complete segment or gap, -1 before the first. */
  #last = -1
  /** The last complete segment with media, also when it has left the window. */
  #lastSegment: SegmentSnapshot | undefined
  readonly #retired: Retired[] = []
  /** Number of the newest segment whose parts are forgotten. */
  #withoutParts = -1
  #listed: Ticks = ticks(0)
  /** Duration of all complete segments so far, in ticks, without what lies between them: no more time has gone by. */
  #made = 0
  #averageBitrate: number | undefined
  /** Segments have changed since the average was taken. */
  #averageIsOld = false
  #peakBitrate: number | undefined
  #independent = true
  #ended = false
  #snapshot: RenditionSnapshot | undefined
  /** True while the rendition is taken away: it keeps its files and numbers and is in no snapshot. */
  removed = false
  /** True when it got its first init segment after others had begun. */
  late = false

  constructor(rendition: Rendition, limits: WindowLimits, context: WindowContext) {
    this.#rendition = rendition
    this.#limits = limits
    this.#context = context
    this.declare(rendition)
  }

  get rendition(): Rendition {
    return this.#rendition
  }

  /** The newest complete segment with media, also when it has left the window. */
  get lastSegment(): SegmentSnapshot | undefined {
    return this.#lastSegment
  }

  /** The highest segment number of which there is anything, -1 before there is. */
  get newest(): number {
    return Math.max(this.#last, this.#open?.number ?? -1)
  }

  /** Number of the oldest listed segment, undefined while none is complete. */
  get oldest(): number | undefined {
    return this.#segments[0]?.number
  }

  /**
   * Takes over a newer declaration. An init segment, once there, stays until a newer one replaces it. The window counts in
   * the timescale it began with: times of a publisher who came back with another sample rate are brought to that.
   */
  declare(declared: Rendition): void {
    const { kind, timescale } = this.#rendition
    if (declared.kind !== kind)
      throw new ProtocolError(
        'manifest.timeline.rendition_changed',
        `rendition "${declared.id}" was ${kind} and cannot become ${declared.kind}`,
      )
    const rendition = { ...declared, timescale }
    const { init } = rendition
    if (init !== undefined) {
      checkName(init.name)
      templateAfterInit(init.name)
      const known = this.#declared.get(init.version)
      if (known?.init.name !== init.name) this.#files.checkFree(init.name)
      this.#files.add({ kind: 'init', name: init.name })
      this.#declared.set(init.version, { init, rendition, timescale: declared.timescale })
    }
    this.#rendition = { ...rendition, init: init ?? this.#rendition.init }
    this.removed = false
    this.#changed()
  }

  /** What a file name stands for, undefined when it was never listed or has been gone for long. */
  file(name: string): MediaFile | undefined {
    return this.#files.get(name)
  }

  /** Where a segment lies, while it is listed. */
  segment(number: number): SegmentSnapshot | undefined {
    const first = this.#segments[0]
    return first === undefined ? undefined : this.#segments[number - first.number]
  }

  /** When a segment begins, as soon as its first part exists. */
  startOf(number: number): Ticks | undefined {
    return this.#open?.number === number ? this.#open.start : this.segment(number)?.start
  }

  addPart(received: PartEvent): ApplyResult {
    const { init, timescale } = this.#declarationOf(received)
    segmentTemplate(received.name, received.segment)
    checkMedia(received, timescale, this.#limits.targetDuration)
    const event = this.#inOwnTicks(received, timescale)
    if (event.segment <= this.#last) return 'late'

    const open = this.#open
    const continues = open?.number === event.segment
    if (open !== undefined && event.segment < open.number) return 'late'
    // A worker that took over makes the open segment anew, with an init segment of its own.
    const replaces = continues && event.part === 0 && open.init.name !== init.name
    if (continues && !replaces) {
      if (event.part < open.parts.length) return 'duplicate'
      if (event.part > open.parts.length || open.init.name !== init.name) return 'out-of-order'
    } else if (event.part !== 0) return 'out-of-order'

    this.#checkOrder(event)
    const part = this.#registerPart(event)
    if (continues && !replaces) {
      this.#open = { ...open, parts: [...open.parts, part] }
    } else {
      this.#dropOpen()
      this.#skipTo(event.segment, event.start, event.name)
      const discontinuitySequence = this.#context.discontinuitySequence(event.segment)
      const { segment: number, name, start } = event
      this.#open = { number, name, init, start, parts: [part], discontinuitySequence }
    }
    this.#changed()
    return 'applied'
  }

  addSegment(received: SegmentEvent): ApplyResult {
    const { init, rendition, timescale } = this.#declarationOf(received)
    const template = this.#templateOf(received)
    checkMedia(received, timescale, this.#limits.targetDuration)
    const event = this.#inOwnTicks(received, timescale)
    if (event.segment <= this.#last) return this.#files.get(event.name) === undefined ? 'late' : 'duplicate'
    if (this.#open !== undefined && event.segment < this.#open.number) return 'late'
    this.#files.checkFree(event.name)
    checkName(event.name)
    this.#checkOrder(event)

    const open = this.#open
    const keepsParts = open?.number === event.segment && open.init.name === init.name
    if (keepsParts) this.#open = undefined
    else this.#dropOpen()
    this.#skipTo(event.segment, event.start, event.name)

    const segment: SegmentSnapshot = {
      number: event.segment,
      name: event.name,
      template,
      rendition,
      init,
      start: event.start,
      duration: event.duration,
      independent: event.independent,
      size: event.size,
      parts: keepsParts ? open.parts : [],
      discontinuitySequence: this.#context.discontinuitySequence(event.segment),
      gap: false,
    }
    this.#files.add({ kind: 'segment', name: event.name, init: init.name, size: event.size })
    this.#append(segment)
    this.#lastSegment = segment
    this.#independent &&= event.independent
    const peak = peakBitrateAt(this.#segments, this.#limits.targetDuration, this.#rendition.timescale)
    if (peak !== undefined) this.#peakBitrate = Math.max(peak, this.#peakBitrate ?? 0)
    this.#changed()
    return 'applied'
  }

  /** Nothing follows: parts of a segment that will never be complete leave the list. */
  end(): void {
    this.#dropOpen()
    this.#ended = true
    this.#changed()
  }

  /** The broadcast around it changed: what comes next may do so too. */
  contextChanged(): void {
    this.#changed()
  }

  snapshot(): RenditionSnapshot {
    this.#isShared = true
    this.#snapshot ??= {
      rendition: this.#rendition,
      segments: this.#segments,
      open: this.#open,
      next: this.#next(),
      mediaSequence: this.#segments[0]?.number ?? this.#open?.number ?? 0,
      discontinuitySequence:
        this.#segments[0]?.discontinuitySequence ?? this.#open?.discontinuitySequence ?? 0,
      peakBitrate: this.#peakBitrate,
      averageBitrate: this.#average(),
      independent: this.#independent,
    }
    return this.#snapshot
  }

  #changed(): void {
    this.#snapshot = undefined
  }

  #average(): number | undefined {
    if (this.#averageIsOld) this.#averageBitrate = averageBitrate(this.#segments, this.#rendition.timescale)
    this.#averageIsOld = false
    return this.#averageBitrate
  }

  #next(): NextPart | undefined {
    const { init } = this.#rendition
    if (this.#ended || init === undefined) return undefined
    const open = this.#open
    const goesOn = open?.init.name === init.name
    // A worker that took over makes the open segment anew; one that changed its init segment is done with it.
    const inOpen = open !== undefined && (goesOn || !isOfSameWorker(open.init.name, init.name))
    const segment = inOpen ? open.number : this.newest + 1
    const part = goesOn ? open.parts.length : 0
    const name = partFileName(nameFromTemplate(this.#nextTemplate(init), segment), part)
    return { segment, part, name, init, discontinuitySequence: this.#context.discontinuitySequence(segment) }
  }

  /** Names go on as they were, until there is another init segment. */
  #nextTemplate(init: InitSegment): string {
    const open = this.#open
    if (open?.init.name === init.name) return segmentTemplate(open.name, open.number)
    const last = this.#segments.at(-1)
    return last?.init.name === init.name ? last.template : templateAfterInit(init.name)
  }

  /** Both ends are rounded, so that what followed each other does so still. */
  #inOwnTicks<Event extends PartEvent | SegmentEvent>(event: Event, from: Timescale): Event {
    const { timescale } = this.#rendition
    if (from === timescale) return event
    const start = rescale(event.start, from, timescale)
    const end = rescale(ticks(event.start + event.duration), from, timescale)
    return { ...event, start, duration: ticks(end - start) }
  }

  /** One string for all segments that share it: a window of hours has thousands. */
  #templateOf({ name, segment }: SegmentEvent): string {
    const template = segmentTemplate(name, segment)
    const last = this.#lastSegment?.template
    return template === last ? last : template
  }

  #declarationOf(event: PartEvent | SegmentEvent): Declaration {
    const declared = this.#declared.get(event.init)
    if (declared === undefined)
      throw new ProtocolError(
        'manifest.timeline.unknown_init',
        `"${event.name}" needs init segment ${event.init} of "${event.rendition}", which was never declared`,
      )
    return declared
  }

  #checkOrder(event: PartEvent | SegmentEvent): void {
    const previous = this.#segments.at(-1)
    if (previous !== undefined && event.start <= previous.start)
      throw new ProtocolError(
        'manifest.timeline.time_goes_back',
        `"${event.name}" starts at ${event.start}, not after "${previous.name}" at ${previous.start}`,
      )
  }

  #registerPart(event: PartEvent): PartSnapshot {
    const name = partFileName(event.name, event.part)
    checkName(name)
    this.#files.checkFree(name)
    this.#files.add({ kind: 'part', name, segment: event.name, offset: event.offset, size: event.size })
    const { part: number, start, duration, independent } = event
    return { number, name, start, duration, independent }
  }

  /** Forgets the open segment; its parts stay fetchable for those who were told of them. */
  #dropOpen(): void {
    if (this.#open === undefined) return
    this.#retire(this.#open.parts)
    this.#open = undefined
  }

  /** Makes `number` the next one: fills the hole before it with gaps, or begins the window anew. */
  #skipTo(number: number, start: Ticks, name: string): void {
    const previous = this.#segments.at(-1)
    if (previous === undefined || number === previous.number + 1) return
    const { timescale } = this.#rendition
    const from = ticks(previous.start + previous.duration)
    const discontinuitySequence = this.#context.discontinuitySequence(number)
    const continuous = discontinuitySequence === previous.discontinuitySequence
    const firstNumber = previous.number + 1
    const { targetDuration } = this.#limits
    const spans = spansOfHole(
      { firstNumber, nextNumber: number, from, to: start, timescale, continuous, targetDuration },
      this.#context.sibling,
    )
    if (spans === undefined) {
      for (const segment of this.#segments) this.#retireSegment(segment)
      this.#segments = []
      this.#isShared = false
      this.#averageIsOld = true
      this.#listed = ticks(0)
      return
    }
    const template = segmentTemplate(name, number)
    for (const span of spans)
      this.#append({
        ...span,
        name: nameFromTemplate(template, span.number),
        template,
        rendition: previous.rendition,
        init: previous.init,
        independent: true,
        size: 0,
        parts: [],
        discontinuitySequence: this.#context.discontinuitySequence(span.number),
        gap: true,
      })
  }

  #append(segment: SegmentSnapshot): void {
    if (!segment.gap) this.#made += segment.duration
    let listed = this.#listed + segment.duration
    let drop = 0
    const wanted = this.#limits.window * this.#rendition.timescale
    for (const oldest of this.#segments) {
      if (listed - oldest.duration < wanted) break
      listed -= oldest.duration
      this.#retireSegment(oldest)
      drop += 1
    }
    if (this.#isShared) this.#segments = this.#segments.slice(drop)
    else this.#segments.splice(0, drop)
    this.#isShared = false
    this.#segments.push(segment)
    this.#forgetParts(this.#segments)
    this.#listed = ticks(listed)
    this.#last = segment.number
    this.#averageIsOld = true
    this.#forget()
  }

  /** Takes the parts off segments that are no longer listed with them: a window of hours would hold nothing else. */
  #forgetParts(segments: SegmentSnapshot[]): void {
    const wanted = PART_TARGETS * this.#limits.targetDuration * this.#rendition.timescale
    let kept = 0
    let index = segments.length - 1
    for (; index >= 0 && kept < wanted; index--) kept += segments[index]?.duration ?? 0
    const newest = segments[index]?.number
    for (; index >= 0; index--) {
      const segment = segments[index]
      if (segment === undefined || segment.number <= this.#withoutParts) break
      for (const { name } of segment.parts) this.#files.delete(name)
      if (segment.parts.length > 0) segments[index] = { ...segment, parts: NO_PARTS }
    }
    this.#withoutParts = newest ?? this.#withoutParts
  }

  #retireSegment(segment: SegmentSnapshot): void {
    const whole = segment.gap ? [] : [segment]
    this.#retire([...whole, ...segment.parts])
  }

  #retire(files: readonly { readonly name: string }[]): void {
    this.#retired.push({ names: files.map(({ name }) => name), at: this.#made })
  }

  /**
   * Removed files stay fetchable for their own duration and that of the longest list that held them, from their removal on.
   * Media is the clock: while none comes, nothing is forgotten.
   *
   * @see RFC 8216 §6.2.2
   */
  #forget(): void {
    const { window, targetDuration } = this.#limits
    const keptFrom = this.#made - (window + 3 * targetDuration) * this.#rendition.timescale
    const kept = this.#retired.findIndex(({ at }) => at > keptFrom)
    const gone = this.#retired.splice(0, kept === -1 ? this.#retired.length : kept)
    for (const { names } of gone) for (const name of names) this.#files.delete(name)
  }
}
