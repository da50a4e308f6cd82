import { ProtocolError } from '@sluice/core'

/** A whole init segment. */
export interface InitFile {
  readonly kind: 'init'
  readonly name: string
}

/** A complete segment. */
export interface SegmentFile {
  readonly kind: 'segment'
  readonly name: string
  /** Name of the init segment that decodes it. */
  readonly init: string
  /** Bytes. */
  readonly size: number
}

/** A part: bytes [offset, offset + size) of the segment's file `segment`. */
export interface PartFile {
  readonly kind: 'part'
  readonly name: string
  readonly segment: string
  readonly offset: number
  readonly size: number
}

/** What a name in a rendition's playlists stands for. */
export type MediaFile = InitFile | SegmentFile | PartFile

/** The names of one rendition that may be asked for, and what they hold. A name never changes its meaning. */
export class FileIndex {
  readonly #files = new Map<string, MediaFile>()

  get(name: string): MediaFile | undefined {
    return this.#files.get(name)
  }

  /**
   * @throws {ProtocolError} `manifest.timeline.name_reused` when the name already stands for something else.
   */
  checkFree(name: string): void {
    const known = this.#files.get(name)
    if (known !== undefined)
      throw new ProtocolError(
        'manifest.timeline.name_reused',
        `"${name}" is already the name of a ${known.kind}; a file name keeps what it holds`,
      )
  }

  add(file: MediaFile): void {
    this.#files.set(file.name, file)
  }

  delete(name: string): void {
    this.#files.delete(name)
  }
}
