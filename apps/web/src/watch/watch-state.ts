import type { ProbeResult } from './probe.ts'

/**
 * What a viewer of the page is looking at.
 *
 * ```text
 * looking ─▶ waiting ─▶ loading ─▶ playing ⇄ stalled
 *               ▲          │          │         │
 *               ├──────────┴── lost ──┴─────────┤
 *             ended ◀───────────────────────────┘
 * ```
 *
 * A player exists in loading, playing and stalled; in the others the origin is asked now and then. Nothing but
 * `failed` is final: a publisher who comes back is seen without a reload.
 */
export type WatchState =
  /** The first question to the origin is under way. */
  | { readonly type: 'looking' }
  /** No media now. `retryAt` is undefined while the origin is being asked. */
  | {
      readonly type: 'waiting'
      readonly cause: 'absent' | 'unreachable' | 'lost'
      readonly looks: number
      readonly retryAt: number | undefined
    }
  /** The broadcast is over; a new one is watched for. */
  | { readonly type: 'ended'; readonly looks: number; readonly retryAt: number | undefined }
  /** A player was made and has shown nothing yet. `losses`: players lost in a row without healthy playing. */
  | { readonly type: 'loading'; readonly losses: number }
  | { readonly type: 'playing'; readonly since: number; readonly losses: number }
  /** No new frames come. `shown`: there were some before. */
  | { readonly type: 'stalled'; readonly since: number; readonly losses: number; readonly shown: boolean }
  /** Nothing the page could do would help. */
  | { readonly type: 'failed'; readonly reason: 'refused' | 'unsupported' }

/** What moves the page from one state to the next. Times are milliseconds. */
export type WatchEvent =
  | { readonly type: 'probed'; readonly result: ProbeResult; readonly now: number }
  /** `retryAt` has passed: the origin is being asked again. */
  | { readonly type: 'retrying' }
  /** Frames are shown, or could be if the viewer had not paused. */
  | { readonly type: 'progress'; readonly now: number }
  | { readonly type: 'stall'; readonly now: number }
  /** The last frame of the broadcast was shown. */
  | { readonly type: 'media-ended'; readonly now: number }
  /** The player gave up or was given up. */
  | { readonly type: 'lost'; readonly now: number }
  | { readonly type: 'unsupported' }

/** The state before anything happened. */
export const INITIAL_STATE: WatchState = { type: 'looking' }

/** Playing this long without a loss forgives the losses before. */
const HEALTHY_AFTER = 10_000

/** The state after an event. Events that a state does not expect (they come late) leave it as it is. */
export function nextState(state: WatchState, event: WatchEvent): WatchState {
  if (state.type === 'failed') return state
  switch (event.type) {
    case 'unsupported':
      return { type: 'failed', reason: 'unsupported' }
    case 'retrying':
      return state.type === 'waiting' || state.type === 'ended' ? { ...state, retryAt: undefined } : state
    case 'probed':
      return hasPlayer(state) ? state : afterProbe(state, event.result, event.now)
    case 'progress':
      if (state.type === 'playing' || !hasPlayer(state)) return state
      return { type: 'playing', since: event.now, losses: state.losses }
    case 'stall':
      if (state.type === 'stalled' || !hasPlayer(state)) return state
      return {
        type: 'stalled',
        since: event.now,
        losses: lossesOf(state, event.now),
        shown: state.type === 'playing',
      }
    case 'media-ended':
      return hasPlayer(state) ? ended(0, event.now) : state
    case 'lost': {
      if (!hasPlayer(state)) return state
      const looks = lossesOf(state, event.now) + 1
      return { type: 'waiting', cause: 'lost', looks, retryAt: event.now + retryDelay('lost', looks) }
    }
  }
}

/** True for the states in which a player holds the video element. */
export function hasPlayer(
  state: WatchState,
): state is Extract<WatchState, { type: 'loading' | 'playing' | 'stalled' }> {
  return state.type === 'loading' || state.type === 'playing' || state.type === 'stalled'
}

/**
 * Milliseconds until the origin is asked again. A stream that is about to start is looked for every two seconds in the
 * first minute, and so is one that may come back; a server that does not answer, and a player that keeps failing, are given growing rest.
 *
 * @param looks - how often it was asked in vain, from 1.
 */
export function retryDelay(cause: 'absent' | 'unreachable' | 'lost' | 'ended', looks: number): number {
  switch (cause) {
    case 'absent':
    case 'ended':
      return looks <= 30 ? 2000 : 5000
    case 'lost':
      return looks <= 1 ? 0 : Math.min(1000 * 2 ** (looks - 2), 10_000)
    case 'unreachable':
      return Math.min(2000 + 1000 * (looks - 1), 15_000)
  }
}

function afterProbe(state: WatchState, result: ProbeResult, now: number): WatchState {
  switch (result.type) {
    case 'live':
      return { type: 'loading', losses: state.type === 'waiting' && state.cause === 'lost' ? state.looks : 0 }
    case 'refused':
      return { type: 'failed', reason: 'refused' }
    case 'ended':
      return ended(state.type === 'ended' ? state.looks : 0, now)
    case 'absent':
      // Gone after it was seen: it ended. Never seen: it has yet to start.
      if (state.type === 'ended' || (state.type === 'waiting' && state.cause === 'lost')) {
        return ended(state.type === 'ended' ? state.looks : 0, now)
      }
      return waiting('absent', state, now)
    case 'unreachable':
      return state.type === 'ended' ? ended(state.looks, now) : waiting('unreachable', state, now)
  }
}

function waiting(cause: 'absent' | 'unreachable', state: WatchState, now: number): WatchState {
  const looks = state.type === 'waiting' && state.cause === cause ? state.looks + 1 : 1
  return { type: 'waiting', cause, looks, retryAt: now + retryDelay(cause, looks) }
}

function ended(looks: number, now: number): WatchState {
  return { type: 'ended', looks: looks + 1, retryAt: now + retryDelay('ended', looks + 1) }
}

function lossesOf(state: Extract<WatchState, { losses: number }>, now: number): number {
  return state.type === 'playing' && now - state.since >= HEALTHY_AFTER ? 0 : state.losses
}
