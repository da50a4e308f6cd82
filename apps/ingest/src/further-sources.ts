import type { StreamClock } from '@sluice/broadcast'
import { type EpochMillis, SluiceError, UnsupportedError } from '@sluice/core'
import type { SingleAudioBody, SingleVideoBody } from '@sluice/flv'
import {
  type AudioCodec,
  type AudioTrack,
  audioTrackOf,
  type VideoCodec,
  type VideoTrack,
  videoTrackOf,
} from '@sluice/media'
import { TrackSource } from './track-source.ts'

/** More than any encoder sends: OBS has ten video and six audio encoders. */
const MAX_FURTHER_TRACKS = 16
const NO_HEADER = new Uint8Array(0)

/**
 * Finds out what a publisher's further tracks are, and hands them to the clock. One that cannot be used is left out, and said:
 * without its further tracks a stream is whole.
 */
export class FurtherSources {
  readonly #clock: StreamClock
  readonly #leftOut: (error: UnsupportedError) => void
  readonly #video = new Map<number, TrackSource<VideoCodec, VideoTrack>>()
  readonly #audio = new Map<number, TrackSource<AudioCodec, AudioTrack>>()
  readonly #problems = new Map<string, string>()

  /** @param leftOut - called once for each track that is left out. */
  constructor(clock: StreamClock, leftOut: (error: UnsupportedError) => void) {
    this.#clock = clock
    this.#leftOut = leftOut
  }

  /** Why tracks are left out, in words for people. */
  get problems(): readonly string[] {
    return [...this.#problems.values()]
  }

  /** Forgets everything: another publisher begins. */
  reset(): void {
    this.#video.clear()
    this.#audio.clear()
    this.#problems.clear()
  }

  /** @param body - a track's share of a message. Its end says nothing: a track that does not go on is silent. */
  video(trackId: number, timestamp: number, body: SingleVideoBody, now: EpochMillis): void {
    if (body.type === 'unsupported') this.#unsupported('video', trackId, body.reason)
    if (body.type !== 'config' && body.type !== 'frame') return
    const source = this.#source(this.#video, 'video', trackId, () => new TrackSource('video', videoTrackOf))
    if (source === undefined) return
    const isFrame = body.type === 'frame'
    this.#describe('video', trackId, !isFrame, () =>
      isFrame ? source.frame(body, body.keyframe) : source.config(body, NO_HEADER),
    )
    if (isFrame) this.#clock.further('video', trackId, { timestamp, ...body }, now)
  }

  /** Like `video`. */
  audio(trackId: number, timestamp: number, body: SingleAudioBody, now: EpochMillis): void {
    if (body.type === 'unsupported') this.#unsupported('audio', trackId, body.reason)
    if (body.type !== 'config' && body.type !== 'frame') return
    const source = this.#source(this.#audio, 'audio', trackId, () => new TrackSource('audio', audioTrackOf))
    if (source === undefined) return
    const isFrame = body.type === 'frame'
    this.#describe('audio', trackId, !isFrame, () =>
      isFrame ? source.frame(body, true) : source.config(body, NO_HEADER),
    )
    if (!isFrame) return
    const { data } = body
    this.#clock.further('audio', trackId, { timestamp, compositionOffset: 0, keyframe: true, data }, now)
  }

  #source<Source>(
    sources: Map<number, Source>,
    kind: 'video' | 'audio',
    trackId: number,
    create: () => Source,
  ): Source | undefined {
    const known = sources.get(trackId)
    if (known !== undefined) return known
    if (this.#video.size + this.#audio.size >= MAX_FURTHER_TRACKS) {
      this.#leave(
        kind,
        trackId,
        'ingest.multitrack.too_many_tracks',
        `at most ${MAX_FURTHER_TRACKS} further tracks are taken`,
      )
      return undefined
    }
    const source = create()
    sources.set(trackId, source)
    return source
  }

  #describe(
    kind: 'video' | 'audio',
    trackId: number,
    isConfig: boolean,
    look: () => { readonly track: VideoTrack | AudioTrack } | undefined,
  ): void {
    try {
      const setup = look()
      if (setup !== undefined) this.#clock.furtherTrack(trackId, setup.track)
      else if (isConfig) this.#clock.expectFurther(kind, trackId)
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      this.#leave(kind, trackId, error.code, error.message)
    }
  }

  #unsupported(kind: 'video' | 'audio', trackId: number, reason: string): void {
    this.#leave(kind, trackId, `ingest.${kind}.unsupported_codec`, reason)
  }

  #leave(kind: 'video' | 'audio', trackId: number, code: string, reason: string): void {
    const name = `${kind} track ${trackId}`
    if (this.#problems.has(name)) return
    const message = `${name} is left out: ${reason}`
    this.#problems.set(name, message)
    this.#leftOut(new UnsupportedError(code, message))
  }
}
