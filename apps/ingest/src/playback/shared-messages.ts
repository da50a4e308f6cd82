import {
  type MediaEntry,
  sequenceHeaders,
  type TimedEntry,
  type TracksEntry,
  timeOf,
} from '@sluice/broadcast'
import type { MessageForm, Properties } from './message-form.ts'

interface Headers {
  readonly tracks: TracksEntry
  readonly parts: readonly Uint8Array[]
}

interface Metadata {
  readonly properties: Properties
  readonly parts: readonly Uint8Array[]
}

/**
 * The messages of one stream in one form, each made when the first player wants it and shared by all; they go when their
 * entries leave the ring. Nobody writes to the arrays.
 */
export class SharedMessages {
  readonly form: MessageForm
  readonly #media = new WeakMap<TimedEntry, readonly Uint8Array[]>()
  readonly #headers = new WeakMap<MediaEntry, Headers>()
  #metadata: Metadata | undefined

  constructor(form: MessageForm) {
    this.form = form
  }

  /** One frame or packet, or what is due between them. */
  media(entry: TimedEntry): readonly Uint8Array[] {
    const made = this.#media.get(entry)
    if (made !== undefined) return made
    const parts = this.form.media(entry.type, timeOf(entry), entry.payload)
    this.#media.set(entry, parts)
    return parts
  }

  /** The metadata, which come first of all. */
  metadata(properties: Properties): readonly Uint8Array[] {
    if (properties === undefined) return []
    if (this.#metadata?.properties !== properties)
      this.#metadata = { properties, parts: this.form.metadata(properties) }
    return this.#metadata.parts
  }

  /**
   * The codecs' sequence headers, which have to come before an entry for a player that does not know its tracks. They have the
   * entry's own time, so that no player's clock ever goes back.
   */
  headers(entry: MediaEntry, tracks: TracksEntry): readonly Uint8Array[] {
    const made = this.#headers.get(entry)
    if (made?.tracks === tracks) return made.parts
    const parts = sequenceHeaders(tracks).flatMap(({ type, payload }) =>
      this.form.media(type, timeOf(entry), payload),
    )
    this.#headers.set(entry, { tracks, parts })
    return parts
  }
}
