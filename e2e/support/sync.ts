import { runChild } from '@sluice/testkit'

/** One flash of the picture and the beep that belongs to it, in seconds of media time. */
export interface SyncMark {
  readonly flash: number
  readonly beep: number
  /** Milliseconds by which the sound comes late. */
  readonly offset: number
}

/** Half of what lies between two marks, in seconds. */
const NEAREST = 0.5
const BRIGHT = 150

/**
 * Decodes a variant of a published `flash` and `beep` and finds where both begin. The flash is known to the
 * frame, the beep to some samples: AAC smears its onset a little ahead.
 *
 * @param url - of a multivariant playlist whose broadcast has ended.
 * @param program - number of the variant, from 0 in the playlist's order.
 */
export async function measureSync(url: string, program = 0): Promise<SyncMark[]> {
  const print = (filter: string, key: string): string => `${filter}=mode=print:key=${key}:file=-:direct=1`
  const { output, code } = await runChild('ffmpeg', [
    ...['-v', 'error', '-copyts', '-live_start_index', '0', '-i', url],
    ...['-map', `0:p:${program}:v`, '-map', `0:p:${program}:a`],
    ...['-vf', `scale=16:16,signalstats,${print('metadata', 'lavfi.signalstats.YAVG')}`],
    ...['-af', `silencedetect=n=-30dB:d=0.2,${print('ametadata', 'lavfi.silence_end')}`],
    ...['-f', 'null', '-'],
  ])
  if (code !== 0) throw new Error(`ffmpeg cannot decode ${url}: ${output}`)
  const flashes: number[] = []
  const beeps: number[] = []
  let time = 0
  let before = 255
  for (const line of output.split('\n')) {
    const value = Number(line.split('=')[1])
    if (line.startsWith('frame:')) time = Number(/pts_time:([\d.]+)/.exec(line)?.[1])
    else if (line.startsWith('lavfi.silence_end')) beeps.push(value)
    else if (line.startsWith('lavfi.signalstats.YAVG')) {
      if (value > BRIGHT && before < BRIGHT) flashes.push(time)
      before = value
    }
  }
  return flashes.flatMap((flash) => {
    const beep = beeps.find((each) => Math.abs(each - flash) < NEAREST)
    return beep === undefined ? [] : [{ flash, beep, offset: (beep - flash) * 1000 }]
  })
}

/** When the beeps of a sound begin, in seconds of media time. @param url - of a media playlist that has ended. */
export async function measureBeeps(url: string): Promise<number[]> {
  const { output, code } = await runChild('ffmpeg', [
    ...['-v', 'error', '-copyts', '-live_start_index', '0', '-i', url],
    ...['-af', 'silencedetect=n=-30dB:d=0.2,ametadata=mode=print:key=lavfi.silence_end:file=-:direct=1'],
    ...['-f', 'null', '-'],
  ])
  if (code !== 0) throw new Error(`ffmpeg cannot decode ${url}: ${output}`)
  return [...output.matchAll(/lavfi\.silence_end=([\d.]+)/g)].map(([, time]) => Number(time))
}

/** The largest offset, early or late, in milliseconds. */
export function worstOffset(marks: readonly SyncMark[]): number {
  return Math.max(...marks.map(({ offset }) => Math.abs(offset)))
}
