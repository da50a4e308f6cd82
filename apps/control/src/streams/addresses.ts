import type { Config } from '@sluice/runtime'

/** Where a stream is published to and played from. Addresses whose port is chosen at start (port 0) are missing. */
export interface Addresses {
  /** RTMP address without the key. */
  readonly publish?: string
  readonly hls?: string
  readonly dash?: string
  readonly watch?: string
}

/**
 * The addresses of a stream.
 *
 * @param host - under which the operator reached this API: publishers and viewers probably can, too.
 */
export function addressesOf(
  config: Pick<Config, 'origin' | 'rtmp'>,
  host: string,
  stream: string,
): Addresses {
  const origin = originAddress(config, host)
  return {
    ...(config.rtmp.port === 0
      ? {}
      : { publish: `rtmp://${host}${config.rtmp.port === 1935 ? '' : `:${config.rtmp.port}`}/live` }),
    ...(origin === undefined
      ? {}
      : {
          hls: `${origin}/live/${stream}/index.m3u8`,
          dash: `${origin}/live/${stream}/manifest.mpd`,
          watch: `${origin}/watch/${stream}`,
        }),
  }
}

function originAddress(config: Pick<Config, 'origin'>, host: string): string | undefined {
  if (config.origin.url !== undefined) return config.origin.url.replace(/\/$/, '')
  return config.origin.port === 0 ? undefined : `http://${host}:${config.origin.port}`
}
