import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, startChild, waitFor } from '@sluice/testkit'
import { requestApi } from './request-api.ts'

const MAIN = new URL('../../apps/gateway/dist/main.js', import.meta.url).pathname

/** A whole gateway under test, and where to find it. */
export interface Gateway {
  /** Publish address without the stream name. */
  readonly rtmp: string
  readonly origin: string
  readonly control: string
  readonly token: string
  readonly dataDir: string
  readonly children: readonly Child[]
  /** Everything all processes printed. */
  output(): string
  /** Asks the operator API. @returns the parsed body; throws on any status but the expected one. */
  api<T>(method: string, path: string, body?: unknown, status?: number): Promise<T>
  stop(): Promise<void>
}

const TOKEN = 'an-operator-token-for-tests'

/** Starts `sluice up` on free ports, its own data folder and private Redis. */
export async function startGateway(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  requireBuild()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-'))
  const child = startChild(process.execPath, [MAIN, 'up'], { env: { ...baseEnv(dataDir), ...env } })
  const origin = await bannerLine(child, 'HLS')
  return {
    rtmp: await bannerLine(child, 'publish to'),
    origin: new URL(origin).origin,
    control: await bannerLine(child, 'control'),
    ...common(dataDir, [child], () => bannerValue(child, 'control') ?? ''),
  }
}

/** How many processes of each role a cluster has. */
export interface ClusterShape {
  readonly workers: number
  readonly origins: number
}

/** A gateway whose roles are separate processes against one Redis. */
export interface ClusterGateway extends Gateway {
  /** One address for each origin; the first is also `origin`. */
  readonly origins: readonly string[]
  readonly ingest: Child
  readonly operatorApi: Child
  readonly workers: readonly Child[]
  /** In the order of `origins`. */
  readonly originProcesses: readonly Child[]
  /** Starts another ingest. Resolves when it is ready. @param port - for publishers; default: one of its own. */
  addIngest(port?: number): Promise<{ readonly rtmp: string; readonly ingest: Child }>
  /** Kills an origin and starts it again at the same address. Resolves when it is ready. */
  restartOrigin(index: number): Promise<void>
}

/** Starts ingest, workers, origins and control as processes of their own. */
export async function startCluster(
  shape: ClusterShape,
  env: Readonly<Record<string, string>> = {},
): Promise<ClusterGateway> {
  requireBuild()
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-'))
  const port = await freePort()
  const redis = startChild('redis-server', [
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ])
  await waitFor(() => redis.output().includes('Ready to accept connections'), { what: 'redis-server' })
  const rtmpPort = await freePort()
  const controlPort = await freePort()
  const originPorts = await Promise.all(Array.from({ length: shape.origins }, freePort))
  const shared = { ...baseEnv(dataDir), SLUICE_REDIS_URL: `redis://127.0.0.1:${port}`, ...env }
  const role = (name: string, more: Record<string, string> = {}): Child =>
    startChild(process.execPath, [MAIN, name], { env: { ...shared, ...more } })
  const ingest = role('ingest', { SLUICE_RTMP_PORT: String(rtmpPort) })
  const publishAddress = (at: number): string => `rtmp://127.0.0.1:${at}/live`
  const workers = Array.from({ length: shape.workers }, () => role('worker'))
  const operatorApi = role('control', { SLUICE_CONTROL_PORT: String(controlPort) })
  const children = [ingest, operatorApi, ...workers, redis]
  const startOrigin = (index: number): Child =>
    role('origin', { SLUICE_ORIGIN_PORT: String(originPorts[index]) })
  const originChildren = originPorts.map((_, index) => startOrigin(index))
  children.unshift(...originChildren)
  const origins = originPorts.map((each) => `http://127.0.0.1:${each}`)
  const control = `http://127.0.0.1:${controlPort}`
  const says = (child: Child, what: string) =>
    waitFor(() => child.output().includes(what), { what: `"${what}" in: ${child.output()}`, timeout: 30_000 })
  const answers = (address: string) =>
    waitFor(async () => (await fetch(`${address}/readyz`)).ok, { what: address, timeout: 30_000 })
  await Promise.all([
    says(ingest, 'ingest is ready'),
    ...workers.map((worker) => says(worker, 'worker is ready')),
    ...[control, ...origins].map(answers),
  ])
  return {
    rtmp: publishAddress(rtmpPort),
    origin: origins[0] ?? '',
    origins,
    control,
    ingest,
    operatorApi,
    workers,
    originProcesses: originChildren,
    addIngest: async (port) => {
      const at = port ?? (await freePort())
      const added = role('ingest', { SLUICE_RTMP_PORT: String(at) })
      children.unshift(added)
      await says(added, 'ingest is ready')
      return { rtmp: publishAddress(at), ingest: added }
    },
    restartOrigin: async (index) => {
      await originChildren[index]?.stop('SIGKILL')
      const started = startOrigin(index)
      originChildren[index] = started
      children.unshift(started)
      await answers(origins[index] ?? '')
    },
    ...common(dataDir, children, () => control),
  }
}

function baseEnv(dataDir: string): Record<string, string> {
  return {
    SLUICE_DATA_DIR: dataDir,
    SLUICE_BIND: '127.0.0.1',
    SLUICE_RTMP_PORT: '0',
    SLUICE_ORIGIN_PORT: '0',
    SLUICE_CONTROL_PORT: '0',
    SLUICE_CONTROL_TOKEN: TOKEN,
    SLUICE_PUBLISH_AUTH: 'open',
    SLUICE_LOG_FORMAT: 'json',
  }
}

function common(
  dataDir: string,
  children: readonly Child[],
  control: () => string,
): Pick<Gateway, 'token' | 'dataDir' | 'children' | 'output' | 'api' | 'stop'> {
  return {
    token: TOKEN,
    dataDir,
    children,
    output: () => children.map((child) => child.output()).join('\n'),
    api: (method, path, body, status) =>
      requestApi({ address: control(), token: TOKEN }, method, path, body, status),
    stop: async () => {
      for (const child of children) await child.stop('SIGINT')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function bannerValue(child: Child, name: string): string | undefined {
  return new RegExp(`^ +${name} +(\\S+)`, 'm').exec(child.output())?.[1]
}

function bannerLine(child: Child, name: string): Promise<string> {
  return waitFor(
    () => {
      if (!child.running()) throw new Error(`the gateway ended: ${child.output()}`)
      return bannerValue(child, name)
    },
    { what: `"${name}" in the banner`, timeout: 30_000 },
  )
}

function requireBuild(): void {
  if (!existsSync(MAIN)) throw new Error('there is no build: run npm run build first')
}
