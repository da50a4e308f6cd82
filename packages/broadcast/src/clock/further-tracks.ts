import { type Millis, millis, millisToTicks, ticksToMillis, VIDEO_TIMESCALE } from '@sluice/core'
import { type AudioTrack, sameTrack, type Track, type VideoTrack } from '@sluice/media'
import type { AudioLabel, FurtherTrack, StreamEntry } from '../entry.ts'
import { AudioClock } from './audio-clock.ts'
import type { MediaKind, TimestampRepair } from './timestamp-repair.ts'

/** A frame of a further track as the session handed it over. */
export interface FurtherFrame {
  readonly timestamp: number
  /** Signed, in milliseconds; 0 for sound. */
  readonly compositionOffset: number
  /** True for sound. */
  readonly keyframe: boolean
  /** The frame alone, without any FLV around it; kept. */
  readonly data: Uint8Array
}

/** Frames of further tracks left out. */
export interface FurtherCounters {
  /** They have no default track to go with, or did not keep to it. */
  furtherDropped: number
  /** More sound than time arrived. */
  audioDropped: number
}

/** Where the default tracks are. */
export interface RunStart {
  /** Time of the boundary that the run began with. */
  readonly time: Millis
  readonly hasVideo: boolean
  readonly hasAudio: boolean
}

interface WaitingFrame {
  readonly frame: FurtherFrame
  readonly now: number
  /** Its repaired timestamp, once that was asked for. */
  stated: Millis | undefined
}

/** A new configuration holds for the frames behind it. */
interface WaitingTrack {
  readonly track: Track
}

interface Member {
  readonly kind: MediaKind
  readonly trackId: number
  /** As announced last, in the order of its frames. */
  track: Track
  /** What was announced after the frames that wait. */
  newest: Track
  waiting: (WaitingFrame | WaitingTrack)[]
  /** Nothing came of it for too long: it is not in force until its next keyframe. */
  isSilent: boolean
  /** Media time of its last frame, or of when it came; undefined until the default track goes on. */
  heard: number | undefined
  audioClock: AudioClock | undefined
}

/** Frames and bytes that wait for the default track to be as far; it has stopped, or was never in step. */
const WAITING_FRAMES = 300
const WAITING_BYTES = 8 * 1024 * 1024
/** A track that begins further ahead of the default ones than this has another clock, in milliseconds. */
const LONGEST_LEAD = 1_000
/** Sound that begins this close before a boundary may still be its nearest packet, in milliseconds. */
const EARLY_AUDIO_SLACK = 50

/**
 * The tracks beside the default ones, on the clock of those. They decide nothing: the default tracks say when a run begins and
 * where segments do, and timestamps are repaired as theirs are. Pictures wait until the default picture is as far, so that no
 * boundary is announced behind a frame that belongs after it.
 *
 * A further track that is silent while the default picture goes on for longer than `silence` is gone, and comes back with its
 * next keyframe.
 */
export class FurtherTracks {
  readonly #emit: (entry: StreamEntry) => void
  readonly #silence: number
  readonly #members = new Map<string, Member>()
  /** Announced, and described by a frame that is still to come. */
  readonly #awaited = new Set<string>()
  #labels: ReadonlyMap<number, AudioLabel> = new Map()
  #run: RunStart | undefined
  /** All boundaries before this time have been announced. */
  #horizon = Number.NEGATIVE_INFINITY
  #waitingBytes = 0
  readonly #counters: FurtherCounters

  /**
   * @param silence - in milliseconds.
   * @param counters - counted on.
   */
  constructor(silence: number, counters: FurtherCounters, emit: (entry: StreamEntry) => void) {
    this.#silence = silence
    this.#counters = counters
    this.#emit = emit
  }

  /** False while a track was announced whose first frame has to say what it is. */
  get isComplete(): boolean {
    return this.#awaited.size === 0
  }

  /** False while there are none, in force or not. */
  get any(): boolean {
    return this.#members.size > 0
  }

  /** Another publisher begins. */
  reset(): void {
    this.#members.clear()
    this.#awaited.clear()
    this.#labels = new Map()
    this.#waitingBytes = 0
    this.discontinue()
  }

  /** What the metadata call the sounds, by track id; 0 is the default one. */
  label(labels: ReadonlyMap<number, AudioLabel>): void {
    const changed = [...new Set([...labels.keys(), ...this.#labels.keys()])].some((id) => {
      const [before, after] = [this.#labels.get(id), labels.get(id)]
      return before?.language !== after?.language || before?.name !== after?.name
    })
    this.#labels = labels
    if (changed) this.#announceChange(this.#present().length > 0)
  }

  /** A track was announced, and its first frame has to say what it is. */
  expect(kind: MediaKind, trackId: number): void {
    const key = `${kind} ${trackId}`
    if (!this.#members.has(key)) this.#awaited.add(key)
  }

  /** A configuration: the track comes, or changes from its next frame on. */
  configure(trackId: number, track: Track): void {
    const key = `${track.kind} ${trackId}`
    const known = this.#members.get(key)
    this.#awaited.delete(key)
    if (known === undefined) {
      this.#members.set(key, {
        ...{ kind: track.kind, trackId, track, newest: track, waiting: [], audioClock: undefined },
        ...{ isSilent: false, heard: undefined },
      })
      this.#announceChange(this.#isWanted(track))
      return
    }
    if (sameTrack(known.newest, track)) return
    known.newest = track
    known.waiting.push({ track })
    this.#release(known, undefined)
    this.#limit(known)
  }

  /**
   * A frame. Without a configuration before it there is no place for it.
   *
   * @param repair - undefined until the session's timeline has begun.
   */
  frame(
    { kind, trackId }: { readonly kind: MediaKind; readonly trackId: number },
    frame: FurtherFrame,
    now: number,
    repair: TimestampRepair | undefined,
  ): void {
    const member = this.#members.get(`${kind} ${trackId}`)
    if (member === undefined) {
      this.#counters.furtherDropped += 1
      return
    }
    member.waiting.push({ frame, now, stated: undefined })
    this.#waitingBytes += frame.data.length
    this.#release(member, repair)
    this.#limit(member)
  }

  /**
   * The timestamp at which the session's timeline begins. A further picture whose encoder reorders frames begins to be decoded
   * before the default one does.
   *
   * @param timestamp - the earliest of the default tracks.
   */
  earliest(timestamp: number): number {
    let ahead = 0
    for (const { waiting } of this.#members.values()) {
      const first = waiting.find((each) => 'frame' in each)
      const by = first === undefined ? 0 : (timestamp - first.frame.timestamp) | 0
      if (by <= LONGEST_LEAD) ahead = Math.max(ahead, by)
    }
    return (timestamp - ahead) >>> 0
  }

  /** The default tracks begin a run. Called between its `tracks` entry and its boundary. */
  begin(run: RunStart): void {
    this.#run = run
    for (const member of this.#members.values()) member.heard = undefined
    this.#announceChange(this.#present().length > 0)
  }

  /**
   * The default track has been given out up to here.
   *
   * @param position - its decode time; all boundaries before that have been announced.
   * @param keyframe - time at which its newest keyframe is shown: they come in that order, so all boundaries before that
   *   have been announced too.
   */
  advance(position: Millis, keyframe: Millis, repair: TimestampRepair): void {
    this.#horizon = Math.max(position, keyframe)
    let anyGone = false
    for (const member of this.#members.values()) {
      this.#release(member, repair)
      member.heard ??= position
      if (member.isSilent || position - member.heard <= this.#silence) continue
      member.isSilent = true
      anyGone ||= this.#isWanted(member)
    }
    this.#announceChange(anyGone)
  }

  /** No boundary follows in this run: everything that waits is given out. */
  finish(repair: TimestampRepair): void {
    this.#horizon = Number.POSITIVE_INFINITY
    for (const member of this.#members.values()) this.#release(member, repair)
  }

  /** The default tracks do not go on: what comes next belongs to another run. */
  discontinue(): void {
    this.#run = undefined
    this.#horizon = Number.NEGATIVE_INFINITY
    for (const member of this.#members.values()) member.audioClock = undefined
  }

  /** A further track belongs to a default one of its kind. */
  #isWanted({ kind }: { readonly kind: MediaKind }): boolean {
    return (kind === 'video' ? this.#run?.hasVideo : this.#run?.hasAudio) ?? false
  }

  #present(): readonly FurtherTrack[] {
    return [...this.#members.values()]
      .filter((member) => !member.isSilent && this.#isWanted(member))
      .map(({ kind, trackId, track }) => ({
        trackId,
        track,
        label: (kind === 'audio' ? this.#labels.get(trackId) : undefined) ?? {},
      }))
  }

  #announceChange(changed: boolean): void {
    if (!changed || this.#run === undefined) return
    const tracks = this.#present()
    this.#emit({ type: 'further-tracks', tracks, defaultLabel: this.#labels.get(0) ?? {} })
  }

  #release(member: Member, repair: TimestampRepair | undefined): void {
    for (let next = member.waiting[0]; next !== undefined; next = member.waiting[0]) {
      if ('track' in next) this.#change(member, next.track)
      else if (repair === undefined || !this.#give(member, next, repair)) return
      else this.#waitingBytes -= next.frame.data.length
      member.waiting.shift()
    }
  }

  #change(member: Member, track: Track): void {
    member.track = track
    member.audioClock = undefined
    this.#announceChange(!member.isSilent && this.#isWanted(member))
  }

  /** @returns false while the frame has to wait. */
  #give(member: Member, waiting: WaitingFrame, repair: TimestampRepair): boolean {
    const run = this.#run
    if (run === undefined) return false
    const { kind, trackId, track } = member
    const { frame, now } = waiting
    waiting.stated ??= repair.repair(kind, frame.timestamp, now, trackId)
    const { stated } = waiting
    const pts = millis(stated + frame.compositionOffset)
    if (kind === 'video' && (frame.keyframe ? pts : stated) > this.#horizon) return false
    if (!this.#isWanted(member)) {
      this.#counters.furtherDropped += 1
      return true
    }
    member.heard = Math.max(member.heard ?? stated, stated)
    if (member.isSilent) {
      if (!frame.keyframe) return true
      member.isSilent = false
      this.#announceChange(true)
    }
    if (track.kind === 'video') this.#picture(trackId, track, { dts: stated, pts, frame })
    else if (stated >= run.time - EARLY_AUDIO_SLACK) this.#sound(member, track, stated, frame.data)
    return true
  }

  #picture(
    trackId: number,
    { kind }: VideoTrack,
    { dts, pts, frame }: { readonly dts: Millis; readonly pts: Millis; readonly frame: FurtherFrame },
  ): void {
    const { keyframe, data } = frame
    const times = { dts: millisToTicks(dts, VIDEO_TIMESCALE), pts: millisToTicks(pts, VIDEO_TIMESCALE) }
    this.#emit({ type: 'further', trackId, time: dts, packet: { kind, ...times, keyframe, data } })
  }

  #sound(
    member: Member,
    { kind, timescale, samplesPerPacket }: AudioTrack,
    stated: Millis,
    data: Uint8Array,
  ): void {
    member.audioClock ??= new AudioClock(timescale, samplesPerPacket)
    const timing = member.audioClock.place(stated)
    if (timing.type === 'drop') {
      this.#counters.audioDropped += 1
      return
    }
    const { at } = timing
    const packet = { kind, dts: at, pts: at, keyframe: true, data }
    const { trackId } = member
    this.#emit({ type: 'further', trackId, time: ticksToMillis(at, timescale), packet })
  }

  /** Where the default track does not come to where these frames are, they are given up, and the track begins anew. */
  #limit(member: Member): void {
    if (member.waiting.length <= WAITING_FRAMES && this.#waitingBytes <= WAITING_BYTES) return
    for (const waiting of member.waiting) {
      if ('track' in waiting) member.track = waiting.track
      else {
        this.#waitingBytes -= waiting.frame.data.length
        this.#counters.furtherDropped += 1
      }
    }
    member.waiting = []
    const wasPresent = !member.isSilent && this.#isWanted(member)
    member.isSilent = true
    member.audioClock = undefined
    this.#announceChange(wasPresent)
  }
}
