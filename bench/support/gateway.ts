import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, startChild, waitFor } from '@sluice/testkit'

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

/**
 * Starts the `sluice` command as it was built.
 *
 * @param cpuProfile - see `BenchGatewayOptions`.
 */
export function startGatewayProcess(
  command: 'up' | 'ingest',
  cpuProfile: string | undefined,
  env: Readonly<Record<string, string>>,
): Child {
  if (!existsSync(MAIN)) throw new Error('there is no build: run npm run build first')
  const profiling = cpuProfile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfile}`]
  return startChild(process.execPath, [...profiling, MAIN, command], { env })
}

/** Starts a gateway as it was built, with default settings but for ports and open publishing. */
export async function startBenchGateway(options: BenchGatewayOptions = {}): Promise<BenchGateway> {
  const { env = {}, cpuProfile } = options
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const child = startGatewayProcess('up', cpuProfile, {
    SLUICE_DATA_DIR: dataDir,
    SLUICE_BIND: '127.0.0.1',
    SLUICE_RTMP_PORT: '0',
    SLUICE_ORIGIN_PORT: '0',
    SLUICE_CONTROL_PORT: '0',
    SLUICE_PUBLISH_AUTH: 'open',
    ...env,
  })
  const banner = (name: string): Promise<string> =>
    waitFor(
      () => {
        if (!child.running()) throw new Error(`the gateway ended: ${child.output()}`)
        return new RegExp(`^ +${name} +(\\S+)`, 'm').exec(child.output())?.[1]
      },
      { what: `"${name}" in the gateway's banner`, timeout: 30_000 },
    )
  const hls = await banner('HLS')
  return {
    pid: child.pid,
    rtmp: await banner('publish to'),
    origin: new URL(hls).origin,
    segments: join(dataDir, 'segments'),
    logged: (message, stream) =>
      logEntries(child.output()).find((entry) => entry.msg === message && entry.stream === stream),
    stop: async () => {
      await child.stop('SIGINT')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function logEntries(output: string): LogEntry[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): LogEntry => JSON.parse(line))
}
