import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, runChild, startChild } from '@sluice/testkit'
import { startGatewayProcess } from './gateway.ts'
import { saidBy } from './said-by.ts'

/** Something that takes RTMP. */
export interface RtmpServer {
  /** Publish address without the stream name. */
  readonly rtmp: string
  /** Root of its process tree. */
  readonly pid: number
  stop(): Promise<void>
}

/** An ingest by itself: nothing is packaged. Its private Redis counts with it. @param processes - default 1. */
export async function startIngest({
  cpuProfile,
  processes = 1,
}: {
  readonly cpuProfile?: string | undefined
  readonly processes?: number
} = {}): Promise<RtmpServer> {
  const port = await freePort()
  const ingest = await startGatewayProcess('ingest', cpuProfile, {
    SLUICE_RTMP_PORT: String(port),
    SLUICE_PUBLISH_AUTH: 'open',
    SLUICE_PROFILE: 'none',
    SLUICE_INGEST_PROCESSES: String(processes),
    // All clients come from one address.
    SLUICE_LIMITS_CONNECTIONS_PER_ADDRESS: '0',
    SLUICE_LIMITS_NEW_CONNECTIONS_PER_ADDRESS: '0',
  })
  const isReady = processes === 1 ? 'ingest is ready' : 'ingest processes are ready'
  await ingest.waitFor((output) => output.includes(isReady), 'the ingest')
  return { pid: ingest.pid, rtmp: addressOf(port), stop: () => ingest.stop() }
}

const ROOT = new URL('../..', import.meta.url).pathname
const SINK = new URL('./node-sink.ts', import.meta.url).pathname

/** A Node process that reads publishers' bytes and forgets them. */
export async function startNodeSink(): Promise<RtmpServer> {
  const port = await freePort()
  const sink = startChild(process.execPath, ['--import', 'tsx', SINK, String(port)], { cwd: ROOT })
  await saidBy(sink, (output) => output.includes('ready'), 'the Node sink')
  return serverOf(sink, port)
}

/** Where distributions put the RTMP module of nginx (Debian: libnginx-mod-rtmp). */
const NGINX_RTMP_MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so'

/** Whether `startNginx` can start anything. */
export function hasNginxRtmp(): boolean {
  return existsSync(NGINX_RTMP_MODULE)
}

/** An RTMP server that also serves by HTTP what it wrote. */
export interface NginxServer extends RtmpServer {
  /** Address of its folder, open to pages of any origin. */
  readonly http: string
}

/** nginx as a relay alone; undefined where it is not installed. */
export async function startNginxRelay(): Promise<RtmpServer | undefined> {
  return hasNginxRtmp() ? startNginx(() => 'live on;') : undefined
}

/**
 * nginx with the RTMP module and one worker process. It sends no pings, since not all clients here answer.
 *
 * @param application - the directives of its application, given a folder that goes when it stops.
 */
export async function startNginx(application: (folder: string) => string): Promise<NginxServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-nginx-'))
  const [port, httpPort] = [await freePort(), await freePort()]
  const config = join(folder, 'nginx.conf')
  await writeFile(config, nginxConfig(folder, port, httpPort, application(folder)))
  const nginx = startChild('nginx', ['-c', config, '-p', folder, '-g', 'daemon off;'])
  const server = serverOf(nginx, port)
  return {
    ...server,
    http: `http://127.0.0.1:${httpPort}`,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function nginxConfig(folder: string, port: number, httpPort: number, application: string): string {
  return `load_module ${NGINX_RTMP_MODULE};
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
    application live { ${application} }
  }
}
http {
  access_log off;
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }
  server {
    listen 127.0.0.1:${httpPort};
    root ${folder};
    add_header Access-Control-Allow-Origin *;
    add_header Cache-Control no-cache;
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
    rtmp: addressOf(port),
    stop: async () => {
      await child.stop('SIGTERM')
    },
  }
}

function addressOf(port: number): string {
  return `rtmp://127.0.0.1:${port}/live`
}
