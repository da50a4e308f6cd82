import type { TrackSetup } from '@sluice/broadcast'
import { errorMessage, UnsupportedError } from '@sluice/core'

/** What describes a track: its codec's record, and the first frame that can be decoded alone. */
type Describe<Codec, Track> = (
  codec: Codec,
  record: Uint8Array | undefined,
  frame: Uint8Array | undefined,
) => Track | undefined

/** A sequence header as it was received. */
interface Header<Codec> {
  readonly codec: Codec
  readonly record: Uint8Array
  readonly payload: Uint8Array
}

const NO_HEADER = new Uint8Array(0)

/**
 * Finds out what a publisher's video or audio is, from sequence headers where the codec has them and from frames where
 * it does not.
 */
export class TrackSource<Codec extends string, Track> {
  readonly #kind: 'video' | 'audio'
  readonly #describe: Describe<Codec, Track>
  #header: Header<Codec> | undefined
  /** Codec of the frames that were described last; undefined while a description waits for a frame. */
  #described: Codec | undefined

  constructor(kind: 'video' | 'audio', describe: Describe<Codec, Track>) {
    this.#kind = kind
    this.#describe = describe
  }

  /** Forgets what was announced: another publisher begins. */
  reset(): void {
    this.#header = undefined
    this.#described = undefined
  }

  /**
   * Takes a sequence header.
   *
   * @param payload - the whole message; copied.
   * @returns the track, or undefined while a frame is needed too.
   * @throws {UnsupportedError} `ingest.….bad_configuration` for a record that cannot be read.
   */
  config(
    body: { readonly codec: Codec; readonly record: Uint8Array },
    payload: Uint8Array,
  ): TrackSetup<Track> | undefined {
    const { codec } = body
    this.#header = { codec, record: body.record.slice(), payload: payload.slice() }
    this.#described = undefined
    return this.#setup(codec, undefined)
  }

  /**
   * Takes a frame.
   *
   * @param decodable - it needs no frame before it.
   * @returns the track where this frame tells it, for the first time or anew.
   * @throws {UnsupportedError} `ingest.….bad_configuration` for a frame that cannot be read.
   */
  frame(
    body: { readonly codec: Codec; readonly data: Uint8Array },
    decodable: boolean,
  ): TrackSetup<Track> | undefined {
    if (body.codec === this.#described || !decodable) return undefined
    // The description outlives the frame that it may have parts of.
    return this.#setup(body.codec, body.data.slice())
  }

  #setup(codec: Codec, frame: Uint8Array | undefined): TrackSetup<Track> | undefined {
    const header = this.#header?.codec === codec ? this.#header : undefined
    let track: Track | undefined
    try {
      track = this.#describe(codec, header?.record, frame)
    } catch (error) {
      throw new UnsupportedError(
        `ingest.${this.#kind}.bad_configuration`,
        `the ${this.#kind} is announced as ${codec}, but cannot be read as that: ${errorMessage(error)}`,
        { cause: error },
      )
    }
    if (track === undefined) return undefined
    this.#described = codec
    return { track, payload: header?.payload ?? NO_HEADER }
  }
}
