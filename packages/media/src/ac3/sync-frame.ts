import { type BitReader, ProtocolError } from '@sluice/core'

/** The 16 bits every AC-3 and E-AC-3 frame begins with. */
const SYNC_WORD = 0x0b77

/** Samples in an audio block; an AC-3 frame has six. */
export const SAMPLES_PER_BLOCK = 256
export const BLOCKS_PER_FRAME = 6

/** Hz of `fscod` 0 to 2 (ETSI TS 102 366 table 4.1). */
export const SAMPLE_RATES: readonly number[] = [48_000, 44_100, 32_000]

/** Full-bandwidth channels of `acmod` 0 to 7 (ETSI TS 102 366 table 4.3); 0 is two independent ones. */
const FULL_CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5]

/**
 * Channels of an audio coding mode with or without low-frequency effects.
 *
 * @param acmod - 0 to 7.
 */
export function channelsOfMode(acmod: number, lfe: boolean): number {
  return (FULL_CHANNELS[acmod] ?? 0) + (lfe ? 1 : 0)
}

/**
 * Reads the word a frame begins with.
 *
 * @param code - prefix of the error's code.
 * @throws {ProtocolError} `<code>.sync_word`.
 */
export function readSyncWord(reader: BitReader, code: string): void {
  const word = reader.bits(16)
  if (word === SYNC_WORD) return
  throw new ProtocolError(
    `${code}.sync_word`,
    `a frame begins with 0b77, not ${word.toString(16).padStart(4, '0')}`,
    {
      details: { word },
      spec: 'ETSI TS 102 366 §4.4.1.1',
    },
  )
}
