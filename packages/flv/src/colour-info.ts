import { type AmfMap, type AmfValue, isAmfMap } from '@sluice/amf'
import { contentLightLevel, masteringDisplay, type VideoColour } from '@sluice/media'

/** What the fields of `hdrMdcv` are called. */
const DISPLAY_FIELDS = [
  'redX',
  'redY',
  'greenX',
  'greenY',
  'blueX',
  'blueY',
  'whitePointX',
  'whitePointY',
  'maxLuminance',
  'minLuminance',
] as const

const UNSPECIFIED = 2
const LARGEST_CODE_POINT = 255

/**
 * Reads the value of `colorInfo`. Never throws: a part of the wrong type, incomplete, or out of any sensible range is
 * as good as absent, because the bitstream can still say it. The range of sample values has no field: limited is assumed.
 *
 * @returns undefined for what takes an earlier announcement back: undefined, an empty object, nothing usable.
 * @see Enhanced RTMP v2, Metadata Frame
 */
export function readColourInfo(value: AmfValue): VideoColour | undefined {
  if (!isAmfMap(value)) return undefined
  const description = descriptionOf(value.get('colorConfig'))
  const display = displayOf(value.get('hdrMdcv'))
  const contentLight = contentLightOf(value.get('hdrCll'))
  const colour: VideoColour = {
    ...(description === undefined ? {} : { description }),
    ...(display === undefined ? {} : { masteringDisplay: display }),
    ...(contentLight === undefined ? {} : { contentLight }),
  }
  return Object.keys(colour).length === 0 ? undefined : colour
}

function descriptionOf(value: AmfValue): VideoColour['description'] {
  if (!isAmfMap(value)) return undefined
  const primaries = codePoint(value, 'colorPrimaries')
  const transfer = codePoint(value, 'transferCharacteristics')
  const matrix = codePoint(value, 'matrixCoefficients')
  if ([primaries, transfer, matrix].every((each) => each === UNSPECIFIED)) return undefined
  return { primaries, transfer, matrix, fullRange: false }
}

function displayOf(value: AmfValue): VideoColour['masteringDisplay'] {
  const numbers = numbersOf(value, DISPLAY_FIELDS)
  if (numbers === undefined) return undefined
  return masteringDisplay({
    red: [numbers.redX, numbers.redY],
    green: [numbers.greenX, numbers.greenY],
    blue: [numbers.blueX, numbers.blueY],
    white: [numbers.whitePointX, numbers.whitePointY],
    maxLuminance: numbers.maxLuminance,
    minLuminance: numbers.minLuminance,
  })
}

function contentLightOf(value: AmfValue): VideoColour['contentLight'] {
  const numbers = numbersOf(value, ['maxCLL', 'maxFall'] as const)
  return numbers && contentLightLevel(numbers.maxCLL, numbers.maxFall)
}

function codePoint(map: AmfMap, name: string): number {
  const value = map.get(name)
  const valid =
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_CODE_POINT
  return valid ? value : UNSPECIFIED
}

/** All of these properties, or undefined where one is no number. */
function numbersOf<Name extends string>(
  value: AmfValue,
  names: readonly Name[],
): Readonly<Record<Name, number>> | undefined {
  if (!isAmfMap(value)) return undefined
  const numbers: Partial<Record<Name, number>> = {}
  for (const name of names) {
    const number = value.get(name)
    if (typeof number !== 'number') return undefined
    numbers[name] = number
  }
  return numbers as Record<Name, number>
}
