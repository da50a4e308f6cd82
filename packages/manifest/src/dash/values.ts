const NTSC_DENOMINATOR = 1001

/** An xs:duration of seconds, to the microsecond: `PT2.5S`. */
export function xsDuration(seconds: number): string {
  return `PT${Number(seconds.toFixed(6))}S`
}

/**
 * An `@frameRate`: whole, or a fraction; 29.97 is 30000/1001.
 *
 * @see ISO/IEC 23009-1 §5.3.7.2
 */
export function frameRateValue(frameRate: number): string {
  const rounded = Math.round(frameRate)
  if (Math.abs(frameRate - rounded) < 0.001) return String(rounded)
  if (Math.abs(frameRate - (rounded * 1000) / NTSC_DENOMINATOR) < 0.01)
    return `${rounded * 1000}/${NTSC_DENOMINATOR}`
  return `${Math.round(frameRate * 1000)}/1000`
}

/** ISO/IEC 23091-3 ChannelConfiguration of layouts with more than six channels. */
const LARGE_LAYOUTS: Readonly<Record<number, number>> = { 7: 11, 8: 12 }

/** An AudioChannelConfiguration descriptor, undefined where the number of channels does not tell the layout. */
export function channelConfiguration(
  channels: number,
): { readonly schemeIdUri: string; readonly value: number } | undefined {
  if (channels >= 1 && channels <= 6)
    return { schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011', value: channels }
  const value = LARGE_LAYOUTS[channels]
  return value === undefined ? undefined : { schemeIdUri: 'urn:mpeg:mpegB:cicp:ChannelConfiguration', value }
}
