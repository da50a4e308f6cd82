import { MILLISECONDS, type Millis, rescale, timescale } from '@sluice/core'
import type { AudioRung } from '@sluice/ladder'
import { fragmentedMp4 } from './mux-arguments.ts'

/** Samples in one AAC-LC frame. */
const FRAME = 1024

/**
 * Seconds by which the source's timestamps and its count of samples may differ. Below, timestamps are rounding and
 * jitter, and samples follow each other; above, silence is put in or samples are taken out.
 */
const TOLERANCE = 0.1

/**
 * The filters from decoded audio to samples without gaps.
 *
 * @param startsAt - media time at which the feed begins. Frames then lie on multiples of 1024 samples from media
 *   time 0, so that the encoder of another worker, started elsewhere in the stream, makes frames that fit on.
 *   Undefined: they lie where the first sample does.
 */
export function audioFilters(rung: AudioRung, startsAt: Millis | undefined): string {
  const filter = `aresample=${rung.sampleRate}:async=1:min_hard_comp=${TOLERANCE}`
  if (startsAt === undefined) return filter
  const first = rescale(startsAt, MILLISECONDS, timescale(rung.sampleRate))
  return `${filter}:first_pts=${Math.ceil(first / FRAME) * FRAME}`
}

/**
 * Encoder and muxer options of the audio rung. The first packet is the encoder's priming: 1024 samples that lie
 * before the first sample of the source.
 */
export function audioArguments(rung: AudioRung, fragment: Millis): string[] {
  return [
    '-c:a',
    'aac',
    '-b:a',
    `${rung.bitrate}`,
    '-ar',
    `${rung.sampleRate}`,
    '-ac',
    `${rung.channels}`,
    ...fragmentedMp4(fragment),
  ]
}
