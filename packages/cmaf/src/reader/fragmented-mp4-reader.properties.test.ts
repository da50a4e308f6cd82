import { concatBytes, SluiceError, StateError, ticks } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { box, fullBox, writeBoxes } from '../box/box.ts'
import { writeFragment } from '../fragment/fragment.ts'
import { writeInitSegment } from '../init/init-segment.ts'
import { AUDIO_TRACK } from '../testing/tracks.ts'
import { FragmentedMp4Reader } from './fragmented-mp4-reader.ts'

const init = writeInitSegment(AUDIO_TRACK)
const fragment = concatBytes(
  writeFragment({
    sequenceNumber: 1,
    baseDecodeTime: ticks(0),
    samples: [1, 2, 3].map((size) => ({
      duration: 1024,
      compositionOffset: 0,
      keyframe: true,
      data: new Uint8Array(size).fill(size),
    })),
  }),
)

/** Code of the error that these chunks end in; `none`. Throws what is not the input's fault. */
function codeOf(...chunks: readonly Uint8Array[]): string {
  const reader = new FragmentedMp4Reader({ mediaData: 1000, headers: 1000 })
  try {
    for (const chunk of chunks) reader.receive(chunk)
  } catch (error) {
    if (error instanceof SluiceError && !(error instanceof StateError)) return error.code
    throw error
  }
  return 'none'
}

/** `moof` with the given track id and boxes after `tfhd`. */
function moof(trackId: number, ...rest: readonly ReturnType<typeof box>[]): Uint8Array {
  return writeBoxes(
    box(
      'moof',
      box(
        'traf',
        fullBox('tfhd', 0, 0x020000, (w) => w.u32be(trackId)),
        ...rest,
      ),
    ),
  )
}

const tfdt = fullBox('tfdt', 0, 0, (w) => w.u32be(0))
const header = (size: number, type: string): Uint8Array => writeBoxes((w) => w.u32be(size).ascii(type))

describe('input that is no fragmented MP4', () => {
  it.each([
    ['a size below the header', 'cmaf.box.bad_size', [header(7, 'free')]],
    ['a size up to the end of the file', 'cmaf.box.endless', [header(0, 'mdat')]],
    ['a 64-bit size beyond 2^53', 'cmaf.box.bad_size', [header(1, 'free'), new Uint8Array(8).fill(0xff)]],
    ['media data above the limit', 'cmaf.box.too_large', [init, header(1001, 'mdat')]],
    ['headers above the limit', 'cmaf.box.too_large', [header(1001, 'moov')]],
    ['an unknown box of any size', 'none', [header(0x7fff_ffff, 'skip')]],
    ['a fragment first', 'cmaf.reader.no_movie', [fragment]],
    ['two movies', 'cmaf.reader.second_movie', [init, init]],
    [
      'data that nothing describes',
      'cmaf.reader.unannounced_data',
      [init, header(9, 'mdat'), Uint8Array.of(1)],
    ],
    ['a fragment without data', 'cmaf.reader.no_data', [init, fragment.subarray(0, -14), fragment]],
    ['a fragment of another track', 'cmaf.moof.unknown_track', [init, moof(2, tfdt)]],
    ['a fragment without tfdt', 'cmaf.moof.no_decode_time', [init, moof(1)]],
    [
      'more samples than a run may have',
      'cmaf.trun.too_many_samples',
      [
        init,
        moof(
          1,
          tfdt,
          fullBox('trun', 0, 0, (w) => w.u32be(0xffff_ffff)),
        ),
      ],
    ],
    [
      'a run that ends early',
      'cmaf.box.truncated',
      [
        init,
        moof(
          1,
          tfdt,
          fullBox('trun', 0, 0x100, (w) => w.u32be(2).u32be(1)),
        ),
      ],
    ],
    [
      'a sample outside the data',
      'cmaf.reader.sample_outside_data',
      [
        init,
        moof(
          1,
          tfdt,
          fullBox('trun', 0, 0x201, (w) => w.u32be(1).i32be(0).u32be(4)),
        ),
        header(8, 'mdat'),
      ],
    ],
  ])('%s: %s', (_name, code, chunks) => {
    expect(codeOf(...chunks)).toBe(code)
  })

  it('says whether the stream may end', () => {
    const reader = new FragmentedMp4Reader()
    reader.receive(init)
    expect(reader.isComplete).toBe(true)
    reader.receive(fragment.subarray(0, 3))
    expect(reader.isComplete).toBe(false)
    reader.receive(fragment.subarray(3, -14))
    expect(reader.isComplete).toBe(false)
    reader.receive(fragment.subarray(-14))
    expect(reader.isComplete).toBe(true)
  })

  it('gives packets or a declared error for damaged bytes', () => {
    const whole = new Uint8Array([...init, ...fragment, ...fragment])
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(damage, fc.integer({ min: 1, max: 500 }), (changes, step) => {
        const bytes = whole.slice()
        for (const [at, value] of changes) bytes[at] = value
        const chunks: Uint8Array[] = []
        for (let at = 0; at < bytes.length; at += step) chunks.push(bytes.subarray(at, at + step))
        expect(codeOf(...chunks)).toMatch(/^(none|cmaf\.|media\.|core\.bits)/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('memory', () => {
  it('is reserved for a large box as it comes', () => {
    const before = process.memoryUsage().arrayBuffers
    const reader = new FragmentedMp4Reader()
    reader.receive(concatBytes([init, header(60 << 20, 'mdat'), Uint8Array.of(1)]))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  })

  it('is bounded where a few bytes claim many samples', () => {
    const claim = (count: number): Uint8Array[] => [
      init,
      moof(
        1,
        tfdt,
        fullBox('trun', 0, 0, (w) => w.u32be(count)),
      ),
    ]
    expect(codeOf(...claim(8_192))).toBe('none')
    expect(codeOf(...claim(8_193))).toBe('cmaf.trun.too_many_samples')
  })
})
