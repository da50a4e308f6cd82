import type { DisplaySize } from '@sluice/media'

/** Width and height in square pixels. */
export type Size = DisplaySize

/** The shorter side: what a rung's height is measured against, so that portrait sources get the same ladder. */
export function shorterSide(size: Size): number {
  return Math.min(size.width, size.height)
}

/**
 * `source` scaled so that its shorter side is `lines`, in even numbers (4:2:0 chroma needs them) and never
 * larger than the source on either side.
 *
 * @param lines - even, at most the source's shorter side.
 */
export function scaledSize(source: Size, lines: number): Size {
  const factor = lines / shorterSide(source)
  return {
    width: evenWithin(source.width * factor, source.width),
    height: evenWithin(source.height * factor, source.height),
  }
}

/** The largest even number of lines a source of this shorter side can fill; at least 2. */
export function evenLines(shorter: number): number {
  return Math.max(2, 2 * Math.floor(shorter / 2))
}

function evenWithin(value: number, limit: number): number {
  const nearest = 2 * Math.round(value / 2)
  return Math.max(2, nearest > limit ? nearest - 2 : nearest)
}
