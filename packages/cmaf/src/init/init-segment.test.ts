import { describe, expect, it } from 'vitest'
import { readBoxes, requireBox } from '../box/box-reader.ts'
import { FragmentedMp4Reader } from '../reader/fragmented-mp4-reader.ts'
import { readMovie } from '../reader/movie.ts'
import { ffmpeg, hasFfmpeg, PIPED_FMP4, probeStream, testVideo } from '../testing/ffmpeg.ts'
import { AUDIO_TRACK, VIDEO_TRACK } from '../testing/tracks.ts'
import { writeInitSegment } from './init-segment.ts'

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

  it('refuses a codec that it cannot write', () => {
    expect(() => writeInitSegment({ ...VIDEO_TRACK, codec: 'vp8' })).toThrow(
      expect.objectContaining({ code: 'cmaf.init.unsupported_codec' }),
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
