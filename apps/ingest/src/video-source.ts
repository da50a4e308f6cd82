import type { TrackSetup } from '@sluice/broadcast'
import {
  readColourInfo,
  type VideoConfigBody,
  type VideoFrameBody,
  type VideoMetadataBody,
} from '@sluice/flv'
import {
  contradicts,
  frameRateOf,
  mergeColours,
  sameColour,
  type VideoCodec,
  type VideoColour,
  type VideoTrack,
  videoTrackOf,
} from '@sluice/media'
import { TrackSource } from './track-source.ts'

/**
 * Finds out what a publisher's video is: what its bitstream says, and what is announced beside it. Colours may be announced
 * before the sequence header, behind it, and anew at any time. New ones hold from the next keyframe on, like a new
 * configuration: a player can take them over only with an init segment.
 */
export class VideoSource {
  readonly #source = new TrackSource<VideoCodec, VideoTrack>('video', videoTrackOf)
  /** As the bitstream describes it. */
  #setup: TrackSetup<VideoTrack> | undefined
  /**
   * By what codec `colorInfo` was sent for: it may come before the sequence header of a new one. Encoders send that of further
   * tracks without saying whose it is; of another codec it changes nothing here.
   */
  readonly #announced = new Map<VideoCodec, VideoColour>()
  #frameRate: number | undefined
  /** Frames came since the track was given out. */
  #isRunning = false
  /** Colours were announced that the track was not given out with. */
  #isPending = false

  /** Forgets what was announced: another publisher begins. */
  reset(): void {
    this.#source.reset()
    this.#setup = undefined
    this.#announced.clear()
    this.#frameRate = undefined
    this.#isRunning = false
    this.#isPending = false
  }

  /** The colours that were announced for the track, and contradict those in its bitstream. */
  get contradiction(): VideoColour['description'] {
    const { codec, colour } = this.#setup?.track ?? {}
    const announced = codec && this.#announced.get(codec)?.description
    return contradicts(colour?.description, announced) ? announced : undefined
  }

  /** See `TrackSource.config`. */
  config(body: VideoConfigBody, payload: Uint8Array): TrackSetup<VideoTrack> | undefined {
    return this.#described(this.#source.config(body, payload))
  }

  /**
   * See `TrackSource.frame`.
   *
   * @returns the track where this frame tells it, or begins the colours that were announced last.
   */
  frame(body: VideoFrameBody, keyframe: boolean): TrackSetup<VideoTrack> | undefined {
    const setup = this.#described(this.#source.frame(body, keyframe))
    const isDue = setup === undefined && keyframe && this.#isPending
    this.#isRunning = true
    return isDue ? this.#told() : setup
  }

  /**
   * Takes colours announced beside the video.
   *
   * @returns the track with them, before its first frame; later they wait for the next keyframe.
   */
  metadata({ codec, properties }: VideoMetadataBody): TrackSetup<VideoTrack> | undefined {
    if (!properties.has('colorInfo')) return undefined
    const colour = readColourInfo(properties.get('colorInfo'))
    if (sameColour(colour, this.#announced.get(codec))) return undefined
    if (colour === undefined) this.#announced.delete(codec)
    else this.#announced.set(codec, colour)
    if (this.#setup?.track.codec !== codec) return undefined
    this.#isPending = true
    return this.#isRunning ? undefined : this.#told()
  }

  /**
   * Takes the frame rate that `onMetaData` claims.
   *
   * @returns the track with it, before its first frame; later it changes nothing.
   */
  frameRate(frameRate: number | undefined): TrackSetup<VideoTrack> | undefined {
    this.#frameRate = frameRate && frameRateOf(frameRate, 1)
    return this.#isRunning ? undefined : this.#told()
  }

  #described(setup: TrackSetup<VideoTrack> | undefined): TrackSetup<VideoTrack> | undefined {
    if (setup === undefined) return undefined
    this.#setup = setup
    this.#isRunning = false
    return this.#told()
  }

  /** The track with everything that was announced for it. */
  #told(): TrackSetup<VideoTrack> | undefined {
    if (this.#setup === undefined) return undefined
    this.#isPending = false
    const { track, payload } = this.#setup
    const colour = mergeColours(track.colour, this.#announced.get(track.codec))
    return {
      payload,
      track: {
        ...track,
        ...(colour === undefined ? {} : { colour }),
        ...(this.#frameRate === undefined ? {} : { announcedFrameRate: this.#frameRate }),
      },
    }
  }
}
