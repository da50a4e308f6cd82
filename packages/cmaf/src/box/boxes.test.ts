import { ticks, timescale, toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { audioSampleEntry, readAudioSampleEntryChildren } from './audio-sample-entry.ts'
import { type BoxContent, box, writeBoxes } from './box.ts'
import { readBoxes, readBoxHeader, requireBox } from './box-reader.ts'
import { movesTimes } from './edit-list-box.ts'
import { esds, ObjectType, readDecoderSpecificInfo } from './elementary-stream-descriptor-box.ts'
import { ftyp, styp } from './file-type-box.ts'
import { hdlr } from './handler-box.ts'
import { mdhd, readMediaTimescale } from './media-header-box.ts'
import { dinf, smhd, stbl, vmhd } from './media-information-boxes.ts'
import { mfhd } from './movie-fragment-header-box.ts'
import { prft } from './producer-reference-time-box.ts'
import { readTrackExtends, trex } from './track-extends-box.ts'
import { readBaseDecodeTime, tfdt } from './track-fragment-decode-time-box.ts'
import { readTrackFragmentHeader, tfhd } from './track-fragment-header-box.ts'
import { readTrackId, tkhd } from './track-header-box.ts'
import { readTrackRun, trun } from './track-run-box.ts'
import { pasp } from './visual-sample-entry.ts'

const NOWHERE = (): void => undefined

/** The bytes of every box that has few fields, by the tables of ISO/IEC 14496-12. */
const GOLDEN: readonly { readonly name: string; readonly value: BoxContent; readonly bytes: string }[] = [
  {
    name: 'ftyp',
    value: ftyp('iso6', 'cmfc'),
    bytes: '00000018 66747970 69736f36 00000000 69736f36 636d6663',
  },
  { name: 'styp', value: styp('msdh'), bytes: '00000014 73747970 6d736468 00000000 6d736468' },
  {
    name: 'mdhd',
    value: mdhd(timescale(90_000)),
    bytes: '00000020 6d646864 00000000 00000000 00000000 00015f90 00000000 55c40000',
  },
  {
    name: 'hdlr',
    value: hdlr('video'),
    bytes: `0000002d 68646c72 00000000 00000000 76696465 ${'00'.repeat(12)} 566964656f48616e646c657200`,
  },
  { name: 'vmhd', value: vmhd(), bytes: '00000014 766d6864 00000001 00000000 00000000' },
  { name: 'smhd', value: smhd(), bytes: '00000010 736d6864 00000000 00000000' },
  {
    name: 'dinf',
    value: dinf(),
    bytes: '00000024 64696e66 0000001c 64726566 00000000 00000001 0000000c 75726c20 00000001',
  },
  {
    name: 'stbl',
    value: stbl(box('test')),
    bytes:
      '00000064 7374626c 00000018 73747364 00000000 00000001 00000008 74657374 ' +
      '00000010 73747473 00000000 00000000 00000010 73747363 00000000 00000000 ' +
      '00000014 7374737a 00000000 00000000 00000000 00000010 7374636f 00000000 00000000',
  },
  {
    name: 'prft',
    // 2026-11-22T10:00:00.250Z
    value: prft(1, Date.UTC(2026, 10, 22, 10) + 250, ticks(180_000)),
    bytes: '00000020 70726674 01000000 00000001 eead3ba0 40000000 00000000 0002bf20',
  },
  {
    name: 'prft in the next era of NTP, which begins in 2036',
    value: prft(1, Date.UTC(2036, 1, 7, 6, 28, 16), ticks(0)),
    bytes: '00000020 70726674 01000000 00000001 00000000 00000000 00000000 00000000',
  },
  { name: 'pasp', value: pasp(16, 11), bytes: '00000010 70617370 00000010 0000000b' },
  {
    name: 'esds',
    value: esds(ObjectType.mpeg4Audio, Uint8Array.of(0x11, 0x90)),
    bytes: '00000027 65736473 00000000 0319 0000 00 0411 40 15 000000 00000000 00000000 0502 1190 0601 02',
  },
  {
    name: 'trex',
    value: trex(1),
    bytes: '00000020 74726578 00000000 00000001 00000001 00000000 00000000 00000000',
  },
  { name: 'mfhd', value: mfhd(7), bytes: '00000010 6d666864 00000000 00000007' },
  { name: 'tfhd, nothing shared', value: tfhd(1, {}), bytes: '00000010 74666864 00020000 00000001' },
  {
    name: 'tfhd, all shared',
    value: tfhd(1, { duration: 1024, size: 9, flags: 0x0200_0000 }),
    bytes: '0000001c 74666864 00020038 00000001 00000400 00000009 02000000',
  },
  { name: 'tfdt', value: tfdt(ticks(2 ** 33)), bytes: '00000014 74666474 01000000 00000002 00000000' },
  {
    name: 'trun, nothing of its own',
    value: trun(
      [{ duration: 1, size: 2, flags: 3, compositionOffset: 0 }],
      { durations: false, sizes: false, flags: 'none', compositionOffsets: false },
      NOWHERE,
    ),
    bytes: '00000014 7472756e 01000001 00000001 00000000',
  },
  {
    name: 'trun, first sample flags and negative offsets',
    value: trun(
      [
        { duration: 1, size: 2, flags: 0x0200_0000, compositionOffset: -1 },
        { duration: 4, size: 5, flags: 0x0101_0000, compositionOffset: 6 },
      ],
      { durations: true, sizes: true, flags: 'first', compositionOffsets: true },
      NOWHERE,
    ),
    bytes:
      '00000030 7472756e 01000b05 00000002 00000000 02000000 ' +
      '00000001 00000002 ffffffff 00000004 00000005 00000006',
  },
]

function bodyOf(content: BoxContent): Uint8Array {
  const bytes = writeBoxes(content)
  return bytes.subarray(8)
}

describe('boxes', () => {
  it.each(GOLDEN)('$name', ({ value, bytes }) => {
    expect(toHex(writeBoxes(value))).toBe(bytes.replaceAll(' ', ''))
  })

  it('read back what was written', () => {
    expect(readTrackId(bodyOf(tkhd({ trackId: 3, kind: 'video', width: 1, height: 1 })))).toBe(3)
    expect(readMediaTimescale(bodyOf(mdhd(timescale(44_100))))).toBe(44_100)
    expect(readTrackExtends(bodyOf(trex(4)))).toEqual({ trackId: 4, duration: 0, size: 0, flags: 0 })
    expect(readTrackFragmentHeader(bodyOf(tfhd(2, { size: 5 })))).toEqual({
      trackId: 2,
      baseDataOffset: undefined,
      duration: undefined,
      size: 5,
      flags: undefined,
    })
    expect(readBaseDecodeTime(bodyOf(tfdt(ticks(2 ** 40))))).toBe(2 ** 40)
    const config = new Uint8Array(300).fill(3)
    expect(readDecoderSpecificInfo(bodyOf(esds(ObjectType.mpeg4Audio, config)))).toEqual(config)
  })

  it('read version 0 offsets unsigned and version 1 offsets signed', () => {
    const run = (version: number): Uint8Array =>
      Uint8Array.of(version, 0, 8, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff)
    expect(readTrackRun(run(0), 1).samples[0]?.compositionOffset).toBe(0xffff_ffff)
    expect(readTrackRun(run(1), 1).samples[0]?.compositionOffset).toBe(-1)
  })

  it('bound decode times and the number of samples', () => {
    expect(() => readBaseDecodeTime(bodyOf(tfdt(ticks(2 ** 48 + 1))))).toThrow(
      expect.objectContaining({ code: 'cmaf.tfdt.out_of_range' }),
    )
    expect(() => readTrackRun(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2), 1)).toThrow(
      expect.objectContaining({ code: 'cmaf.trun.too_many_samples' }),
    )
  })

  it('write a rate that does not fit 16 bits as 0', () => {
    const entry = writeBoxes(audioSampleEntry({ type: 'mp4a', channels: 2, sampleRate: 96_000 }))
    expect(toHex(entry.subarray(-4))).toBe('00000000')
    expect(readAudioSampleEntryChildren('mp4a', entry.subarray(8))).toEqual([])
  })

  it('refuse values that their field cannot hold', () => {
    const refused = expect.objectContaining({ code: 'core.bytes.out_of_range' })
    expect(() => writeBoxes(mfhd(2 ** 32))).toThrow(refused)
    expect(() => writeBoxes(tfdt(ticks(-1)))).toThrow(refused)
    expect(() => writeBoxes(tkhd({ trackId: 1, kind: 'video', width: 65_536, height: 1 }))).toThrow(refused)
  })
})

describe('reading boxes', () => {
  it('waits for the whole header', () => {
    const large = writeBoxes((writer) => writer.u32be(1).ascii('mdat').u64be(20))
    expect(readBoxHeader(large.subarray(0, 7))).toBeUndefined()
    expect(readBoxHeader(large.subarray(0, 15))).toBeUndefined()
    expect(readBoxHeader(large)).toEqual({ type: 'mdat', headerSize: 16, size: 20 })
  })

  it('names the box that is cut short or missing', () => {
    const nested = writeBoxes(box('moov', box('trak')))
    expect(() => readBoxes('file', nested.subarray(0, -1))).toThrow(
      expect.objectContaining({ code: 'cmaf.box.truncated' }),
    )
    expect(() => requireBox('file', nested, 'moov', 'mvex')).toThrow(
      expect.objectContaining({ code: 'cmaf.box.missing', message: "'moov' has no 'mvex'" }),
    )
    expect(() => readTrackId(new Uint8Array(6))).toThrow(
      expect.objectContaining({ code: 'cmaf.box.truncated' }),
    )
  })

  it.each([
    ['none', [0], false],
    ['one from 0', [1, 500, 0, 0x10000], false],
    ['one from elsewhere', [1, 500, 1024, 0x10000], true],
    ['an empty one', [1, 500, 0xffff_ffff, 0x10000], true],
    ['two', [2, 500, 0, 0x10000, 500, 0, 0x10000], true],
  ])('edit list entries move times: %s', (_name, fields, moves) => {
    const body = writeBoxes((writer) => {
      for (const field of [0, ...fields]) writer.u32be(field)
    })
    expect(movesTimes(body)).toBe(moves)
  })

  it('refuses what is no AAC inside mp4a', () => {
    const mp3 = bodyOf(esds(ObjectType.mpeg1Audio, new Uint8Array(0)))
    expect(() => readDecoderSpecificInfo(mp3)).toThrow(expect.objectContaining({ code: 'cmaf.esds.not_aac' }))
    const other = bodyOf(esds(ObjectType.mpeg4Audio, Uint8Array.of(0))).slice()
    other[4] = 9
    expect(() => readDecoderSpecificInfo(other)).toThrow(
      expect.objectContaining({ code: 'cmaf.esds.invalid' }),
    )
  })
})
