import type { LadderPlan } from '@sluice/ladder'
import type { ColourDescription } from '@sluice/media'

/** Both high ranges are defined for the primaries and the matrix of BT.2020 alone. @see ITU-R BT.2100 table 2, table 6 */
const BT_2020 = 9
const UNSPECIFIED = 2

/** cd/m² that become 1.0 in linear light: what BT.709 calls white. */
const NOMINAL_PEAK = 100

/** What decoders attach to frames, and encoders would pass on: it describes the picture before tone mapping. */
const HDR_SIDE_DATA = ['MASTERING_DISPLAY_METADATA', 'CONTENT_LIGHT_LEVEL'] as const

/**
 * The filters before all rungs of a plan that maps tones; none for others. First the picture shrinks to the largest rung's
 * size: everything behind works on floating-point numbers, once for all rungs. Then light becomes linear, colours those of
 * BT.709, brightness is pressed into its range by Hable's curve, and the result is 8 bits with the curve of BT.709.
 *
 * What the source is gets told, not found out: a publisher may have said it beside the bitstream only.
 *
 * @returns filters with commas between, and one behind.
 */
export function toneMappingFilters({ toneMap, rungs }: LadderPlan): string {
  const [largest] = rungs
  if (toneMap === undefined || largest === undefined) return ''
  const { transfer, fullRange } = toneMap
  const colours = `color_primaries=${told(toneMap, 'primaries')}:color_trc=${transfer}:colorspace=${told(toneMap, 'matrix')}`
  return [
    `scale=${largest.width}:${largest.height}`,
    `setparams=range=${fullRange ? 'full' : 'limited'}:${colours}`,
    `zscale=t=linear:npl=${NOMINAL_PEAK}`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=limited',
    'format=yuv420p',
    ...HDR_SIDE_DATA.map((type) => `sidedata=mode=delete:type=${type}`),
    '',
  ].join(',')
}

/** Encoder options that say what tone mapping made. */
export function toneMappedArguments({ toneMap }: LadderPlan): readonly string[] {
  if (toneMap === undefined) return []
  return ['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709', '-color_range', 'tv']
}

function told(description: ColourDescription, name: 'primaries' | 'matrix'): number {
  return description[name] === UNSPECIFIED ? BT_2020 : description[name]
}
