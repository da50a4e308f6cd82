import { BARS, clockDifference, readClock } from '../clock-bars.ts'
import type { Measured } from '../measured.ts'

/** Lines of the camera's picture: the bars shrink with it. */
const CAMERA_HEIGHT = 480
/** A block's side as it is looked at, and the part of it that no neighbour reaches. */
const SEEN_SIDE = 8
const MARGIN = 2
const FREEZE_MILLIS = 250
/** How often the browser's buffer is looked at. */
const LOOK_MILLIS = 5
/** Looks at the buffer's end that are kept: more than any player's delay. */
const LOOKS_KEPT = 4_000

const NO_COUNTS = { unreadable: 0, waits: 0, freezes: 0, longestFreeze: 0, rateChanges: 0, seeks: 0 }

interface BufferLook {
  /** Wall clock. */
  readonly at: number
  /** Where the media around the playing position ends, in seconds. */
  readonly end: number
}

/** Reads the clock in every new frame of a video, and notes what else viewers would notice. */
export class Meter {
  /** Milliseconds from asking for the stream to its first frame on screen. */
  readonly joined: Promise<number>
  readonly #video: HTMLVideoElement
  readonly #context: CanvasRenderingContext2D
  readonly #asked = performance.now()
  /** When the newest frame came; undefined before the first. */
  #newest: number | undefined
  #buffered: BufferLook[] = []
  #shown: number[] = []
  #loaded: number[] = []
  #counts = { ...NO_COUNTS }
  #droppedBefore = 0

  constructor(video: HTMLVideoElement) {
    const context = new OffscreenCanvas(BARS.columns * SEEN_SIDE, BARS.rows * SEEN_SIDE).getContext('2d', {
      willReadFrequently: true,
    })
    if (context === null) throw new Error('no 2d context')
    this.#video = video
    this.#context = context as unknown as CanvasRenderingContext2D
    this.joined = new Promise((resolve) => {
      video.requestVideoFrameCallback((_, frame) => {
        resolve(performance.now() - this.#asked)
        this.#see(frame)
      })
    })
    video.addEventListener('waiting', () => this.#count('waits'))
    video.addEventListener('ratechange', () => this.#count('rateChanges'))
    video.addEventListener('seeking', () => this.#count('seeks'))
    setInterval(() => this.#lookAtBuffer(), LOOK_MILLIS)
  }

  take(): Measured {
    const dropped = this.#video.getVideoPlaybackQuality().droppedVideoFrames
    const measured: Measured = {
      shown: this.#shown,
      loaded: this.#loaded,
      ...this.#counts,
      dropped: dropped - this.#droppedBefore,
      height: this.#video.videoHeight,
    }
    this.#shown = []
    this.#loaded = []
    this.#counts = { ...NO_COUNTS }
    this.#droppedBefore = dropped
    return measured
  }

  #see(frame: VideoFrameCallbackMetadata): void {
    const now = performance.now()
    const wallClock = Date.now()
    const stamped = readClock(this.#blocks())
    const freeze = now - (this.#newest ?? now)
    this.#counts.longestFreeze = Math.max(this.#counts.longestFreeze, freeze)
    if (freeze > FREEZE_MILLIS) this.#counts.freezes += 1
    this.#newest = now
    if (stamped === undefined) this.#counts.unreadable += 1
    else {
      this.#shown.push(clockDifference(stamped, wallClock))
      const look = this.#buffered.find(({ end }) => end > frame.mediaTime)
      if (look !== undefined) this.#loaded.push(clockDifference(stamped, look.at))
    }
    this.#video.requestVideoFrameCallback((_, next) => this.#see(next))
  }

  /** Mean luminance of each block, row by row. */
  #blocks(): number[] {
    const { columns, rows, side } = BARS
    const [width, height] = [columns * SEEN_SIDE, rows * SEEN_SIDE]
    const scale = this.#video.videoHeight / CAMERA_HEIGHT
    this.#context.drawImage(
      this.#video,
      0,
      0,
      columns * side * scale,
      rows * side * scale,
      0,
      0,
      width,
      height,
    )
    const { data } = this.#context.getImageData(0, 0, width, height)
    return Array.from({ length: columns * rows }, (_, index) => {
      const left = (index % columns) * SEEN_SIDE
      const top = Math.floor(index / columns) * SEEN_SIDE
      let sum = 0
      for (let y = top + MARGIN; y < top + SEEN_SIDE - MARGIN; y++) {
        // Black and white: the green channel says it all.
        for (let x = left + MARGIN; x < left + SEEN_SIDE - MARGIN; x++)
          sum += data[4 * (y * width + x) + 1] ?? 0
      }
      return sum / (SEEN_SIDE - 2 * MARGIN) ** 2
    })
  }

  #lookAtBuffer(): void {
    const end = this.#bufferEnd()
    if (end === this.#buffered.at(-1)?.end) return
    this.#buffered.push({ at: Date.now(), end })
    if (this.#buffered.length > LOOKS_KEPT) this.#buffered.shift()
  }

  #bufferEnd(): number {
    const { buffered } = this.#video
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1)
  }

  #count(what: 'waits' | 'rateChanges' | 'seeks'): void {
    if (this.#newest !== undefined) this.#counts[what] += 1
  }
}
