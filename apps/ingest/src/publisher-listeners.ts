import type { ConnectionTally } from '@sluice/metrics'
import {
  type Config,
  configuredCertificate,
  type Stoppable,
  stopAll,
  type TlsSettings,
} from '@sluice/runtime'
import type { ConnectionSettings } from './rtmp-connection.ts'
import { startRtmpListener } from './rtmp-listener.ts'
import { RTMPS_CERTIFICATE } from './rtmps-certificate.ts'
import { startRtmpsListener } from './rtmps-listener.ts'
import { startRtmptListener } from './rtmpt-listener.ts'
import type { PortListener } from './socket-listener.ts'

/** Where publishers can come to; undefined where a transport is off. */
export interface PublisherPorts {
  readonly rtmp: number
  readonly rtmps: number | undefined
  readonly rtmpt: number | undefined
  readonly rtmpts: number | undefined
}

/** The listeners of all transports that are on. */
export interface PublisherListeners extends Stoppable {
  readonly ports: PublisherPorts
  /** The connections of each transport that is on. */
  readonly tallies: ReadonlyMap<string, ConnectionTally>
  /** Accepts no more connections; those that are there go on. */
  refuse(): void
}

const STOP_MILLIS = 2_000
const NO_TUNNELS = { rtmpt: { port: 0 }, rtmpts: { port: 0 } }

/**
 * Starts what publishers connect to: RTMP, and with TLS, through HTTP and through HTTPS where these have a port.
 *
 * @param withTunnels - false: nothing through HTTP and HTTPS. The requests of one tunnel come over any connection, so one process
 * of an ingest has all tunnels.
 * @throws {DependencyError} when a port or a certificate cannot be had; nothing listens then.
 */
export async function startPublisherListeners(
  config: Config,
  settings: Omit<ConnectionSettings, 'encryption' | 'play'>,
  withTunnels = true,
): Promise<PublisherListeners> {
  const running: Stoppable[] = []
  const stop = (): Promise<void> => stopAll(running, STOP_MILLIS)
  const started = <T extends Stoppable>(part: T): T => {
    running.push(part)
    return part
  }
  const listeners: PortListener[] = []
  const tallies = new Map<string, ConnectionTally>()
  const listening = (transport: keyof PublisherPorts, listener: PortListener): PortListener => {
    listeners.push(listener)
    tallies.set(transport, listener.tally)
    return started(listener)
  }
  try {
    const { encryption, play } = config.rtmp
    const shared = { ...settings, host: config.bind, encryption, play }
    const { port } = listening('rtmp', await startRtmpListener({ ...shared, port: config.rtmp.port }))
    const on = async (
      transport: keyof PublisherPorts,
      wanted: number,
      start: (port: number) => Promise<PortListener>,
    ): Promise<number | undefined> =>
      wanted === 0 ? undefined : listening(transport, await start(wanted)).port
    const tunnels = withTunnels ? config : NO_TUNNELS
    const rtmpt = await on('rtmpt', tunnels.rtmpt.port, (own) => startRtmptListener({ ...shared, port: own }))
    const isSecure = config.rtmps.port !== 0 || tunnels.rtmpts.port !== 0
    const tls = isSecure ? await tlsSettings(config, settings, started) : undefined
    const rtmps =
      tls &&
      (await on('rtmps', config.rtmps.port, (own) => startRtmpsListener({ ...shared, port: own }, tls)))
    const rtmpts =
      tls &&
      (await on('rtmpts', tunnels.rtmpts.port, (own) => startRtmptListener({ ...shared, port: own }, tls)))
    const refuse = (): void => {
      for (const listener of listeners) listener.refuse()
    }
    return { ports: { rtmp: port, rtmps, rtmpt, rtmpts }, tallies, refuse, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function tlsSettings(
  config: Config,
  { log }: Pick<ConnectionSettings, 'log'>,
  started: <T extends Stoppable>(part: T) => T,
): Promise<TlsSettings> {
  const { tls13, ...files } = config.rtmps
  const certificate = started(await configuredCertificate(files, RTMPS_CERTIFICATE, { config, log }))
  return { certificate, tls13: tls13 === 'on' }
}
