/** Bytes [offset, offset + length) of an object. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/**
 * Writes one object from its first byte to its last. What was appended can be read at once, while the
 * object still grows. Exactly one of {@link close} and {@link abort} ends it; calling either again does nothing.
 */
export interface SegmentWriter {
  /**
   * Adds bytes at the end; several pieces are written as if they were one. Calls may overlap: the order of
   * the calls is the order of the bytes. The pieces must not change until the promise settles.
   *
   * @throws {DependencyError} `store.…`; what was written before stays readable.
   * @throws {StateError} `store.writer.finished` after `close` or `abort`.
   */
  append(bytes: Uint8Array | readonly Uint8Array[]): Promise<void>
  /** Ends the object and keeps it. Waits for the appends under way. */
  close(): Promise<void>
  /** Ends the object and deletes it. */
  abort(): Promise<void>
}

/** What one call of {@link SegmentStore.removeAll} is about. */
export interface RemoveFilter {
  /** Only files whose name begins so; all files when left out. */
  readonly filePrefix?: string
}

/**
 * Where media files live: init segments and segments under keys `STREAM/RENDITION/FILE`.
 * A key is written once by one writer; any number of readers, in any process, may read it meanwhile.
 *
 * Every method throws {StateError} `store.key.invalid` for a key that {@link checkKey} refuses, and
 * {DependencyError} `store.…` when the place behind it fails, with what to do about it in the message.
 */
export interface SegmentStore {
  /** Begins an object that grows; an object of the same key is replaced. */
  open(key: string): Promise<SegmentWriter>
  /** Writes a whole object. Readers see all of it or what was there before. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /**
   * Reads an object, or the part of `range` that exists by now (a range past the end gives no bytes).
   *
   * @returns bytes the caller owns; undefined when there is no such object.
   */
  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined>
  /** Deletes an object; one that is not there is no error. */
  remove(key: string): Promise<void>
  /** Deletes what lies under `STREAM` or `STREAM/RENDITION`; nothing there is no error. */
  removeAll(prefix: string, filter?: RemoveFilter): Promise<void>
  /** Resolves when the store can take media now: for readiness checks and the start of a role. */
  check(): Promise<void>
}
