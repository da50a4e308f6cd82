import { StateError } from '@sluice/core'
import fluentFfmpeg from 'fluent-ffmpeg'
import type { FfmpegArguments } from '../arguments/ffmpeg-arguments.ts'
import { type Child, type ChildOptions, startChild } from './child.ts'

/** How a command is run. */
export interface CommandOptions extends ChildOptions {
  readonly binary: string
}

/** One ffmpeg invocation. */
export interface Command {
  /** Runs it; once. A spawn that fails is told by the child's `ended`. */
  start(): Child
}

/** A log buffer as the library wants it at the end. We read stderr ourselves. */
interface LinesRing {
  get(): string
}
const NO_LINES: LinesRing = { get: () => '' }

/** The methods of the library that are its own business by name, and ours by necessity. */
interface Internals {
  _getArguments(): string[]
  _prepare: (callback: (error: Error | null, words: string[]) => void) => void
  _spawnFfmpeg: (
    words: string[],
    options: unknown,
    onProcess: (process: unknown, stdout: LinesRing, stderr: LinesRing) => void,
    onEnd: (error: Error | null, stdout: LinesRing, stderr: LinesRing) => void,
  ) => void
}

/**
 * The only place that knows fluent-ffmpeg, which builds and runs the command with two of its methods replaced:
 *
 * - `_prepare` spawns `ffmpeg -formats` and `-encoders` before the first run, misreads their output from version
 *   7 on, and may start an ffprobe. What this ffmpeg can do is our own probe's business.
 * - `_spawnFfmpeg` creates no pipes beyond stderr, looks its binary up in a cache of the whole process, and ends the
 *   process by an uncaught error when the spawn fails.
 *
 * @param args - words are passed on as they are.
 */
export function createCommand(args: FfmpegArguments, options: CommandOptions): Command {
  const command = fluentFfmpeg()
  // Spread, never as an array: the library splits array elements at a blank.
  command.input(args.input.url).inputOptions(...args.input.options)
  if (args.filters.length > 0) command.complexFilter([...args.filters])
  for (const output of args.outputs) command.output(output.url).outputOptions(...output.options)

  const internals = command as unknown as Internals
  let child: Child | undefined
  internals._prepare = (callback) => callback(null, internals._getArguments())
  internals._spawnFfmpeg = (words, _options, onProcess, onEnd) => {
    const started = startChild(options.binary, [...args.global, ...words], options)
    child = started
    onProcess(undefined, NO_LINES, NO_LINES)
    void started.ended.then(({ spawnError }) => onEnd(spawnError ?? null, NO_LINES, NO_LINES))
  }
  // The same news comes by `ended`; without a listener it would be thrown.
  command.on('error', () => {})
  return {
    start: () => {
      command.run()
      if (!child)
        throw new StateError('ffmpeg.command.not_started', 'fluent-ffmpeg did not spawn the command')
      return child
    },
  }
}
