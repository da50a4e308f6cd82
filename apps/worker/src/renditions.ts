import type { AudioLabel } from '@sluice/broadcast'
import { timescale, VIDEO_TIMESCALE } from '@sluice/core'
import type { AudioRung, LadderPlan, VideoRung } from '@sluice/ladder'
import type { AudioRendition, VideoRendition } from '@sluice/manifest'
import { type AudioTrack, BT_709, browserSupport, displaySize, type VideoTrack } from '@sluice/media'
import { type OutgoingTrack, SOURCE_AUDIO, SOURCE_VIDEO } from './outgoing-tracks.ts'
import type { PlannedRendition } from './rendition-output.ts'

/** The source's tracks. */
export interface SourceTracks {
  readonly video: VideoTrack | undefined
  readonly audio: AudioTrack | undefined
}

/** The further tracks that go out. */
export interface FurtherSource {
  readonly tracks: readonly OutgoingTrack[]
  /** Of the default sound. */
  readonly defaultLabel: AudioLabel
}

const NO_FURTHER: FurtherSource = { tracks: [], defaultLabel: {} }

type Planned<R> = Omit<R, 'order' | 'init'>

/**
 * The renditions of a plan, as they are announced before any of them has media. The source rung comes first, then the
 * other pictures from the top, then the default sound, then the sounds that may be chosen in its place.
 */
export function plannedRenditions(
  plan: LadderPlan,
  source: SourceTracks,
  further: FurtherSource = NO_FURTHER,
): PlannedRendition[] {
  const { video, audio } = source
  const passesVideo = plan.passthrough.video && video !== undefined
  const others = [
    ...further.tracks.flatMap(({ id, track }) =>
      track.kind === 'video' ? [passedVideo(id, track, plan, audio)] : [],
    ),
    ...plan.rungs.map((rung) => encodedVideo(rung, plan, source)),
  ].toSorted((a, b) => shorterSide(b) - shorterSide(a))
  const renditions = [
    ...(passesVideo ? [passedVideo(SOURCE_VIDEO, video, plan, audio)] : []),
    ...others,
    ...sounds(plan, audio, further),
  ]
  return renditions.map((rendition, order) => ({ ...rendition, order, init: undefined }))
}

/** A picture that every browser plays is not tied to sound that only some do. */
function prefersEncodedSound(
  video: VideoTrack | undefined,
  plan: LadderPlan,
  audio: AudioTrack | undefined,
): boolean {
  return (
    plan.audio !== undefined &&
    video !== undefined &&
    browserSupport(video) === 'all' &&
    audio !== undefined &&
    browserSupport(audio) !== 'all'
  )
}

/** Who can takes the sound that only some play too, at every size. */
function furtherSound(
  video: VideoTrack | undefined,
  plan: LadderPlan,
  audio: AudioTrack | undefined,
): Pick<VideoRendition, 'furtherAudio'> {
  return plan.passthrough.audio && prefersEncodedSound(video, plan, audio)
    ? { furtherAudio: [SOURCE_AUDIO] }
    : {}
}

function passedVideo(
  id: string,
  track: VideoTrack,
  plan: LadderPlan,
  audio: AudioTrack | undefined,
): Planned<VideoRendition> {
  const passed = plan.passthrough.audio ? SOURCE_AUDIO : undefined
  const encoded = plan.audio?.id
  const colour = track.colour?.description
  return {
    id,
    kind: 'video',
    codecString: track.codecString,
    timescale: VIDEO_TIMESCALE,
    nominalBitrate: undefined,
    width: Math.round(displaySize(track).width),
    height: track.height,
    frameRate: track.frameRate ?? track.announcedFrameRate,
    audio: prefersEncodedSound(track, plan, audio) ? encoded : (passed ?? encoded),
    ...furtherSound(track, plan, audio),
    ...(colour === undefined ? {} : { colour }),
  }
}

function encodedVideo(
  rung: VideoRung,
  plan: LadderPlan,
  { video, audio }: SourceTracks,
): Planned<VideoRendition> {
  const colour = plan.toneMap === undefined ? video?.colour?.description : BT_709
  return {
    id: rung.id,
    kind: 'video',
    codecString: rung.codecString,
    timescale: VIDEO_TIMESCALE,
    nominalBitrate: rung.bitrate,
    width: rung.width,
    height: rung.height,
    frameRate: rung.frameRate,
    audio: plan.audio?.id ?? (plan.passthrough.audio ? SOURCE_AUDIO : undefined),
    ...furtherSound(video, plan, audio),
    ...(colour === undefined ? {} : { colour }),
  }
}

function sounds(
  plan: LadderPlan,
  audio: AudioTrack | undefined,
  { tracks, defaultLabel }: FurtherSource,
): Planned<AudioRendition>[] {
  const alternatives = tracks.flatMap(({ id, trackId, track, label, encoded }) =>
    track.kind === 'audio' ? [{ id, trackId, track, label, encoded }] : [],
  )
  const isAlone = alternatives.length === 0
  const [defaultName, ...names] = distinctNames([
    defaultLabel.name ?? numbered(0),
    ...alternatives.map(({ trackId, label }) => label.name ?? numbered(trackId)),
  ])
  const labelled = (name: string | undefined, language: string | undefined) => ({
    ...(isAlone || name === undefined ? {} : { name }),
    ...(isAlone || language === undefined ? {} : { language }),
  })
  const renditions: Planned<AudioRendition>[] = []
  if (plan.passthrough.audio && audio !== undefined)
    renditions.push({ ...passedAudio(SOURCE_AUDIO, audio), ...labelled(defaultName, defaultLabel.language) })
  if (plan.audio !== undefined)
    renditions.push({ ...encodedAudio(plan.audio), ...labelled(defaultName, defaultLabel.language) })
  for (const [index, { id, trackId, track, label, encoded }] of alternatives.entries())
    renditions.push({
      ...(encoded === undefined ? passedAudio(id, track) : encodedAudio(encoded)),
      alternative: trackId,
      ...labelled(names[index], label.language),
    })
  return renditions
}

function passedAudio(id: string, track: AudioTrack): Planned<AudioRendition> {
  const { codecString, timescale, sampleRate, channels } = track
  return { id, kind: 'audio', codecString, timescale, nominalBitrate: undefined, sampleRate, channels }
}

function encodedAudio({
  id,
  codecString,
  bitrate,
  sampleRate,
  channels,
}: AudioRung): Planned<AudioRendition> {
  const base = { id, kind: 'audio', codecString, nominalBitrate: bitrate, sampleRate, channels } as const
  return { ...base, timescale: timescale(sampleRate) }
}

/** People count from one. */
function numbered(trackId: number): string {
  return `Track ${trackId + 1}`
}

/** No two members of an audio group may have the same name. RFC 8216 §4.3.4.1.1 */
function distinctNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name) => {
    let distinct = name
    for (let count = 2; used.has(distinct); count++) distinct = `${name} (${count})`
    used.add(distinct)
    return distinct
  })
}

function shorterSide({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.min(width, height)
}
