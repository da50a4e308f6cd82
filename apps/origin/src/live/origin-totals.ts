/** What an origin has done so far, beside what its followed streams know themselves: counted where it happens, read when it is measured. */
export class OriginTotals {
  /** Playlists and manifests that were rendered before, or had to be. */
  readonly documents: CacheCounts = { hits: 0, misses: 0 }
  /** Reads of media that memory had, or had not. */
  readonly media: CacheCounts = { hits: 0, misses: 0 }
  /** Seconds of media that were asked for. */
  readonly viewed: Record<'video' | 'audio', number> = { video: 0, audio: 0 }
}

/** How often a cache had what was wanted. */
export interface CacheCounts {
  hits: number
  misses: number
}
