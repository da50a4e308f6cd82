import { finished } from 'node:stream/promises'
import type { FurtherEntry, MediaEntry, TracksEntry } from '@sluice/broadcast'
import { FragmentedMp4Reader } from '@sluice/cmaf'
import { concatBytes, errorMessage, type Millis, millis } from '@sluice/core'
import {
  type ExitReport,
  type FfmpegCapabilities,
  type InputFormat,
  type Progress,
  type RunningTranscode,
  startTranscode,
} from '@sluice/ffmpeg'
import type { LadderPlan } from '@sluice/ladder'
import type { Boundary, Packet, Track } from '@sluice/media'
import type { Logger } from '@sluice/runtime'
import { type DecoderInput, decoderInput } from './decoder-input.ts'
import { RecoveryMarker } from './recovery-marker.ts'
import type { RenditionOutput } from './rendition-output.ts'
import { TrackPackager } from './track-packager.ts'

/** Why a ladder stopped. */
export interface LadderFailure {
  readonly reason: string
  /** The machine is too slow for this ladder: a smaller one may run. */
  readonly overloaded: boolean
}

/** What all runs of a ladder have in common. */
export interface LadderSetting {
  /** What its encoder reads. */
  readonly tracks: TracksEntry
  /** How the decoder gets them. */
  readonly inputFormat: InputFormat
  /** By rendition id: every rung of the plan, and its audio; looked at whenever an encoder starts. */
  readonly outputs: ReadonlyMap<string, RenditionOutput>
  readonly partTarget: Millis
  readonly ffmpeg: FfmpegCapabilities
  readonly log: Logger
}

export interface LadderRunOptions extends LadderSetting {
  readonly plan: LadderPlan
  /** Time of the boundary that the run begins with. */
  readonly startsAt: Millis
  /** ffmpeg ended without being asked to, cannot keep up, or its output makes no sense. Called once. */
  readonly failed: (failure: LadderFailure) => void
  /** Each report of ffmpeg's. */
  readonly progressed: (progress: Progress) => void
}

/** Bytes waiting for ffmpeg beyond which it is taken to be slower than real time: some seconds of any stream. */
const BACKLOG_LIMIT = 24 * 1024 * 1024

/** What arrives from an encoder at a time, in parts: less is more to do, more is later. */
const FRAGMENT_OF_PART = 1 / 3

/** The source rung and the job's lock must not wait for encoders when the machine is full. */
const ENCODER_NICENESS = 5

/** One rung's way from ffmpeg's pipe to the store. */
interface Rung {
  readonly reader: FragmentedMp4Reader
  readonly output: RenditionOutput
  packager: TrackPackager | undefined
}

/** One ffmpeg process making all rungs, from a keyframe boundary until the tracks change or it is told to end. */
export class LadderRun {
  readonly #options: LadderRunOptions
  readonly #transcode: RunningTranscode
  readonly #decoderInput: DecoderInput
  readonly #marker: RecoveryMarker
  readonly #rungs: Rung[] = []
  /** For rungs that do not exist yet: encoders answer some frames later. */
  readonly #boundaries: Boundary[] = []
  /** One promise a rung: everything ffmpeg wrote has been read. */
  readonly #drained: Promise<void>[] = []
  /** For ffmpeg, from this turn of the event loop. */
  #unwritten: Uint8Array[] = []
  #horizon: Millis | undefined
  #ending = false
  #failed = false
  progress: Progress | undefined

  constructor(options: LadderRunOptions) {
    this.#options = options
    const { plan, tracks, inputFormat, outputs, log } = options
    const picture = tracks.video?.track
    this.#decoderInput = decoderInput(inputFormat, tracks)
    this.#marker = new RecoveryMarker(picture)
    this.#transcode = startTranscode(plan, {
      binary: options.ffmpeg.binary,
      inputFormat,
      encoder: options.ffmpeg.videoEncoder,
      picture,
      startsAt: options.startsAt,
      fragment: millis(Math.floor(options.partTarget * FRAGMENT_OF_PART)),
      niceness: ENCODER_NICENESS,
      onProgress: (progress) => {
        this.progress = progress
        options.progressed(progress)
      },
      onMessage: (message) => log.debug({ ffmpeg: message.text }, 'ffmpeg says'),
    })
    for (const [id, stream] of this.#transcode.outputs) {
      const output = outputs.get(id)
      if (output === undefined) {
        // Nobody wants it, and ffmpeg stops at a full pipe.
        stream.resume()
        continue
      }
      const rung: Rung = { reader: new FragmentedMp4Reader(), output, packager: undefined }
      this.#rungs.push(rung)
      stream.on('data', (bytes: Buffer) => this.#receive(rung, bytes))
      this.#drained.push(finished(stream, { writable: false }).catch(() => undefined))
    }
    this.#write(this.#decoderInput.header())
    void this.#transcode.exited.then((report) => this.#exited(report))
  }

  boundary(boundary: Boundary): void {
    this.#marker.boundary(boundary)
    if (this.#rungs.some(({ packager }) => packager === undefined)) this.#boundaries.push(boundary)
    for (const { packager } of this.#rungs) packager?.boundary(boundary)
  }

  /** @param packet - that of the entry. @param horizon - no boundary before this time will follow. */
  packet(entry: MediaEntry | FurtherEntry, packet: Packet, horizon: Millis): void {
    if (this.#ending || this.#failed) return
    this.#horizon = horizon
    this.#write(this.#decoderInput.frame(entry, packet, this.#marker.data(packet)))
    const waiting = this.#transcode.input.writableLength
    if (waiting > BACKLOG_LIMIT) {
      this.#fail(`ffmpeg is slower than real time: ${waiting} bytes wait for it`, true)
    }
  }

  /** Ends the input and waits until every rung has delivered what it had. */
  async end(): Promise<void> {
    this.#ending = true
    this.#flush()
    await this.#transcode.stop()
    await Promise.all(this.#drained)
    this.#close()
  }

  /** Everything of one turn of the event loop reaches ffmpeg in one piece: each piece wakes it up. */
  #write(pieces: readonly Uint8Array[]): void {
    if (this.#unwritten.length === 0) process.nextTick(() => this.#flush())
    this.#unwritten.push(...pieces)
  }

  #flush(): void {
    if (this.#unwritten.length === 0) return
    this.#transcode.input.write(concatBytes(this.#unwritten))
    this.#unwritten = []
  }

  #receive(rung: Rung, bytes: Buffer): void {
    if (this.#failed) return
    try {
      rung.reader.receive(bytes)
      for (const event of rung.reader.events()) {
        if (event.type === 'track') this.#configure(rung, event.track)
        else rung.packager?.packet(event.packet)
      }
      if (this.#horizon !== undefined) rung.packager?.horizon(this.#horizon)
    } catch (error) {
      this.#fail(
        `the output of ffmpeg for ${rung.output.rendition.id} cannot be packaged: ${errorMessage(error)}`,
      )
    }
  }

  #configure(rung: Rung, track: Track): void {
    const { partTarget } = this.#options
    rung.packager = new TrackPackager({ track, output: rung.output, partTarget, placement: 'time' })
    for (const boundary of this.#boundaries) rung.packager.boundary(boundary)
  }

  #close(): void {
    for (const { packager } of this.#rungs) packager?.end()
  }

  #exited(report: ExitReport): void {
    if (this.#ending || this.#failed) return
    this.#options.log.warn(
      { cause: report.cause, code: report.code, stderr: report.stderrTail },
      'ffmpeg ended',
    )
    this.#fail(`ffmpeg ended by itself: ${report.cause}`)
  }

  #fail(reason: string, overloaded = false): void {
    if (this.#failed || this.#ending) return
    this.#failed = true
    this.#close()
    void this.#transcode.stop()
    this.#options.failed({ reason, overloaded })
  }
}
