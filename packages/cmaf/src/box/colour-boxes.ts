import type { ColourDescription, ContentLightLevel, MasteringDisplay } from '@sluice/media'
import { type BoxContent, box } from './box.ts'

const FULL_RANGE = 0x80

/** ColourInformationBox of type `nclx`. @see ISO/IEC 14496-12 §12.1.5 */
export function colr({ primaries, transfer, matrix, fullRange }: ColourDescription): BoxContent {
  return box('colr', (writer) =>
    writer
      .ascii('nclx')
      .u16be(primaries)
      .u16be(transfer)
      .u16be(matrix)
      .u8(fullRange ? FULL_RANGE : 0),
  )
}

/** MasteringDisplayColourVolumeBox: green, blue, red, as HEVC has them. @see ISO/IEC 14496-12 §12.1.6 */
export function mdcv(display: MasteringDisplay): BoxContent {
  const { red, green, blue, white, maxLuminance, minLuminance } = display
  return box('mdcv', (writer) => {
    for (const [x, y] of [green, blue, red, white]) writer.u16be(x).u16be(y)
    writer.u32be(maxLuminance).u32be(minLuminance)
  })
}

/** ContentLightLevelBox. @see ISO/IEC 14496-12 §12.1.7 */
export function clli({ maximum, maximumFrameAverage }: ContentLightLevel): BoxContent {
  return box('clli', (writer) => writer.u16be(maximum).u16be(maximumFrameAverage))
}
