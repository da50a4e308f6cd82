import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { concatBytes, type Ticks, ticks } from '@sluice/core'
import type { AudioTrack, Packet, VideoTrack } from '@sluice/media'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type EncodedPackets, encodeAudio, encodeVideo, encodeVp8 } from '../testing/encoded-media.ts'
import { hasFfmpeg } from '../testing/ffmpeg.ts'
import { FragmentedMp4Writer } from './fragmented-mp4-writer.ts'

/** A decoded frame's presentation time, in ticks of its track. */
interface DecodedFrame {
  readonly kind: 'video' | 'audio'
  readonly pts: number
}

/** The worker's options for its source, see `inputArguments` of `@sluice/ffmpeg`. */
const INPUT = [
  ...['-probesize', '5000000', '-analyzeduration', '500000', '-fpsprobesize', '0', '-threads', '4'],
  ...['-f', 'mp4', '-i', 'pipe:0'],
]

/** Both tracks decoded, each frame listed with its time as it was, at once. */
const OUTPUT = [
  ...['-map', '0:v', '-map', '0:a', '-fps_mode', 'passthrough', '-enc_time_base', '-1'],
  ...['-flush_packets', '1', '-f', 'framecrc', 'pipe:1'],
]

/** Decode time of the first packet that `encodeVideo` gives: two frames before it is shown, at 100 s. */
const FIRST_DECODE_TIME = 100 * 90_000 - 6000

/** Samples that libopus needs to start: `PreSkip` of its OpusHead. */
const OPUS_PRE_SKIP = 312

/** ffmpeg decoding what is written to its standard input. */
class Decoder {
  readonly process: ChildProcessWithoutNullStreams
  #listing = ''
  #complaints = ''

  constructor() {
    const args = ['-hide_banner', '-v', 'error', '-xerror', '-copyts', ...INPUT, ...OUTPUT]
    this.process = spawn('ffmpeg', args)
    this.process.stdout.on('data', (bytes: Buffer) => {
      this.#listing += bytes.toString()
    })
    this.process.stderr.on('data', (bytes: Buffer) => {
      this.#complaints += bytes.toString()
    })
  }

  /** Writes in pieces that end anywhere. */
  async write(bytes: Uint8Array, step = 777): Promise<void> {
    const { stdin } = this.process
    for (let at = 0; at < bytes.length; at += step) {
      if (!stdin.write(bytes.subarray(at, at + step))) await once(stdin, 'drain')
    }
  }

  /** Ends the input; resolves with all that ffmpeg complained about. */
  async end(): Promise<string> {
    this.process.stdin.end()
    const [status] = (await once(this.process, 'close')) as [number | null]
    return `${this.#complaints}${status === 0 ? '' : `exit ${status}`}`
  }

  /** The frames so far: lines of stream, dts, pts, duration, size and checksum. */
  frames(kind: DecodedFrame['kind']): number[] {
    const stream = kind === 'video' ? '0' : '1'
    return this.#listing
      .split('\n')
      .slice(0, -1)
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.split(',').map((field) => field.trim()))
      .flatMap(([index, , pts]) => (index === stream ? [Number(pts)] : []))
  }
}

/** Both tracks' packets in the order of their decode times, as a publisher sends them. */
function interleaved(video: EncodedPackets<VideoTrack>, audio: EncodedPackets<AudioTrack>): Packet[] {
  const seconds = ({ kind, dts }: Packet): number =>
    dts / (kind === 'video' ? video.track.timescale : audio.track.timescale)
  return [...video.packets, ...audio.packets].sort((a, b) => seconds(a) - seconds(b))
}

/** The time with ten seconds put in at 100.5 s. */
function afterGap(time: Ticks): Ticks {
  return ticks(time < 100.5 * 90_000 ? time : time + 900_000)
}

function presentationTimes({ packets, track }: EncodedPackets<VideoTrack | AudioTrack>): number[] {
  const times: number[] = packets.map(({ pts }) => pts).sort((a, b) => a - b)
  // An Opus decoder throws the encoder's priming away: its first frame begins that much later.
  if (track.codec === 'opus') times[0] = (times[0] ?? 0) + OPUS_PRE_SKIP
  return times
}

describe.skipIf(!hasFfmpeg())('ffmpeg reading the stream from a pipe', () => {
  let decoder: Decoder | undefined
  afterEach(() => decoder?.process.kill('SIGKILL'))

  it.each([
    ['hevc', 'aac'],
    ['av1', 'opus'],
    ['vp9', 'flac'],
    ['h264', 'eac3'],
    ['vp9', 'ac3'],
    ['vp8', 'mp3'],
  ] as const)('decodes every frame of %s and %s at the time that went in', async (videoCodec, audioCodec) => {
    const video = videoCodec === 'vp8' ? encodeVp8(60) : encodeVideo(videoCodec, 60)
    const audio = encodeAudio(audioCodec, 2)
    const writer = new FragmentedMp4Writer({ video: video.track, audio: audio.track })
    const packets = interleaved(video, audio).flatMap((packet) => writer.packet(packet))
    decoder = new Decoder()
    await decoder.write(concatBytes([writer.header(), ...packets]))
    expect(await decoder.end()).toBe('')
    expect(decoder.frames('video')).toEqual(presentationTimes(video))
    expect(decoder.frames('audio')).toEqual(presentationTimes(audio))
  })

  it.each([
    ['without a reorder delay', (packet: Packet) => ({ ...packet, dts: ticks(packet.dts + 12_000) })],
    [
      'from 0, without a reorder delay',
      ({ dts, pts, ...rest }: Packet) => ({
        ...rest,
        dts: ticks(dts - FIRST_DECODE_TIME),
        pts: ticks(pts - 100 * 90_000),
      }),
    ],
    [
      'with a gap of ten seconds',
      ({ dts, pts, ...rest }: Packet) => ({ ...rest, dts: afterGap(dts), pts: afterGap(pts) }),
    ],
    ['that rise by a tick', (packet: Packet) => ({ ...packet, dts: ticks(100 * 90_000) })],
  ])('decodes every frame at its time with decode times %s', async (_name, change) => {
    const encoded = encodeVideo('hevc', 30)
    const video = { ...encoded, packets: encoded.packets.map(change) }
    const audio = encodeAudio('aac', 0.1)
    const writer = new FragmentedMp4Writer({ video: video.track, audio: audio.track })
    const pieces = [...audio.packets, ...video.packets].flatMap((packet) => writer.packet(packet))
    decoder = new Decoder()
    await decoder.write(concatBytes([writer.header(), ...pieces]))
    expect(await decoder.end()).toBe('')
    expect(decoder.frames('video')).toEqual(presentationTimes(video))
  })

  it.each([
    ['hevc', 'aac'],
    ['av1', 'opus'],
    ['vp9', 'flac'],
  ] as const)('gives out frames of %s and %s while the stream goes on', async (videoCodec, audioCodec) => {
    const video = encodeVideo(videoCodec, 60)
    const audio = encodeAudio(audioCodec, 2)
    const writer = new FragmentedMp4Writer({ video: video.track, audio: audio.track })
    const packets = interleaved(video, audio)
    const reader = new Decoder()
    decoder = reader
    await reader.write(writer.header())
    for (const packet of packets.slice(0, packets.length / 2)) {
      await reader.write(concatBytes(writer.packet(packet)))
    }
    await vi.waitFor(() => expect(reader.frames('video').length).toBeGreaterThanOrEqual(15), 20_000)
    expect(await reader.end()).toBe('')
  })
})
