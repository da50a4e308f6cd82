import { findRendition, hasMedia, type TimelineSnapshot } from '../timeline/snapshot.ts'

/** The `_HLS_msn` and `_HLS_part` of a playlist request. */
export interface ReloadRequest {
  readonly mediaSequenceNumber: number
  /** Undefined when the request is for the whole segment. */
  readonly part: number | undefined
}

/**
 * - `ready`: the playlist holds what was asked for, or something later, or will never hold it;
 * - `wait`: not yet;
 * - `too-far`: so far ahead that the request must be refused.
 */
export type ReloadState = 'ready' | 'wait' | 'too-far'

const SEGMENTS_AHEAD = 2
const PARTS_AHEAD = 3

/**
 * Decides about a blocking playlist request.
 *
 * A part number beyond the end of its segment means the first part of the next one.
 *
 * @returns `wait` also for a rendition that is unknown or has no media: it may come.
 * @see draft-pantos-hls-rfc8216bis §6.2.5.2
 */
export function reloadState(
  snapshot: TimelineSnapshot,
  rendition: string,
  { mediaSequenceNumber, part }: ReloadRequest,
): ReloadState {
  if (snapshot.ended) return 'ready'
  const window = findRendition(snapshot, rendition)
  if (window === undefined || !hasMedia(window)) return 'wait'
  const { segments, open } = window
  const last = segments.at(-1)?.number ?? window.mediaSequence - 1
  if (mediaSequenceNumber < last) return 'ready'
  if (mediaSequenceNumber === last) {
    const listed = segments.at(-1)?.parts.length ?? 0
    return part === undefined || part < listed || open !== undefined ? 'ready' : 'wait'
  }

  if (mediaSequenceNumber > last + SEGMENTS_AHEAD) return 'too-far'
  if (part === undefined) return 'wait'
  const listed = open?.number === mediaSequenceNumber ? open.parts.length : 0
  if (part < listed) return 'ready'
  const limit = Math.max(PARTS_AHEAD, Math.ceil((PARTS_AHEAD * 1000) / snapshot.partTarget))
  return part >= listed + limit ? 'too-far' : 'wait'
}
