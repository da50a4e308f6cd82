import type { FurtherTrack } from '@sluice/broadcast'
import { checkProfile, checkSource, type FfmpegCapabilities } from '@sluice/ffmpeg'
import { type AudioRung, type Profile, planLadder } from '@sluice/ladder'
import { type AudioTrack, browserSupport, type Track } from '@sluice/media'

/** Ids of the renditions that hold the publisher's own packets; those of further tracks end in the publisher's number. */
export const SOURCE_VIDEO = 'source'
export const SOURCE_AUDIO = 'audio-source'

/** Id of the rendition that holds a further track. */
export function furtherRendition(trackId: number, kind: Track['kind']): string {
  return `${kind === 'video' ? SOURCE_VIDEO : SOURCE_AUDIO}-${trackId}`
}

/** A further track that viewers get. */
export interface OutgoingTrack extends FurtherTrack {
  /** Of its rendition. */
  readonly id: string
  /** What a sound is encoded as; undefined for a track that goes out as it is. */
  readonly encoded: AudioRung | undefined
}

/** A further track that viewers do not get. */
export interface UnplayableTrack {
  /** Of the rendition that it would have been. */
  readonly id: string
  readonly unplayable: string
}

/**
 * Decides what becomes of the publisher's further tracks. A picture goes out as it is where some browsers play it. A sound does
 * only where all of them do, and is encoded otherwise: a variant's CODECS names every codec of its audio group, and players
 * that lack one of them play nothing at all of it.
 */
export function outgoingTracks(
  tracks: readonly FurtherTrack[],
  profile: Profile,
  ffmpeg: FfmpegCapabilities,
): (OutgoingTrack | UnplayableTrack)[] {
  if (profile.kind === 'none') return []
  return tracks.map((further) => {
    const { trackId, track } = further
    const id = furtherRendition(trackId, track.kind)
    const support = browserSupport(track)
    if (track.kind === 'video' ? support !== 'none' : support === 'all')
      return { ...further, id, encoded: undefined }
    const encoded =
      track.kind === 'video' ? 'no further picture is encoded' : encodedSound(track, profile, ffmpeg)
    if (typeof encoded !== 'string') {
      const rendition = `${encoded.id}-${trackId}`
      return { ...further, id: rendition, encoded: { ...encoded, id: rendition } }
    }
    const who = support === 'some' ? 'not all browsers can' : 'browsers cannot'
    return { id, unplayable: `${who} play ${track.codecString}, and ${encoded}` }
  })
}

/** What a sound is encoded as, or why it is not. */
function encodedSound(audio: AudioTrack, profile: Profile, ffmpeg: FfmpegCapabilities): AudioRung | string {
  const source = { video: undefined, audio }
  const rung = planLadder(source, profile).audio
  if (rung === undefined) return `profile "${profile.name}" encodes none`
  const obstacles = [...checkProfile(ffmpeg, profile), ...checkSource(ffmpeg, source)]
  return obstacles.length === 0 ? rung : obstacles.map(({ message }) => message).join('; ')
}

/** A track in a line of the log. */
export function describeOutgoing({ id, track }: OutgoingTrack): string {
  const what = track.kind === 'video' ? `${track.width}x${track.height}` : `${track.sampleRate} Hz`
  return `${id} ${track.codecString} ${what}`
}
