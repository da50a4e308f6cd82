import type { Config } from '@sluice/runtime'
import Type from 'typebox'

/** The port that a scheme of publishers stands for by itself, in the order of preference of those who have no reason to choose. */
const DEFAULT_PORTS = { rtmp: 1935, rtmps: 443, rtmpt: 80, rtmpts: 443 } as const

/** How publishers can come. */
type Transport = keyof typeof DEFAULT_PORTS

const TRANSPORTS = Object.keys(DEFAULT_PORTS) as Transport[]

/** An address for each transport that is on. One whose port is chosen at start (port 0 of RTMP) is missing. */
export type PublishAddresses = { readonly [transport in Transport]?: string }

/** Where a stream is published to and played from. Addresses whose port is chosen at start (port 0) are missing. */
export interface Addresses {
  /** Without the key. */
  readonly publish: PublishAddresses
  /** For the stream's user, who is asked for the password there; missing where it has no user. */
  readonly login?: PublishAddresses
  readonly hls?: string
  readonly dash?: string
  readonly watch?: string
}

/** The settings that addresses are made of. */
export type AddressSettings = Pick<Config, Transport | 'origin' | 'publish'>

const description: Readonly<Record<Transport, string>> = {
  rtmp: 'RTMP',
  rtmps: 'RTMP over TLS; missing where it is off',
  rtmpt: 'RTMP through HTTP; missing where it is off',
  rtmpts: 'RTMP through HTTPS; missing where it is off',
}

/** The schema of {@link PublishAddresses}. */
export function publishAddresses(meaning: string): Type.TUnsafe<PublishAddresses> {
  const text = (transport: Transport) => Type.Optional(Type.String({ description: description[transport] }))
  const properties = {
    rtmp: text('rtmp'),
    rtmps: text('rtmps'),
    rtmpt: text('rtmpt'),
    rtmpts: text('rtmpts'),
  }
  return Type.Unsafe<PublishAddresses>(Type.Object(properties, { description: meaning }))
}

/**
 * The addresses of a stream.
 *
 * @param host - under which the operator reached this API: publishers and viewers probably can, too.
 * @param hasUser - the stream can be published by user and password.
 */
export function addressesOf(
  config: AddressSettings,
  host: string,
  stream: { readonly name: string; readonly hasUser: boolean },
): Addresses {
  return {
    publish: publishTo(config, host, 'live'),
    ...(stream.hasUser ? { login: publishTo(config, host, config.publish.login.app) } : {}),
    ...playFrom(config, host, stream.name),
  }
}

/**
 * Where a stream is played from.
 *
 * @param token - a playback token, which the addresses then carry.
 */
export function playFrom(
  config: Pick<Config, 'origin'>,
  host: string,
  name: string,
  token?: string,
): Pick<Addresses, 'hls' | 'dash' | 'watch'> {
  const origin = originAddress(config, host)
  if (origin === undefined) return {}
  const live = `${origin}/live/${token === undefined ? '' : `~${token}/`}${name}`
  return {
    hls: `${live}/index.m3u8`,
    dash: `${live}/manifest.mpd`,
    watch: `${origin}/watch/${name}${token === undefined ? '' : `?token=${token}`}`,
  }
}

/** The same addresses with something behind them: a stream key, a signed name. */
export function withName(addresses: PublishAddresses, name: string): PublishAddresses {
  const urls = Object.entries(addresses).map(([transport, address]) => [transport, `${address}/${name}`])
  return Object.fromEntries(urls) as PublishAddresses
}

/** Where publishers can come to, in every way that is on. @param app - the application's name. */
export function publishTo(config: Pick<Config, Transport>, host: string, app: string): PublishAddresses {
  const addresses = TRANSPORTS.filter((transport) => config[transport].port !== 0).map((transport) => {
    const { port } = config[transport]
    const authority = port === DEFAULT_PORTS[transport] ? host : `${host}:${port}`
    return [transport, `${transport}://${authority}/${app}`]
  })
  return Object.fromEntries(addresses) as PublishAddresses
}

function originAddress(config: Pick<Config, 'origin'>, host: string): string | undefined {
  if (config.origin.url !== undefined) return config.origin.url.replace(/\/$/, '')
  return config.origin.port === 0 ? undefined : `http://${host}:${config.origin.port}`
}
