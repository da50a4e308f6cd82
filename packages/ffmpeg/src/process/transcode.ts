import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { type Millis, millis } from '@sluice/core'
import { encodedIds, type LadderPlan } from '@sluice/ladder'
import type { InputFormat } from '../arguments/input-arguments.ts'
import type { Picture } from '../arguments/threads.ts'
import { transcodeArguments } from '../arguments/transcode-arguments.ts'
import { SOFTWARE_ENCODER, type VideoEncoder } from '../arguments/video-encoder.ts'
import { type ExitReport, exitReport } from '../output/exit-report.ts'
import { LineSplitter } from '../output/line-splitter.ts'
import { type FfmpegMessage, MessageParser } from '../output/message.ts'
import { type Progress, ProgressParser } from '../output/progress.ts'
import { createCommand } from './command.ts'
import { type StopStep, stopChild } from './stop.ts'

/** Log lines an exit report keeps. */
const TAIL_LINES = 40

/** First file descriptor after stdin, stdout and stderr. */
const FIRST_EXTRA_FD = 3

/** How a plan is run. */
export interface TranscodeOptions {
  /** Name or path of ffmpeg. */
  readonly binary: string
  readonly inputFormat: InputFormat
  /** Default: the processor. */
  readonly encoder?: VideoEncoder
  /** The source's picture, which decides about threads and bit rates; undefined: none, or a small one. */
  readonly picture?: Picture | undefined
  /** Media time at which the feed begins; makes audio frames of different workers fit. See `audioFilters`. */
  readonly startsAt?: Millis | undefined
  /** Media that a fragment of the outputs holds; one frame at least, and the default. */
  readonly fragment?: Millis
  /** From 0 to 19, default 0. Above 0 the encoder leaves the processor to this process when both want it. */
  readonly niceness?: number
  /** Each line of ffmpeg's log, warnings and graver. */
  readonly onMessage?: (message: FfmpegMessage) => void
  /** Once a second and at the end. */
  readonly onProgress?: (progress: Progress) => void
}

/** A running ladder. */
export interface RunningTranscode {
  /** Undefined when the process could not be started. */
  readonly pid: number | undefined
  /**
   * The source, in the input format. `write` answers false when ffmpeg is behind; wait for `drain` or `close`.
   * Never raises `error`: what is written after the end is lost. `end()` finishes the ladder in order.
   */
  readonly input: Writable
  /**
   * Rung id to its fragmented MP4. Every one must be read to its end: one full pipe stops all rungs. They may still
   * hold bytes when `exited` settles.
   */
  readonly outputs: ReadonlyMap<string, Readable>
  /** Settles when the process is gone and its log is read; never rejects. */
  readonly exited: Promise<ExitReport>
  /**
   * Ends the process and waits until it is gone. Keep reading the outputs meanwhile: with its input ended, ffmpeg first
   * writes what it holds.
   *
   * @returns the step that was needed; `eof` also where the process was gone already.
   */
  stop(): Promise<StopStep>
}

/**
 * Starts one ffmpeg that makes every rung of a plan. A start that fails is an `exited` of cause `spawn-failed`.
 *
 * No process stays behind: `stop()` ends it, this process's exit kills it, and when this process is killed its pipes
 * close, which ends ffmpeg whether it waits for input or for a reader.
 *
 * @throws {StateError} `ffmpeg.plan.empty` when the plan encodes nothing.
 */
export function startTranscode(plan: LadderPlan, options: TranscodeOptions): RunningTranscode {
  const ids = encodedIds(plan)
  const args = transcodeArguments(plan, {
    inputFormat: options.inputFormat,
    encoder: options.encoder ?? SOFTWARE_ENCODER,
    picture: options.picture,
    outputs: new Map(ids.map((id, index) => [id, FIRST_EXTRA_FD + index])),
    progressFd: FIRST_EXTRA_FD + ids.length,
    startsAt: options.startsAt,
    fragment: options.fragment ?? millis(0),
  })
  const child = createCommand(args, {
    binary: options.binary,
    extraFds: ids.length + 1,
    // Messages are recognised by their English text.
    env: { AV_LOG_FORCE_NOCOLOR: '1', LC_ALL: 'C' },
    niceness: options.niceness ?? 0,
  }).start()

  const tail: string[] = []
  const messages = new MessageParser()
  const logRead = readLines(child.stderr, (line) => {
    const message = messages.line(line)
    tail.push(message.component === undefined ? message.text : `${message.component}: ${message.text}`)
    if (tail.length > TAIL_LINES) tail.shift()
    options.onMessage?.(message)
  })
  const progress = new ProgressParser()
  const progressRead = readLines(child.extra.at(-1), (line) => {
    const report = progress.line(line, performance.now())
    if (report) options.onProgress?.(report)
  })

  let stopping: Promise<StopStep> | undefined
  let gone = false
  return {
    pid: child.pid,
    input: child.stdin,
    outputs: new Map(child.extra.slice(0, -1).map((stream, index) => [ids[index] ?? '', stream])),
    exited: report(),
    stop: () => {
      stopping ??= gone ? Promise.resolve('eof') : stopChild(child)
      return stopping
    },
  }

  async function report(): Promise<ExitReport> {
    const end = await child.ended
    gone = true
    const stopped = stopping !== undefined
    if (child.pid !== undefined) await Promise.all([logRead, progressRead])
    return exitReport({ ...end, stopped, stderrTail: tail })
  }
}

/** Calls `onLine` for each line of a stream until it ends, in whatever way. */
async function readLines(stream: Readable | undefined, onLine: (line: string) => void): Promise<void> {
  if (!stream) return
  const lines = new LineSplitter()
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => lines.push(text).forEach(onLine))
  await finished(stream, { writable: false }).catch(() => undefined)
  lines.end().forEach(onLine)
}
