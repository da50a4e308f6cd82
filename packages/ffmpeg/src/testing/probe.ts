import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A packet as ffprobe reports it, in ticks of its stream. */
export interface ProbedPacket {
  readonly pts: number
  readonly dts: number
  readonly keyframe: boolean
}

/** What ffprobe says of a stream, as far as tests look at it. */
export interface ProbedStream {
  readonly codec_name: string
  readonly width?: number
  readonly height?: number
  readonly sample_aspect_ratio?: string
  readonly pix_fmt?: string
  readonly color_primaries?: string
  readonly color_transfer?: string
  readonly color_space?: string
  readonly color_range?: string
  readonly side_data_list?: readonly unknown[]
  readonly time_base: string
  readonly sample_rate?: string
  readonly channels?: number
}

interface Probed {
  readonly streams?: readonly ProbedStream[]
  readonly packets?: readonly { pts: number; dts: number; flags: string }[]
}

/** The packets of a file's first video or audio stream, in decoding order. */
export function probePackets(bytes: Buffer, kind: 'v' | 'a'): ProbedPacket[] {
  const { packets = [] } = probe(bytes, ['-select_streams', kind, '-show_packets'])
  return packets.map(({ pts, dts, flags }) => ({ pts, dts, keyframe: flags.startsWith('K') }))
}

/** A file's first stream. */
export function probeStream(bytes: Buffer): ProbedStream | undefined {
  return probe(bytes, ['-show_streams']).streams?.[0]
}

/** The decoded samples of an audio file as numbers from -1 to 1, channels interleaved. */
export function decodeAudio(bytes: Buffer): Float32Array {
  const pcm = withFile(bytes, (path) =>
    execFileSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'f32le', 'pipe:1'], { maxBuffer: 256 << 20 }),
  )
  return new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength))
}

/** Mean luma of a file's first picture, from 0 to 255. */
export function meanLuma(bytes: Buffer): number {
  const pixels = withFile(bytes, (path) =>
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-i', path, '-frames:v', '1', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
    ]),
  )
  // Behind the luma come two planes of a quarter of its size.
  const luma = pixels.subarray(0, (pixels.length * 2) / 3)
  return luma.reduce((sum, value) => sum + value, 0) / luma.length
}

/** Decodes a file strictly; everything ffmpeg complains about. */
export function complaints(bytes: Buffer): string {
  return withFile(bytes, (path) =>
    execFileSync('sh', [
      '-c',
      'ffmpeg -v error -xerror -i "$0" -f null - 2>&1 || echo failed',
      path,
    ]).toString(),
  )
}

/** The `codecs` parameter that an init segment's avcC box asks for; undefined without one. */
export function writtenCodecString(bytes: Buffer): string | undefined {
  const at = bytes.indexOf('avcC', 0, 'latin1')
  return at < 0 ? undefined : `avc1.${bytes.subarray(at + 5, at + 8).toString('hex')}`
}

function probe(bytes: Buffer, args: readonly string[]): Probed {
  return withFile(bytes, (path) =>
    JSON.parse(
      execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...args, path], {
        maxBuffer: 256 << 20,
      }).toString(),
    ),
  )
}

function withFile<T>(bytes: Buffer, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ffmpeg-'))
  try {
    const path = join(folder, 'media')
    writeFileSync(path, bytes)
    return use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
