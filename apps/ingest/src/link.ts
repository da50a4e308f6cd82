/** What a link tells the connection behind it. */
export interface LinkEvents {
  /** Bytes from the client, in order, any split; borrowed until this returns. */
  received(bytes: Uint8Array): void
  /** No bytes came for the time that was asked for. The link stays open. */
  idle(): void
  /** The link failed; `closed` follows. */
  broken(reason: string): void
  /**
   * Nothing comes or goes any more. Once, and last.
   *
   * @param farewell - the client took leave in so many words, which only a tunnel lets it do: it does not mean to come back.
   */
  closed(farewell: boolean): void
}

/** A stream of bytes to and from one client: a TCP or TLS socket, or a tunnel through HTTP requests. */
export interface Link {
  readonly remoteAddress: string
  /** False once nothing can be written any more. */
  readonly isOpen: boolean
  /** Bytes that were written and have not left. */
  readonly queued: number
  /** How many of these a player may have before it counts as slow. */
  readonly queueLimit: number
  /** Begins to tell what happens. To be called once, at once. @param idleMillis - when `idle` is due. */
  attach(events: LinkEvents, idleMillis: number): void
  /** Sends bytes; does nothing when the link is not open. The bytes are kept until they have left. */
  write(bytes: Uint8Array): void
  /** Like `write` for each of them, with less work. */
  writeAll(parts: readonly Uint8Array[]): void
  /** Reads no more until `resume`; what was under way may still come. */
  pause(): void
  resume(): void
  /**
   * Reads what has come while paused, and gives it to `received` before it returns; undefined where that cannot be done.
   *
   * @returns false when nothing had come, or it is over: `resume`, and what there is will be told.
   */
  readonly readNow?: (() => boolean) | undefined
  /** Closes when what was written has left. */
  end(): void
  /** Closes at once. */
  destroy(): void
}
