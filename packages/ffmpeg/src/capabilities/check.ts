import type { Profile } from '@sluice/ladder'
import type { AudioCodec, AudioTrack, VideoCodec, VideoTrack } from '@sluice/media'
import type { InputFormat } from '../arguments/input-arguments.ts'
import { encoderName } from '../arguments/video-encoder.ts'
import type { FfmpegCapabilities } from './probe.ts'

/** One reason why an ffmpeg cannot do a job. */
export interface Obstacle {
  readonly code: 'ffmpeg.encoder_missing' | 'ffmpeg.decoder_missing' | 'ffmpeg.format_missing'
  readonly message: string
}

/** Decoders that read a codec; any one will do. */
const DECODERS: { readonly [codec in VideoCodec | AudioCodec]: readonly string[] } = {
  h264: ['h264'],
  hevc: ['hevc'],
  av1: ['libdav1d', 'libaom-av1', 'av1'],
  vp9: ['vp9', 'libvpx-vp9'],
  vp8: ['vp8', 'libvpx'],
  aac: ['aac', 'libfdk_aac'],
  opus: ['opus', 'libopus'],
  flac: ['flac'],
  ac3: ['ac3'],
  eac3: ['eac3'],
  mp3: ['mp3float', 'mp3'],
}

/** The version from which ffmpeg's FLV reader knows a codec: 6.1 brought Enhanced RTMP v1, 8.0 brought v2. */
const IN_FLV_SINCE: { readonly [codec in VideoCodec | AudioCodec]: readonly [major: number, minor: number] } =
  {
    h264: [0, 0],
    aac: [0, 0],
    mp3: [0, 0],
    hevc: [6, 1],
    av1: [6, 1],
    vp9: [6, 1],
    vp8: [8, 0],
    opus: [8, 0],
    flac: [8, 0],
    ac3: [8, 0],
    eac3: [8, 0],
  }

/** The tracks of a source, as far as decoding them is concerned. */
export interface SourceCodecs {
  readonly video: Pick<VideoTrack, 'codec'> | undefined
  readonly audio: Pick<AudioTrack, 'codec'> | undefined
}

/** Why a profile cannot run on this ffmpeg, whatever the source; empty when it can. */
export function checkProfile(capabilities: FfmpegCapabilities, profile: Profile): Obstacle[] {
  if (profile.kind !== 'ladder') return []
  const codecs = new Set([...profile.rungs.map((rung) => rung.codec), profile.audio.codec])
  const encoders = { h264: encoderName(capabilities.videoEncoder), aac: 'aac' }
  const obstacles: Obstacle[] = []
  for (const codec of codecs) {
    if (capabilities.encoders.includes(encoders[codec])) continue
    obstacles.push({
      code: 'ffmpeg.encoder_missing',
      message: `profile "${profile.name}" needs the encoder ${encoders[codec]}, which ${nameOf(capabilities)} lacks`,
    })
  }
  if (!capabilities.muxers.includes('mp4')) obstacles.push(formatMissing(capabilities, 'write', 'mp4'))
  return obstacles
}

/** Why a source cannot be decoded by this ffmpeg; empty when it can. */
export function checkSource(capabilities: FfmpegCapabilities, source: SourceCodecs): Obstacle[] {
  const obstacles: Obstacle[] = []
  for (const track of [source.video, source.audio]) {
    if (!track || DECODERS[track.codec].some((name) => capabilities.decoders.includes(name))) continue
    obstacles.push({
      code: 'ffmpeg.decoder_missing',
      message: `the source is ${track.codec}, for which ${nameOf(capabilities)} has no decoder`,
    })
  }
  const format = inputFormat(capabilities, source)
  if (!capabilities.demuxers.includes(format)) obstacles.push(formatMissing(capabilities, 'read', format))
  return obstacles
}

/** Filters that bring a high dynamic range to that of every display. */
const TONE_MAPPING = ['zscale', 'tonemap'] as const

/** What this ffmpeg lacks for tone mapping, in words; undefined where it lacks nothing. */
export function toneMappingObstacle(
  capabilities: Pick<FfmpegCapabilities, 'binary' | 'version' | 'filters'>,
): string | undefined {
  const missing = TONE_MAPPING.filter((name) => !capabilities.filters.includes(name))
  if (missing.length === 0) return undefined
  return `${nameOf(capabilities)} has no filter ${missing.join(' and ')}, which an ffmpeg with libzimg has`
}

/** The container to hand a source over in: FLV, unless this version cannot read one of the codecs from FLV. */
export function inputFormat(
  capabilities: Pick<FfmpegCapabilities, 'version'>,
  source: SourceCodecs,
): InputFormat {
  const { major, minor } = capabilities.version
  const readable = [source.video, source.audio].every((track) => {
    if (!track) return true
    const [sinceMajor, sinceMinor] = IN_FLV_SINCE[track.codec]
    return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
  })
  return readable ? 'flv' : 'mp4'
}

function formatMissing(capabilities: FfmpegCapabilities, verb: 'read' | 'write', format: string): Obstacle {
  return { code: 'ffmpeg.format_missing', message: `${nameOf(capabilities)} cannot ${verb} ${format}` }
}

function nameOf({ binary, version }: Pick<FfmpegCapabilities, 'binary' | 'version'>): string {
  return `${binary} (${version.text})`
}
