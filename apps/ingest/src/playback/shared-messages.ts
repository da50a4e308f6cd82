import type { TracksEntry } from '@sluice/broadcast'
import { type MediaEntry, type MessageForm, type Properties, timeOf } from './message-form.ts'

interface Opening {
  readonly tracks: TracksEntry
  readonly properties: Properties | undefined
  readonly parts: readonly Uint8Array[]
}

/**
 * The messages of one stream in one form, each made when the first player wants it and shared by all; they go when their
 * entries leave the ring. Nobody writes to the arrays.
 */
export class SharedMessages {
  readonly form: MessageForm
  readonly #media = new WeakMap<MediaEntry, readonly Uint8Array[]>()
  readonly #openings = new WeakMap<MediaEntry, Opening>()

  constructor(form: MessageForm) {
    this.form = form
  }

  /** One frame or packet. */
  media(entry: MediaEntry): readonly Uint8Array[] {
    const made = this.#media.get(entry)
    if (made !== undefined) return made
    const parts = this.form.media(entry.type, timeOf(entry), entry.payload)
    this.#media.set(entry, parts)
    return parts
  }

  /**
   * What has to come before an entry for a player that does not know the tracks: metadata and the codecs' sequence headers, at
   * the entry's own time, so that no player's clock ever goes back.
   */
  opening(entry: MediaEntry, tracks: TracksEntry, properties: Properties | undefined): readonly Uint8Array[] {
    const made = this.#openings.get(entry)
    if (made?.tracks === tracks && made.properties === properties) return made.parts
    const { form } = this
    const time = timeOf(entry)
    const parts = properties === undefined ? [] : [...form.metadata(time, properties)]
    for (const type of ['video', 'audio'] as const) {
      const header = tracks[type]?.payload
      if (header !== undefined && header.length > 0) parts.push(...form.media(type, time, header))
    }
    this.#openings.set(entry, { tracks, properties, parts })
    return parts
  }
}
