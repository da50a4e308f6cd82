import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort, startChild, waitFor } from '@sluice/testkit'

/** An nginx that serves files. */
export interface StaticNginx {
  /** Of the process that serves. */
  readonly pid: number
  /** `http://HOST:PORT` */
  readonly http: string
  stop(): Promise<void>
}

/**
 * Starts nginx without a master, one process with `sendfile`, as its own guide sets it up for files.
 *
 * @param files - by name, what it serves.
 */
export async function startStaticNginx(files: ReadonlyMap<string, Uint8Array>): Promise<StaticNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-static-'))
  const port = await freePort()
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes)
  const config = join(folder, 'nginx.conf')
  await writeFile(
    config,
    `daemon off; master_process off; user ${userInfo().username};
pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 100000000;
  open_file_cache max=100 inactive=60s; open_file_cache_valid 60s;
  types { application/vnd.apple.mpegurl m3u8; video/mp4 m4s; }
  server { listen 127.0.0.1:${port}; root ${folder}; add_header Cache-Control "public, max-age=31536000, immutable"; }
}
`,
  )
  const nginx = startChild('nginx', ['-c', config, '-p', folder])
  const http = `http://127.0.0.1:${port}`
  const answers = (): Promise<boolean> =>
    fetch(http).then(
      () => true,
      () => false,
    )
  await waitFor(answers, { what: `nginx: ${nginx.output()}` })
  return {
    pid: nginx.pid,
    http,
    stop: async () => {
      await nginx.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
