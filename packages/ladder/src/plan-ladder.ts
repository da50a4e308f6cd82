import { type AudioTrack, browserSupport, displaySize, dynamicRange, type VideoTrack } from '@sluice/media'
import { cappedFrameRate } from './frame-rate.ts'
import { evenLines, type Size, scaledSize, shorterSide } from './geometry.ts'
import { h264CodecString, h264Level, h264Profile } from './h264.ts'
import type { AudioRung, LadderPlan, VideoRung } from './ladder-plan.ts'
import type { AudioTemplate, Profile, RungTemplate } from './profile.ts'
import { rungCost } from './rung-cost.ts'

/** Peak over average bitrate: little, because players choose a rung by its peak. */
const PEAK = 1.07

/** Decoder buffer in seconds of average bitrate: enough for a keyframe every 2 seconds. */
const BUFFER_SECONDS = 1.5

/** What is known of a source when its ladder is planned. */
export interface LadderSource {
  readonly video: VideoTrack | undefined
  readonly audio: AudioTrack | undefined
  /** More pictures of the same, which the publisher sends beside `video` and which are cut where it is. Default none. */
  readonly further?: readonly VideoTrack[]
}

/**
 * How far a further track's lines may be from a rung's for the rung to be needless, as a share of the rung's: 540 lines stand
 * for 480p, and no track stands for two rungs of an ordinary ladder.
 */
const COVERS = 1 / 8

/**
 * Decides what is made of a source: which tracks go to viewers as they are, which rungs are encoded.
 *
 * Rungs are never larger than the source is seen. Where every browser plays the source it is the top of the
 * ladder, so only smaller rungs are made. Where some or none do, a rung of the source's own size is allowed, and a
 * source below the lowest rung still gets one, since viewers would have nothing otherwise; what some play goes out beside it.
 *
 * A further track that every browser plays is a rung already: one of the profile with about as many lines is not encoded.
 *
 * @throws {UnsupportedError} `ladder.h264.no_level` when a rung of the profile is beyond what H.264 can describe.
 */
export function planLadder(source: LadderSource, profile: Profile): LadderPlan {
  const notes: string[] = []
  if (profile.kind === 'none')
    return { passthrough: { video: false, audio: false }, rungs: [], audio: undefined, cost: 0, notes }

  const { video, audio } = source
  const support = {
    video: video === undefined ? 'none' : browserSupport(video),
    audio: audio === undefined ? 'none' : browserSupport(audio),
  }
  const passthrough = { video: support.video !== 'none', audio: support.audio !== 'none' }
  const encodes = profile.kind === 'ladder'
  if (!encodes) {
    for (const track of [video, audio]) {
      if (track !== undefined && support[track.kind] !== 'all') notes.push(unplayable(track, profile))
    }
  }
  const covers = (source.further ?? []).filter((track) => browserSupport(track) === 'all')
  const rungs = encodes && video ? planRungs(video, covers, profile, notes) : []
  const description = video?.colour?.description
  // Beside a source that plays everywhere and gets no smaller picture, smaller audio would serve nobody.
  const wantsAudio = encodes && (rungs.length > 0 || video === undefined || support.audio !== 'all')
  return {
    passthrough,
    rungs,
    audio: audio && wantsAudio ? planAudio(audio, profile.audio) : undefined,
    ...(rungs.length > 0 && description !== undefined && dynamicRange(description) !== 'SDR'
      ? { toneMap: description }
      : {}),
    cost: rungs.reduce((sum, rung) => sum + rung.cost, 0),
    notes,
  }
}

function unplayable(track: VideoTrack | AudioTrack, profile: Profile): string {
  const who = browserSupport(track) === 'some' ? 'not all browsers can' : 'browsers cannot'
  return `${who} play the source's ${track.kind} (${track.codecString}), and profile "${profile.name}" encodes none`
}

function planRungs(
  video: VideoTrack,
  covers: readonly VideoTrack[],
  profile: Profile,
  notes: string[],
): VideoRung[] {
  const seen = displaySize(video)
  const lines = shorterSide(seen)
  const rate: SourceRate = {
    frameRate: video.frameRate ?? video.announcedFrameRate,
    isCertain: video.frameRate !== undefined,
  }
  const playable = browserSupport(video) === 'all'
  const templates = profile.rungs.toSorted((a, b) => b.height - a.height)
  const within = templates.filter((rung) => (playable ? rung.height < lines : rung.height <= lines))
  const fitting = within.filter((rung) => !covers.some((track) => isCovered(rung, track)))

  const left = templates.filter((rung) => !within.includes(rung)).map((rung) => rung.name)
  if (left.length > 0) notes.push(`not made, the source has ${Math.floor(lines)} lines: ${left.join(', ')}`)
  const covered = within.filter((rung) => !fitting.includes(rung)).map((rung) => rung.name)
  if (covered.length > 0) notes.push(`not made, the publisher sends them: ${covered.join(', ')}`)

  const lowest = templates.at(-1)
  if (within.length === 0 && !playable && covers.length === 0 && lowest) {
    const own = ownSizeTemplate(lowest, lines)
    notes.push(
      `not every browser plays the source (${video.codecString}): encoded at its own size as ${own.name}`,
    )
    return [planRung(own, seen, rate)]
  }
  return fitting.map((template) => planRung(template, seen, rate))
}

function isCovered(rung: RungTemplate, track: VideoTrack): boolean {
  return Math.abs(shorterSide(displaySize(track)) - rung.height) <= COVERS * rung.height
}

/** The lowest rung shrunk to a source below it, with as many bits per pixel. */
function ownSizeTemplate(lowest: RungTemplate, lines: number): RungTemplate {
  const height = evenLines(lines)
  const bitrate = Math.round(lowest.bitrate * (height / lowest.height) ** 2)
  return { ...lowest, name: `${height}p`, height, bitrate: Math.max(100_000, bitrate) }
}

/** How many frames per second a source has. */
interface SourceRate {
  readonly frameRate: number | undefined
  /** Its codec's headers say so. What a publisher announces is often wrong: a rung's cap stays in place. */
  readonly isCertain: boolean
}

function planRung(template: RungTemplate, seen: Size, source: SourceRate): VideoRung {
  const { codec, preset, bitrate } = template
  const { width, height } = scaledSize(seen, template.height)
  const { frameRate: sourceRate, isCertain } = source
  const frameRate = sourceRate === undefined ? undefined : cappedFrameRate(sourceRate, template.maxFrameRate)
  const maxrate = Math.round(bitrate * PEAK)
  const bufsize = Math.round(bitrate * BUFFER_SECONDS)
  const profile = h264Profile(preset)
  // The cap alone decides while the source's rate is unknown: the codec string is promised before the first frame.
  const assumedRate = frameRate ?? template.maxFrameRate
  const level = h264Level({ profile, width, height, frameRate: assumedRate, maxrate, bufsize })
  return {
    id: template.name,
    width,
    height,
    frameRate,
    maxFrameRate: isCertain && frameRate === sourceRate ? undefined : template.maxFrameRate,
    codec,
    profile,
    level,
    codecString: h264CodecString(profile, level),
    bitrate,
    maxrate,
    bufsize,
    preset,
    cost: rungCost({ codec, preset, width, height, frameRate: assumedRate }),
  }
}

function planAudio(track: AudioTrack, template: AudioTemplate): AudioRung {
  return {
    id: `audio-${Math.round(template.bitrate / 1000)}k`,
    codec: 'aac',
    codecString: 'mp4a.40.2',
    bitrate: template.bitrate,
    sampleRate: track.sampleRate === 44_100 ? 44_100 : 48_000,
    channels: track.channels >= 2 && template.maxChannels >= 2 ? 2 : 1,
  }
}
