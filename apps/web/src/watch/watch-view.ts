import { AUTOMATIC, type Level, type Player, type Sound } from './player.ts'
import { watchUrl } from './stream-address.ts'
import { levelLabels, noticeOf, type StatName, statsText } from './text.ts'
import type { WatchController } from './watch-controller.ts'

/** Seconds behind the aimed position from which the page offers to jump to live. */
const BEHIND = 8

/** Writes the controller's state into the page, touching only what changed. */
export class WatchView {
  readonly #controller: WatchController
  readonly #screen = byId('screen', HTMLElement)
  readonly #notice = byId('notice', HTMLElement)
  readonly #noticeTitle = byId('notice-title', HTMLElement)
  readonly #noticeDetail = byId('notice-detail', HTMLElement)
  readonly #unmute = byId('unmute', HTMLButtonElement)
  readonly #live = byId('live', HTMLButtonElement)
  readonly #liveText = byId('live-text', HTMLElement)
  readonly #quality = byId('quality', HTMLSelectElement)
  readonly #soundLabel = byId('sound-label', HTMLElement)
  readonly #sound = byId('sound', HTMLSelectElement)
  readonly #protocols: readonly HTMLAnchorElement[] = [
    byId('protocol-hls', HTMLAnchorElement),
    byId('protocol-dash', HTMLAnchorElement),
  ]
  readonly #stats: Readonly<Record<StatName, HTMLElement>> = {
    latency: byId('stat-latency', HTMLElement),
    buffer: byId('stat-buffer', HTMLElement),
    dropped: byId('stat-dropped', HTMLElement),
    rung: byId('stat-rung', HTMLElement),
  }
  #chosenLevel = AUTOMATIC

  constructor(controller: WatchController) {
    this.#controller = controller
    const { name, kind } = controller.address
    byId('stream-name', HTMLElement).textContent = name
    document.title = `${name} – Sluice`
    this.#markProtocol(kind)

    this.#unmute.addEventListener('click', () => controller.unmute())
    this.#live.addEventListener('click', () => controller.player?.seekToLive())
    this.#quality.addEventListener('change', () => {
      this.#chosenLevel = Number(this.#quality.value)
      controller.player?.setLevel(this.#chosenLevel)
      this.update()
    })
    this.#sound.addEventListener('change', () => {
      controller.player?.setSound(Number(this.#sound.value))
      this.update()
    })
    for (const link of this.#protocols) {
      link.addEventListener('click', (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return // the viewer wants another tab or window
        event.preventDefault()
        const next = link === this.#protocols[1] ? 'dash' : 'hls'
        this.#chosenLevel = AUTOMATIC
        controller.switchTo(next)
        window.history.replaceState(null, '', watchUrl(controller.address))
        this.#markProtocol(next)
      })
    }
  }

  /** Shows what is the case now. Cheap enough for four times a second. */
  update(): void {
    const { state, player, mutedByBrowser } = this.#controller
    const notice = noticeOf(state, Date.now())
    this.#screen.dataset.state = state.type
    this.#notice.hidden = notice === undefined
    this.#notice.classList.toggle('busy', notice?.busy === true)
    setText(this.#noticeTitle, notice?.title ?? '')
    setText(this.#noticeDetail, notice?.detail ?? '')
    this.#unmute.hidden = !mutedByBrowser || state.type !== 'playing'
    this.#updatePlayback(player)
  }

  #updatePlayback(player: Player | undefined): void {
    const levels = player?.levels() ?? []
    const stats = player?.stats()
    this.#updateQuality(levels, stats?.automatic === true ? stats.level : undefined)

    this.#updateSound(player?.sounds() ?? [])

    const onAir = this.#controller.state.type === 'playing'
    const behind = onAir && stats?.behind !== undefined && stats.behind > BEHIND ? stats.behind : undefined
    this.#live.classList.toggle('on-air', onAir && behind === undefined)
    this.#live.disabled = behind === undefined
    setText(this.#liveText, this.#liveWords(behind !== undefined))

    const texts =
      stats === undefined ? { latency: '–', buffer: '–', dropped: '–', rung: '–' } : statsText(stats, levels)
    for (const [name, element] of Object.entries(this.#stats)) setText(element, texts[name as StatName])
  }

  #liveWords(behind: boolean): string {
    switch (this.#controller.state.type) {
      case 'playing':
        return behind ? 'Go to live' : 'Live'
      case 'loading':
        return 'Starting'
      case 'stalled':
        return 'Held up'
      default:
        return 'Off air'
    }
  }

  /** @param automaticLevel - the level on screen while the player chooses, shown beside "Auto". */
  #updateQuality(levels: readonly Level[], automaticLevel: number | undefined): void {
    // Best first, as viewers expect; the index still names the player's own order.
    const labels = levelLabels(levels)
    const choices = levels
      .map((level, place) => ({ level, label: labels[place] ?? '' }))
      .sort((a, b) => (b.level.height ?? 0) - (a.level.height ?? 0) || b.level.bitrate - a.level.bitrate)
    const current = choices.find(({ level }) => level.index === automaticLevel)?.label
    const wanted = [
      { value: String(AUTOMATIC), text: current === undefined ? 'Auto' : `Auto (${current})` },
      ...choices.map(({ level, label }) => ({ value: String(level.index), text: label })),
    ]
    const options = [...this.#quality.options]
    if (
      options.length === wanted.length &&
      options.every((option, at) => option.value === wanted[at]?.value)
    ) {
      for (const [at, option] of options.entries()) setText(option, wanted[at]?.text ?? '')
    } else {
      this.#quality.replaceChildren(...wanted.map(({ value, text }) => new Option(text, value)))
      if (!wanted.some(({ value }) => value === String(this.#chosenLevel))) this.#chosenLevel = AUTOMATIC
      this.#quality.value = String(this.#chosenLevel)
      // A player that was made anew starts with its own choice: give it the viewer's.
      if (this.#chosenLevel !== AUTOMATIC) this.#controller.player?.setLevel(this.#chosenLevel)
    }
    this.#quality.disabled = levels.length === 0
  }

  /** There is nothing to choose where there is one sound. */
  #updateSound(sounds: readonly Sound[]): void {
    this.#soundLabel.hidden = sounds.length < 2
    const options = [...this.#sound.options]
    const isShown =
      options.length === sounds.length && options.every((option, at) => option.text === sounds[at]?.name)
    if (!isShown)
      this.#sound.replaceChildren(...sounds.map(({ index, name }) => new Option(name, String(index))))
    const current = sounds.find(({ isCurrent }) => isCurrent)
    if (current !== undefined && document.activeElement !== this.#sound)
      this.#sound.value = String(current.index)
  }

  #markProtocol(kind: 'hls' | 'dash'): void {
    const address = this.#controller.address
    for (const [link, of] of [
      [this.#protocols[0], 'hls'],
      [this.#protocols[1], 'dash'],
    ] as const) {
      if (link === undefined) continue
      link.href = watchUrl({ ...address, kind: of })
      if (of === kind) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
    }
  }
}

/** The element with this id, which the page's HTML is known to hold. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`)
  return element
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
