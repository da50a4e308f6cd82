import type { AudioTrack, VideoTrack } from '@sluice/media'

/** H.264 profile_idc values browsers decode: Baseline, Main, Extended, High. The others are 10-bit, 4:2:2 or 4:4:4. */
const PLAYABLE_AVC = /^avc[13]\.(42|4d|58|64)/i

/** AAC-LC, HE-AAC and HE-AAC v2. */
const PLAYABLE_AAC = /^mp4a\.40\.(2|5|29)$/i

/** True when browsers of today play the track as it is: 8-bit 4:2:0 H.264. */
export function isPlayableVideo(track: Pick<VideoTrack, 'codec' | 'codecString'>): boolean {
  return track.codec === 'h264' && PLAYABLE_AVC.test(track.codecString)
}

/** True when browsers of today play the track as it is: AAC. */
export function isPlayableAudio(track: Pick<AudioTrack, 'codec' | 'codecString'>): boolean {
  return track.codec === 'aac' && PLAYABLE_AAC.test(track.codecString)
}
