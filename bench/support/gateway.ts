import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '@sluice/testkit'
import { saidBy } from './said-by.ts'

const MAIN = new URL('../../apps/gateway/dist/main.js', import.meta.url).pathname

/** A line of the gateway's log. */
export interface LogEntry {
  readonly time: string
  readonly msg: string
  readonly stream?: string
}

/** A whole gateway to be measured: `sluice up` on free ports, its data in a temporary folder. */
export interface BenchGateway {
  /** Of the process that runs all roles; its ffmpeg and Redis are its children. */
  readonly pid: number
  /** Publish address without the stream name. */
  readonly rtmp: string
  /** Address of the origin. */
  readonly origin: string
  /** Folder below which segments are, one folder a stream. */
  readonly segments: string
  /** The first line of the log with this message about this stream, or undefined. */
  logged(message: string, stream: string): LogEntry | undefined
  stop(): Promise<void>
}

export interface BenchGatewayOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Folder for a V8 CPU profile of the process, written when it ends. */
  readonly cpuProfile?: string | undefined
}

/** A running `sluice` command, its data in a temporary folder. */
export interface GatewayProcess {
  readonly pid: number
  readonly dataDir: string
  /** All it has logged so far. */
  output(): string
  /** Waits until its output has something; see {@link saidBy}. */
  waitFor<T>(look: (output: string) => T | undefined | false, what: string): Promise<T>
  /** Ends it; its data go with it. */
  stop(): Promise<void>
}

/**
 * Starts the `sluice` command as it was built, on the loopback address.
 *
 * @param cpuProfile - see `BenchGatewayOptions`.
 */
export async function startGatewayProcess(
  command: 'up' | 'ingest' | 'origin',
  cpuProfile: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  if (!existsSync(MAIN)) throw new Error('there is no build: run npm run build first')
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const profiling = cpuProfile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfile}`]
  const child = startChild(process.execPath, [...profiling, MAIN, command], {
    env: { SLUICE_DATA_DIR: dataDir, SLUICE_BIND: '127.0.0.1', ...env },
  })
  return {
    pid: child.pid,
    dataDir,
    output: () => child.output(),
    waitFor: (look, what) => saidBy(child, look, what),
    stop: async () => {
      await child.stop('SIGINT')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Starts a gateway as it was built, with default settings but for ports and open publishing. */
export async function startBenchGateway(options: BenchGatewayOptions = {}): Promise<BenchGateway> {
  const { env = {}, cpuProfile } = options
  const gateway = await startGatewayProcess('up', cpuProfile, {
    SLUICE_RTMP_PORT: '0',
    SLUICE_ORIGIN_PORT: '0',
    SLUICE_CONTROL_PORT: '0',
    SLUICE_PUBLISH_AUTH: 'open',
    ...env,
  })
  const banner = (name: string): Promise<string> =>
    gateway.waitFor(
      (output) => new RegExp(`^ +${name} +(\\S+)`, 'm').exec(output)?.[1],
      `"${name}" in the gateway's banner`,
    )
  const hls = await banner('HLS')
  return {
    pid: gateway.pid,
    rtmp: await banner('publish to'),
    origin: new URL(hls).origin,
    segments: join(gateway.dataDir, 'segments'),
    logged: (message, stream) =>
      logEntries(gateway.output()).find((entry) => entry.msg === message && entry.stream === stream),
    stop: () => gateway.stop(),
  }
}

function logEntries(output: string): LogEntry[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): LogEntry => JSON.parse(line))
}
