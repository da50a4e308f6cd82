import { ProtocolError, type Timescale, UnsupportedError } from '@sluice/core'
import { aacTrack, h264Track, type Track } from '@sluice/media'
import { readAudioSampleEntryChildren } from '../box/audio-sample-entry.ts'
import { type Box, findBox, readBoxes, readFullBox, requireBox } from '../box/box-reader.ts'
import { movesTimes } from '../box/edit-list-box.ts'
import { readDecoderSpecificInfo } from '../box/elementary-stream-descriptor-box.ts'
import { readMediaTimescale } from '../box/media-header-box.ts'
import { readTrackExtends, type SampleDefaults } from '../box/track-extends-box.ts'
import { readTrackId } from '../box/track-header-box.ts'
import { readVisualSampleEntryChildren } from '../box/visual-sample-entry.ts'

/** What a `moov` with one track says about the fragments that follow it. */
export interface Movie {
  readonly track: Track
  readonly trackId: number
  /** Of the times in the file; `track.timescale` is that of packets. */
  readonly mediaTimescale: Timescale
  readonly defaults: SampleDefaults
}

/**
 * Reads the body of a `moov`. What it returns shares no memory with `body`.
 *
 * @throws {UnsupportedError} `cmaf.moov.not_one_track`, `cmaf.moov.unsupported_codec`, `cmaf.moov.edit_list`
 * (times would not be the encoder's: ffmpeg writes none with `-use_editlist 0`).
 * @throws {ProtocolError} `cmaf.moov.no_track_extends` and codes of `box/`; those of `@sluice/media` for a
 * codec configuration that is invalid.
 */
export function readMovie(body: Uint8Array): Movie {
  const boxes = readBoxes('moov', body)
  const tracks = boxes.filter((each) => each.type === 'trak')
  const [trak] = tracks
  if (trak === undefined || tracks.length > 1) {
    throw new UnsupportedError('cmaf.moov.not_one_track', `a movie with ${tracks.length} tracks, not 1`)
  }
  refuseEditList(readBoxes('trak', trak.body))
  const trackId = readTrackId(requireBox('trak', trak.body, 'tkhd'))
  const mdia = requireBox('trak', trak.body, 'mdia')
  return {
    track: readTrack(requireBox('mdia', mdia, 'minf', 'stbl', 'stsd')),
    trackId,
    mediaTimescale: readMediaTimescale(requireBox('mdia', mdia, 'mdhd')),
    defaults: readDefaults(requireBox('moov', body, 'mvex'), trackId),
  }
}

function refuseEditList(trackBoxes: readonly Box[]): void {
  const edts = findBox(trackBoxes, 'edts')
  if (edts === undefined || !movesTimes(requireBox('edts', edts, 'elst'))) return
  throw new UnsupportedError('cmaf.moov.edit_list', 'an edit list that moves times is not supported')
}

function readTrack(stsd: Uint8Array): Track {
  const entries = readFullBox('stsd', stsd, (reader) => {
    reader.skip(4) // entry_count: the boxes say how many there are
    return readBoxes('stsd', reader.rest())
  })
  const [entry] = entries
  switch (entry?.type) {
    case 'avc1':
      return h264Track(
        Uint8Array.from(configuration('avcC', readVisualSampleEntryChildren('avc1', entry.body))),
      )
    case 'mp4a': {
      const esds = configuration('esds', readAudioSampleEntryChildren('mp4a', entry.body))
      return aacTrack(Uint8Array.from(readDecoderSpecificInfo(esds)))
    }
    default:
      throw new UnsupportedError(
        'cmaf.moov.unsupported_codec',
        `sample entry '${entry?.type ?? '(none)'}' is not supported`,
        { details: { entry: entry?.type } },
      )
  }
}

function configuration(type: string, boxes: readonly Box[]): Uint8Array {
  const body = findBox(boxes, type)
  if (body === undefined) {
    throw new ProtocolError('cmaf.box.missing', `the sample entry has no '${type}'`, { details: { type } })
  }
  return body
}

function readDefaults(mvex: Uint8Array, trackId: number): SampleDefaults {
  for (const each of readBoxes('mvex', mvex)) {
    if (each.type !== 'trex') continue
    const defaults = readTrackExtends(each.body)
    if (defaults.trackId === trackId) return defaults
  }
  throw new ProtocolError('cmaf.moov.no_track_extends', `no 'trex' for track ${trackId}`, {
    spec: 'ISO/IEC 14496-12 §8.8.3',
  })
}
