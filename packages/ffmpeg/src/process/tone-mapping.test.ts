import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { planOf, rung } from '../testing/plans.ts'
import { meanLuma, probeStream } from '../testing/probe.ts'
import { outputOf, runToEnd } from '../testing/run.ts'
import { hasFfmpeg } from '../testing/sources.ts'

const PQ = { primaries: 9, transfer: 16, matrix: 9, fullRange: false }

/** A grey picture as fragmented MP4, of BT.2020 and 10 bits. @param code - of limited range, 64 to 940. */
function greySource(code: number, description: readonly string[]): Buffer {
  const picture = `color=c=black:s=320x180:r=25:d=1,format=yuv420p10le,geq=lum=${code}:cb=512:cr=512`
  return execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', picture, '-c:v', 'libx265', '-preset', 'ultrafast'],
    ...['-x265-params', 'log-level=error', ...description, '-tag:v', 'hvc1'],
    ...['-f', 'mp4', '-movflags', '+empty_moov+default_base_moof+frag_keyframe', 'pipe:1'],
  ])
}

async function mapped(
  code: number,
  toneMap: typeof PQ,
  description: readonly string[] = [],
): Promise<Buffer> {
  const plan = { ...planOf([rung(256, 144), rung(128, 72)]), toneMap }
  const run = await runToEnd(plan, greySource(code, description), { inputFormat: 'mp4' })
  expect(run.messages.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
  return outputOf(run, '144p')
}

describe.runIf(hasFfmpeg())('a high range becomes BT.709', () => {
  const described = ['-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc']

  test('and says so', async () => {
    const bytes = await mapped(573, PQ, described)
    expect(probeStream(bytes)).toMatchObject({
      color_primaries: 'bt709',
      color_transfer: 'bt709',
      color_space: 'bt709',
      color_range: 'tv',
      pix_fmt: 'yuv420p',
    })
    expect(probeStream(bytes)?.side_data_list ?? []).toEqual([])
  })

  // Codes of 1, 100, 203 and 1000 cd/m²; 8 bits of limited range come out.
  test.each([
    ['PQ', 16, 195, 16, 50],
    ['PQ', 16, 509, 120, 190],
    ['PQ', 16, 573, 150, 220],
    ['PQ', 16, 723, 200, 236],
    ['HLG', 18, 721, 150, 220],
  ])(
    'with the brightness that was meant: %s (%i), code %i',
    async (_, transfer, code, darkest, brightest) => {
      // Nothing in the bitstream: what the plan says has to do.
      const luma = meanLuma(await mapped(code, { ...PQ, transfer }))
      expect(luma).toBeGreaterThanOrEqual(darkest)
      expect(luma).toBeLessThanOrEqual(brightest)
    },
  )
})
