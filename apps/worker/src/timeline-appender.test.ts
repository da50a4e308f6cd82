import { DependencyError } from '@sluice/core'
import type { TimelineEvent } from '@sluice/manifest'
import { describe, expect, it } from 'vitest'
import { TimelineAppender } from './timeline-appender.ts'

const event = (segment: number): TimelineEvent => ({ type: 'discontinuity', segment })

/** An append that the test settles by hand. */
function recorder() {
  const calls: { events: readonly TimelineEvent[]; resolve: () => void; reject: (error: Error) => void }[] =
    []
  const failures: unknown[] = []
  const appender = new TimelineAppender({
    append: (events) => new Promise((resolve, reject) => calls.push({ events, resolve, reject })),
    failed: (error) => failures.push(error),
  })
  return { calls, failures, appender }
}

describe('the timeline appender', () => {
  it('passes events on in order and says when all are in the log', async () => {
    const { calls, failures, appender } = recorder()
    appender.push(event(0))
    appender.push(event(1))
    let flushed = false
    const flushing = appender.flushed().then(() => {
      flushed = true
    })
    expect(calls.map(({ events }) => events)).toEqual([[event(0)], [event(1)]])
    calls[0]?.resolve()
    await Promise.resolve()
    expect(flushed).toBe(false)
    calls[1]?.resolve()
    await flushing
    expect(failures).toEqual([])
  })

  it('fails once, takes nothing more, and still can be waited for', async () => {
    const { calls, failures, appender } = recorder()
    const fenced = new DependencyError('cluster.timeline.fenced', 'epoch 1 is over')
    appender.push(event(0))
    appender.push(event(1))
    for (const { reject } of calls) reject(fenced)
    await appender.flushed()
    appender.push(event(2))
    expect(failures).toEqual([fenced])
    expect(calls).toHaveLength(2)
  })

  it('is silent once it was closed', async () => {
    const { calls, failures, appender } = recorder()
    appender.push(event(0))
    appender.close()
    appender.push(event(1))
    calls[0]?.reject(new Error('away'))
    await appender.flushed()
    expect([calls.length, failures]).toEqual([1, []])
  })

  it('gives the broadcast up when too much waits for Redis', () => {
    const { failures, appender } = recorder()
    for (let i = 0; i < 200_001; i++) appender.push(event(i))
    expect(failures).toMatchObject([{ code: 'worker.timeline.backlog_full' }])
  })
})
