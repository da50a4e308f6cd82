import { UnsupportedError } from '@sluice/core'
import { type AudioSpecificConfig, aacSampleRateIndex } from '@sluice/media'

/** Bytes of a header without a check sum. */
const HEADER_BYTES = 7
/** Largest number of frame_length, which counts the header too. */
const LARGEST_FRAME = 0x1fff
/** channel_configuration has three bits. */
const MOST_CHANNEL_CONFIGURATION = 7
/** Audio object type 2, less one, as `profile` says it: SBR and parametric stereo are found by the decoder. */
const LOW_COMPLEXITY = 1
const FULLNESS_OF_VARIABLE_RATE = 0x7ff

/**
 * Makes the ADTS headers of a track's frames.
 *
 * @returns the header of a frame of so many bytes.
 * @throws {UnsupportedError} `mpegts.adts.unrepresentable` for what ADTS has no number for: channels listed in the stream, rates
 *   of one's own, frames of 960 samples, frames of more than 8184 bytes.
 * @see ISO/IEC 14496-3 §1.A.2.2.1
 */
export function adtsHeaders(config: AudioSpecificConfig): (frameSize: number) => Uint8Array {
  const { channelConfiguration, frameLength, sampleRate } = config
  const rate = aacSampleRateIndex(sampleRate)
  const fits =
    channelConfiguration >= 1 && channelConfiguration <= MOST_CHANNEL_CONFIGURATION && frameLength === 1024
  if (rate === undefined || !fits)
    throw unrepresentable(
      `${sampleRate} Hz, channel configuration ${channelConfiguration}, ${frameLength} samples a frame`,
    )
  const fixed = (LOW_COMPLEXITY << 6) | (rate << 2) | (channelConfiguration >> 2)
  return (frameSize) => {
    const size = frameSize + HEADER_BYTES
    if (size > LARGEST_FRAME) throw unrepresentable(`a frame of ${frameSize} bytes`)
    return Uint8Array.of(
      0xff,
      0xf1, // the sync word's end, MPEG-4, no check sum
      fixed,
      ((channelConfiguration & 3) << 6) | (size >> 11),
      (size >> 3) & 0xff,
      ((size & 7) << 5) | (FULLNESS_OF_VARIABLE_RATE >> 6),
      (FULLNESS_OF_VARIABLE_RATE << 2) & 0xff, // one raw data block
    )
  }
}

function unrepresentable(what: string): UnsupportedError {
  return new UnsupportedError('mpegts.adts.unrepresentable', `AAC with ${what} cannot be written as ADTS`, {
    spec: 'ISO/IEC 14496-3 §1.A.2.2.1',
  })
}
