import type { Rendition } from './events.ts'
import type { RenditionSnapshot } from './snapshot.ts'

const BITS_PER_PIXEL = 0.1
const ASSUMED_FRAME_RATE = 30
const AUDIO_BITS_PER_CHANNEL = 64_000

/** Bits per second to announce for a rendition. */
export interface Bandwidth {
  readonly peak: number
  /** Undefined before media has been measured. */
  readonly average: number | undefined
}

/**
 * The bit rates of a rendition: measured where there is media, else nominal, else judged by its size
 * (0.1 bit per pixel, 64 kbit/s per audio channel), because both HLS and DASH demand a number.
 */
export function bandwidthOf({ rendition, peakBitrate, averageBitrate }: RenditionSnapshot): Bandwidth {
  const peak = peakBitrate ?? averageBitrate ?? rendition.nominalBitrate ?? guessBitrate(rendition)
  return { peak: Math.max(1, Math.ceil(peak)), average: averageBitrate }
}

function guessBitrate(rendition: Rendition): number {
  if (rendition.kind === 'audio') return rendition.channels * AUDIO_BITS_PER_CHANNEL
  return rendition.width * rendition.height * (rendition.frameRate ?? ASSUMED_FRAME_RATE) * BITS_PER_PIXEL
}
