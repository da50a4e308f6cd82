import { type ColourDescription, sameDescription } from '@sluice/media'
import type { Representation } from './period.ts'
import type { XmlWriter } from './xml-writer.ts'

const CICP = 'urn:mpeg:mpegB:cicp:'

/** How these representations all store their colours; undefined where they differ, or nobody knows. */
export function commonColour(representations: readonly Representation[]): ColourDescription | undefined {
  const colours = representations.map(({ rendition }) =>
    rendition.kind === 'video' ? rendition.colour : undefined,
  )
  const [first] = colours
  return colours.every((colour) => sameDescription(colour, first)) ? first : undefined
}

/**
 * Writes how colours are stored as descriptors.
 *
 * @param element - `EssentialProperty`: players that do not know it must not play what it describes. The range of sample
 *   values never is one: players that know the rest do not know that, and decoders read it from the bitstream.
 * @see ISO/IEC 23091-2 §8 and its URNs; ISO/IEC 23009-1 §5.8.4.8, §5.8.4.9
 */
export function writeColour(
  xml: XmlWriter,
  element: 'EssentialProperty' | 'SupplementalProperty',
  colour: ColourDescription,
): void {
  for (const [scheme, value] of codePoints(colour))
    xml.empty(element, { schemeIdUri: `${CICP}${scheme}`, value })
  if (colour.fullRange)
    xml.empty('SupplementalProperty', { schemeIdUri: `${CICP}VideoFullRangeFlag`, value: 1 })
}

function codePoints(colour: ColourDescription): readonly (readonly [string, number])[] {
  return [
    ['ColourPrimaries', colour.primaries],
    ['TransferCharacteristics', colour.transfer],
    ['MatrixCoefficients', colour.matrix],
  ]
}
