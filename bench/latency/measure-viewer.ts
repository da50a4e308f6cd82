import { setTimeout as delay } from 'node:timers/promises'
import type { Report } from '../support/report.ts'
import { quantile } from '../support/statistics.ts'
import type { Measured } from './measured.ts'
import type { PlayRequest } from './page/players.ts'
import { startCamera } from './start-camera.ts'
import type { Viewers } from './viewers.ts'

/** A player has found its distance from the live edge by then, and V8 has compiled what is hot. */
const WARM_UP_MILLIS = 20_000

/** A viewer comes when there are some segments: who comes with the first one is another matter. */
const BEFORE_VIEWER_MILLIS = 8_000

/** Something that makes playable what a camera publishes. */
export interface Delivery {
  /** Where to publish. */
  readonly publish: string
  /** Resolves when the rung of that many lines can be played. @returns what a player is to open. */
  playable(player: PlayRequest['player'], height: number): Promise<string>
  stop(): Promise<void>
}

/** Who watches what. */
export interface Watch {
  readonly player: PlayRequest['player']
  /** Lines of the rung's picture. */
  readonly height: number
  /** Seconds between two keyframes of the camera. */
  readonly gopSeconds: number
}

/** Publishes to a server and looks at what one viewer sees, after a warm-up. */
export async function measureViewer(
  delivery: Delivery,
  viewers: Viewers,
  { player, height, gopSeconds }: Watch,
  seconds: number,
  report: Report,
): Promise<Measured> {
  const running: { stop(): Promise<void> }[] = [delivery]
  try {
    const camera = await startCamera(gopSeconds, delivery.publish)
    running.unshift(camera)
    const url = await delivery.playable(player, height)
    await delay(BEFORE_VIEWER_MILLIS)
    const viewer = await viewers.open({ player, url, height })
    running.unshift({ stop: () => viewer.close() })
    await delay(WARM_UP_MILLIS)
    await viewer.take()
    const from = camera.count()
    await delay(seconds * 1000)
    const measured = await viewer.take()
    const counts = camera.from(from)
    const late = Math.max(...counts.map(({ latestMillis }) => latestMillis))
    const missed = (counts.at(-1)?.missed ?? Number.NaN) - (counts[0]?.missed ?? Number.NaN)
    report.progress(
      `${player}, ${measured.height} lines; camera at most ${late} ms late, ${missed} pictures missed by its encoder`,
    )
    return measured
  } finally {
    for (const each of running) await each.stop()
  }
}

/** The figures of one viewer. */
export function addViewer(report: Report, subject: string, measured: Measured, aim: string): void {
  const { shown, loaded, waits, freezes, longestFreeze, rateChanges, seeks, dropped, unreadable } = measured
  if (shown.length === 0) {
    report.progress(`${subject}: no frame could be read (${unreadable} unreadable)`)
    return
  }
  const seconds = (values: readonly number[], share: number): number => quantile(values, share) / 1000
  const add = (what: string, value: number, unit: string, note = ''): void =>
    report.add({ subject, what, value, unit, note })
  add('camera → screen, median', seconds(shown, 0.5), 's', aim)
  add('… 95th percentile', seconds(shown, 0.95), 's')
  add('… largest', Math.max(...shown) / 1000, 's', `${shown.length} frames, ${unreadable} unreadable`)
  if (loaded.length > 0) add('camera → browser’s buffer, median', seconds(loaded, 0.5), 's')
  const moves = `playback rate changed ${rateChanges} times, ${seeks} jumps, ${dropped} frames dropped`
  add(
    'stalls',
    waits + freezes,
    '',
    `${waits} waits, ${freezes} freezes, longest ${Math.round(longestFreeze)} ms; ${moves}`,
  )
}
