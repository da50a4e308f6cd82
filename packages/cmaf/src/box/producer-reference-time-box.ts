import type { Ticks } from '@sluice/core'
import { type BoxContent, fullBox } from './box.ts'

/** From 1900, where NTP counts from, to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800
const NTP_ERA = 2 ** 32

/** The time is the one at which the frame came to the encoder: `encoder` in an MPD. */
const ENCODER_INPUT = 0

/**
 * ProducerReferenceTimeBox, version 1: the wall clock of a media time.
 *
 * @param wallClock - milliseconds since the Unix epoch, not necessarily whole.
 * @param mediaTime - the same moment in the track's timescale, not negative.
 * @see ISO/IEC 14496-12 §8.16.5, RFC 5905 §6
 */
export function prft(trackId: number, wallClock: number, mediaTime: Ticks): BoxContent {
  const whole = Math.floor(wallClock / 1000)
  const seconds = (whole + NTP_EPOCH_SECONDS) % NTP_ERA
  const fraction = Math.floor(((wallClock - whole * 1000) / 1000) * NTP_ERA)
  return fullBox('prft', 1, ENCODER_INPUT, (writer) =>
    writer.u32be(trackId).u32be(seconds).u32be(fraction).u64be(mediaTime),
  )
}
