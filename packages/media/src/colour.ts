import type { ContentLightLevel, MasteringDisplay } from './hdr-metadata.ts'

/** How sample values stand for colours, in code points of ITU-T H.273 (ISO/IEC 23091-2). */
export interface ColourDescription {
  /** `ColourPrimaries`: 1 BT.709, 9 BT.2020; 2 is "unspecified", here and in the next two. */
  readonly primaries: number
  /** `TransferCharacteristics`: 1 BT.709, 16 PQ, 18 HLG. */
  readonly transfer: number
  /** `MatrixCoefficients`: 1 BT.709, 9 BT.2020 with non-constant luminance. */
  readonly matrix: number
  /** `VideoFullRangeFlag`. */
  readonly fullRange: boolean
}

/** What is known of a video's colours. A property is absent where nobody says it. */
export interface VideoColour {
  readonly description?: ColourDescription
  readonly masteringDisplay?: MasteringDisplay
  readonly contentLight?: ContentLightLevel
}

/** Range of brightness, in the words of HLS: what a display has to be able to show. */
export type DynamicRange = 'SDR' | 'PQ' | 'HLG'

/** The code point of primaries, transfer or matrix that are not told. */
export const UNSPECIFIED = 2
const TRANSFER_PQ = 16
const TRANSFER_HLG = 18

/** What pictures for every display are described as. */
export const BT_709: ColourDescription = { primaries: 1, transfer: 1, matrix: 1, fullRange: false }

/** The dynamic range of a transfer characteristic: SDR unless it is PQ or HLG, also where it is unknown. */
export function dynamicRange(description: Pick<ColourDescription, 'transfer'> | undefined): DynamicRange {
  if (description?.transfer === TRANSFER_PQ) return 'PQ'
  return description?.transfer === TRANSFER_HLG ? 'HLG' : 'SDR'
}

/** The description, or undefined where it says no more than everybody assumes: nothing specified, limited range. */
export function specified(description: ColourDescription): ColourDescription | undefined {
  const { primaries, transfer, matrix, fullRange } = description
  const says = fullRange || [primaries, transfer, matrix].some((codePoint) => codePoint !== UNSPECIFIED)
  return says ? description : undefined
}

/**
 * What is known of a video's colours from its bitstream and from what its publisher announced beside it.
 *
 * - The description is the bitstream's, code point by code point, where it specifies one: decoders obey it, and a
 *   `colr` box must not contradict it, because players believe the box (ISO/IEC 14496-12 §12.1.5, ISO/IEC 23000-19
 *   §9.2.2). What was announced fills the code points that the bitstream leaves unspecified.
 * - Mastering display and content light level are the announced ones where there are any. Those of the bitstream
 *   were copied from its configuration record when the encoder started; an announcement holds from its time on.
 */
export function mergeColours(
  bitstream: VideoColour | undefined,
  announced: VideoColour | undefined,
): VideoColour | undefined {
  if (announced === undefined) return bitstream
  const description = mergeDescriptions(bitstream?.description, announced.description)
  return {
    ...bitstream,
    ...announced,
    ...(description === undefined ? {} : { description }),
  }
}

function mergeDescriptions(
  bitstream: ColourDescription | undefined,
  announced: ColourDescription | undefined,
): ColourDescription | undefined {
  if (bitstream === undefined || announced === undefined) return bitstream ?? announced
  const either = (own: number, other: number): number => (own === UNSPECIFIED ? other : own)
  return {
    primaries: either(bitstream.primaries, announced.primaries),
    transfer: either(bitstream.transfer, announced.transfer),
    matrix: either(bitstream.matrix, announced.matrix),
    fullRange: bitstream.fullRange,
  }
}

/** Whether two descriptions specify one code point differently. */
export function contradicts(a: ColourDescription | undefined, b: ColourDescription | undefined): boolean {
  if (a === undefined || b === undefined) return false
  const differ = (own: number, other: number): boolean =>
    own !== UNSPECIFIED && other !== UNSPECIFIED && own !== other
  return differ(a.primaries, b.primaries) || differ(a.transfer, b.transfer) || differ(a.matrix, b.matrix)
}

/** Whether both descriptions say the same. */
export function sameDescription(a: ColourDescription | undefined, b: ColourDescription | undefined): boolean {
  return (
    a?.primaries === b?.primaries &&
    a?.transfer === b?.transfer &&
    a?.matrix === b?.matrix &&
    a?.fullRange === b?.fullRange
  )
}

/** Whether both say the same of the colours. */
export function sameColour(a: VideoColour | undefined, b: VideoColour | undefined): boolean {
  return sameDescription(a?.description, b?.description) && lightOf(a).join() === lightOf(b).join()
}

/** All numbers about light in one order. */
function lightOf({ masteringDisplay: display, contentLight: level }: VideoColour = {}): readonly unknown[] {
  return [
    ...(display === undefined
      ? ['no display']
      : [
          display.red,
          display.green,
          display.blue,
          display.white,
          display.maxLuminance,
          display.minLuminance,
        ]),
    ...(level === undefined ? ['no level'] : [level.maximum, level.maximumFrameAverage]),
  ]
}
