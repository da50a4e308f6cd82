import { concatBytes, toHex } from '@sluice/core'
import type { AudioCodec, Packet, Track } from '@sluice/media'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import { createFile, MP4BoxBuffer } from 'mp4box'
import { describe, expect, it } from 'vitest'
import { readAudioSampleEntryChildren } from '../box/audio-sample-entry.ts'
import { type Box, readBoxes, requireBox } from '../box/box-reader.ts'
import { readVisualSampleEntryChildren } from '../box/visual-sample-entry.ts'
import { writeFragment } from '../fragment/fragment.ts'
import { type EncodedPackets, encodeAudio, encodeVideo, encodeVp8 } from '../testing/encoded-media.ts'
import { decodeStrictly, hasFfmpeg, probePackets, probeStream } from '../testing/ffmpeg.ts'
import { writeInitSegment } from './init-segment.ts'
import { rollDistance } from './roll-distance.ts'

const SEVERAL = 20
const MEDIABUNNY_NAMES: Readonly<Record<string, string>> = { h264: 'avc' }
const VIDEO_CODECS = ['h264', 'hevc', 'av1', 'vp9'] as const
const VIDEO_CODECS_AND_VP8 = [...VIDEO_CODECS, 'vp8'] as const
const AUDIO_CODECS: readonly AudioCodec[] = ['aac', 'opus', 'flac', 'ac3', 'eac3', 'mp3']

/** An init segment and the packets in fragments of several. */
function fileOf({ track, packets }: EncodedPackets<Track>): Uint8Array {
  const pieces = [writeInitSegment(track)]
  for (let at = 0; at < packets.length; at += SEVERAL) {
    const group = packets.slice(at, at + SEVERAL)
    const [first] = group
    if (first === undefined) break
    pieces.push(
      ...writeFragment({
        sequenceNumber: at + 1,
        baseDecodeTime: first.dts,
        rollGroup: rollDistance(track) !== undefined,
        samples: group.map((packet, index) => ({
          duration: durationOf(packets, at + index, track),
          compositionOffset: packet.pts - packet.dts,
          keyframe: packet.keyframe,
          data: packet.data,
        })),
      }),
    )
  }
  return concatBytes(pieces)
}

function durationOf(packets: readonly Packet[], index: number, track: Track): number {
  const packet = packets[index]
  const next = packets[index + 1]
  if (packet === undefined || next === undefined)
    return track.kind === 'video' ? 3000 : track.samplesPerPacket
  return next.dts - packet.dts
}

/** The first child box of our sample entry. */
function configurationOf(track: Track): Box | undefined {
  const stsd = requireBox(
    'file',
    writeInitSegment(track),
    ...['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'],
  )
  return readBoxes('stsd', stsd.subarray(8)).flatMap(({ type, body }) =>
    track.kind === 'video'
      ? readVisualSampleEntryChildren(type, body)
      : readAudioSampleEntryChildren(type, body),
  )[0]
}

function timesOf(packets: readonly Packet[]): unknown[] {
  return packets.map(({ dts, pts, data, keyframe }) => ({ dts, pts, size: data.length, keyframe }))
}

describe.skipIf(!hasFfmpeg())('codecs as ffmpeg encodes and reads them', () => {
  it.each(VIDEO_CODECS_AND_VP8)('%s: decodes silently, every frame at its time', (codec) => {
    const media = codec === 'vp8' ? encodeVp8(45) : encodeVideo(codec, 45)
    const file = fileOf(media)
    expect(decodeStrictly(file)).toBe('')
    expect(probeStream(file)).toMatchObject({
      codec_name: codec,
      nb_read_frames: '45',
      width: 160,
      height: 120,
      time_base: '1/90000',
    })
    expect(probePackets(file)).toEqual(timesOf(media.packets))
  })

  it.each(AUDIO_CODECS)('%s: decodes silently, every packet at its time', (codec) => {
    const media = encodeAudio(codec, 1)
    const file = fileOf(media)
    expect(decodeStrictly(file)).toBe('')
    expect(probeStream(file)).toMatchObject({
      codec_name: codec,
      sample_rate: '48000',
      channels: 2,
      time_base: '1/48000',
    })
    expect(probePackets(file)).toEqual(timesOf(media.packets))
  })

  it.each(VIDEO_CODECS)("%s: the configuration box has the bytes of ffmpeg's own", (codec) => {
    const { track, configuration } = encodeVideo(codec, 3)
    expect(described(configurationOf(track))).toEqual(described(configuration))
  })

  it.each(['opus', 'flac', 'ac3', 'eac3'] as const)(
    "%s: the configuration box has the bytes of ffmpeg's own",
    (codec) => {
      const { track, configuration } = encodeAudio(codec, 0.2)
      expect(described(configurationOf(track))).toEqual(described(configuration))
    },
  )

  it.each([
    ...VIDEO_CODECS.map((codec) => ({ codec, media: (): EncodedPackets<Track> => encodeVideo(codec, 5) })),
    ...(['opus', 'flac', 'ac3', 'eac3', 'mp3'] as const).map((codec) => ({
      codec,
      media: (): EncodedPackets<Track> => encodeAudio(codec, 0.5),
    })),
  ])('$codec: read alike by mediabunny and mp4box', async ({ codec, media }) => {
    const { track, packets } = media()
    const bytes = fileOf({ track, packets })
    const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS })
    const read =
      track.kind === 'video' ? await input.getPrimaryVideoTrack() : await input.getPrimaryAudioTrack()
    if (read === null) throw new Error('no track')
    expect(read.codec).toBe(MEDIABUNNY_NAMES[codec] ?? codec)
    const times: number[] = []
    for await (const packet of new EncodedPacketSink(read).packets()) times.push(packet.timestamp)
    expect(times).toHaveLength(packets.length)

    // mp4box warns that it reads `dfLa` beyond its end, whoever wrote the box.
    const file = createFile()
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes.slice().buffer, 0))
    file.flush()
    const samples = file.getTrackSamplesInfo(1)
    expect(samples.map(({ cts, dts, size }) => ({ pts: cts, dts, size }))).toEqual(
      packets.map(({ pts, dts, data }) => ({ pts, dts, size: data.length })),
    )
  })

  it("opus in six channels: the mapping table has the bytes of ffmpeg's own", () => {
    const { track, configuration } = encodeAudio('opus', 0.2, ['-ac', '6', '-mapping_family', '1'])
    expect(configuration.body).toHaveLength(11 + 2 + 6)
    expect(described(configurationOf(track))).toEqual(described(configuration))
  })
})

function described(box: Box | undefined): unknown {
  return box && { type: box.type, body: toHex(box.body) }
}
