/**
 * A camera with an encoder of low delay: pictures with the wall clock in them (`clock-bars.ts`) and a tone, each made when it is
 * due, encoded and published by ffmpeg. A process of its own, so that its CPU time is not counted.
 *
 * `node --import tsx bench/latency/camera.ts GOP_SECONDS URL`. Prints one JSON line (`CameraCount`) a second.
 */
import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { CameraCount } from './camera-count.ts'
import { drawClock } from './clock-bars.ts'

const WIDTH = 854
const HEIGHT = 480
/** Of YUV 4:2:0. */
const FRAME_BYTES = (WIDTH * HEIGHT * 3) / 2
const FRAME_RATE = 30
const SAMPLE_RATE = 48_000
const TONE_HERTZ = 330

const [gopSeconds = '', url = ''] = process.argv.slice(2)
const gop = String(Number(gopSeconds) * FRAME_RATE)

/** Options of an input that is known: nothing is gathered before it is used. */
const AT_ONCE = [
  '-fflags',
  'nobuffer',
  '-probesize',
  '32',
  '-analyzeduration',
  '0',
  '-thread_queue_size',
  '1',
]

const ffmpeg = spawn(
  'ffmpeg',
  [
    ...['-hide_banner', '-nostats', '-loglevel', 'warning'],
    ...[...AT_ONCE, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`],
    ...['-r', `${FRAME_RATE}`, '-i', 'pipe:0'],
    ...[...AT_ONCE, '-f', 's16le', '-ar', `${SAMPLE_RATE}`, '-ac', '1', '-i', 'pipe:3'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1'],
    ...['-b:v', '1500k', '-maxrate', '1500k', '-bufsize', '750k'],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0'],
    ...['-c:a', 'aac', '-b:a', '96k', '-ac', '2', '-flush_packets', '1', '-f', 'flv', url],
  ],
  { stdio: ['pipe', 'inherit', 'inherit', 'pipe'] },
)
// What 'pipe' makes of them; the types cannot say so.
const [pictures, sound] = [ffmpeg.stdio[0], ffmpeg.stdio[3]] as unknown as readonly [Writable, Writable]
for (const pipe of [pictures, sound]) pipe.on('error', () => pipe.destroy())
ffmpeg.on('exit', (code, signal) => {
  process.stderr.write(`ffmpeg ended: ${code ?? signal}\n`)
  process.exit(1)
})
process.once('SIGTERM', () => {
  ffmpeg.removeAllListeners('exit')
  ffmpeg.once('exit', () => process.exit(0))
  ffmpeg.kill('SIGTERM')
})

const background = moveableBackground()
const tone = secondOfTone()
const counts = { due: 0, taken: 0, latest: 0 }
const began = performance.now()
next()
setInterval(print, 1_000)
print()

/** Makes the next picture when it is due. */
function next(): void {
  const late = performance.now() - began - (counts.due * 1000) / FRAME_RATE
  if (late < 0) {
    setTimeout(next, -late)
    return
  }
  counts.due += 1
  // An encoder that is not ready misses it, as it would with a camera: what waits now would be too old for ever.
  if (pictures.writableLength <= FRAME_BYTES) take(late)
  setImmediate(next)
}

function take(late: number): void {
  counts.latest = Math.max(counts.latest, late)
  pictures.write(picture(counts.taken))
  const samples = SAMPLE_RATE / FRAME_RATE
  const at = (counts.taken % FRAME_RATE) * samples
  sound.write(tone.subarray(2 * at, 2 * (at + samples)))
  counts.taken += 1
}

/** A ramp that wanders through the picture, under the clock as it is now. */
function picture(number: number): Uint8Array {
  const frame = Buffer.alloc(FRAME_BYTES, 128)
  for (let line = 0; line < HEIGHT; line++) {
    const from = (2 * number + line) % WIDTH
    frame.set(background.subarray(from, from + WIDTH), line * WIDTH)
  }
  drawClock(frame, WIDTH, Date.now())
  return frame
}

/** Two widths of a line, so that it can be taken from anywhere in the first. */
function moveableBackground(): Uint8Array {
  return Uint8Array.from(
    { length: 2 * WIDTH },
    (_, x) => 126 + Math.round(90 * Math.sin((8 * Math.PI * x) / WIDTH)),
  )
}

function secondOfTone(): Buffer {
  const samples = Int16Array.from({ length: SAMPLE_RATE }, (_, index) =>
    Math.round(3_000 * Math.sin((2 * Math.PI * TONE_HERTZ * index) / SAMPLE_RATE)),
  )
  return Buffer.from(samples.buffer)
}

function print(): void {
  const line: CameraCount = { missed: counts.due - counts.taken, latestMillis: Math.round(counts.latest) }
  counts.latest = 0
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
