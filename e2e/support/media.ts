import { runChild, waitFor } from '@sluice/testkit'

/** Fetches text, or undefined for any status but 200. */
export async function fetchText(url: string): Promise<string | undefined> {
  const response = await fetch(url)
  const text = await response.text()
  return response.ok ? text : undefined
}

/** Waits until a stream's multivariant playlist lists so many video variants and each has a segment. */
export async function waitForLadder(origin: string, stream: string, variants: number): Promise<string[]> {
  const base = `${origin}/live/${stream}`
  return waitFor(
    async () => {
      const playlist = await fetchText(`${base}/index.m3u8`)
      const uris = playlist?.match(/(?<=RESOLUTION=.*\n).+/g) ?? []
      if (uris.length !== variants) return undefined
      for (const uri of uris) if (!(await fetchText(`${base}/${uri}`))?.includes('#EXTINF')) return undefined
      return uris.map((uri) => uri.replace('/index.m3u8', ''))
    },
    { what: `${variants} variants of ${stream} with segments`, timeout: 30_000, interval: 200 },
  )
}

/** One packet as ffprobe sees it. */
export interface ProbedPacket {
  readonly stream: number
  readonly pts: number
  readonly keyframe: boolean
}

/** Reads so many seconds of an address with ffprobe. */
export async function probePackets(url: string, seconds: number): Promise<ProbedPacket[]> {
  const { output, code } = await runChild('ffprobe', [
    ...[
      '-v',
      'error',
      '-read_intervals',
      `%+${seconds}`,
      '-show_entries',
      'packet=stream_index,pts_time,flags',
    ],
    ...['-of', 'csv=p=0', url],
  ])
  if (code !== 0) throw new Error(`ffprobe ${url}: ${output}`)
  return output
    .trim()
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [stream = '', pts = '', flags = ''] = line.split(',')
      return { stream: Number(stream), pts: Number(pts), keyframe: flags.includes('K') }
    })
}

/** Seconds of media that an address says it has. */
export async function probeDuration(url: string): Promise<number> {
  const { output } = await runChild('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'format=duration',
    '-of',
    'csv=p=0',
    url,
  ])
  return Number(output.trim())
}

/**
 * Reads an address to its end and decodes it strictly.
 *
 * @param output - options such as `-map 0`, for all streams, and `-c copy`, to read without decoding.
 * @returns what ffmpeg complained about, empty when nothing.
 */
export async function decodeStrictly(url: string, output: readonly string[] = []): Promise<string> {
  const args = ['-v', 'error', '-xerror', '-i', url, ...output, '-f', 'null', '-']
  const { output: complaints, code } = await runChild('ffmpeg', args)
  return code === 0 ? complaints.trim() : `${complaints.trim()} (exit ${code})`
}
