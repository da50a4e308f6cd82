import type { VideoTrack } from './track.ts'

/** Width and height in square pixels. */
export interface DisplaySize {
  readonly width: number
  readonly height: number
}

/**
 * The size at which a track is meant to be seen: its height, and its width corrected by the pixel aspect
 * ratio (not rounded). A ratio with a zero in it means "unspecified" (ITU-T H.264 §E.2.1) and counts as square.
 */
export function displaySize(track: Pick<VideoTrack, 'width' | 'height' | 'pixelAspectRatio'>): DisplaySize {
  const [horizontal, vertical] = track.pixelAspectRatio
  const ratio = horizontal > 0 && vertical > 0 ? horizontal / vertical : 1
  return { width: track.width * ratio, height: track.height }
}
