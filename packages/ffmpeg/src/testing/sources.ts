import { execFileSync, spawnSync } from 'node:child_process'
import { type NalLengthSize, withRecoveryPoint } from '@sluice/media'

const MAX_OUTPUT = 256 << 20

/** True when ffmpeg and ffprobe can be run; says so when not. */
export function hasFfmpeg(): boolean {
  const found = ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version']).status === 0)
  if (!found) console.warn('skipped: ffmpeg and ffprobe are not installed')
  return found
}

/** What a test source is made of. */
export interface SourceOptions {
  /** `640x360`; undefined for no picture. */
  readonly size?: string | undefined
  /** Frames per second in ffmpeg's words: `30`, `30000/1001`. */
  readonly rate?: string
  readonly seconds?: number
  /** Frames between keyframes. */
  readonly gop?: number
  readonly bFrames?: number
  readonly pixelAspect?: string
  /** Sample rate; undefined for no sound. */
  readonly sampleRate?: number | undefined
  readonly channels?: number
}

/** A publisher's FLV: H.264 and AAC as an encoder of today sends it. */
export function flvSource(options: SourceOptions): Buffer {
  const { size, rate = '30', seconds = 2, gop = 30, bFrames = 0, pixelAspect = '1/1' } = options
  const { sampleRate, channels = 2 } = options
  const inputs: string[] = []
  const encoders: string[] = []
  if (size !== undefined) {
    inputs.push(
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=${size}:rate=${rate}:duration=${seconds},setsar=${pixelAspect}`,
    )
    // 4:4:4 has no even sizes to keep to.
    const odd = size.split('x').some((side) => Number(side) % 2 === 1)
    encoders.push('-c:v', 'libx264', '-preset', 'ultrafast', '-bf', `${bFrames}`, '-g', `${gop}`)
    encoders.push('-sc_threshold', '0', '-pix_fmt', odd ? 'yuv444p' : 'yuv420p')
  }
  if (sampleRate !== undefined) {
    inputs.push('-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${sampleRate}:duration=${seconds}`)
    encoders.push('-c:a', 'aac', '-ac', `${channels}`)
  }
  return execFileSync(
    'ffmpeg',
    ['-hide_banner', '-v', 'error', ...inputs, ...encoders, '-f', 'flv', 'pipe:1'],
    {
      maxBuffer: MAX_OUTPUT,
    },
  )
}

/** One tag of an FLV, its header and trailing size with it. */
export interface FlvTag {
  readonly type: 'audio' | 'video' | 'script'
  /** Milliseconds. */
  readonly time: number
  readonly bytes: Buffer
}

/** Takes an FLV apart: the file header, and its tags. */
export function flvTags(flv: Buffer): { readonly header: Buffer; readonly tags: readonly FlvTag[] } {
  const tags: FlvTag[] = []
  let at = 13
  while (at + 11 <= flv.length) {
    const end = at + 11 + flv.readUIntBE(at + 1, 3) + 4
    const type = flv[at] === 8 ? 'audio' : flv[at] === 9 ? 'video' : 'script'
    tags.push({ type, time: flv.readUIntBE(at + 4, 3), bytes: flv.subarray(at, end) })
    at = end
  }
  return { header: flv.subarray(0, 13), tags }
}

/** Puts an FLV together again. */
export function joinFlv(header: Buffer, tags: readonly FlvTag[]): Buffer {
  return Buffer.concat([header, ...tags.map((tag) => tag.bytes)])
}

/** True for a video tag that holds a frame and not the decoder's configuration. */
export function isFrame(tag: FlvTag): boolean {
  return tag.type === 'video' && tag.bytes[12] === 1
}

/** The tag with a recovery point in its frame: how a boundary is marked where the source has no keyframe. */
export function markBoundary(tag: FlvTag): FlvTag {
  const nalLengthSize: NalLengthSize = 4
  const frame = withRecoveryPoint(tag.bytes.subarray(16, -4), nalLengthSize)
  const bytes = Buffer.concat([tag.bytes.subarray(0, 16), frame, Buffer.alloc(4)])
  bytes.writeUIntBE(bytes.length - 15, 1, 3)
  bytes.writeUInt32BE(bytes.length - 4, bytes.length - 4)
  return { ...tag, bytes }
}
