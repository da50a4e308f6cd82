import type { ColourDescription } from '@sluice/media'
import type { H264Profile } from './h264.ts'
import type { Preset } from './profile.ts'

/** One video output of an encoder, decided in full. */
export interface VideoRung {
  /** The template's name: `720p`. */
  readonly id: string
  /** Square pixels, even. */
  readonly width: number
  readonly height: number
  /** Frames per second the output will have; undefined when the source's frame rate is unknown. */
  readonly frameRate: number | undefined
  /** Frames closer than this rate allows are dropped; undefined when the source is known to be slow enough. */
  readonly maxFrameRate: number | undefined
  readonly codec: 'h264'
  readonly profile: H264Profile
  /** As written in the stream: 31 is level 3.1. */
  readonly level: number
  /** RFC 6381, what the encoder will really write. */
  readonly codecString: string
  /** Average bits per second. */
  readonly bitrate: number
  /** Peak bits per second over `bufsize` bits. */
  readonly maxrate: number
  readonly bufsize: number
  readonly preset: Preset
  /** See `rungCost`. */
  readonly cost: number
}

/** One audio output of an encoder. */
export interface AudioRung {
  /** `audio-128k`. */
  readonly id: string
  readonly codec: 'aac'
  readonly codecString: 'mp4a.40.2'
  /** Bits per second. */
  readonly bitrate: number
  readonly sampleRate: 44_100 | 48_000
  readonly channels: 1 | 2
}

/** What becomes of one source under one profile. */
export interface LadderPlan {
  /** Which of the source's tracks are offered to viewers as they are. */
  readonly passthrough: { readonly video: boolean; readonly audio: boolean }
  /** From the highest down; possibly empty. */
  readonly rungs: readonly VideoRung[]
  readonly audio: AudioRung | undefined
  /**
   * How a source of a high dynamic range stores its colours: the rungs are brought to BT.709 for displays that have no
   * other. Absent where the rungs keep the source's colours.
   */
  readonly toneMap?: ColourDescription
  /** All encoders together; decoding and audio are not counted, they are small beside a rung. */
  readonly cost: number
  /** What an operator should know: rungs left out and why, tracks nobody can play. */
  readonly notes: readonly string[]
}

/** The ids of everything that an encoder makes for the plan: rungs from the highest down, then audio. */
export function encodedIds({ rungs, audio }: LadderPlan): string[] {
  return [...rungs, ...(audio === undefined ? [] : [audio])].map(({ id }) => id)
}

/** True when an encoder has to run for the plan. */
export function needsEncoder(plan: LadderPlan): boolean {
  return plan.rungs.length > 0 || plan.audio !== undefined
}
