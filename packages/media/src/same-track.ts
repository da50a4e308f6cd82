import { equalBytes } from '@sluice/core'
import { sameColour } from './colour.ts'
import type { Track } from './track.ts'

/**
 * Whether a decoder set up for one track goes on with the other, and shows it in the same colours. Records are compared as they are, save that of FLAC:
 * encoders send it once more at the end, with the totals and the checksum of what they encoded in it.
 */
export function sameTrack(a: Track, b: Track): boolean {
  if (a.codec !== b.codec || a.codecString !== b.codecString) return false
  if (a.kind === 'video')
    return (
      b.kind === 'video' &&
      a.width === b.width &&
      a.height === b.height &&
      a.pixelAspectRatio[0] * b.pixelAspectRatio[1] === a.pixelAspectRatio[1] * b.pixelAspectRatio[0] &&
      sameColour(a.colour, b.colour) &&
      equalBytes(a.config, b.config)
    )
  return (
    b.kind === 'audio' &&
    a.sampleRate === b.sampleRate &&
    a.channels === b.channels &&
    equalBytes(format(a.codec, a.config), format(b.codec, b.config))
  )
}

/** Block sizes, sample rate, channels and sample size stand before the totals of a STREAMINFO. @see RFC 9639 §8.2 */
function format(codec: Track['codec'], config: Uint8Array): Uint8Array {
  if (codec !== 'flac') return config
  // The 4 bytes of block sizes; 6 bytes of frame sizes are totals; then 20 + 3 + 5 bits, the last 4 in a shared byte.
  const [shared = 0] = config.subarray(13)
  return Uint8Array.of(...config.subarray(0, 4), ...config.subarray(10, 13), shared & 0xf0)
}
