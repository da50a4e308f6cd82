/** What a person at the terminal is told when everything runs. */
export interface BannerFacts {
  /** An address of this machine that a person can use, ready for a URL. */
  readonly host: string
  /** Ports of the transports for publishers; undefined where one is off. */
  readonly publishers: {
    readonly rtmp: number
    readonly rtmps: number | undefined
    readonly rtmpt: number | undefined
    readonly rtmpts: number | undefined
  }
  readonly key: string
  /** The stream to watch. */
  readonly stream: string
  /** Address of the origin, without a slash at its end. */
  readonly origin: string
  /** Port of the origin's HTTPS; undefined where that is off. */
  readonly httpsPort: number | undefined
  /** Port of HTTP-FLV; undefined where that is off. */
  readonly flvPort: number | undefined
  readonly controlPort: number
  /** The operator token, or where it is. */
  readonly token: string
  /** A test card is on air. */
  readonly demo: boolean
  /** How long the start took. */
  readonly millis: number
}

/** The addresses of everything that is on, one a line, and what to do next. */
export function renderBanner(facts: BannerFacts): string {
  const { host, publishers, stream, origin, httpsPort, flvPort } = facts
  const lines: (readonly [string, string])[] = [
    ['publish to', `rtmp://${host}:${publishers.rtmp}/live`],
    ...(['rtmps', 'rtmpt', 'rtmpts'] as const).flatMap((scheme): (readonly [string, string])[] => {
      const port = publishers[scheme]
      return port === undefined ? [] : [[`or by ${scheme.toUpperCase()}`, `${scheme}://${host}:${port}/live`]]
    }),
    ['stream key', facts.key],
    ['watch', `${origin}/watch/${stream}`],
    ...(httpsPort === undefined
      ? []
      : [['or by HTTPS', `https://${host}:${httpsPort}/watch/${stream}`] as const]),
    ['HLS', `${origin}/live/${stream}/index.m3u8`],
    ['DASH', `${origin}/live/${stream}/manifest.mpd`],
    ...(flvPort === undefined ? [] : [['HTTP-FLV', `http://${host}:${flvPort}/live/${stream}.flv`] as const]),
    ['control', `http://${host}:${facts.controlPort}`],
    ['token', facts.token],
  ]
  const width = Math.max(...lines.map(([name]) => name.length))
  const text = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')
  const note = facts.demo
    ? 'A test card is on air: open the watch page.'
    : 'Point OBS or ffmpeg at the address above; Ctrl-C stops.'
  return `\nSluice is up (${(facts.millis / 1000).toFixed(1)} s)\n\n${text}\n\n  ${note}\n\n`
}
