import { close, closeSync, unlink, writev, writevSync } from 'node:fs'
import { StateError } from '@sluice/core'
import { fsError, systemCode } from './fs-errors.ts'
import type { SegmentWriter } from './segment-store.ts'
import type { WritePace } from './write-pace.ts'

/**
 * Writes a growing file through one descriptor. Every append is one positioned `writev`, so the pieces of
 * a part (box headers, payload views) reach the kernel without being joined, and appends may overlap. See {@link WritePace} for
 * which of them are done at once.
 */
export class FsWriter implements SegmentWriter {
  readonly #fd: number
  readonly #path: string
  readonly #pace: WritePace
  #length = 0
  #underWay = 0
  #finished: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  /** @param fd - open for writing, empty; the writer closes it. */
  constructor(fd: number, path: string, pace: WritePace) {
    this.#fd = fd
    this.#path = path
    this.#pace = pace
  }

  append(bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    if (this.#finished !== undefined)
      return Promise.reject(new StateError('store.writer.finished', `${this.#path} is finished`))
    const pieces = bytes instanceof Uint8Array ? [bytes] : bytes
    let size = 0
    for (const piece of pieces) size += piece.length
    const position = this.#length
    this.#length += size
    if (this.#pace.atOnce) return this.#writeAtOnce(pieces, position, size)
    this.#underWay++
    return new Promise<void>((resolve, reject) => {
      this.#write(pieces, position, size, (error) => {
        this.#underWay--
        if (this.#underWay === 0) this.#onIdle?.()
        if (error === undefined) resolve()
        else reject(fsError(error, this.#path))
      })
    })
  }

  close(): Promise<void> {
    this.#finished ??= this.#idle().then(() => this.#closeDescriptor())
    return this.#finished
  }

  abort(): Promise<void> {
    this.#finished ??= this.#idle()
      .then(() => this.#closeDescriptor())
      .then(() => this.#delete())
    return this.#finished
  }

  async #writeAtOnce(pieces: readonly Uint8Array[], position: number, size: number): Promise<void> {
    try {
      let rest = pieces
      for (let written = 0; written < size; ) {
        const at = position + written
        const count = this.#pace.run(() => writevSync(this.#fd, rest, at))
        if (count === 0) throw new Error('nothing could be written')
        written += count
        if (written < size) rest = skip(rest, count)
      }
    } catch (error) {
      throw fsError(error, this.#path)
    }
  }

  #write(
    pieces: readonly Uint8Array[],
    position: number,
    size: number,
    done: (error: Error | undefined) => void,
  ): void {
    writev(this.#fd, pieces, position, (error, written) => {
      if (error !== null) done(error)
      else if (written >= size) done(undefined)
      else if (written === 0) done(new Error('nothing could be written'))
      else this.#write(skip(pieces, written), position + written, size - written, done)
    })
  }

  #idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onIdle = resolve
    })
  }

  #closeDescriptor(): Promise<void> {
    if (this.#pace.atOnce) return this.#closeAtOnce()
    return new Promise((resolve, reject) => {
      close(this.#fd, (error) => {
        if (error === null || error === undefined) resolve()
        else reject(fsError(error, this.#path))
      })
    })
  }

  async #closeAtOnce(): Promise<void> {
    try {
      this.#pace.run(() => closeSync(this.#fd))
    } catch (error) {
      throw fsError(error, this.#path)
    }
  }

  #delete(): Promise<void> {
    return new Promise((resolve, reject) => {
      unlink(this.#path, (error) => {
        if (error === null || systemCode(error) === 'ENOENT') resolve()
        else reject(fsError(error, this.#path))
      })
    })
  }
}

/** The pieces without their first `count` bytes. */
function skip(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = []
  let left = count
  for (const piece of pieces) {
    if (left >= piece.length) left -= piece.length
    else {
      rest.push(left === 0 ? piece : piece.subarray(left))
      left = 0
    }
  }
  return rest
}
