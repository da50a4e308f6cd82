import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, runChild, startChild, waitFor } from '@sluice/testkit'
import { processesCalled } from './process-tree.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const PROJECT = 'sluice-bench'
const SERVICES = ['redis', 'ingest', 'worker', 'origin']
const ROLES = ['ingest', 'worker', 'origin']
/** Of the roles in their images. */
const USER = '1000:1000'
/** Where the images keep the program. */
const MAIN = 'apps/gateway/dist/main.js'

/** A deployment of Redis, ingest, worker and origin that anybody may publish to. */
export interface BenchDeployment {
  /** Publish address without the stream name. */
  readonly rtmp: string
  /** Address of the origin. */
  readonly origin: string
  /** Processes whose trees are the deployment, with what runs it. */
  roots(): readonly number[]
  stop(): Promise<void>
}

/** @returns why nothing can be measured here; undefined where a container engine answers and programs may be put into a `chroot`. */
export async function missingForContainers(): Promise<string | undefined> {
  const answers = [
    ['compose', 'version'],
    ['version', '--format', '{{.Server.Version}}'],
  ].map((args) => runChild('docker', args))
  for (const { code, output } of await Promise.all(answers))
    if (code !== 0) return `no container engine answers: ${output.trim()}`
  return process.getuid?.() === 0 ? undefined : 'bare processes out of an image need root, for chroot'
}

/** Builds the images of `docker-compose.yml`, for both kinds. */
export function buildImages(): Promise<string> {
  return compose([], {}, 'build', ...SERVICES, 'first-start')
}

/**
 * By `docker-compose.yml` as it is shipped, with the port of the origin published besides: the edge stays out of it. Publisher and
 * viewers come to the engine's bridge and so by the kernel, as from another host: what is sent to 127.0.0.1 goes through `docker-proxy`.
 */
export async function startContainers(): Promise<BenchDeployment> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const [rtmpPort, rtmpsPort, originPort] = [await freePort(), await freePort(), await freePort()]
  const host = await bridgeAddress()
  const [settings, more] = [join(folder, 'env'), join(folder, 'more.yml')]
  await writeFile(settings, 'SLUICE_PUBLISH_AUTH=open\n')
  await writeFile(
    more,
    `services: { origin: { ports: ['${host}:${originPort}:8080'], networks: [cluster, delivery, viewers] } }\n`,
  )
  const env = {
    ENV_FILE: settings,
    RTMP_ADDRESS: `${host}:${rtmpPort}`,
    RTMPS_ADDRESS: `${host}:${rtmpsPort}`,
  }
  const files = ['--file', join(ROOT, 'docker-compose.yml'), '--file', more]
  const stop = async (): Promise<void> => {
    await compose(files, env, 'down', '--volumes', '--timeout', '10')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await compose(files, env, 'up', '--detach', '--wait', '--wait-timeout', '180', ...SERVICES)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    rtmp: `rtmp://${host}:${rtmpPort}/live`,
    origin: `http://${host}:${originPort}`,
    roots: () => processesCalled('dockerd', 'containerd', 'containerd-shim'),
    stop,
  }
}

/** The same programs, with the same files, out of the images: without namespaces, limits, networks and health checks. */
export async function startBare(): Promise<BenchDeployment> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const children: Child[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(children.reverse().map((child) => child.stop('SIGTERM')))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const ports = {
      redis: await freePort(),
      rtmp: await freePort(),
      origin: await freePort(),
      feed: await freePort(),
    }
    const [redisRoot, roleRoot] = [join(folder, 'redis'), join(folder, 'role')]
    await unpack((await imageOf('redis')).trim(), redisRoot)
    await unpack((await imageOf('worker')).trim(), roleRoot)
    const redis = ['redis-server', '--port', `${ports.redis}`, '--bind', '127.0.0.1', '--dir', '/data']
    const durable = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--protected-mode', 'no']
    children.push(startChild('chroot', [redisRoot, ...redis, ...durable]))
    const env = {
      SLUICE_REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
      SLUICE_BIND: '127.0.0.1',
      SLUICE_PUBLISH_AUTH: 'open',
      SLUICE_DATA_DIR: '/var/lib/sluice',
      SLUICE_RTMP_PORT: `${ports.rtmp}`,
      SLUICE_FEED_PORT: `${ports.feed}`,
      SLUICE_ORIGIN_PORT: `${ports.origin}`,
      NODE_ENV: 'production',
    }
    const inRoot = [`--userspec=${USER}`, roleRoot, 'env', '-C', '/app', 'node', MAIN]
    for (const role of ROLES) children.push(startChild('chroot', [...inRoot, role], { env }))
    const origin = `http://127.0.0.1:${ports.origin}`
    await waitFor(
      async () => {
        const ended = children.find((child) => !child.running())
        if (ended !== undefined) throw new Error(`a bare process ended: ${ended.output()}`)
        return ROLES.every((role) => children.some((child) => child.output().includes(`${role} is ready`)))
      },
      { what: 'roles that are ready', timeout: 30_000, interval: 200 },
    )
    return {
      rtmp: `rtmp://127.0.0.1:${ports.rtmp}/live`,
      origin,
      roots: () => children.map(({ pid }) => pid),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The host's own address on the default bridge of the engine. */
async function bridgeAddress(): Promise<string> {
  const format = '{{(index .IPAM.Config 0).Gateway}}'
  const { code, output } = await runChild('docker', ['network', 'inspect', 'bridge', '--format', format])
  if (code !== 0) throw new Error(`the engine's bridge has no address: ${output}`)
  return output.trim()
}

/** Name of the image of a service. */
async function imageOf(service: string): Promise<string> {
  const config = await compose([], {}, 'config', '--format', 'json')
  return JSON.parse(config.slice(config.indexOf('{'))).services[service].image
}

/** Writes the files of an image into a folder, with the one device that programs open. */
async function unpack(image: string, folder: string): Promise<void> {
  const script = `set -e
    mkdir "$2"
    container=$(docker create "$1")
    docker export "$container" | tar --extract --directory "$2"
    docker rm "$container" >/dev/null
    rm --force "$2/dev/null"
    mknod -m 666 "$2/dev/null" c 1 3`
  const { code, output } = await runChild('bash', [
    '-c',
    `set -o pipefail; ${script}`,
    'unpack',
    image,
    folder,
  ])
  if (code !== 0) throw new Error(`the image ${image} could not be unpacked: ${output}`)
}

async function compose(
  files: readonly string[],
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<string> {
  const project = ['compose', '--progress', 'quiet', '--project-name', PROJECT, ...files]
  const { code, output } = await runChild('docker', [...project, ...args], {
    cwd: ROOT,
    env: { TAG: 'bench', ...env },
  })
  if (code !== 0) throw new Error(`docker compose ${args.join(' ')}: exit ${code}\n${output.slice(-2_000)}`)
  return output
}
