import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, runChild, startChild } from '@sluice/testkit'

/** Seconds until a source repeats. */
const SECONDS = 20

/**
 * The source of every case: 720p at 30 frames a second and 2.7 Mbit/s, a keyframe each second, two B-frames, H.264 High;
 * AAC at 128 kbit/s and 48 kHz. The picture is ffmpeg's `testsrc2` under seeded noise, which makes encoders work
 * about as hard as a camera does. Encoded once and kept in the temporary folder.
 *
 * @returns the path of an FLV file.
 */
export async function source720p(): Promise<string> {
  const args = [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30,noise=alls=6:allf=t:all_seed=1,format=yuv420p'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=330:beep_factor=4:sample_rate=48000', '-t', `${SECONDS}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high', '-bf', '2', '-b:v', '2700k'],
    ...['-maxrate', '2700k', '-bufsize', '2700k', '-g', '30', '-keyint_min', '30', '-sc_threshold', '0'],
    ...['-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-f', 'flv'],
  ]
  const folder = join(tmpdir(), 'sluice-bench')
  const name = createHash('sha256').update(args.join(' ')).digest('hex').slice(0, 12)
  const file = join(folder, `720p30-${name}.flv`)
  if (existsSync(file)) return file
  await mkdir(folder, { recursive: true })
  const unfinished = `${file}.${process.pid}`
  const { code, output } = await runChild('ffmpeg', ['-v', 'error', '-y', ...args, unfinished])
  if (code !== 0) throw new Error(`the source could not be encoded: ${output}`)
  await rename(unfinished, file)
  return file
}

/** Publishes a file in real time, over and over, without encoding: costs next to nothing. */
export function publishFile(file: string, url: string): Child {
  return startChild('ffmpeg', [
    ...['-hide_banner', '-nostats', '-loglevel', 'warning', '-re', '-stream_loop', '-1', '-i', file],
    ...['-c', 'copy', '-f', 'flv', url],
  ])
}
