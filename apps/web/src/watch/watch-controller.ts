import { loadPlayer } from './create-player.ts'
import type { Player, PlayerError, PlayerEvents } from './player.ts'
import { type FetchText, type ProbeResult, probeStream } from './probe.ts'
import { StallWatch } from './stall-watch.ts'
import { manifestUrl, type StreamAddress } from './stream-address.ts'
import { hasPlayer, INITIAL_STATE, nextState, type WatchEvent, type WatchState } from './watch-state.ts'

/** How often progress, countdowns and figures are looked at, in milliseconds. */
const TICK = 250
/** No new frame for this long, while not paused, is a stall. */
const STALL_AFTER = 3000
/** How often the origin is asked during a stall. */
const STALL_LOOK = 3000
/** How long the origin may take to answer. */
const PROBE_TIMEOUT = 8000
/** Errors kept for diagnostics; older ones are dropped. */
const KEPT_ERRORS = 100

/**
 * Keeps one stream playing in one video element: asks the origin, makes and replaces players, sees stalls and the end.
 * What follows from what is decided in `watch-state.ts`; this class carries it out.
 */
export class WatchController {
  readonly #video: HTMLVideoElement
  readonly #onChange: () => void
  #address: StreamAddress
  #state: WatchState = INITIAL_STATE
  #player: Player | undefined
  /** Counts the players asked for, so that what belongs to an earlier one can be told by its number. */
  #generation = 0
  #frame = { position: -1, at: 0 }
  #stall: { readonly watch: StallWatch; lookAt: number } | undefined
  #mutedByBrowser = false
  readonly #errors: PlayerError[] = []

  /** @param onChange - called after anything shown may have changed, four times a second at least. */
  constructor(video: HTMLVideoElement, address: StreamAddress, onChange: () => void) {
    this.#video = video
    this.#address = address
    this.#onChange = onChange
    video.addEventListener('ended', () => this.#apply({ type: 'media-ended', now: Date.now() }))
    video.addEventListener('volumechange', () => {
      if (!video.muted) this.#mutedByBrowser = false
      onChange()
    })
    window.setInterval(() => this.#tick(), TICK)
    // The library comes while the origin is asked. Where it does not, that is noticed when it is needed.
    loadPlayer(address.kind).catch(() => undefined)
    void this.#probe()
  }

  get state(): WatchState {
    return this.#state
  }

  get address(): StreamAddress {
    return this.#address
  }

  /** The player at work, undefined while there is none. */
  get player(): Player | undefined {
    return this.#player
  }

  /** What the players reported, oldest first. */
  get errors(): readonly PlayerError[] {
    return this.#errors
  }

  /** True while the sound is off only because the browser refused to start with sound. */
  get mutedByBrowser(): boolean {
    return this.#mutedByBrowser
  }

  /** Plays the same stream by the other protocol. */
  switchTo(kind: StreamAddress['kind']): void {
    if (kind === this.#address.kind) return
    this.#address = { ...this.#address, kind }
    this.#dropPlayer()
    this.#state = INITIAL_STATE
    void this.#probe()
    this.#onChange()
  }

  /** Turns the sound on. To be called from a click or a key press. */
  unmute(): void {
    this.#video.muted = false
    if (this.#video.volume === 0) this.#video.volume = 1
    this.#mutedByBrowser = false
  }

  #apply(event: WatchEvent): void {
    const before = this.#state
    this.#state = nextState(before, event)
    if (this.#state === before) return
    if (hasPlayer(before) && !hasPlayer(this.#state)) this.#dropPlayer()
    if (!hasPlayer(before) && hasPlayer(this.#state)) void this.#startPlayer()
    this.#stall = this.#state.type === 'stalled' ? { watch: new StallWatch(), lookAt: 0 } : undefined
    this.#onChange()
  }

  async #startPlayer(): Promise<void> {
    const generation = ++this.#generation
    const current = (): boolean => generation === this.#generation
    const events: PlayerEvents = {
      onReady: () => {
        if (current()) void this.#play(current)
      },
      onLevels: () => this.#onChange(),
      onError: (error) => {
        this.#errors.push(error)
        if (this.#errors.length > KEPT_ERRORS) this.#errors.shift()
      },
      // Later: the library is still in the middle of reporting when it says this.
      onLost: () =>
        queueMicrotask(() => {
          if (current()) this.#apply({ type: 'lost', now: Date.now() })
        }),
    }
    this.#frame = { position: -1, at: Date.now() }
    const make = await loadPlayer(this.#address.kind)
    if (!current()) return
    if (make === undefined) {
      this.#apply({ type: 'unsupported' })
      return
    }
    this.#player = make(this.#video, this.#manifest(), events)
    this.#frame = { position: -1, at: Date.now() }
  }

  /** Starts playback with sound, or without where the browser wants a click for sound. */
  async #play(current: () => boolean): Promise<void> {
    const video = this.#video
    try {
      await video.play()
    } catch (error) {
      const blocked = error instanceof DOMException && error.name === 'NotAllowedError'
      // Anything else is the player being replaced, or the viewer pausing: nothing to do.
      if (!blocked || video.muted || !current()) return
      video.muted = true
      this.#mutedByBrowser = true
      this.#onChange()
      await this.#play(current)
    }
  }

  #dropPlayer(): void {
    this.#generation++
    this.#player?.destroy()
    this.#player = undefined
    this.#stall = undefined
  }

  #tick(): void {
    const now = Date.now()
    const state = this.#state
    if ((state.type === 'waiting' || state.type === 'ended') && state.retryAt !== undefined) {
      if (now >= state.retryAt) {
        this.#apply({ type: 'retrying' })
        void this.#probe()
      }
    } else if (hasPlayer(state) && this.#player !== undefined) {
      this.#watchProgress(now)
      this.#watchStall(now)
    }
    this.#onChange()
  }

  #watchProgress(now: number): void {
    const { currentTime, paused, readyState } = this.#video
    const ready = readyState >= HTMLMediaElement.HAVE_CURRENT_DATA
    const moved = currentTime !== this.#frame.position && ready
    if (moved || (paused && ready)) {
      // The first look only notes where playback stands: a position alone is no progress.
      const shown = this.#frame.position >= 0 || paused
      this.#frame = { position: currentTime, at: now }
      if (shown) this.#apply({ type: 'progress', now })
    } else if (now - this.#frame.at >= STALL_AFTER) {
      this.#apply({ type: 'stall', now })
    }
  }

  #watchStall(now: number): void {
    const stall = this.#stall
    if (stall === undefined || now < stall.lookAt) return
    stall.lookAt = Number.POSITIVE_INFINITY
    void this.#look().then((result) => {
      if (stall !== this.#stall) return
      stall.lookAt = Date.now() + STALL_LOOK
      const verdict = stall.watch.observe(result)
      if (verdict === 'rebuild') this.#apply({ type: 'lost', now: Date.now() })
      if (verdict === 'ended') this.#apply({ type: 'media-ended', now: Date.now() })
    })
  }

  async #probe(): Promise<void> {
    const generation = this.#generation
    const result = await this.#look()
    if (generation === this.#generation) this.#apply({ type: 'probed', result, now: Date.now() })
  }

  #look(): Promise<ProbeResult> {
    return probeStream(this.#address.kind, this.#manifest(), fetchText)
  }

  #manifest(): string {
    return new URL(manifestUrl(this.#address), window.location.href).href
  }
}

const fetchText: FetchText = async (url) => {
  const response = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT) })
  return { status: response.status, text: await response.text() }
}
