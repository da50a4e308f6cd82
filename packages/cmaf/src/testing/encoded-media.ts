import { rescale, type Timescale, ticks } from '@sluice/core'
import type { AudioCodec, AudioTrack, Packet, Track, VideoCodec, VideoTrack } from '@sluice/media'
import { readAudioSampleEntryChildren } from '../box/audio-sample-entry.ts'
import { type Box, readBoxes, requireBox } from '../box/box-reader.ts'
import { readDecoderSpecificInfo } from '../box/elementary-stream-descriptor-box.ts'
import { readMediaTimescale } from '../box/media-header-box.ts'
import { isSync } from '../box/sample-flags.ts'
import { readTrackExtends } from '../box/track-extends-box.ts'
import { readVisualSampleEntryChildren } from '../box/visual-sample-entry.ts'
import { readMovieFragment, type SampleDescription } from '../reader/movie-fragment.ts'
import { TopLevelBoxSplitter } from '../reader/top-level-box-splitter.ts'
import { ffmpeg, PIPED_FMP4 } from './ffmpeg.ts'
import { audioTrack, videoTrack } from './tracks.ts'

/** What ffmpeg encoded, as a publisher's packets from 100 s on. */
export interface EncodedPackets<T extends Track> {
  readonly track: T
  readonly packets: readonly Packet[]
}

/** The same where ffmpeg can put it into MP4. */
export interface EncodedMedia<T extends Track> extends EncodedPackets<T> {
  /** The configuration box that ffmpeg's own MP4 muxer wrote for the track. */
  readonly configuration: Box
}

interface Codec {
  /** Name and options of ffmpeg's encoder. */
  readonly encoder: readonly string[]
  /** Type of the configuration box. */
  readonly box: string
  /**
   * What `Track.config` holds, from where a publisher has it.
   *
   * @param body - of the configuration box.
   * @param source - ffmpeg's options up to the encoder's.
   */
  readonly config: (body: Uint8Array, source: readonly string[]) => Uint8Array
}

const whole = (body: Uint8Array): Uint8Array => body

/** VP8 is missing: ffmpeg does not put it into MP4. See `encodeVp8`. */
const VIDEO: Readonly<Record<Exclude<VideoCodec, 'vp8'>, Codec>> = {
  h264: { encoder: ['libx264', '-preset', 'veryfast', '-bf', '2'], box: 'avcC', config: whole },
  hevc: {
    encoder: [
      'libx265',
      '-preset',
      'ultrafast',
      '-tag:v',
      'hvc1',
      '-x265-params',
      'log-level=none:bframes=2',
    ],
    box: 'hvcC',
    config: withoutCompleteness,
  },
  av1: { encoder: ['libaom-av1', '-usage', 'realtime', '-cpu-used', '8'], box: 'av1C', config: whole },
  vp9: {
    encoder: ['libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'],
    box: 'vpcC',
    config: (body) => body.subarray(4),
  },
}

const AUDIO: Readonly<Record<AudioCodec, Codec>> = {
  aac: { encoder: ['aac'], box: 'esds', config: readDecoderSpecificInfo },
  opus: { encoder: ['libopus'], box: 'dOps', config: opusHead },
  // ffmpeg 5.1 calls FLAC in MP4 experimental.
  flac: { encoder: ['flac', '-strict', '-2'], box: 'dfLa', config: streamInfo },
  ac3: { encoder: ['ac3'], box: 'dac3', config: whole },
  eac3: { encoder: ['eac3'], box: 'dec3', config: whole },
  mp3: { encoder: ['libmp3lame'], box: 'esds', config: () => new Uint8Array(0) },
}

/** Moving test pictures of 160 × 120, 30 a second, a keyframe each second; B-frames where the codec has them. */
export function encodeVideo(codec: keyof typeof VIDEO, frames: number): EncodedMedia<VideoTrack> {
  const { encoder, box, config } = VIDEO[codec]
  const source = [...testPictures(frames), '-video_track_timescale', '90000', '-c:v', ...encoder]
  return read(source, box, (body) => videoTrack(codec, config(body, source)))
}

/** The same pictures as VP8, without B-frames and so with equal decode and presentation times. */
export function encodeVp8(frames: number): EncodedPackets<VideoTrack> {
  const encoder = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-auto-alt-ref', '0']
  const ivf = Buffer.from(ffmpeg([...testPictures(frames), ...encoder, '-f', 'ivf', '-']))
  const packets: Packet[] = []
  let at = ivf.readUInt16LE(6)
  while (at < ivf.length) {
    const data = ivf.subarray(at + 12, at + 12 + ivf.readUInt32LE(at))
    const time = ticks(100 * 90_000 + ivf.readUInt32LE(at + 4) * 3000)
    packets.push({ kind: 'video', dts: time, pts: time, keyframe: ((data[0] ?? 1) & 1) === 0, data })
    at += 12 + data.length
  }
  return { track: videoTrack('vp8', new Uint8Array(0)), packets }
}

function testPictures(frames: number): string[] {
  return [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=30', '-frames:v', String(frames)],
    ...['-pix_fmt', 'yuv420p', '-g', '30', '-threads', '1'],
  ]
}

/**
 * A tone.
 *
 * @param options - for the encoder.
 */
export function encodeAudio(
  codec: AudioCodec,
  seconds: number,
  options: readonly string[] = [],
): EncodedMedia<AudioTrack> {
  const { encoder, box, config } = AUDIO[codec]
  const source = [
    ...['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-t', String(seconds), '-ac', '2'],
    ...['-c:a', ...encoder, ...options],
  ]
  return read(source, box, (body) => audioTrack(codec, config(body, source)))
}

function read<T extends Track>(
  source: readonly string[],
  configurationType: string,
  trackOf: (configuration: Uint8Array) => T,
): EncodedMedia<T> {
  const splitter = new TopLevelBoxSplitter(new Map(['moov', 'moof', 'mdat'].map((type) => [type, 1 << 26])))
  splitter.receive(ffmpeg([...source, '-output_ts_offset', '100', ...PIPED_FMP4, '-']))
  const [moov, ...media] = splitter.boxes()
  if (moov === undefined) throw new Error('ffmpeg wrote nothing')
  const mdia = requireBox('moov', moov.body, 'trak', 'mdia')
  const mediaTimescale = readMediaTimescale(requireBox('mdia', mdia, 'mdhd'))
  const configuration = configurationBox(requireBox('mdia', mdia, 'minf', 'stbl', 'stsd'), configurationType)
  const track = trackOf(configuration.body)
  const defaults = readTrackExtends(requireBox('moov', moov.body, 'mvex', 'trex'))

  const packets: Packet[] = []
  let samples: SampleDescription[] = []
  for (const box of media) {
    if (box.type === 'moof') {
      const movie = { track, trackId: 1, mediaTimescale, start: ticks(0), defaults }
      samples = readMovieFragment(box.body, box.start, movie)
      continue
    }
    for (const sample of samples) {
      const from = sample.position - box.bodyStart
      packets.push(toPacket(sample, box.body.subarray(from, from + sample.size), mediaTimescale, track))
    }
  }
  return { track, packets, configuration }
}

function toPacket(sample: SampleDescription, data: Uint8Array, from: Timescale, track: Track): Packet {
  return {
    kind: track.kind,
    dts: rescale(sample.dts, from, track.timescale),
    pts: rescale(sample.pts, from, track.timescale),
    keyframe: isSync(sample.flags),
    data,
  }
}

function configurationBox(stsd: Uint8Array, type: string): Box {
  const [entry] = readBoxes('stsd', stsd.subarray(8))
  if (entry === undefined) throw new Error('ffmpeg wrote no sample entry')
  const isVideo = Object.values(VIDEO).some((codec) => codec.box === type)
  const children = isVideo
    ? readVisualSampleEntryChildren(entry.type, entry.body)
    : readAudioSampleEntryChildren(entry.type, entry.body)
  const found = children.find((child) => child.type === type)
  if (found === undefined) throw new Error(`ffmpeg wrote no ${type}`)
  return found
}

/** The record as it comes over FLV, where no array is marked complete. */
function withoutCompleteness(record: Uint8Array): Uint8Array {
  const flv = record.slice()
  let at = 23
  for (let array = 0; array < (record[22] ?? 0); array++) {
    flv[at] = (record[at] ?? 0) & 0x7f
    const view = new DataView(record.buffer, record.byteOffset)
    const units = view.getUint16(at + 1)
    at += 3
    for (let unit = 0; unit < units; unit++) at += 2 + view.getUint16(at)
  }
  return flv
}

/** The first packet of an Ogg stream. */
function opusHead(_body: Uint8Array, source: readonly string[]): Uint8Array {
  const ogg = ffmpeg([...source, '-f', 'ogg', '-'])
  const from = Buffer.from(ogg).indexOf('OpusHead')
  const mappingFamily = ogg[from + 18] ?? 0
  const channels = ogg[from + 9] ?? 0
  return ogg.subarray(from, from + 19 + (mappingFamily === 0 ? 0 : 2 + channels))
}

/** The first metadata block of a FLAC file, after its magic and the block's header. */
function streamInfo(_body: Uint8Array, source: readonly string[]): Uint8Array {
  return ffmpeg([...source, '-f', 'flac', '-']).subarray(8, 8 + 34)
}
