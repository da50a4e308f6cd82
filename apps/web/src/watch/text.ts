import type { Level, PlayerStats } from './player.ts'
import type { WatchState } from './watch-state.ts'

/** What lies over the video while it shows nothing. */
export interface Notice {
  readonly title: string
  readonly detail: string
  /** Whether something is under way by itself. */
  readonly busy: boolean
}

/** The words for a state, or undefined while the video speaks for itself. */
export function noticeOf(state: WatchState, now: number): Notice | undefined {
  switch (state.type) {
    case 'playing':
      return undefined
    case 'looking':
      return { title: 'Looking for the stream', detail: '', busy: true }
    case 'loading':
      return { title: 'Starting playback', detail: '', busy: true }
    case 'stalled':
      return {
        title: state.shown ? 'The picture is held up' : 'Starting playback takes longer than usual',
        detail: 'Playback goes on by itself when the broadcaster or the connection is back.',
        busy: true,
      }
    case 'ended':
      return {
        title: 'The stream has ended',
        detail: 'Leave this page open: it plays again when the broadcaster returns.',
        busy: false,
      }
    case 'waiting':
      return { ...WAITING[state.cause], detail: waitingDetail(state.retryAt, now), busy: true }
    case 'failed':
      return { ...FAILED[state.reason], busy: false }
  }
}

const WAITING = {
  absent: { title: 'Waiting for the stream to start' },
  unreachable: { title: 'The server does not answer' },
  lost: { title: 'Reconnecting' },
} as const

const FAILED = {
  refused: { title: 'This stream is not open to you', detail: 'The server refused access to it.' },
  unsupported: {
    title: 'This browser cannot play the stream',
    detail: 'It has no Media Source Extensions and no HLS of its own. Any current browser has.',
  },
} as const

function waitingDetail(retryAt: number | undefined, now: number): string {
  const seconds = retryAt === undefined ? 0 : Math.ceil((retryAt - now) / 1000)
  return seconds <= 0 ? 'Looking now …' : `Looking again in ${seconds} s`
}

/**
 * Labels for a quality menu, one per level: `1080p60`, with the bit rate where two would read the same, and the
 * bit rate alone where the manifest gives no size.
 */
export function levelLabels(levels: readonly Level[]): string[] {
  const sizes = levels.map(({ height, frameRate }) =>
    height === undefined
      ? ''
      : `${height}p${frameRate !== undefined && frameRate > 31 ? Math.round(frameRate) : ''}`,
  )
  return levels.map(({ bitrate }, index) => {
    const size = sizes[index] ?? ''
    const unique = size !== '' && sizes.filter((other) => other === size).length === 1
    return unique ? size : [size, bitrateText(bitrate)].filter((part) => part !== '').join(' ')
  })
}

/** `4.2 Mbit/s` or `640 kbit/s`. */
export function bitrateText(bitsPerSecond: number): string {
  return bitsPerSecond >= 1_000_000
    ? `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1000)} kbit/s`
}

/** One line of figures per fact; a dash where a fact is not known. */
export function statsText(stats: PlayerStats, levels: readonly Level[]): Readonly<Record<StatName, string>> {
  const { level: index, latency, buffer, droppedFrames, totalFrames } = stats
  const level = levels.findIndex((candidate) => candidate.index === index)
  const label = levelLabels(levels)[level]
  const size = levels[level]
  return {
    latency: latency === undefined ? '–' : `${latency.toFixed(1)} s`,
    buffer: `${buffer.toFixed(1)} s`,
    dropped: totalFrames === 0 ? '–' : `${droppedFrames} of ${totalFrames}`,
    rung: label === undefined || size === undefined ? '–' : `${label}, ${bitrateText(size.bitrate)}`,
  }
}

/** The facts below the video. */
export type StatName = 'latency' | 'buffer' | 'dropped' | 'rung'
