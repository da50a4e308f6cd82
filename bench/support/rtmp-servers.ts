import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, runChild, startChild, waitFor } from '@sluice/testkit'
import { startGatewayProcess } from './gateway.ts'

/** Something that takes RTMP. */
export interface RtmpServer {
  /** Publish address without the stream name. */
  readonly rtmp: string
  /** Root of its process tree. */
  readonly pid: number
  stop(): Promise<void>
}

/** An ingest by itself: nothing is packaged. Its private Redis counts with it. */
export async function startIngest(cpuProfile: string | undefined): Promise<RtmpServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  const port = await freePort()
  const ingest = startGatewayProcess('ingest', cpuProfile, {
    SLUICE_DATA_DIR: dataDir,
    SLUICE_BIND: '127.0.0.1',
    SLUICE_RTMP_PORT: String(port),
    SLUICE_PUBLISH_AUTH: 'open',
    SLUICE_PROFILE: 'none',
    // All clients come from one address.
    SLUICE_LIMITS_CONNECTIONS_PER_ADDRESS: '0',
    SLUICE_LIMITS_NEW_CONNECTIONS_PER_ADDRESS: '0',
  })
  await ready(ingest, 'the ingest', (output) => output.includes('ingest is ready'))
  const server = serverOf(ingest, port)
  return {
    ...server,
    stop: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const ROOT = new URL('../..', import.meta.url).pathname
const SINK = new URL('./node-sink.ts', import.meta.url).pathname

/** A Node process that reads publishers' bytes and forgets them. */
export async function startNodeSink(): Promise<RtmpServer> {
  const port = await freePort()
  const sink = startChild(process.execPath, ['--import', 'tsx', SINK, String(port)], { cwd: ROOT })
  await ready(sink, 'the Node sink', (output) => output.includes('ready'))
  return serverOf(sink, port)
}

/** Where distributions put modules of nginx. */
export const NGINX_MODULES = '/usr/lib/nginx/modules'

/**
 * nginx with the RTMP module (Debian: libnginx-mod-rtmp) and one worker process, as a relay alone. It sends no pings, since not
 * all clients here answer.
 *
 * @returns undefined where it is not installed.
 */
export async function startNginxRelay(): Promise<RtmpServer | undefined> {
  if (!existsSync(join(NGINX_MODULES, 'ngx_rtmp_module.so'))) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-nginx-'))
  const port = await freePort()
  const config = join(folder, 'nginx.conf')
  await writeFile(config, nginxConfig(folder, port))
  const nginx = startChild('nginx', ['-c', config, '-p', folder, '-g', 'daemon off;'])
  const server = serverOf(nginx, port)
  return {
    ...server,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function nginxConfig(folder: string, port: number): string {
  return `load_module ${NGINX_MODULES}/ngx_rtmp_module.so;
user ${userInfo().username};
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    ping 0;
    application live { live on; }
  }
}
`
}

const NODE_MEDIA_SERVER = 'node-media-server@4.4.3'

/**
 * Node-Media-Server, installed into the temporary folder the first time.
 *
 * @returns undefined where it cannot be installed.
 */
export async function startNodeMediaServer(): Promise<RtmpServer | undefined> {
  const folder = join(tmpdir(), 'sluice-bench', 'node-media-server')
  if (!existsSync(join(folder, 'node_modules', 'node-media-server'))) {
    await mkdir(folder, { recursive: true })
    const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
    const { code } = await runChild('npm', [...install, NODE_MEDIA_SERVER])
    if (code !== 0) return undefined
  }
  const port = await freePort()
  const config = { bind: '127.0.0.1', rtmp: { port }, http: { port: await freePort() } }
  const program = join(folder, 'server.cjs')
  await writeFile(
    program,
    `const Server = require('node-media-server')\nnew Server(${JSON.stringify(config)}).run()\n`,
  )
  return serverOf(startChild(process.execPath, [program], { cwd: folder }), port)
}

function serverOf(child: Child, port: number): RtmpServer {
  return {
    pid: child.pid,
    rtmp: `rtmp://127.0.0.1:${port}/live`,
    stop: async () => {
      await child.stop('SIGTERM')
    },
  }
}

async function ready(child: Child, what: string, said: (output: string) => boolean): Promise<void> {
  await waitFor(
    () => {
      if (!child.running()) throw new Error(`${what} ended: ${child.output()}`)
      return said(child.output())
    },
    { what, timeout: 30_000 },
  )
}
