import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** A playlist or manifest, ready to be sent any number of times. */
export class Rendered {
  readonly body: Buffer
  /** Weak, because it is the same for both encodings; equal on every origin. */
  readonly etag: string
  #gzip: Buffer | undefined

  constructor(text: string) {
    this.body = Buffer.from(text)
    this.etag = `W/"${createHash('sha256').update(this.body).digest('base64url').slice(0, 22)}"`
  }

  /** The same, compressed once. */
  get gzip(): Buffer {
    this.#gzip ??= gzipSync(this.body, { level: 5 })
    return this.#gzip
  }
}

interface Entry {
  readonly version: string
  readonly rendered: Rendered | undefined
}

/** Renders each document once per version, whatever the number of viewers. */
export class RenderCache {
  readonly #entries = new Map<string, Entry>()

  /** @param render - called when this version was not rendered yet; undefined where there is nothing to say. */
  get(document: string, version: string, render: () => string | undefined): Rendered | undefined {
    const known = this.#entries.get(document)
    if (known?.version === version) return known.rendered
    const text = render()
    const rendered = text === undefined ? undefined : new Rendered(text)
    this.#entries.set(document, { version, rendered })
    return rendered
  }
}
