/** A released version; `text` is what ffmpeg calls itself: `7.1.5-0+deb13u1`, `N-118000-gabcdef`. */
export interface FfmpegVersion {
  readonly text: string
  readonly major: number
  readonly minor: number
}

/** libavutil's major version is this much ahead of the release's: 57 belongs to 5. */
const LIBAVUTIL_AHEAD = 52

/**
 * Reads `ffmpeg -version`. Builds from git carry no release number; theirs is told by libavutil's.
 *
 * @returns undefined when the text is not ffmpeg's.
 */
export function parseVersion(output: string): FfmpegVersion | undefined {
  const text = /^ffmpeg version (\S+)/m.exec(output)?.[1]
  if (text === undefined) return undefined
  const release = /^n?(\d+)\.(\d+)/.exec(text)
  if (release) return { text, major: Number(release[1]), minor: Number(release[2]) }
  const libavutil = /^libavutil\s+(\d+)\./m.exec(output)?.[1]
  return libavutil === undefined ? undefined : { text, major: Number(libavutil) - LIBAVUTIL_AHEAD, minor: 0 }
}

/**
 * Reads the names out of `ffmpeg -encoders`, `-decoders`, `-muxers` or `-demuxers`: flag columns, a name (or several,
 * with commas between), a description. The rule under the legend is as wide as the flags, which differs between
 * versions (7 added a column for devices).
 */
export function parseTable(output: string): string[] {
  const lines = output.split(/\r?\n/)
  const rule = lines.findIndex((line) => /^ -+$/.test(line))
  if (rule < 0) return []
  const flags = (lines[rule] ?? '').length
  return lines
    .slice(rule + 1)
    .map((line) => line.slice(flags).trim().split(/\s+/)[0] ?? '')
    .flatMap((names) => names.split(','))
    .filter((name) => name !== '')
}

/** Reads the names out of `ffmpeg -filters`: a legend, then flags, a name, what goes in and out, a description. */
export function parseFilters(output: string): string[] {
  return output.split(/\r?\n/).flatMap((line) => /^ [A-Z.]+ +(\w+) +[AVN|]+->[AVN|]+ /.exec(line)?.[1] ?? [])
}

/** Reads the names out of `ffmpeg -hwaccels`: a title, then one a line. */
export function parseHardware(output: string): string[] {
  return output
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
