import { type Ticks, ticks } from '@sluice/core'

/** What decode times are worked out from; all in ticks of one timescale. */
export interface TimedSample {
  readonly decodeTime: Ticks
  /** Undefined: the sample is presented when it is decoded, whatever that time becomes (audio). */
  readonly picture: PictureTimes | undefined
}

/** Of a sample whose encoder may reorder. */
export interface PictureTimes {
  /** When the encoder would have it decoded. */
  readonly encoderTime: Ticks
  readonly presentationTime: Ticks
}

/**
 * The decode time that a part's boxes give a sample: the encoder's own, but not before `earliest`, as the first of a segment would
 * have it, nor after `decodeTime`.
 *
 * @param earliest - the segment's start, or one tick more than the time written for the sample before. Not after `decodeTime`.
 */
export function writtenTime({ decodeTime, picture }: TimedSample, earliest: Ticks): Ticks {
  if (picture === undefined) return decodeTime
  return ticks(Math.max(Math.min(picture.encoderTime, decodeTime), earliest))
}

/**
 * The same for the samples of a part, in decode order.
 *
 * @param first - that of the first sample.
 */
export function writtenTimes(samples: readonly TimedSample[], first: Ticks): Ticks[] {
  const times: Ticks[] = []
  for (const sample of samples) {
    const last = times.at(-1)
    times.push(last === undefined ? first : writtenTime(sample, ticks(last + 1)))
  }
  return times
}

/**
 * Moves times of a segment's last part to as late as presentation allows, the first one excepted, which is where the part before
 * ends. The sample decoded last lasts until the segment's end. Were it decoded at the encoder's time, it would be shown until after
 * that: a sample is presented for as long as it takes to the next decode time.
 *
 * @param times - rising.
 * @param end - of the segment, at least one tick after the last of `times`.
 */
export function latestTimes(
  times: readonly Ticks[],
  samples: readonly TimedSample[],
  end: Ticks,
): readonly Ticks[] {
  const latest = [...times]
  let next = end
  for (let index = times.length - 1; index > 0; index--) {
    const time = times[index] ?? next
    const shown = samples[index]?.picture?.presentationTime ?? time
    next = ticks(Math.max(time, Math.min(shown, next - 1)))
    latest[index] = next
  }
  return latest
}
