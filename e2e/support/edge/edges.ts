import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, runChild, startChild, waitFor } from '@sluice/testkit'

const CONFIGURATION = new URL('../../../infra/edge/', import.meta.url).pathname

/** A cache in front of an origin, as infra/edge configures it. */
export interface Edge {
  /** `http://HOST:PORT` */
  readonly url: string
  stop(): Promise<void>
}

/** Whether a program is here. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await runChild('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${program}`])).code === 0
}

/** Starts nginx with the configuration of infra/edge/nginx, its addresses and folders replaced. */
export async function startNginx(originPort: number): Promise<Edge> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-nginx-'))
  const port = await freePort()
  await mkdir(join(folder, 'cache'))
  await cp(join(CONFIGURATION, 'nginx'), join(folder, 'conf'), { recursive: true })
  const path = join(folder, 'conf/sluice-edge.conf')
  const shipped = await readFile(path, 'utf8')
  const adapted = shipped
    .replace('server 127.0.0.1:8080;', `server 127.0.0.1:${originPort};`)
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replaceAll('/run/sluice-edge.sock', join(folder, 'gate.sock'))
    .replaceAll('/var/cache/nginx/sluice', join(folder, 'cache'))
  await writeFile(path, adapted)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  )
  await writeFile(
    join(folder, 'conf/nginx.conf'),
    // Started by root, nginx would change to a user who cannot read the folder.
    `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${join(folder, 'pid')}; error_log stderr warn; worker_processes 1;
events { worker_connections 8192; }
http { access_log off; ${temporary.join(' ')} include sluice-edge.conf; }
`,
  )
  const args = ['-p', folder, '-c', join(folder, 'conf/nginx.conf')]
  const env = { PATH: `${process.env.PATH}:/usr/sbin` }
  const check = await runChild('nginx', ['-t', ...args], { env })
  if (check.code !== 0) throw new Error(`nginx refuses the configuration: ${check.output}`)
  return running(startChild('nginx', args, { env }), port, folder)
}

/** Starts varnishd with the configuration of infra/edge/varnish, its address replaced. */
export async function startVarnish(originPort: number): Promise<Edge> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-varnish-'))
  const port = await freePort()
  const path = join(folder, 'sluice-edge.vcl')
  const shipped = await readFile(join(CONFIGURATION, 'varnish/sluice-edge.vcl'), 'utf8')
  await writeFile(path, shipped.replace('.port = "8080"', `.port = "${originPort}"`))
  const env = { PATH: `${process.env.PATH}:/usr/sbin` }
  // Started by root, Varnish would change to users who cannot read the folder.
  const jail = process.getuid?.() === 0 ? ['-j', 'none'] : []
  const check = await runChild('varnishd', [...jail, '-C', '-f', path, '-n', join(folder, 'check')], { env })
  if (check.code !== 0) throw new Error(`varnishd refuses the configuration: ${check.output}`)
  const storage = ['-s', 'malloc,256m', '-n', join(folder, 'run')]
  return running(
    startChild('varnishd', [...jail, '-F', '-a', `127.0.0.1:${port}`, '-f', path, ...storage], { env }),
    port,
    folder,
  )
}

async function running(child: Child, port: number, folder: string): Promise<Edge> {
  const url = `http://127.0.0.1:${port}`
  await waitFor(
    () =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    { what: `an edge: ${child.output()}` },
  )
  return {
    url,
    stop: async () => {
      await child.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
