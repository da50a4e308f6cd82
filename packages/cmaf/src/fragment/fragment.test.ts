import { concatBytes, ticks, toHex } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBoxes } from '../box/box-reader.ts'
import { SampleFlags } from '../box/sample-flags.ts'
import { readFragments } from '../testing/fragments.ts'
import { type FragmentSample, writeFragment } from './fragment.ts'

const sample = fc.record({
  duration: fc.constantFrom(1, 3000, 3003, 0xffff_ffff),
  compositionOffset: fc.constantFrom(0, 6000, -720, -0x8000_0000, 0x7fff_ffff),
  keyframe: fc.boolean(),
  data: fc.uint8Array({ maxLength: 20 }),
})

describe('writeFragment', () => {
  it('writes audio with all in the tfhd and nothing in the trun', () => {
    const packet = { duration: 1024, compositionOffset: 0, keyframe: true, data: Uint8Array.of(0xaa) }
    const bytes = concatBytes(
      writeFragment({ sequenceNumber: 5, baseDecodeTime: ticks(4096), samples: [packet, packet] }),
    )
    expect(toHex(bytes)).toBe(
      [
        '00000064 6d6f6f66 00000010 6d666864 00000000 00000005',
        '0000004c 74726166',
        '0000001c 74666864 00020038 00000001 00000400 00000001 02000000',
        '00000014 74666474 01000000 00000000 00001000',
        '00000014 7472756e 01000001 00000002 0000006c',
        '0000000a 6d646174 aaaa',
      ]
        .join('')
        .replaceAll(' ', ''),
    )
  })

  it('states the flags of a keyframe at the front for it alone', () => {
    const frame = { duration: 3000, compositionOffset: 0, keyframe: false, data: Uint8Array.of(1) }
    const bytes = concatBytes(
      writeFragment({
        sequenceNumber: 1,
        baseDecodeTime: ticks(0),
        samples: [{ ...frame, keyframe: true }, frame, frame],
      }),
    )
    expect(toHex(bytes)).toContain('7472756e01000005')
  })

  it('opens with a SegmentTypeBox when asked to', () => {
    const samples = [{ duration: 1, compositionOffset: 0, keyframe: true, data: Uint8Array.of(1) }]
    const bytes = concatBytes(
      writeFragment({ sequenceNumber: 1, baseDecodeTime: ticks(0), styp: true, samples }),
    )
    expect(readBoxes('file', bytes).map((each) => each.type)).toEqual(['styp', 'moof', 'mdat'])
    expect(readFragments(bytes)[0]?.samples[0]?.data).toEqual(Uint8Array.of(1))
  })

  it('puts all samples into the roll group when asked to', () => {
    const packet = { duration: 960, compositionOffset: 0, keyframe: true, data: Uint8Array.of(1) }
    const [fragment] = readFragments(
      concatBytes(
        writeFragment({
          sequenceNumber: 1,
          baseDecodeTime: ticks(0),
          rollGroup: true,
          samples: [packet, packet, packet],
        }),
      ),
    )
    expect(toHex(fragment?.sampleToGroup ?? new Uint8Array(0))).toBe(
      '00000000 726f6c6c 00000001 00000003 00000001'.replaceAll(' ', ''),
    )
    expect(fragment?.samples).toHaveLength(3)
  })

  it('names another track', () => {
    const samples = [{ duration: 1, compositionOffset: 0, keyframe: true, data: Uint8Array.of(1) }]
    const bytes = concatBytes(
      writeFragment({ sequenceNumber: 1, baseDecodeTime: ticks(0), trackId: 2, samples }),
    )
    expect(readFragments(bytes)[0]?.trackId).toBe(2)
  })

  it('gives back every sample, whatever they share', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { minLength: 1, maxLength: 12 }),
        fc.nat(2 ** 31),
        fc.boolean(),
        (samples: FragmentSample[], time, styp) => {
          const bytes = concatBytes(
            writeFragment({ sequenceNumber: 9, baseDecodeTime: ticks(time), samples, styp }),
          )
          expect(bytes.buffer.byteLength).toBe(bytes.length)
          expect(readFragments(bytes)).toEqual([
            {
              trackId: 1,
              sequenceNumber: 9,
              baseDecodeTime: time,
              sampleToGroup: undefined,
              samples: samples.map(({ duration, compositionOffset, keyframe, data }) => ({
                duration,
                compositionOffset,
                flags: keyframe ? SampleFlags.sync : SampleFlags.nonSync,
                data,
              })),
            },
          ])
        },
      ),
    )
  })
})
