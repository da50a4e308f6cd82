import { epochMillis, type Millis, millis } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'
import { createLogger, type Logger } from '@sluice/runtime'
import { MemoryStore, type SegmentStore } from '@sluice/store'
import type { RenditionOutputOptions } from '../rendition-output.ts'
import { TimelineAppender } from '../timeline-appender.ts'
import { WorkerTotals } from '../worker-totals.ts'

export const PART_TARGET: Millis = millis(250)
export const SILENT: Logger = createLogger({ log: { level: 'silent', format: 'json' } }, 'worker')

/** A store and a timeline in memory, for everything that writes to both. */
export interface TestOutput {
  readonly store: SegmentStore
  /** The timeline. */
  readonly events: TimelineEvent[]
  /** Errors that end the job. */
  readonly failures: unknown[]
  readonly options: Omit<RenditionOutputOptions, 'resume'>
}

export function testOutput(store: SegmentStore = new MemoryStore(), epoch = 1): TestOutput {
  const events: TimelineEvent[] = []
  const failures: unknown[] = []
  const failed = (error: unknown): void => void failures.push(error)
  const append = async (more: readonly TimelineEvent[]): Promise<void> => void events.push(...more)
  const timeline = new TimelineAppender({ append, failed })
  return {
    store,
    events,
    failures,
    options: {
      ...{ store, timeline, stream: 'demo', broadcast: 'b', epoch, keepMillis: 10_000, failed },
      totals: new WorkerTotals(),
      startedAt: epochMillis(1_700_000_000_000),
    },
  }
}

/** One event of the timeline in one line: `segment source 3`, `part source 3.1`. */
export function told(event: TimelineEvent): string {
  switch (event.type) {
    case 'part':
      return `part ${event.rendition} ${event.segment}.${event.part}`
    case 'segment':
      return `segment ${event.rendition} ${event.segment}`
    case 'rendition': {
      const { id, init } = event.rendition
      return `rendition ${id} ${init === undefined ? 'planned' : init.name}`
    }
    case 'rendition-removed':
      return `removed ${event.rendition}`
    case 'discontinuity':
      return `discontinuity ${event.segment}`
    default:
      return event.type
  }
}
