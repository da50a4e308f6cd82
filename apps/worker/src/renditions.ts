import { timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type { LadderPlan } from '@sluice/ladder'
import { type AudioTrack, BT_709, browserSupport, displaySize, type VideoTrack } from '@sluice/media'
import type { PlannedRendition } from './rendition-output.ts'

/** Ids of the renditions that hold the publisher's own packets. */
export const SOURCE_VIDEO = 'source'
export const SOURCE_AUDIO = 'audio-source'

/** The source's tracks. */
export interface SourceTracks {
  readonly video: VideoTrack | undefined
  readonly audio: AudioTrack | undefined
}

/**
 * The renditions of a plan, as they are announced before any of them has media. The source rung comes first,
 * then the ladder from the top, then audio.
 */
export function plannedRenditions(plan: LadderPlan, source: SourceTracks): PlannedRendition[] {
  const renditions: PlannedRendition[] = []
  const add = (rendition: DistributiveOmit<PlannedRendition, 'order' | 'init'>): void => {
    renditions.push({ ...rendition, order: renditions.length, init: undefined } as PlannedRendition)
  }
  const passedAudio = plan.passthrough.audio ? SOURCE_AUDIO : undefined
  const encodedAudio = plan.audio?.id
  // A picture that every browser plays is not tied to sound that only some do: who can takes that too, at every size.
  const prefersEncoded =
    encodedAudio !== undefined &&
    source.video !== undefined &&
    browserSupport(source.video) === 'all' &&
    source.audio !== undefined &&
    browserSupport(source.audio) !== 'all'
  const further = prefersEncoded && passedAudio !== undefined ? { furtherAudio: [passedAudio] } : {}
  const sourceColour = source.video?.colour?.description
  const rungColour = plan.toneMap === undefined ? sourceColour : BT_709
  if (plan.passthrough.video && source.video !== undefined) {
    add({
      id: SOURCE_VIDEO,
      kind: 'video',
      codecString: source.video.codecString,
      timescale: VIDEO_TIMESCALE,
      nominalBitrate: undefined,
      width: Math.round(displaySize(source.video).width),
      height: source.video.height,
      frameRate: source.video.frameRate ?? source.video.announcedFrameRate,
      audio: prefersEncoded ? encodedAudio : (passedAudio ?? encodedAudio),
      ...further,
      ...(sourceColour === undefined ? {} : { colour: sourceColour }),
    })
  }
  for (const rung of plan.rungs) {
    add({
      id: rung.id,
      kind: 'video',
      codecString: rung.codecString,
      timescale: VIDEO_TIMESCALE,
      nominalBitrate: rung.bitrate,
      width: rung.width,
      height: rung.height,
      frameRate: rung.frameRate,
      audio: encodedAudio ?? passedAudio,
      ...further,
      ...(rungColour === undefined ? {} : { colour: rungColour }),
    })
  }
  if (passedAudio !== undefined && source.audio !== undefined) {
    const { codecString, sampleRate, channels } = source.audio
    add({
      id: passedAudio,
      kind: 'audio',
      codecString,
      timescale: source.audio.timescale,
      nominalBitrate: undefined,
      sampleRate,
      channels,
    })
  }
  if (plan.audio !== undefined) {
    const { id, codecString, bitrate, sampleRate, channels } = plan.audio
    add({
      id,
      kind: 'audio',
      codecString,
      timescale: timescale(sampleRate),
      nominalBitrate: bitrate,
      sampleRate,
      channels,
    })
  }
  return renditions
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
