import { TEST_CARD } from '@sluice/testkit'
import type { Locator } from 'playwright-core'
import { expect } from 'vitest'

/** What encoding, scaling and the browser's own conversion may change in a colour channel of 255. */
const COLOUR_TOLERANCE = 12

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number]

/** Mean colours around the centres of the four quarters of the frame that a video element shows, row by row. */
export function quartersOf(element: Locator): Promise<Colour[]> {
  return element.evaluate((found) => {
    const video = found as HTMLVideoElement
    const canvas = document.createElement('canvas')
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('no 2d context')
    context.drawImage(video, 0, 0)
    const side = 8
    return [0.25, 0.75].flatMap((down) =>
      [0.25, 0.75].map((across): [number, number, number] => {
        const x = Math.round(canvas.width * across) - side / 2
        const y = Math.round(canvas.height * down) - side / 2
        const { data } = context.getImageData(x, y, side, side)
        const mean = (channel: number): number =>
          data.filter((_, index) => index % 4 === channel).reduce((sum, value) => sum + value, 0) /
          (side * side)
        return [mean(0), mean(1), mean(2)]
      }),
    )
  })
}

/** Expects the test card in what `quartersOf` saw. */
export function expectCard(quarters: readonly Colour[]): void {
  const { topLeft, topRight, bottomLeft, bottomRight } = TEST_CARD
  const difference = [topLeft, topRight, bottomLeft, bottomRight].map((colour, index) =>
    Math.max(...colour.map((value, channel) => Math.abs(value - (quarters[index]?.[channel] ?? Number.NaN)))),
  )
  const seen = JSON.stringify(quarters.map((quarter) => quarter.map(Math.round)))
  for (const each of difference) expect(each, seen).toBeLessThanOrEqual(COLOUR_TOLERANCE)
}
