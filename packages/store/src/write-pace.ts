import { statfs } from 'node:fs/promises'

/**
 * File systems of this machine's own memory and disks, by their number in Linux's `statfs`: a write to them is a copy into the
 * page cache. Any other may wait for a network.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0x01021994, // tmpfs
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x794c7630, // overlayfs
])

/** A call that takes longer has waited for a disk rather than for a turn on the processor, in milliseconds. */
const SLOW_MILLIS = 50
/** After one that did, this long nothing is done at once. */
const CAUTIOUS_MILLIS = 10_000

/**
 * Whether a small write is best done at once, in the event loop, or by libuv's threads. Handing it over and back wakes two threads,
 * which costs several times what copying a part into the page cache does; but a write that waits for a disk must not hold up
 * everything else. So it is done at once on local file systems, until one was seen to wait (docs/adr/0032-writes-at-once.md).
 */
export class WritePace {
  readonly #directory: string
  readonly #now: () => number
  #isLocal: boolean | undefined
  #cautiousUntil = 0

  /**
   * @param directory - anything in the file system written to; may be missing so far.
   * @param now - milliseconds that never go back.
   */
  constructor(directory: string, now: () => number = () => performance.now()) {
    this.#directory = directory
    this.#now = now
  }

  /** Finds out what file system it is, once there is one. */
  async look(): Promise<void> {
    if (this.#isLocal !== undefined) return
    const { type } = await statfs(this.#directory)
    this.#isLocal = LOCAL.has(type)
  }

  /** True when the next call may be made at once. */
  get atOnce(): boolean {
    return this.#isLocal === true && this.#now() >= this.#cautiousUntil
  }

  /** Makes a call at once, and takes note when it was slow. */
  run<T>(call: () => T): T {
    const begun = this.#now()
    try {
      return call()
    } finally {
      const ended = this.#now()
      if (ended - begun > SLOW_MILLIS) this.#cautiousUntil = ended + CAUTIOUS_MILLIS
    }
  }
}
