import { type Millis, millis } from '@sluice/core'

/** Which stream of messages a timestamp belongs to. */
export type MediaKind = 'video' | 'audio'

/** How often each kind of repair was needed; a publisher with healthy clocks leaves all but `wraps` at 0. */
export interface RepairCounters {
  /** The 32-bit counter passed zero. */
  wraps: number
  /** The timestamp leapt ahead of the wall clock and was pulled back. */
  jumps: number
  /** The timestamp went back by more than reordering explains. */
  rollbacks: number
  /** The decode time did not rise and was moved up by a millisecond. */
  nonMonotonic: number
  /** The publisher went silent for real: the time in between was kept. */
  gaps: number
}

interface KindState {
  /** Last timestamp of this kind, unwrapped from 32 bits. */
  raw: number
  /** Added to `raw` to give media time. */
  offset: number
  /** Last media time given out. */
  out: number
  /** Last healthy distance between two messages, used to go on after a jump. */
  step: number
  /** Wall clock at the last message. */
  arrived: number
}

/** A timestamp that moves further than this between two messages of a kind is looked at, in milliseconds. */
const SUSPICIOUS_JUMP = 3_000
/** Interleaving and encoder jitter stay below this; a longer step back is a roll-back. */
const TOLERATED_STEP_BACK = 500
/** Two kinds that jump by amounts this close jumped together: their sync is kept. */
const SAME_JUMP = 1_000

/**
 * Turns one session's RTMP timestamps (32-bit milliseconds from an arbitrary start, Adobe RTMP 1.0 §5.3.1)
 * into media time that only rises: unwraps, pulls jumps and roll-backs together, keeps real silences.
 * Audio and video share one offset as long as they jump together, so that their sync survives a repair.
 */
export class TimestampRepair {
  readonly counters: RepairCounters
  #video: KindState | undefined
  #audio: KindState | undefined
  readonly #further: { readonly [kind in MediaKind]: Map<number, KindState> } = {
    video: new Map(),
    audio: new Map(),
  }
  readonly #firstRaw: number
  readonly #start: number

  /**
   * @param firstTimestamp - the session's earliest timestamp, as received: it maps to `start`.
   * @param start - media time at which this session begins.
   * @param counters - counted on; shared by all sessions of a broadcast.
   */
  constructor(firstTimestamp: number, start: Millis, counters: RepairCounters) {
    this.#firstRaw = firstTimestamp
    this.#start = start
    this.counters = counters
  }

  /**
   * @param timestamp - as received, 0 to 2³² − 1.
   * @param now - wall clock at arrival, in milliseconds; only differences are used.
   * @param trackId - of a further track; default 0, the default track. A further track goes with the default one of its
   *   kind: whatever moved that one moves it by as much.
   * @returns the media time of this message; rises strictly for each video, never falls for each audio.
   */
  repair(kind: MediaKind, timestamp: number, now: number, trackId = 0): Millis {
    const state = trackId === 0 ? this.#default(kind) : this.#further[kind].get(trackId)
    const other = this.#companion(kind, trackId)
    if (state === undefined) return this.#first(kind, timestamp, now, trackId, other)

    const raw = this.#unwrap(state.raw, timestamp)
    const step = raw - state.raw
    const waited = now - state.arrived
    if (trackId !== 0 && other !== undefined && goesWith(other, state, raw)) state.offset = other.offset
    else if (step < -TOLERATED_STEP_BACK) {
      this.counters.rollbacks += 1
      state.offset = offsetAfterJump(other, state, raw)
    } else if (step > SUSPICIOUS_JUMP) {
      if (waited >= step / 2) this.counters.gaps += 1
      else {
        this.counters.jumps += 1
        state.offset = offsetAfterJump(other, state, raw)
      }
    } else if (step > 0) state.step = step

    let out = raw + state.offset
    const least = kind === 'video' ? state.out + 1 : state.out
    if (out < least) {
      this.counters.nonMonotonic += 1
      out = least
    }
    state.raw = raw
    state.out = out
    state.arrived = now
    return millis(out)
  }

  /**
   * The media time of a message that is no media: moved as the pictures are, without them as the sound. One that is far from
   * these has a clock of its own, and is due when it comes. Changes nothing.
   *
   * @param timestamp - as received, 0 to 2³² − 1.
   */
  place(timestamp: number): Millis {
    const state = this.#video ?? this.#audio
    if (state === undefined) return millis(this.#start)
    const time = state.raw + ((timestamp - state.raw) | 0) + state.offset
    const placed = Math.abs(time - state.out) > SUSPICIOUS_JUMP ? state.out : time
    return millis(Math.max(this.#start, placed))
  }

  #first(
    kind: MediaKind,
    timestamp: number,
    now: number,
    trackId: number,
    other: KindState | undefined,
  ): Millis {
    const raw = this.#unwrap(other?.raw ?? this.#firstRaw, timestamp)
    let offset = other?.offset ?? this.#start - this.#firstRaw
    // A further track with a clock of its own begins where the default one is.
    if (trackId !== 0 && other !== undefined && Math.abs(raw - other.raw) > SUSPICIOUS_JUMP)
      offset = other.out - raw
    const out = Math.max(this.#start, raw + offset)
    const state: KindState = { raw, offset, out, step: kind === 'video' ? 33 : 23, arrived: now }
    if (trackId !== 0) this.#further[kind].set(trackId, state)
    else if (kind === 'video') this.#video = state
    else this.#audio = state
    return millis(out)
  }

  /** What a track is in sync with: the other kind, and for a further track the default one of its own before that. */
  #companion(kind: MediaKind, trackId: number): KindState | undefined {
    const own = trackId === 0 ? undefined : this.#default(kind)
    return own ?? this.#default(kind === 'video' ? 'audio' : 'video')
  }

  #default(kind: MediaKind): KindState | undefined {
    return kind === 'video' ? this.#video : this.#audio
  }

  #unwrap(last: number, timestamp: number): number {
    const raw = last + ((timestamp - last) | 0)
    if (Math.floor(raw / 2 ** 32) > Math.floor(last / 2 ** 32)) this.counters.wraps += 1
    return raw
  }
}

/** True where another track has another offset, and a message goes on from the last one with that. */
function goesWith(other: KindState, state: KindState, raw: number): boolean {
  const wanted = state.out + state.step
  return other.offset !== state.offset && Math.abs(raw + other.offset - wanted) <= SAME_JUMP
}

function offsetAfterJump(other: KindState | undefined, state: KindState, raw: number): number {
  if (other !== undefined && goesWith(other, state, raw)) return other.offset
  return state.out + state.step - raw
}
