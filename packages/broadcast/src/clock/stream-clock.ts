import { type EpochMillis, type Millis, millis, ProtocolError, ticksToMillis } from '@sluice/core'
import { type AudioTrack, sameTrack, type Track, type VideoTrack } from '@sluice/media'
import type { AudioLabel, StreamEntry, TrackSetup } from '../entry.ts'
import { AudioClock } from './audio-clock.ts'
import { BoundaryDecider, type SegmentRules } from './boundary-decider.ts'
import { DataRate } from './data-rate.ts'
import { type FurtherFrame, FurtherTracks } from './further-tracks.ts'
import { type MediaKind, type RepairCounters, TimestampRepair } from './timestamp-repair.ts'

/** Frames left out, beside the repairs of timestamps. */
export interface ClockCounters extends RepairCounters {
  /** Audio packets left out because more sound than time arrived. */
  audioDropped: number
  /** Video frames left out because no keyframe had come yet. */
  videoBeforeKeyframe: number
  /** Times the sample count was moved after the first packet. */
  audioJumps: number
  /** Data events left out because there were too many. */
  dataDropped: number
  /** Frames of further tracks left out: they have no default track to go with, or did not keep to it. */
  furtherDropped: number
}

/** A video frame as the session handed it over. */
export interface VideoFrame {
  readonly timestamp: number
  /** Signed, in milliseconds. */
  readonly compositionOffset: number
  readonly keyframe: boolean
  readonly payload: Uint8Array
}

/** An audio packet as the session handed it over. */
export interface AudioFrame {
  readonly timestamp: number
  readonly payload: Uint8Array
}

/** Something that is due at a time and is no media, as the session handed it over. */
export interface DataEvent {
  readonly timestamp: number
  readonly name: string
  /** See `dataPayload`. */
  readonly payload: Uint8Array
}

/** What the publisher's metadata says about its tracks; undefined where it says nothing. */
export interface TrackHints {
  readonly hasVideo: boolean | undefined
  readonly hasAudio: boolean | undefined
}

/** How far a broadcast has come: what another clock needs to go on with it. */
export interface ClockPosition {
  /** Wall clock of media time 0. */
  readonly startedAt: EpochMillis
  /** Number of the next boundary. */
  readonly segment: number
  /** The latest time that anything had. */
  readonly latest: Millis
}

type Held =
  | { readonly kind: 'video'; readonly frame: VideoFrame; readonly now: number }
  | { readonly kind: 'audio'; readonly frame: AudioFrame; readonly now: number }

/** Without metadata, a second track is waited for this long (milliseconds of media); a further one never longer. */
const SETTLE_UNKNOWN = 1_000
/** A track that metadata announces is waited for this long. */
const SETTLE_ANNOUNCED = 3_000
/** Media kept while no track is known at all: encoders send their configurations first (milliseconds). */
const LONGEST_HEADLESS = 10_000
/** Payload bytes kept until the tracks are clear; then what is known has to do. */
const HELD_BYTES = 16 * 1024 * 1024
/** Sound kept while a keyframe is waited for: about four seconds of 48 kHz AAC. */
const EARLY_AUDIO_PACKETS = 200
/** Data events kept while a keyframe is waited for. */
const EARLY_DATA_EVENTS = 100
/** Sound that begins this close before a boundary may still be its nearest packet, in milliseconds. */
const EARLY_AUDIO_SLACK = 50

/**
 * The clock of one broadcast (pure). Takes a publisher's frames with RTMP timestamps and gives out entries
 * with media time: repaired, anchored to the wall clock once, with segment boundaries marked. It goes on
 * over reconnects: every further session begins with a discontinuity at the wall clock's distance.
 *
 * Calls in order: `beginSession`, then configurations, hints and frames in any order, `endSession`, again
 * `beginSession` after a reconnect, at last `end`. `entries()` drains what was decided.
 */
export class StreamClock {
  readonly counters: ClockCounters = {
    wraps: 0,
    jumps: 0,
    rollbacks: 0,
    nonMonotonic: 0,
    gaps: 0,
    audioDropped: 0,
    videoBeforeKeyframe: 0,
    audioJumps: 0,
    dataDropped: 0,
    furtherDropped: 0,
  }
  readonly #rules: SegmentRules
  readonly #decider: BoundaryDecider
  #entries: StreamEntry[] = []

  #startedAt: EpochMillis | undefined
  #segment = 0
  #latest = 0

  #held: Held[] = []
  #heldBytes = 0
  #hints: TrackHints = { hasVideo: undefined, hasAudio: undefined }
  #repair: TimestampRepair | undefined
  #video: TrackSetup<VideoTrack> | undefined
  #audio: TrackSetup<AudioTrack> | undefined
  /** The tracks differ from the last `tracks` entry, or a new session began: announce at the next keyframe. */
  #unannounced = true
  #audioClock: AudioClock | undefined
  /** Sound that arrived before the keyframe that opens the run. */
  #early: { stated: Millis; payload: Uint8Array }[] = []
  readonly #dataRate = new DataRate()
  /** What was said before the first frame of the run that it belongs to. */
  #earlyData: DataEvent[] = []
  /** `shown` is the latest presentation time so far: frames come in decode order. */
  #lastVideo: { dts: Millis; duration: number; shown: Millis } | undefined
  /** When the last keyframe is shown. */
  #lastKeyframe: Millis = millis(0)
  /** Presentation minus decode time at the last keyframe that began a segment. */
  #reorderDelay = 0
  readonly #further: FurtherTracks

  /** @param from - where the clock of another ingest left off: the first session begins like one after a reconnect. */
  constructor(rules: SegmentRules, from?: ClockPosition) {
    this.#startedAt = from?.startedAt
    this.#segment = from?.segment ?? 0
    this.#latest = from?.latest ?? 0
    this.#rules = rules
    this.#decider = new BoundaryDecider(rules)
    this.#further = new FurtherTracks(rules.longest, this.counters, (entry) => this.#entries.push(entry))
  }

  /** Wall clock of media time 0; undefined until the first frame. */
  get startedAt(): EpochMillis | undefined {
    return this.#startedAt
  }

  /** Where another clock would have to go on; undefined until the first frame. */
  get position(): ClockPosition | undefined {
    if (this.#startedAt === undefined) return undefined
    return { startedAt: this.#startedAt, segment: this.#segment, latest: millis(this.#latest) }
  }

  /** Last distance between two keyframes. */
  get keyframeInterval(): Millis | undefined {
    return this.#decider.keyframeInterval
  }

  /** The tracks of the running session, as far as they are known. */
  get tracks(): { readonly video: VideoTrack | undefined; readonly audio: AudioTrack | undefined } {
    return { video: this.#video?.track, audio: this.#audio?.track }
  }

  /** A publisher begins, for the first time or again. */
  beginSession(): void {
    this.endSession()
    this.#hints = { hasVideo: undefined, hasAudio: undefined }
    this.#video = undefined
    this.#audio = undefined
    this.#further.reset()
  }

  /** The publisher is gone. What was held back for want of a track is given up. */
  endSession(): void {
    this.#release()
    this.counters.dataDropped += this.#earlyData.length
    this.#earlyData = []
    if (this.#repair !== undefined) this.#further.finish(this.#repair)
    this.#repair = undefined
    this.#discontinue()
  }

  /** The broadcast is over. */
  end(): void {
    this.#entries.push({ type: 'end' })
  }

  /** The broadcast goes on by another clock. */
  move(): void {
    this.#entries.push({ type: 'moved' })
  }

  hints(hints: TrackHints): void {
    this.#hints = hints
    this.#settle()
  }

  /** @param payload - see `TrackSetup`; kept. */
  videoTrack(track: VideoTrack, payload: Uint8Array): void {
    const isSame = this.#video !== undefined && sameTrack(this.#video.track, track)
    // What no decoder needs, a frame rate, may still be added as long as nobody was told of the track.
    if (isSame && !this.#unannounced) return
    this.#video = { track, payload }
    // Where nothing was given out there is nothing to break with, and sound that waits keeps its place.
    if (this.#repair !== undefined && !this.#unannounced) this.#discontinue()
    this.#settle()
  }

  /** @param payload - see `TrackSetup`; kept. */
  audioTrack(track: AudioTrack, payload: Uint8Array): void {
    if (this.#audio !== undefined && sameTrack(this.#audio.track, track)) return
    this.#audio = { track, payload }
    if (this.#repair !== undefined) this.#discontinue()
    this.#settle()
  }

  /** A configuration of a track beside the default ones: it comes, or changes. @param trackId - 1 to 255. */
  furtherTrack(trackId: number, track: Track): void {
    this.#further.configure(trackId, track)
    this.#settle()
  }

  /** A further track was announced, and its first frame has to say what it is: a session's beginning waits for it. */
  expectFurther(kind: MediaKind, trackId: number): void {
    this.#further.expect(kind, trackId)
  }

  /** What the publisher's metadata call its sounds, by track id; 0 is the default one. */
  audioLabels(labels: ReadonlyMap<number, AudioLabel>): void {
    this.#further.label(labels)
  }

  /** A frame of a further track. @param now - wall clock at arrival. */
  further(kind: MediaKind, trackId: number, frame: FurtherFrame, now: EpochMillis): void {
    this.#further.frame({ kind, trackId }, frame, now, this.#repair)
  }

  /**
   * @param now - wall clock at arrival.
   * @throws {ProtocolError} `broadcast.clock.no_configuration`: no track was configured for too long.
   */
  video(frame: VideoFrame, now: EpochMillis): void {
    if (this.#repair === undefined) this.#hold({ kind: 'video', frame, now })
    else this.#videoEntry(this.#repair, frame, now)
  }

  /** Like `video`. @param now - wall clock at arrival. */
  audio(frame: AudioFrame, now: EpochMillis): void {
    if (this.#repair === undefined) this.#hold({ kind: 'audio', frame, now })
    else this.#audioEntry(this.#repair, frame, now)
  }

  /**
   * Takes a message that is no media. It gets the time of the pictures around it; before a run's first picture it waits for
   * that one, and is due with it at the earliest. Too many are left out: see `DataRate`.
   *
   * @param now - wall clock at arrival.
   */
  data(event: DataEvent, now: EpochMillis): void {
    const admitted = this.#dataRate.admit(event.payload.length, now)
    if (admitted && this.#repair !== undefined && !this.#unannounced)
      this.#dataEntry(event, this.#repair.place(event.timestamp))
    else if (admitted && this.#earlyData.length < EARLY_DATA_EVENTS) this.#earlyData.push(event)
    else this.counters.dataDropped += 1
  }

  /** What was decided since the last call, in order. */
  entries(): StreamEntry[] {
    const entries = this.#entries
    if (entries.length > 0) this.#entries = []
    return entries
  }

  #hold(held: Held): void {
    this.#held.push(held)
    this.#heldBytes += held.frame.payload.length
    this.#settle()
    const span = heldSpan(this.#held)
    if (span <= LONGEST_HEADLESS && this.#heldBytes <= HELD_BYTES) return
    const bytes = this.#heldBytes
    this.#release()
    throw new ProtocolError(
      'broadcast.clock.no_configuration',
      `${bytes} bytes of media in ${span} ms without a codec configuration: it has to come first`,
      { details: { bytes, span }, spec: 'FLV v10.1 Annex E.4.3.1' },
    )
  }

  /** Everything held back, which is held no more. */
  #release(): Held[] {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    return held
  }

  /** Begins the session's timeline as soon as it is clear which tracks it has. */
  #settle(): void {
    const first = this.#held[0]
    if (this.#repair !== undefined || first === undefined || !this.#tracksAreClear()) return
    this.#startedAt ??= first.now as EpochMillis
    const start = this.#segment === 0 ? 0 : Math.max(first.now - this.#startedAt, this.#latest + 1)
    const origin = this.#further.earliest(earliest(this.#held))
    this.#repair = new TimestampRepair(origin, millis(start), this.counters)
    for (const { kind, frame, now } of this.#release()) {
      if (kind === 'video') this.#videoEntry(this.#repair, frame, now)
      else this.#audioEntry(this.#repair, frame, now)
    }
  }

  #tracksAreClear(): boolean {
    if (!this.#defaultTracksAreClear()) return false
    return this.#further.isComplete || heldSpan(this.#held) >= SETTLE_UNKNOWN || this.#heldBytes > HELD_BYTES
  }

  #defaultTracksAreClear(): boolean {
    const hasVideo = this.#video !== undefined
    const hasAudio = this.#audio !== undefined
    if (hasVideo && hasAudio) return true
    if (!hasVideo && !hasAudio) return false
    const { hasVideo: saysVideo, hasAudio: saysAudio } = this.#hints
    const announced = saysVideo === true || saysAudio === true
    if (announced && (saysVideo === true) === hasVideo && (saysAudio === true) === hasAudio) return true
    const patience = announced ? SETTLE_ANNOUNCED : SETTLE_UNKNOWN
    return heldSpan(this.#held) >= patience || this.#heldBytes > HELD_BYTES
  }

  #discontinue(): void {
    this.#unannounced = true
    this.#audioClock = undefined
    this.#early = []
    this.#lastVideo = undefined
    this.#decider.reset()
    this.#further.discontinue()
  }

  #videoEntry(repair: TimestampRepair, frame: VideoFrame, now: number): void {
    if (this.#video === undefined) return
    const dts = repair.repair('video', frame.timestamp, now)
    const pts = millis(dts + frame.compositionOffset)
    this.#latest = Math.max(this.#latest, dts, pts)
    if (this.#lastVideo !== undefined && dts - this.#lastVideo.dts > this.#rules.longest) this.#discontinue()
    if (this.#unannounced && !frame.keyframe) {
      this.counters.videoBeforeKeyframe += 1
      return
    }
    const duration = this.#lastVideo === undefined ? 0 : dts - this.#lastVideo.dts
    const shown = this.#lastVideo?.shown ?? pts
    this.#lastVideo = { dts, duration, shown: millis(Math.max(shown, pts)) }
    if (frame.keyframe) {
      const cut = this.#decider.keyframe(pts)
      if (cut !== 'none') {
        this.#reorderDelay = frame.compositionOffset
        this.#boundary(pts, true)
      }
    } else {
      const at = millis(dts + this.#reorderDelay)
      // Half a frame: times are rounded to milliseconds.
      if (this.#decider.frame(at, duration, shown > at - duration / 2) !== 'none') this.#boundary(at, false)
    }
    this.#entries.push({ type: 'video', dts, pts, keyframe: frame.keyframe, payload: frame.payload })
    if (frame.keyframe) this.#lastKeyframe = pts
    if (this.#further.any) this.#further.advance(dts, this.#lastKeyframe, repair)
  }

  #audioEntry(repair: TimestampRepair, frame: AudioFrame, now: number): void {
    if (this.#audio === undefined) return
    const stated = repair.repair('audio', frame.timestamp, now)
    this.#latest = Math.max(this.#latest, stated)
    if (this.#unannounced && this.#video !== undefined) {
      // Sound ahead of the keyframe that opens the run waits: part of it may belong behind that boundary.
      this.#early.push({ stated, payload: frame.payload })
      if (this.#early.length > EARLY_AUDIO_PACKETS) this.#early.shift()
      return
    }
    this.#placeAudio(this.#audio.track, stated, frame.payload)
    if (this.#further.any && this.#video === undefined) this.#further.advance(stated, stated, repair)
  }

  #placeAudio(track: AudioTrack, stated: Millis, payload: Uint8Array): void {
    const restarted = this.#audioClock === undefined
    this.#audioClock ??= new AudioClock(track.timescale, track.samplesPerPacket)
    const timing = this.#audioClock.place(stated)
    if (timing.type === 'drop') {
      this.counters.audioDropped += 1
      return
    }
    if (timing.jumped && !restarted) this.counters.audioJumps += 1
    const time = ticksToMillis(timing.at, track.timescale)
    if (this.#video === undefined && this.#decider.audioOnly(time) !== 'none') this.#boundary(time, true)
    this.#entries.push({ type: 'audio', time, at: timing.at, payload })
  }

  #dataEntry({ name, payload }: DataEvent, time: Millis): void {
    this.#entries.push({ type: 'data', time, name, payload })
  }

  #boundary(time: Millis, independent: boolean): void {
    const opensRun = this.#unannounced
    const discontinuity = opensRun && this.#segment > 0
    if (opensRun) {
      this.#entries.push({ type: 'tracks', video: this.#video, audio: this.#audio })
      const [hasVideo, hasAudio] = [this.#video !== undefined, this.#audio !== undefined]
      this.#further.begin({ time, hasVideo, hasAudio })
    }
    this.#unannounced = false
    this.#entries.push({
      type: 'boundary',
      boundary: { number: this.#segment, time, independent, discontinuity },
    })
    this.#segment += 1
    if (opensRun && this.#repair !== undefined) {
      for (const event of this.#earlyData)
        this.#dataEntry(event, millis(Math.max(this.#repair.place(event.timestamp), time)))
      this.#earlyData = []
    }
    if (opensRun && this.#audio !== undefined) {
      const { track } = this.#audio
      const early = this.#early
      this.#early = []
      for (const { stated, payload } of early)
        if (stated >= time - EARLY_AUDIO_SLACK) this.#placeAudio(track, stated, payload)
    }
  }
}

function earliest(held: readonly Held[]): number {
  let least = held[0]?.frame.timestamp ?? 0
  for (const { frame } of held) if (((frame.timestamp - least) | 0) < 0) least = frame.timestamp
  return least
}

/** Milliseconds between the earliest and the latest held frame, whichever clock saw more. */
function heldSpan(held: readonly Held[]): number {
  const first = held[0]
  const last = held.at(-1)
  if (first === undefined || last === undefined) return 0
  return Math.max((last.frame.timestamp - first.frame.timestamp) | 0, last.now - first.now)
}
