import {
  type AudioLabel,
  type ClockPosition,
  dataPayload,
  Ring,
  type RingLimits,
  type SegmentRules,
  StreamClock,
  type StreamEntry,
  type TrackSetup,
} from '@sluice/broadcast'
import { assertNever, type EpochMillis, giveBack, SluiceError, UnsupportedError } from '@sluice/core'
import {
  type MetadataHints,
  readAudioBody,
  readMetadata,
  readVideoBody,
  type SingleAudioBody,
  type SingleVideoBody,
  writeAudioBody,
  writeVideoBody,
} from '@sluice/flv'
import {
  type AudioCodec,
  type AudioTrack,
  audioTrackOf,
  type ColourDescription,
  type VideoTrack,
} from '@sluice/media'
import { FurtherSources } from './further-sources.ts'
import { TrackSource } from './track-source.ts'
import { VideoSource } from './video-source.ts'

/** What went by since the broadcast began. */
export interface MediaTotals {
  /** Payload bytes of audio and video messages. */
  bytes: number
  videoFrames: number
  audioPackets: number
}

/**
 * Sound waits for the next picture before the feeds are told of it, and so do data: a packager can place it only once it knows
 * where the pictures are, and each telling costs a write and a read. So do further tracks, which go by the default picture.
 * Without pictures so many packets go at a time: 171 ms of 48 kHz AAC.
 */
const UNTOLD_ALONE = 8
/** Entries that wait. */
const WAITING: readonly StreamEntry['type'][] = ['audio', 'data', 'further']

/** How much of a stream is held. */
export interface LiveStreamOptions {
  readonly limits?: RingLimits
  /** A worker will come for the first segment: all is held for it until then. Default false. */
  readonly awaitsWorker?: boolean
  /** Where another ingest left off with the broadcast. Default: it begins here. */
  readonly continues?: ClockPosition | undefined
  /** A further track cannot be used: the stream goes on without it. */
  readonly leftOut?: (error: UnsupportedError) => void
}

/**
 * One stream on air: the clock and the ring behind whatever publisher is connected, and the feeds that read
 * them. Knows neither RTMP nor Redis.
 */
export class LiveStream {
  readonly clock: StreamClock
  readonly ring: Ring
  readonly totals: MediaTotals = { bytes: 0, videoFrames: 0, audioPackets: 0 }
  /** Name of the encoder, where its metadata says it. */
  encoder: string | undefined
  /** The object of the last `onMetaData` that can be passed on, for players. */
  properties: Parameters<typeof readMetadata>[0] | undefined
  readonly #videoSource = new VideoSource()
  readonly #audioSource = new TrackSource<AudioCodec, AudioTrack>('audio', audioTrackOf)
  readonly #further: FurtherSources
  readonly #readers = new Set<() => void>()
  /** Media in the ring that the feeds were not told of. */
  #untold = 0
  #ended = false

  constructor(rules: SegmentRules, options: LiveStreamOptions = {}) {
    this.clock = new StreamClock(rules, options.continues)
    this.ring = new Ring(options.limits, options.awaitsWorker)
    this.#further = new FurtherSources(this.clock, options.leftOut ?? (() => undefined))
  }

  get tracks(): { readonly video: VideoTrack | undefined; readonly audio: AudioTrack | undefined } {
    return this.clock.tracks
  }

  /** Colours that the publisher announced against what its video says. */
  get contradictingColours(): ColourDescription | undefined {
    return this.#videoSource.contradiction
  }

  /** What is wrong with tracks beside the default ones, in words for people. */
  get furtherProblems(): readonly string[] {
    return this.#further.problems
  }

  /** True when the broadcast is over, here at least. */
  get ended(): boolean {
    return this.#ended
  }

  /** Calls `wake` when there are new entries to be read, until the returned function is called. */
  subscribe(wake: () => void): () => void {
    this.#readers.add(wake)
    return () => this.#readers.delete(wake)
  }

  /** A publisher begins, or comes back: nothing that an earlier one announced holds for it. */
  beginSession(): void {
    this.clock.beginSession()
    this.#videoSource.reset()
    this.#audioSource.reset()
    this.#further.reset()
  }

  /** @param properties - the object of `onMetaData`. */
  metadata(properties: Parameters<typeof readMetadata>[0]): void {
    const hints = readMetadata(properties)
    if (canBePassedOn(properties)) this.properties = properties
    this.encoder = hints.encoder ?? this.encoder
    this.#videoTrack(this.#videoSource.frameRate(hints.frameRate))
    this.clock.hints({ hasVideo: hints.hasVideo, hasAudio: hints.hasAudio })
    this.clock.audioLabels(labelsOf(hints))
  }

  /**
   * Takes a data message that is no metadata: what it says is due at its time, for whoever reads the stream. Instructions to a
   * server (`@clearDataFrame`) are left out.
   *
   * @param payload - of `dataPayload`; kept.
   */
  data(timestamp: number, name: string, payload: Uint8Array, now: EpochMillis): void {
    if (name.startsWith('@')) return
    this.clock.data({ timestamp, name, payload }, now)
  }

  /**
   * @param payload - an RTMP video message; the stream's from now on, which gives it back.
   * @throws {UnsupportedError} a codec that cannot be served; the caller refuses the publisher.
   * @throws {ProtocolError} a broken configuration record or body.
   */
  video(timestamp: number, payload: Uint8Array, now: EpochMillis): void {
    this.totals.bytes += payload.length
    this.#video(timestamp, payload, now)
  }

  /** Like `video`, for audio messages. */
  audio(timestamp: number, payload: Uint8Array, now: EpochMillis): void {
    this.totals.bytes += payload.length
    this.#audio(timestamp, payload, now)
  }

  #video(timestamp: number, payload: Uint8Array, now: EpochMillis): void {
    const body = readVideoBody(payload)
    switch (body.type) {
      case 'frame': {
        this.totals.videoFrames += 1
        const { compositionOffset, keyframe } = body
        this.#videoTrack(this.#videoSource.frame(body, keyframe))
        this.clock.video({ timestamp, compositionOffset, keyframe, payload }, now)
        return
      }
      case 'config':
        this.#videoTrack(this.#videoSource.config(body, payload))
        giveBack(payload)
        return
      case 'metadata':
        this.#videoTrack(this.#videoSource.metadata(body))
        return
      case 'multitrack':
        for (const { trackId, body: track } of body.tracks) {
          if (trackId === 0) this.#wrappedVideo(timestamp, track, now)
          else this.#further.video(trackId, timestamp, track, now)
        }
        return
      case 'unsupported':
        if (!body.supplementary) throw unsupported('video', body.reason)
        return
      case 'end':
      case 'command':
      case 'empty':
        return
      default:
        assertNever(body)
    }
  }

  #audio(timestamp: number, payload: Uint8Array, now: EpochMillis): void {
    const body = readAudioBody(payload)
    switch (body.type) {
      case 'frame': {
        this.totals.audioPackets += 1
        const track = this.#audioSource.frame(body, true)
        if (track !== undefined) this.clock.audioTrack(track.track, track.payload)
        this.clock.audio({ timestamp, payload }, now)
        return
      }
      case 'config': {
        const track = this.#audioSource.config(body, payload)
        if (track !== undefined) this.clock.audioTrack(track.track, track.payload)
        giveBack(payload)
        return
      }
      case 'multitrack':
        for (const { trackId, body: track } of body.tracks) {
          if (trackId === 0) this.#wrappedAudio(timestamp, track, now)
          else this.#further.audio(trackId, timestamp, track, now)
        }
        return
      case 'unsupported':
        if (!body.supplementary) throw unsupported('audio', body.reason)
        return
      case 'end':
      case 'channels':
      case 'silence':
        return
      default:
        assertNever(body)
    }
  }

  #videoTrack(setup: TrackSetup<VideoTrack> | undefined): void {
    if (setup !== undefined) this.clock.videoTrack(setup.track, setup.payload)
  }

  /** The default track in a multitrack message goes on as a message of its own, as every reader of the ring expects it. */
  #wrappedVideo(timestamp: number, body: SingleVideoBody, now: EpochMillis): void {
    if (body.type === 'config' || body.type === 'frame') this.#video(timestamp, writeVideoBody(body), now)
    else if (body.type === 'metadata') this.#videoTrack(this.#videoSource.metadata(body))
  }

  #wrappedAudio(timestamp: number, body: SingleAudioBody, now: EpochMillis): void {
    if (body.type === 'config' || body.type === 'frame') this.#audio(timestamp, writeAudioBody(body), now)
  }

  /** Moves what the clock decided into the ring and wakes the feeds where that helps them. Called once per batch of messages. */
  flush(): void {
    const pictures = this.clock.tracks.video !== undefined
    let news = false
    for (const entry of this.clock.entries()) {
      this.ring.push(entry)
      if (pictures && WAITING.includes(entry.type)) this.#untold += 1
      else news = true
    }
    if (news || this.#untold >= UNTOLD_ALONE) this.#wake()
  }

  /** Like `flush`, with nothing held back: no more will come for a while. */
  settle(): void {
    this.flush()
    if (this.#untold > 0) this.#wake()
  }

  /** The broadcast is over: feeds are told, and nothing is accepted any more. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.clock.end()
    this.flush()
  }

  /** The broadcast goes on at another ingest: feeds are told, and nothing is accepted any more. */
  move(): void {
    if (this.#ended) return
    this.#ended = true
    this.clock.move()
    this.flush()
  }

  #wake(): void {
    this.#untold = 0
    for (const wake of this.#readers) wake()
  }
}

/** What a peer wrote in its way need not be writable in ours: each player that is given it would fail. */
function canBePassedOn(properties: Parameters<typeof readMetadata>[0]): boolean {
  try {
    dataPayload('onMetaData', [properties])
    return true
  } catch (error) {
    if (error instanceof SluiceError) return false
    throw error
  }
}

function labelsOf({ audioTracks = new Map() }: MetadataHints): ReadonlyMap<number, AudioLabel> {
  const labels = new Map<number, AudioLabel>()
  for (const [trackId, { language, name }] of audioTracks)
    labels.set(trackId, {
      ...(language === undefined ? {} : { language }),
      ...(name === undefined ? {} : { name }),
    })
  return labels
}

function unsupported(kind: 'video' | 'audio', reason: string): UnsupportedError {
  return new UnsupportedError(
    `ingest.${kind}.unsupported_codec`,
    `${reason}; publish H.264, HEVC, AV1 or VP9 video and AAC or Opus audio`,
  )
}
