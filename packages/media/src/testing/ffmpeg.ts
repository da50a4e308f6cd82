import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a test needs from ffprobe, of the only stream and its first packet. */
export interface Probed {
  readonly width: number | undefined
  readonly height: number | undefined
  /** `0:1` or undefined where nothing is said. */
  readonly sampleAspectRatio: string | undefined
  readonly frameRate: number
  readonly profile: string | undefined
  readonly level: number | undefined
  readonly sampleRate: number
  readonly channels: number | undefined
  /** Seconds. */
  readonly packetDuration: number
}

/** What an encoder made: the whole file, its first packet without the container, and what ffprobe says. */
export interface Encoded {
  readonly file: Buffer
  readonly packet: Uint8Array
  readonly probed: Probed
}

/** True when ffmpeg and ffprobe can be run. */
export const ffmpegInstalled: boolean =
  spawnSync('ffprobe', ['-version']).status === 0 && spawnSync('ffmpeg', ['-version']).status === 0

/** Names of the encoders that this machine's ffmpeg has, as it prints them. */
export function encoders(): ReadonlySet<string> {
  if (!ffmpegInstalled) return new Set()
  const list = execFileSync('ffmpeg', ['-v', 'error', '-encoders'], { encoding: 'utf8' })
  return new Set([...list.matchAll(/^ [VA]\S{5} (\S+)/gm)].map(([, name = '']) => name))
}

/**
 * Encodes a generated source.
 *
 * @param extension - of the file, which chooses the container.
 */
export function encode(source: string, options: readonly string[], extension: string): Encoded {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-media-'))
  try {
    const path = join(folder, `encoded.${extension}`)
    const threads = ['-threads', '1']
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...threads, ...options, path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return { file: readFileSync(path), ...probe(path) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface ProbeOutput {
  readonly streams: readonly Readonly<Record<string, string | number | undefined>>[]
  readonly packets: readonly { readonly data: string; readonly duration_time?: string }[]
}

function probe(path: string): Omit<Encoded, 'file'> {
  const show = ['-show_streams', '-show_packets', '-show_data', '-read_intervals', '%+#1']
  const output: ProbeOutput = JSON.parse(
    execFileSync('ffprobe', ['-v', 'error', '-of', 'json', ...show, path], { encoding: 'utf8' }),
  )
  const [stream] = output.streams
  const [packet] = output.packets
  if (stream === undefined || packet === undefined) throw new Error(`nothing in ${path}`)
  const number = (value: string | number | undefined): number | undefined =>
    value === undefined ? undefined : Number(value)
  const [frames = 0, seconds = 1] = String(stream.r_frame_rate).split('/').map(Number)
  return {
    packet: fromHexDump(packet.data),
    probed: {
      width: number(stream.width),
      height: number(stream.height),
      sampleAspectRatio: stream.sample_aspect_ratio?.toString(),
      frameRate: frames / seconds,
      profile: stream.profile?.toString(),
      level: number(stream.level),
      sampleRate: Number(stream.sample_rate),
      channels: number(stream.channels),
      packetDuration: Number(packet.duration_time),
    },
  }
}

/** ffprobe prints bytes as xxd does: offset, eight groups of two bytes, text. */
function fromHexDump(dump: string): Uint8Array {
  const lines = dump.split('\n').filter((line) => line.includes(': '))
  const digits = lines.map((line) => line.slice(line.indexOf(': ') + 2, line.indexOf(': ') + 42))
  return Uint8Array.from(Buffer.from(digits.join('').replaceAll(' ', ''), 'hex'))
}

/** The payload of the first box of a type in an MP4 file; types are found by their name alone. */
export function boxPayload(file: Buffer, type: string): Uint8Array {
  const at = file.indexOf(type)
  if (at < 4) throw new Error(`no ${type} box`)
  return Uint8Array.from(file.subarray(at + 4, at - 4 + file.readUInt32BE(at - 4)))
}
