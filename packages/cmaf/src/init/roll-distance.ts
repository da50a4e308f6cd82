import type { Track } from '@sluice/media'

/** 80 ms at the 48 kHz that all Opus times are counted in. */
const OPUS_PRE_ROLL = 3840

/**
 * How many packets before the one it is to start at a decoder has to be given before its output is right, as the
 * negative number that a `roll` sample group holds.
 *
 * @returns undefined when the track has no such group: every codec but Opus.
 * @see Encapsulation of Opus in ISO Base Media File Format v1.0.0 §4.3.6.2
 */
export function rollDistance(track: Track): number | undefined {
  return track.codec === 'opus' ? -Math.ceil(OPUS_PRE_ROLL / track.samplesPerPacket) : undefined
}
