import { createFile, MP4BoxBuffer } from 'mp4box'
import { expect } from 'vitest'
import { type ListedSegment, readMediaPlaylist, type Variant } from './playlists.ts'

/** A segment's place in its track, as mp4box reads it. */
export interface SegmentTimes {
  readonly number: number
  readonly timescale: number
  /** Decode time of the first sample, in ticks. */
  readonly start: number
  /** All samples together, in ticks. */
  readonly duration: number
  /** It begins with a sync sample. */
  readonly independent: boolean
}

/** Reads every listed segment of a rendition from its file. */
export async function readSegments(base: string, rendition: string): Promise<SegmentTimes[]> {
  const { segments } = await readMediaPlaylist(base, rendition)
  return Promise.all(
    segments.map(async ({ uri, init, number }) => {
      const file = createFile()
      let position = 0
      for (const name of [init, uri]) {
        const bytes = await fetchBytes(`${base}/${rendition}/${name}`)
        file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes, position))
        position += bytes.byteLength
      }
      file.flush()
      const track = file.getInfo().tracks[0]
      if (track === undefined) throw new Error(`${uri} has no track`)
      const samples = file.getTrackSamplesInfo(track.id)
      return {
        number,
        timescale: track.timescale,
        start: samples[0]?.dts ?? Number.NaN,
        duration: samples.reduce((sum, sample) => sum + sample.duration, 0),
        independent: samples[0]?.is_sync === true,
      }
    }),
  )
}

/** Segments of one init segment, and that before them, as one file. */
export async function fetchMedia(
  base: string,
  rendition: string,
  segments: readonly ListedSegment[],
): Promise<Buffer> {
  const names = [...new Set(segments.map(({ init }) => init)), ...segments.map(({ uri }) => uri)]
  const parts = await Promise.all(names.map((name) => fetchBytes(`${base}/${rendition}/${name}`)))
  return Buffer.concat(parts.map((part) => Buffer.from(part)))
}

/** Fetches a file; throws where it is not there. */
export async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return response.arrayBuffer()
}

/**
 * Expects the video renditions of an ended broadcast to be cut at the same ticks everywhere, and encoded ones to
 * begin each segment with a keyframe. The last segment ends with the last frame: nobody announced how long that is.
 */
export async function expectAligned(base: string, variants: readonly Variant[]): Promise<void> {
  let boundaries: unknown
  for (const { id } of variants) {
    const segments = await readSegments(base, id)
    expect(segments.length, id).toBeGreaterThanOrEqual(3)
    const these = segments.map(({ number, start, duration }, index) =>
      index === segments.length - 1 ? { number, start } : { number, start, end: start + duration },
    )
    boundaries ??= these
    expect(these, id).toEqual(boundaries)
    if (id !== 'source')
      expect(
        segments.every(({ independent }) => independent),
        id,
      ).toBe(true)
  }
}
