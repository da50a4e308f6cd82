import { ProtocolError, rescale, type Ticks } from '@sluice/core'
import type { Packet, Track } from '@sluice/media'
import { isSync } from '../box/sample-flags.ts'
import { type Movie, readMovie } from './movie.ts'
import { readMovieFragment, type SampleDescription } from './movie-fragment.ts'
import { type TopLevelBox, TopLevelBoxSplitter } from './top-level-box-splitter.ts'

/** What comes out of a fragmented MP4: its track once, then its packets in decode order. */
export type FragmentedMp4Event =
  | { readonly type: 'track'; readonly track: Track }
  | { readonly type: 'packet'; readonly packet: Packet }

/** Limits of a `FragmentedMp4Reader`. Both bound memory. */
export interface FragmentedMp4Limits {
  /** Largest `mdat` in bytes. Default 64 MiB. */
  readonly mediaData: number
  /** Largest `moov` or `moof` in bytes. Default 1 MiB. */
  readonly headers: number
}

const DEFAULT_LIMITS: FragmentedMp4Limits = { mediaData: 64 << 20, headers: 1 << 20 }

/**
 * Reads a fragmented MP4 of one track from a byte stream: what ffmpeg writes to a pipe with
 * `-f mp4 -movflags +delay_moov+default_base_moof+frag_every_frame+frag_discont+skip_trailer -use_editlist 0
 * -avoid_negative_ts disabled`. With those, decode times in the file are the encoder's own; without
 * `frag_discont` or with ffmpeg's treatment of negative times, they would start at 0.
 *
 * Packet times are ticks of the track's timescale, each rescaled on its own, so nothing adds up.
 * After an error the reader must not be used again.
 *
 * ```ts
 * reader.receive(chunk) // any split of the stream
 * for (const event of reader.events()) …
 * ```
 */
export class FragmentedMp4Reader {
  readonly #splitter: TopLevelBoxSplitter
  #events: FragmentedMp4Event[] = []
  #movie: Movie | undefined
  /** Samples of the last `moof`, until their data comes. */
  #announced: readonly SampleDescription[] = []

  constructor(limits: Partial<FragmentedMp4Limits> = {}) {
    const { mediaData, headers } = { ...DEFAULT_LIMITS, ...limits }
    this.#splitter = new TopLevelBoxSplitter(
      new Map([
        ['moov', headers],
        ['moof', headers],
        ['mdat', mediaData],
      ]),
    )
  }

  /** True when the stream may end here: no box is half read, and all announced samples have come. */
  get isComplete(): boolean {
    return !this.#splitter.isInsideBox && this.#announced.length === 0
  }

  /**
   * Takes the next bytes of the stream, which are copied.
   *
   * @throws {ProtocolError} codes `cmaf.…` for what is no fragmented MP4 or exceeds a limit.
   * @throws {UnsupportedError} codes `cmaf.moov.…` for tracks that are not handled.
   */
  receive(bytes: Uint8Array): void {
    this.#splitter.receive(bytes)
    for (const each of this.#splitter.boxes()) this.#read(each)
  }

  /** The events since the last call. Packets' data is memory of the reader's that may be kept. */
  events(): FragmentedMp4Event[] {
    const events = this.#events
    this.#events = []
    return events
  }

  #read(box: TopLevelBox): void {
    switch (box.type) {
      case 'moov':
        this.#movie = this.#readMovie(box)
        this.#events.push({ type: 'track', track: this.#movie.track })
        break
      case 'moof':
        this.#readMovieFragment(box)
        break
      case 'mdat':
        this.#readPackets(box)
        break
    }
  }

  #readMovie(box: TopLevelBox): Movie {
    if (this.#movie !== undefined) {
      throw new ProtocolError('cmaf.reader.second_movie', "a second 'moov' in one file", {
        details: { position: box.start },
        spec: 'ISO/IEC 14496-12 §8.2.1',
      })
    }
    return readMovie(box.body)
  }

  #readMovieFragment(box: TopLevelBox): void {
    if (this.#announced.length > 0) {
      throw new ProtocolError(
        'cmaf.reader.no_data',
        `a fragment of ${this.#announced.length} samples without 'mdat'`,
      )
    }
    this.#announced = readMovieFragment(box.body, box.start, this.#requireMovie())
  }

  #requireMovie(): Movie {
    if (this.#movie === undefined) {
      throw new ProtocolError('cmaf.reader.no_movie', "media before the 'moov'", {
        spec: 'ISO/IEC 14496-12 §8.8.4',
      })
    }
    return this.#movie
  }

  #readPackets(mdat: TopLevelBox): void {
    const movie = this.#requireMovie()
    if (this.#announced.length === 0 && mdat.body.length > 0) {
      throw new ProtocolError(
        'cmaf.reader.unannounced_data',
        `an 'mdat' of ${mdat.body.length} bytes that no 'moof' describes`,
        { details: { position: mdat.start } },
      )
    }
    for (const sample of this.#announced) {
      const from = sample.position - mdat.bodyStart
      if (from < 0 || from + sample.size > mdat.body.length) {
        throw new ProtocolError(
          'cmaf.reader.sample_outside_data',
          `a sample of ${sample.size} bytes at ${sample.position} is not inside the 'mdat' of ` +
            `${mdat.body.length} bytes at ${mdat.bodyStart}`,
          { details: { position: sample.position, size: sample.size } },
        )
      }
      this.#events.push({
        type: 'packet',
        packet: toPacket(sample, mdat.body.subarray(from, from + sample.size), movie),
      })
    }
    this.#announced = []
  }
}

function toPacket(sample: SampleDescription, data: Uint8Array, movie: Movie): Packet {
  const { track, mediaTimescale } = movie
  const inTrack = (time: Ticks): Ticks => rescale(time, mediaTimescale, track.timescale)
  return {
    kind: track.kind,
    dts: inTrack(sample.dts),
    pts: inTrack(sample.pts),
    keyframe: track.kind === 'audio' || isSync(sample.flags),
    data,
  }
}
