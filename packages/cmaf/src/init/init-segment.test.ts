import type { Track } from '@sluice/media'
import { describe, expect, it } from 'vitest'
import { type Box, readBoxes, requireBox } from '../box/box-reader.ts'
import { FragmentedMp4Reader } from '../reader/fragmented-mp4-reader.ts'
import { readMovie } from '../reader/movie.ts'
import { ffmpeg, hasFfmpeg, PIPED_FMP4, probeStream, testVideo } from '../testing/ffmpeg.ts'
import {
  AUDIO_TRACK,
  audioTrack,
  OPUS_HEAD,
  STREAM_INFO,
  VIDEO_TRACK,
  videoTrack,
} from '../testing/tracks.ts'
import { writeInitSegment } from './init-segment.ts'
import { rollDistance } from './roll-distance.ts'

const SAMPLE_TABLE = ['moov', 'trak', 'mdia', 'minf', 'stbl']

/** An HEVCDecoderConfigurationRecord without arrays. */
const HEVC_RECORD = Uint8Array.from([1, ...new Array<number>(22).fill(0)])

function sampleEntryOf(track: Track): Box {
  const stsd = requireBox('file', writeInitSegment(track), ...SAMPLE_TABLE, 'stsd')
  const [entry] = readBoxes('stsd', stsd.subarray(8))
  if (entry === undefined) throw new Error('no sample entry')
  return entry
}

/** The tree of boxes as indented lines of types. */
function tree(bytes: Uint8Array, depth = 0): string[] {
  const containers = ['moov', 'trak', 'mdia', 'minf', 'dinf', 'stbl', 'mvex']
  return readBoxes('file', bytes).flatMap((each) => [
    `${'  '.repeat(depth)}${each.type}`,
    ...(containers.includes(each.type) ? tree(each.body, depth + 1) : []),
  ])
}

describe('writeInitSegment', () => {
  it('has the boxes that CMAF asks for, and no edit list', () => {
    expect(tree(writeInitSegment(VIDEO_TRACK)).map((line) => line.trim())).toEqual(
      'ftyp moov mvhd trak tkhd mdia mdhd hdlr minf vmhd dinf dref stbl stsd stts stsc stsz stco mvex trex'.split(
        ' ',
      ),
    )
    expect(tree(writeInitSegment(AUDIO_TRACK))).toContain('        smhd')
  })

  it('can be read back: audio', () => {
    const bytes = writeInitSegment(AUDIO_TRACK)
    expect(readMovie(requireBox('file', bytes, 'moov'))).toEqual({
      track: AUDIO_TRACK,
      trackId: 1,
      mediaTimescale: 48_000,
      defaults: { trackId: 1, duration: 0, size: 0, flags: 0 },
    })
  })

  it('gives the displayed size and the pixel aspect ratio of pixels that are not square', () => {
    const bytes = writeInitSegment({ ...VIDEO_TRACK, pixelAspectRatio: [16, 11] })
    const tkhd = requireBox('file', bytes, 'moov', 'trak', 'tkhd')
    const view = new DataView(tkhd.buffer, tkhd.byteOffset, tkhd.byteLength)
    expect(view.getUint32(tkhd.length - 8) / 0x10000).toBeCloseTo((720 * 16) / 11, 4)
    expect(view.getUint32(tkhd.length - 4) / 0x10000).toBe(576)
    expect(Buffer.from(bytes).toString('latin1')).toContain('pasp\0\0\0\x10\0\0\0\x0b')
    expect(Buffer.from(writeInitSegment(VIDEO_TRACK)).toString('latin1')).not.toContain('pasp')
  })

  it('claims cmf2 for audio alone', () => {
    const brandsOf = (bytes: Uint8Array): string =>
      Buffer.from(requireBox('file', bytes, 'ftyp'))
        .toString('latin1')
        .slice(8)
    expect(brandsOf(writeInitSegment(VIDEO_TRACK))).toBe('iso6cmfc')
    expect(brandsOf(writeInitSegment(AUDIO_TRACK))).toBe('iso6cmfccmf2')
  })

  it('describes the group of samples that Opus needs, and only there', () => {
    const stbl = (codec: Track): string[] =>
      readBoxes('stbl', requireBox('file', writeInitSegment(codec), ...SAMPLE_TABLE)).map(({ type }) => type)
    expect(stbl(audioTrack('opus', OPUS_HEAD))).toEqual('stsd stts stsc stsz stco sgpd sbgp'.split(' '))
    expect(stbl(AUDIO_TRACK)).not.toContain('sgpd')
  })

  it.each([
    [120, -32],
    [480, -8],
    [960, -4],
    [1920, -2],
    [2880, -2],
    [5760, -1],
  ])('rolls 80 ms back in packets of %i samples: %i', (samplesPerPacket, distance) => {
    expect(rollDistance({ ...audioTrack('opus', OPUS_HEAD), samplesPerPacket })).toBe(distance)
  })

  it.each([
    ['hevc', 'hvc1', videoTrack('hevc', HEVC_RECORD)],
    ['av1', 'av01', videoTrack('av1', Uint8Array.of(0x81, 0, 0x0c, 0))],
    ['vp9', 'vp09', videoTrack('vp9', Uint8Array.of(0, 10, 0x82, 2, 2, 2, 0, 0))],
    ['vp8', 'vp08', videoTrack('vp8', new Uint8Array(0))],
    ['opus', 'Opus', audioTrack('opus', OPUS_HEAD)],
    ['flac', 'fLaC', audioTrack('flac', STREAM_INFO)],
    ['ac3', 'ac-3', audioTrack('ac3', Uint8Array.of(0x10, 0x09, 0x40))],
    ['eac3', 'ec-3', audioTrack('eac3', Uint8Array.of(6, 0, 0x20, 0x0f, 0))],
    ['mp3', 'mp4a', audioTrack('mp3', new Uint8Array(0))],
  ])('has a sample entry for %s: %s', (_codec, entry, track) => {
    expect(sampleEntryOf(track).type).toBe(entry)
  })

  it.each([
    [44_100, 44_100],
    [96_000, 48_000],
    [176_400, 44_100],
    [192_000, 48_000],
    [131_071, 65_535],
  ])('gives the rate of FLAC at %i Hz as %i, and the bits of its samples', (sampleRate, written) => {
    const info = STREAM_INFO.slice()
    info.set([0x03, 0x70], 12) // 24 bits
    const { body } = sampleEntryOf(audioTrack('flac', info, sampleRate))
    const view = new DataView(body.buffer, body.byteOffset)
    expect(view.getUint16(18)).toBe(24)
    expect(view.getUint16(24)).toBe(written)
  })

  it.each([
    [24_000, 0x69],
    [44_100, 0x6b],
  ])('names the object type of MP3 at %i Hz: 0x%x', (sampleRate, objectType) => {
    const { body } = sampleEntryOf(audioTrack('mp3', new Uint8Array(0), sampleRate))
    expect(body[28 + 8 + 4 + 2 + 3 + 2]).toBe(objectType)
  })

  it('refuses a VP8 track whose codec string says too little', () => {
    expect(() => writeInitSegment({ ...videoTrack('vp8', new Uint8Array(0)), codecString: 'vp8' })).toThrow(
      expect.objectContaining({ code: 'cmaf.vpcC.no_profile' }),
    )
  })

  it.skipIf(!hasFfmpeg())('is understood by ffprobe', () => {
    const reader = new FragmentedMp4Reader()
    const piped = ffmpeg([...testVideo(3), '-vf', 'setsar=4/3', ...PIPED_FMP4, '-'])
    reader.receive(piped)
    const [first] = reader.events()
    if (first?.type !== 'track') throw new Error('no track')
    const media = piped.subarray(Buffer.from(piped).indexOf('moof') - 4)
    expect(probeStream(Buffer.concat([writeInitSegment(first.track), media]))).toMatchObject({
      codec_tag_string: 'avc1',
      width: 160,
      height: 120,
      sample_aspect_ratio: '4:3',
      time_base: '1/90000',
    })
  })
})
