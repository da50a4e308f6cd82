import type { Player, PlayerEvents } from './player.ts'
import type { PlayerKind } from './stream-address.ts'

/** Makes a player that starts loading at once. */
export type MakePlayer = (video: HTMLVideoElement, url: string, events: PlayerEvents) => Player

/**
 * Loads the library for a protocol (each is a chunk of its own) and tells how to make its player.
 *
 * @returns undefined when this browser cannot play the protocol.
 */
export async function loadPlayer(kind: PlayerKind): Promise<MakePlayer | undefined> {
  if (kind === 'dash') {
    if (!('MediaSource' in window || 'ManagedMediaSource' in window)) return undefined
    const { DashPlayer } = await import('./dash-player.ts')
    return (video, url, events) => new DashPlayer(video, url, events)
  }
  const { canPlay, HlsPlayer } = await import('./hls-player.ts')
  if (canPlay()) return (video, url, events) => new HlsPlayer(video, url, events)
  if (document.createElement('video').canPlayType('application/vnd.apple.mpegurl') === '') return undefined
  const { NativePlayer } = await import('./native-player.ts')
  return (video, url, events) => new NativePlayer(video, url, events)
}
