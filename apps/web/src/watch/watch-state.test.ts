import { describe, expect, it } from 'vitest'
import { INITIAL_STATE, nextState, retryDelay, type WatchEvent, type WatchState } from './watch-state.ts'

const LIVE = { type: 'live', revision: 'r' } as const

/** Runs events from the initial state. */
function after(...events: readonly WatchEvent[]): WatchState {
  return events.reduce(nextState, INITIAL_STATE)
}

const probed = (result: Extract<WatchEvent, { type: 'probed' }>['result'], now = 0): WatchEvent => ({
  type: 'probed',
  result,
  now,
})
const playing = [probed(LIVE), { type: 'progress', now: 100 }] as const

describe('a stream that has not started', () => {
  it('is waited for, with a countdown', () => {
    expect(after(probed({ type: 'absent' }, 1000))).toEqual({
      type: 'waiting',
      cause: 'absent',
      looks: 1,
      retryAt: 3000,
    })
  })

  it('counts the looks, and shows that one is under way', () => {
    const waiting = after(probed({ type: 'absent' }, 0), { type: 'retrying' })
    expect(waiting).toMatchObject({ looks: 1, retryAt: undefined })
    expect(nextState(waiting, probed({ type: 'absent' }, 2100))).toMatchObject({ looks: 2, retryAt: 4100 })
  })

  it('loads when it appears', () => {
    expect(after(probed({ type: 'absent' }), { type: 'retrying' }, probed(LIVE))).toEqual({
      type: 'loading',
      losses: 0,
    })
  })
})

describe('a stream that plays', () => {
  it('stalls and goes on', () => {
    expect(after(...playing, { type: 'stall', now: 200 })).toMatchObject({
      type: 'stalled',
      since: 200,
      shown: true,
    })
    expect(after(...playing, { type: 'stall', now: 200 }, { type: 'progress', now: 300 })).toMatchObject({
      type: 'playing',
      since: 300,
    })
  })

  it('ends, and is watched for again', () => {
    const ended = after(...playing, { type: 'media-ended', now: 200 })
    expect(ended).toEqual({ type: 'ended', looks: 1, retryAt: 2200 })
    expect(nextState(ended, probed({ type: 'ended' }, 5300))).toMatchObject({ type: 'ended', looks: 2 })
    expect(nextState(ended, probed({ type: 'absent' }, 5300))).toMatchObject({ type: 'ended', looks: 2 })
    expect(nextState(ended, probed({ type: 'unreachable' }, 5300))).toMatchObject({ type: 'ended', looks: 2 })
    expect(nextState(ended, probed(LIVE))).toMatchObject({ type: 'loading' })
  })

  it('is looked for at once after its player was lost', () => {
    const lost = after(...playing, { type: 'lost', now: 500 })
    expect(lost).toEqual({ type: 'waiting', cause: 'lost', looks: 1, retryAt: 500 })
    expect(nextState(lost, probed({ type: 'absent' }, 600))).toMatchObject({ type: 'ended' })
    expect(nextState(lost, probed({ type: 'unreachable' }, 600))).toMatchObject({ cause: 'unreachable' })
  })

  it('rests longer with every player lost in a row, until one plays well', () => {
    const again = after(...playing, { type: 'lost', now: 500 }, probed(LIVE), { type: 'lost', now: 900 })
    expect(again).toMatchObject({ looks: 2, retryAt: 1900 })
    const well = [probed(LIVE), { type: 'progress', now: 2000 }, { type: 'lost', now: 12_000 }] as const
    expect(well.reduce<WatchState>(nextState, again)).toMatchObject({ looks: 1 })
  })

  it('ignores an answer that comes late', () => {
    expect(after(...playing, probed({ type: 'absent' }, 200))).toMatchObject({ type: 'playing' })
  })
})

describe('what cannot be helped', () => {
  it('is final', () => {
    const failed = after(probed({ type: 'refused' }))
    expect(failed).toEqual({ type: 'failed', reason: 'refused' })
    expect(nextState(failed, probed(LIVE))).toBe(failed)
    expect(after({ type: 'unsupported' })).toEqual({ type: 'failed', reason: 'unsupported' })
  })
})

describe('retryDelay', () => {
  it('grows to a cap', () => {
    expect([1, 30, 31].map((looks) => retryDelay('absent', looks))).toEqual([2000, 2000, 5000])
    expect([1, 2, 3, 9].map((looks) => retryDelay('lost', looks))).toEqual([0, 1000, 2000, 10_000])
    expect([1, 2, 100].map((looks) => retryDelay('unreachable', looks))).toEqual([2000, 3000, 15_000])
  })
})
