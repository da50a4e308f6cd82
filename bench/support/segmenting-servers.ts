import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startChild } from '@sluice/testkit'
import { startBenchGateway } from './gateway.ts'
import { startNginx } from './rtmp-servers.ts'

/** Something that takes RTMP and writes segments. */
export interface SegmentingServer {
  /** Where to publish, one address a stream. */
  readonly urls: readonly string[]
  /** Roots of all its process trees. */
  readonly pids: readonly number[]
  /** How many segments of video each stream has on disk: shows that the work was done. */
  storedSegments(): Promise<number[]>
  stop(): Promise<void>
}

/** The gateway with the source rung alone. */
export async function startSluice(
  names: readonly string[],
  cpuProfile: string | undefined,
): Promise<SegmentingServer> {
  const env = { SLUICE_PROFILE: 'source', SLUICE_WORKER_CONCURRENCY: String(names.length) }
  const gateway = await startBenchGateway({ env, cpuProfile })
  return {
    urls: names.map((name) => `${gateway.rtmp}/${name}`),
    pids: [gateway.pid],
    storedSegments: () =>
      Promise.all(names.map((name) => countFiles(join(gateway.segments, name, 'source'), /\.m4s$/))),
    stop: () => gateway.stop(),
  }
}

/** nginx with HLS in MPEG-TS, fragments of two seconds; `http` is where a folder for each stream is, with `index.m3u8`. */
export async function startNginxHls(
  names: readonly string[],
): Promise<SegmentingServer & { readonly http: string }> {
  let segments = ''
  const server = await startNginx((folder) => {
    segments = join(folder, 'hls')
    return `live on; hls on; hls_path ${segments}; hls_nested on; hls_fragment 2s; hls_playlist_length 60s;`
  })
  return {
    urls: names.map((name) => `${server.rtmp}/${name}`),
    pids: [server.pid],
    http: `${server.http}/hls`,
    storedSegments: () => Promise.all(names.map((name) => countFiles(join(segments, name), /\.ts$/))),
    stop: () => server.stop(),
  }
}

/** One ffmpeg a stream, each listening for its publisher and copying to HLS with fragmented MP4. */
export async function startFfmpegCopies(names: readonly string[]): Promise<SegmentingServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-ffmpeg-'))
  const ports = await Promise.all(names.map(freePort))
  const children = names.map((name, index) =>
    startChild('ffmpeg', [
      ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning'],
      ...['-listen', '1', '-i', `rtmp://127.0.0.1:${ports[index]}/live/${name}`, '-c', 'copy'],
      ...['-f', 'hls', '-hls_time', '2', '-hls_list_size', '30', '-hls_flags', 'delete_segments'],
      ...['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', `${name}.mp4`],
      join(folder, `${name}.m3u8`),
    ]),
  )
  return {
    urls: names.map((name, index) => `rtmp://127.0.0.1:${ports[index]}/live/${name}`),
    pids: children.map(({ pid }) => pid),
    storedSegments: () =>
      Promise.all(names.map((name) => countFiles(folder, new RegExp(`^${name}\\d+\\.m4s$`)))),
    stop: async () => {
      await Promise.all(children.map((child) => child.stop('SIGTERM')))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function countFiles(folder: string, name: RegExp): Promise<number> {
  return (await readdir(folder)).filter((file) => name.test(file)).length
}
