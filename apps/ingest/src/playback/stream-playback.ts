import type { MessageForm } from './message-form.ts'
import type { PlayedStream } from './played-stream.ts'
import { DEFAULT_SLOW_MILLIS, Player, type PlayerSink } from './player.ts'
import { SharedMessages } from './shared-messages.ts'

/** Between two looks at players that are behind, in milliseconds. */
const BEHIND_MILLIS = 50

/**
 * All who watch one stream here. Players are served together, after the publisher's messages were taken in and not among
 * them: nothing that happens to a player reaches the publisher or another player. Without players nothing is done.
 */
export class StreamPlayback {
  readonly #stream: PlayedStream
  readonly #players = new Map<Player, PlayerSink>()
  readonly #shared = new Map<string, SharedMessages>()
  #unsubscribe: (() => void) | undefined
  #isScheduled = false
  #again: NodeJS.Timeout | undefined
  #tooSlow = 0

  constructor(stream: PlayedStream) {
    this.#stream = stream
  }

  /** Players that are here. */
  get size(): number {
    return this.#players.size
  }

  /** Players that were disconnected so far because they did not keep up. */
  get tooSlow(): number {
    return this.#tooSlow
  }

  /**
   * A player begins. It has to `leave`, unless its sink was told that it is over.
   *
   * @param slowMillis - see `Player`.
   */
  play(sink: PlayerSink, form: MessageForm, slowMillis: number = DEFAULT_SLOW_MILLIS): Player {
    const player = new Player(this.#stream, this.#messages(form), sink, slowMillis)
    this.#players.set(player, sink)
    this.#unsubscribe ??= this.#stream.subscribe(() => this.wake())
    this.wake()
    return player
  }

  /** Nothing more is sent to this player. */
  leave(player: Player): void {
    this.#players.delete(player)
    if (this.#players.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#shared.clear()
    clearTimeout(this.#again)
  }

  /** There may be something to send: it goes when what is under way now is done. */
  wake(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#pump()
    })
  }

  #messages(form: MessageForm): SharedMessages {
    const { key } = form
    if (key === undefined) return new SharedMessages(form)
    const shared = this.#shared.get(key) ?? new SharedMessages(form)
    this.#shared.set(key, shared)
    return shared
  }

  #pump(): void {
    clearTimeout(this.#again)
    let isAnyBehind = false
    const now = performance.now()
    for (const [player, sink] of this.#players) {
      try {
        const result = player.pump(now)
        if (result === 'behind') isAnyBehind = true
        if (player.wasTooSlow) this.#tooSlow += 1
        if (result === 'over') this.leave(player)
      } catch (error) {
        this.leave(player)
        sink.failed(error)
      }
    }
    if (isAnyBehind) this.#again = setTimeout(() => this.wake(), BEHIND_MILLIS)
  }
}
