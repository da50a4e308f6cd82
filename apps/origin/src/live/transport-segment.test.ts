import { VideoCutter, writeFragment, writeInitSegment } from '@sluice/cmaf'
import { concatBytes, millis, ticks, toHex } from '@sluice/core'
import type { MediaFile } from '@sluice/manifest'
import { type AudioTrack, aacTrack, h264Track, opusTrack, type Track, type VideoTrack } from '@sluice/media'
import { AAC_RECORD, AVC_RECORD } from '@sluice/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { canBeMade, type FileSource, makeTransportSegment } from './transport-segment.ts'

const INIT = 'b.1.init0.mp4'
const MAIN = 'b.1.0.5.m4s'
const BOTH = 'b.1.0.5~audio-source~b.1.0.5.ts'
/** From the packet's start: what sound and picture have in a PMT. */
const H264_LINE = '1be100f000'
const AAC_LINE = '0fe101f000'

const VIDEO: VideoTrack = h264Track(AVC_RECORD)
const AUDIO: AudioTrack = aacTrack(AAC_RECORD)

/** Files in memory, and what was read of them. */
class Files implements FileSource {
  readonly reads: string[] = []
  readonly #files = new Map<string, Uint8Array>()

  put(rendition: string, name: string, bytes: Uint8Array): void {
    this.#files.set(`${rendition}/${name}`, bytes)
  }

  file(rendition: string, name: string): MediaFile | undefined {
    const bytes = this.#files.get(`${rendition}/${name}`)
    return bytes && { kind: 'segment', name, init: INIT, size: bytes.length }
  }

  async read(rendition: string, { name }: MediaFile): Promise<Uint8Array | undefined> {
    this.reads.push(`${rendition}/${name}`)
    return this.#files.get(`${rendition}/${name}`)
  }
}

/** A segment of pictures that are presented two frames after their decode time, as an encoder that reorders gives them. */
function pictures(): Uint8Array {
  const cutter = new VideoCutter({ track: VIDEO, partTarget: millis(500) })
  cutter.boundary({ number: 5, time: millis(10_000), independent: true, discontinuity: false }, 'next-packet')
  for (let frame = 0; frame < 25; frame++) {
    const dts = ticks(900_000 - 7200 + frame * 3600)
    const data = Uint8Array.of(0, 0, 0, 2, frame === 0 ? 0x65 : 0x41, 7)
    cutter.packet({ kind: 'video', dts, pts: ticks(dts + 7200), keyframe: frame === 0, data })
  }
  cutter.end()
  return concatBytes(cutter.events().flatMap((event) => (event.type === 'part' ? event.pieces : [])))
}

function sound(track: AudioTrack): Uint8Array {
  const sample = { duration: 1024, compositionOffset: 0, keyframe: true, data: new Uint8Array(50) }
  return concatBytes(
    writeFragment({
      sequenceNumber: 1,
      baseDecodeTime: ticks(10 * track.timescale),
      samples: Array.from({ length: 48 }, () => sample),
    }),
  )
}

/** The four bytes behind the marker's, of a time below 2^30. */
function timestamp(ticks: number): string {
  const middle = ((ticks >> 15) << 1) | 1
  return ((middle << 16) | ((ticks & 0x7fff) << 1) | 1).toString(16).padStart(8, '0')
}

describe('a transport stream segment', () => {
  let files: Files
  const add = (rendition: string, track: Track, media: Uint8Array): void => {
    files.put(rendition, INIT, writeInitSegment(track))
    files.put(rendition, MAIN, media)
  }
  const make = (rendition: string, name: string) => makeTransportSegment(files, rendition, name)
  beforeEach(() => {
    files = new Files()
    add('source', VIDEO, pictures())
    add('audio-source', AUDIO, sound(AUDIO))
  })

  test('has the picture and the sound that its name tells of, at the times of their presentation', async () => {
    const bytes = await make('source', BOTH)
    const text = toHex(bytes ?? new Uint8Array(0))
    expect(text).toContain(H264_LINE + AAC_LINE)
    // Ten seconds of media time, and the ten by which all time stamps are ahead: 1 800 000 ticks.
    expect(text).toContain(`000001e0000084800521${timestamp(1_800_000)}`)
    // The fourth picture is decoded two frames before it is shown.
    expect(text).toContain(`000001e0000084c00a31${timestamp(1_810_800)}11${timestamp(1_810_800 - 7200)}`)
    expect(text).toMatch(new RegExp(`000001c0....84800521${timestamp(1_800_000)}fff1`))
  })

  test('has one of them, or the place of the other', async () => {
    const program = async (rendition: string, name: string): Promise<string> =>
      toHex((await make(rendition, name))?.subarray(188, 376) ?? new Uint8Array(0))
    expect(await program('source', 'b.1.0.5.ts')).toMatch(new RegExp(`${H264_LINE}(?!${AAC_LINE})`))
    expect(await program('source', 'b.1.0.5~.ts')).toContain(H264_LINE + AAC_LINE)
    expect(await program('audio-source', 'b.1.0.5.ts')).toContain(`e101f000${AAC_LINE}`)
  })

  test.each([
    ['source', MAIN],
    ['source', 'b.1.0.6.ts'],
    ['source', 'b.1.0.5~audio-source~b.1.0.6.ts'],
    ['source', 'b.1.0.5~audio-none~b.1.0.5.ts'],
    ['none', 'b.1.0.5.ts'],
    ['source', '../../x.ts'],
  ])('%s/%s is none, and no file is read for it', async (rendition, name) => {
    expect(canBeMade(files, rendition, name)).toBe(false)
    expect(await make(rendition, name)).toBeUndefined()
    expect(files.reads).toEqual([])
  })

  test.each([
    ['audio-source', BOTH],
    ['audio-source', 'b.1.0.5~.ts'],
    ['source', 'b.1.0.5~source~b.1.0.5.ts'],
  ])('%s/%s is none: kinds are not what they should be', async (rendition, name) => {
    expect(await make(rendition, name)).toBeUndefined()
  })

  test('is not made of other codecs, and of files that are gone', async () => {
    const opus = opusTrack(
      Uint8Array.from(Buffer.from('4f707573486561640101380180bb0000000000', 'hex')),
      Uint8Array.of(0xfc),
    )
    add('audio-opus', opus, sound(opus))
    expect(await make('source', 'b.1.0.5~audio-opus~b.1.0.5.ts')).toBeUndefined()
    const gone: FileSource = { file: (...args) => files.file(...args), read: async () => undefined }
    expect(await makeTransportSegment(gone, 'source', BOTH)).toBeUndefined()
  })
})
