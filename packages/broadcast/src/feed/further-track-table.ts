import type { AudioTrack, VideoTrack } from '@sluice/media'
import type { FurtherTracksEntry } from '../entry.ts'

/** A further sound, and where its next packet begins. */
export interface FurtherSound {
  readonly track: AudioTrack
  /** Sample count; undefined before it was stated. */
  next: number | undefined
}

/** The further tracks in force in a feed, as its writer and its reader both keep them. */
export class FurtherTrackTable {
  readonly video: Map<number, VideoTrack> = new Map()
  readonly audio: Map<number, FurtherSound> = new Map()

  /** A run begins: there are none. */
  clear(): void {
    this.video.clear()
    this.audio.clear()
  }

  /** These are in force. Each sound's time is stated anew. */
  announce({ tracks }: FurtherTracksEntry): void {
    this.clear()
    for (const { trackId, track } of tracks) {
      if (track.kind === 'video') this.video.set(trackId, track)
      else this.audio.set(trackId, { track, next: undefined })
    }
  }
}
