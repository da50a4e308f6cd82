import fc from 'fast-check'
import type { Rendition, TimelineEvent } from '../timeline/events.ts'
import { initFileName } from '../timeline/names.ts'
import { AUDIO, COMMENTARY, declared, LOW, SOURCE, START, segmentEvents } from './sample-log.ts'

type Step =
  | { readonly type: 'boundary' }
  | { readonly type: 'discontinuity'; readonly pause: number }
  | { readonly type: 'lost'; readonly rendition: number }
  | { readonly type: 'taken-over' }
  | { readonly type: 'new-init'; readonly rendition: number }
  | { readonly type: 'repeated'; readonly rendition: number }

const RENDITIONS: readonly Rendition[] = [SOURCE, LOW, AUDIO, COMMENTARY]

const rendition = fc.nat(RENDITIONS.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('boundary' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('discontinuity' as const), pause: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('lost' as const), rendition }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('taken-over' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('new-init' as const), rendition }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('repeated' as const), rendition }) },
)

/** Writes logs as workers do: all renditions cut at the same boundaries, some of them missing some. */
class LogWriter {
  readonly events: TimelineEvent[] = [START]
  #number = 0
  #time = 0
  #epoch = 1
  #init = 0
  readonly #lost = new Set<string>()

  constructor() {
    for (const each of RENDITIONS) this.events.push(declared(each))
  }

  take(next: Step, tenths: number, size: number): void {
    const chosen = 'rendition' in next ? (RENDITIONS[next.rendition] ?? SOURCE) : SOURCE
    switch (next.type) {
      case 'boundary':
        this.#segment(tenths / 10, size)
        break
      case 'discontinuity':
        this.#time += next.pause
        this.events.push({ type: 'discontinuity', segment: this.#number })
        break
      case 'lost':
        this.#lost.add(chosen.id)
        break
      case 'taken-over':
        this.#epoch += 1
        break
      case 'new-init':
        this.#init += 1
        for (const each of RENDITIONS)
          this.events.push(declared({ ...each, init: { version: this.#init, name: this.#initName() } }))
        break
      case 'repeated':
        this.events.push(...this.events.filter(({ type }) => type === 'segment').slice(-3))
    }
  }

  #initName(): string {
    return initFileName('b1', this.#epoch, this.#init)
  }

  #segment(duration: number, size: number): void {
    const options = { epoch: this.#epoch, init: this.#init, start: this.#time, duration, size }
    for (const each of RENDITIONS)
      if (!this.#lost.has(each.id)) this.events.push(...segmentEvents(each, this.#number, options))
    this.#lost.clear()
    this.#time += duration
    this.#number += 1
  }
}

/**
 * Random logs of up to 60 steps, each of them valid.
 *
 * @param shortest - least duration of a segment, in tenths of a second.
 */
export function randomLog(shortest: number): fc.Arbitrary<readonly TimelineEvent[]> {
  return fc
    .array(fc.tuple(step, fc.integer({ min: shortest, max: 24 }), fc.integer({ min: 1000, max: 999_999 })), {
      maxLength: 60,
    })
    .map((steps) => {
      const log = new LogWriter()
      for (const [next, tenths, size] of steps) log.take(next, tenths, size)
      return log.events
    })
}
