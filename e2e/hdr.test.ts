import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '@sluice/testkit'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Gateway, startCluster } from './support/gateway.ts'
import { recordHdr } from './support/hdr-media.ts'
import { decodeStrictly, fetchText } from './support/media.ts'
import { findNewerClient, type NewerClient } from './support/newer-clients.ts'
import { readMediaPlaylist, waitForEnd } from './support/playlists.ts'
import { fetchMedia } from './support/segments.ts'

const SECONDS = 6

/** What ffprobe says of the colours of a picture. */
interface ProbedColours {
  readonly color_primaries?: string
  readonly color_transfer?: string
  readonly color_space?: string
  readonly color_range?: string
  readonly side_data_list?: readonly Readonly<Record<string, unknown>>[]
}

let gateway: Gateway
let folder: string
/** Looked for before any test is collected: making a chroot may be part of it, and takes as long as that does. */
const client: NewerClient | string = await findNewerClient('sid', 'ffmpeg')
process.stdout.write(
  `HDR is published by ${typeof client === 'string' ? `nobody: ${client}` : client.title}\n`,
)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-hdr-'))
  // Processes of their own: colours go through the feed.
  gateway = await startCluster({ workers: 1, origins: 1 })
})
afterAll(async () => {
  await gateway?.stop()
  await rm(folder, { recursive: true, force: true })
})

const LIGHT = [
  expect.objectContaining({
    side_data_type: 'Mastering display metadata',
    red_x: '34000/50000',
    green_y: '34500/50000',
    max_luminance: '10000000/10000',
    min_luminance: '50/10000',
  }),
  expect.objectContaining({
    side_data_type: 'Content light level metadata',
    max_content: 1000,
    max_average: 400,
  }),
]

it.skipIf(typeof client === 'string').each([
  {
    format: 'hdr10' as const,
    range: 'PQ',
    codeOfTransfer: 16,
    codecs: /^hvc1\.2\.4\./,
    source: { color_transfer: 'smpte2084', side_data_list: expect.arrayContaining(LIGHT) },
  },
  {
    format: 'hlg' as const,
    range: 'HLG',
    codeOfTransfer: 18,
    codecs: /^av01\.0\.\d\dM\.10\.0\.11\d\.09\.18\.09\.0,/,
    source: { color_transfer: 'arib-std-b67' },
  },
])(
  '$format keeps its range in the source rung, and is mapped for its ladder',
  async ({ format, range, codeOfTransfer, codecs, source }) => {
    if (typeof client === 'string') throw new Error(client)
    const file = await recordHdr(folder, format, SECONDS)
    const options = ['-v', 'warning', '-re', '-i', file, '-map', '0', '-c', 'copy', '-f', 'flv']
    const publisher = client.start(folder, [...options, `${gateway.rtmp}/${format}`])
    onTestFinished(() => void publisher.stop('SIGKILL'))
    expect((await publisher.exited).code, publisher.output()).toBe(0)
    const base = `${gateway.origin}/live/${format}`
    const [variant] = await waitForEnd(base)
    expect(variant?.codecs).toMatch(codecs)

    const described = { color_primaries: 'bt2020', color_space: 'bt2020nc', color_range: 'tv' }
    expect(await probe(await fileOf(base, 'source'))).toMatchObject({ ...described, ...source })
    const rung = await fileOf(base, '360p')
    const mapped = await probe(rung)
    expect(mapped).toMatchObject({
      color_primaries: 'bt709',
      color_transfer: 'bt709',
      color_space: 'bt709',
      color_range: 'tv',
    })
    expect(mapped.side_data_list ?? []).toEqual([])
    // White of graphics stays a bright grey, below that of what shines.
    const luma = await cornerLuma(rung)
    process.stdout.write(`${format}: white of 203 cd/m² has luma ${luma} in the ladder\n`)
    expect(luma).toBeGreaterThan(160)
    expect(luma).toBeLessThan(225)

    const playlist = await fetchText(`${base}/index.m3u8`)
    expect(playlist?.match(/VIDEO-RANGE=\w+/g)).toEqual([`VIDEO-RANGE=${range}`, 'VIDEO-RANGE=SDR'])
    const [, high, low] = (await fetchText(`${base}/manifest.mpd`))?.split('<AdaptationSet ') ?? []
    for (const [name, value] of [
      ['ColourPrimaries', 9],
      ['TransferCharacteristics', codeOfTransfer],
      ['MatrixCoefficients', 9],
    ])
      expect(high).toContain(
        `<EssentialProperty schemeIdUri="urn:mpeg:mpegB:cicp:${name}" value="${value}"/>`,
      )
    expect(low).toContain('urn:mpeg:mpegB:cicp:TransferCharacteristics" value="1"')
    for (const manifest of ['index.m3u8', 'manifest.mpd'])
      expect(await decodeStrictly(`${base}/${manifest}`, ['-map', '0']), manifest).toBe('')
  },
  120_000,
)

/** The init segment and the first segment of a rendition as one file. */
async function fileOf(base: string, rendition: string): Promise<string> {
  const { segments } = await readMediaPlaylist(base, rendition)
  const file = join(folder, `${rendition}.mp4`)
  await writeFile(file, await fetchMedia(base, rendition, segments.slice(0, 1)))
  return file
}

async function probe(file: string): Promise<ProbedColours> {
  const { output } = await runChild('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file])
  return JSON.parse(output).streams[0]
}

/** Mean luma of 16 by 16 samples in a corner of the first picture. */
async function cornerLuma(file: string): Promise<number> {
  const filter = 'crop=16:16:0:0,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-'
  const { output } = await runChild('ffmpeg', [
    ...['-v', 'error', '-i', file, '-frames:v', '1', '-vf', filter, '-f', 'null', '-'],
  ])
  return Number(/YAVG=([\d.]+)/.exec(output)?.[1])
}
