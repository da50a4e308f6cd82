import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAX_OUTPUT = 256 << 20

/** A packet as ffprobe reports it, in ticks of the stream's time base. */
export interface ProbedPacket {
  readonly pts: number
  readonly dts: number
  readonly size: number
  readonly keyframe: boolean
}

/** True when ffmpeg and ffprobe can be run; says so when not. */
export function hasFfmpeg(): boolean {
  const found = ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version']).status === 0)
  if (!found) console.warn('skipped: ffmpeg and ffprobe are not installed')
  return found
}

/** Runs ffmpeg with `input` on its standard input and returns its standard output; throws when it fails. */
export function ffmpeg(args: readonly string[], input: Uint8Array = new Uint8Array(0)): Uint8Array {
  return execFileSync('ffmpeg', ['-hide_banner', '-v', 'error', ...args], { input, maxBuffer: MAX_OUTPUT })
}

/** Decodes a file strictly; returns all that ffmpeg complained about. */
export function decodeStrictly(bytes: Uint8Array, ...args: readonly string[]): string {
  return withFile(bytes, (path) => {
    const run = spawnSync('ffmpeg', [
      ...['-hide_banner', '-nostdin', '-v', 'error', '-xerror', '-i', path],
      ...[...args, '-f', 'null', '-'],
    ])
    return `${run.stderr.toString()}${run.status === 0 ? '' : `exit ${run.status}`}`
  })
}

/** What ffprobe says of a file's packets, in file order. */
export function probePackets(bytes: Uint8Array): ProbedPacket[] {
  const { packets } = probe(bytes, ['-show_packets']) as {
    packets: { pts: number; dts: number; size: string; flags: string }[]
  }
  return packets.map(({ pts, dts, size, flags }) => ({
    pts,
    dts,
    size: Number(size),
    keyframe: flags.startsWith('K'),
  }))
}

/** What ffprobe says of a file's first stream. */
export function probeStream(bytes: Uint8Array): Readonly<Record<string, string | number | undefined>> {
  const { streams } = probe(bytes, ['-count_frames', '-show_streams']) as {
    streams: Record<string, string | number>[]
  }
  return streams[0] ?? {}
}

function probe(bytes: Uint8Array, args: readonly string[]): unknown {
  return withFile(bytes, (path) =>
    JSON.parse(
      execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args, path], {
        maxBuffer: MAX_OUTPUT,
      }).toString(),
    ),
  )
}

function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cmaf-'))
  try {
    const path = join(folder, 'media.mp4')
    writeFileSync(path, bytes)
    return use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Options that make ffmpeg's MP4 muxer write what `FragmentedMp4Reader` reads, with true decode times. */
export const PIPED_FMP4: readonly string[] = [
  ...['-f', 'mp4', '-use_editlist', '0', '-avoid_negative_ts', 'disabled'],
  ...['-movflags', '+delay_moov+default_base_moof+frag_every_frame+frag_discont+skip_trailer'],
]

/** The same timestamps in and out, as the worker runs ffmpeg on a publisher's FLV. */
export const COPY_TIMES: readonly string[] = ['-copyts', '-f', 'flv', '-i', 'pipe:0']

/** Moving test pictures with B-frames, `frames` at 30 a second, a keyframe each second. */
export function testVideo(frames: number): readonly string[] {
  return [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=30', '-frames:v', String(frames)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '30', '-sc_threshold', '0'],
    ...['-pix_fmt', 'yuv420p', '-flags', '+global_header', '-threads', '1'],
  ]
}

/** A tone of `seconds` at 44.1 kHz, AAC. */
export function testAudio(seconds: number): readonly string[] {
  return ['-f', 'lavfi', '-i', 'sine=sample_rate=44100', '-t', String(seconds), '-c:a', 'aac', '-ac', '2']
}
