import { type Millis, StateError } from '@sluice/core'
import { type LadderPlan, needsEncoder } from '@sluice/ladder'
import { audioArguments, audioFilters } from './audio-arguments.ts'
import type { FfmpegArguments, FfmpegEnd } from './ffmpeg-arguments.ts'
import { type InputFormat, inputArguments } from './input-arguments.ts'
import { filterThreads, type Picture } from './threads.ts'
import { toneMappedArguments, toneMappingFilters } from './tone-mapping.ts'
import { videoArguments, videoFilters } from './video-arguments.ts'
import { deviceArguments, type VideoEncoder } from './video-encoder.ts'

/** Where one ffmpeg process reads and writes. The source always arrives on its standard input. */
export interface TranscodeIo {
  readonly inputFormat: InputFormat
  readonly encoder: VideoEncoder
  /** The source's picture, which decides about threads and bit rates. */
  readonly picture: Picture | undefined
  /** Rung id to the number of the file descriptor its fragmented MP4 is written to. */
  readonly outputs: ReadonlyMap<string, number>
  /** File descriptor of the progress report. */
  readonly progressFd: number
  /** See `fragmentedMp4`. */
  readonly fragment: Millis
  /** See `audioFilters`. */
  readonly startsAt: Millis | undefined
}

/**
 * The invocation that makes every rung of a plan: the source is decoded once, and tone mapped once where the plan says so;
 * each rung has a filter chain, an encoder and a pipe of its own. Holds for ffmpeg 5.1 to 9.0.
 *
 * @throws {StateError} `ffmpeg.plan.empty` when the plan encodes nothing, `ffmpeg.plan.no_output` when a rung has
 *   no file descriptor.
 */
export function transcodeArguments(plan: LadderPlan, io: TranscodeIo): FfmpegArguments {
  if (!needsEncoder(plan)) throw new StateError('ffmpeg.plan.empty', 'the plan has nothing to encode')
  const { rungs, audio } = plan
  const filters: string[] = []
  const outputs: FfmpegEnd[] = []

  const split = rungs.map((_, index) => `[s${index}]`).join('')
  if (rungs.length > 0) filters.push(`[0:v:0]${toneMappingFilters(plan)}split=${rungs.length}${split}`)
  rungs.forEach((rung, index) => {
    filters.push(`[s${index}]${videoFilters(rung, io.encoder)}[v${index}]`)
    outputs.push({
      options: ['-map', `[v${index}]`, ...videoArguments(rung, io), ...toneMappedArguments(plan)],
      url: pipeOf(rung.id, io),
    })
  })
  if (audio) {
    // Not a chain of the complex graph: where audio pauses, ffmpeg 7 would hold all of that graph back.
    const options = [
      '-map',
      '0:a:0',
      '-af',
      audioFilters(audio, io.startsAt),
      ...audioArguments(audio, io.fragment),
    ]
    outputs.push({ options, url: pipeOf(audio.id, io) })
  }
  return {
    global: [
      '-hide_banner',
      '-nostdin',
      '-nostats',
      '-loglevel',
      'level+warning',
      '-copyts',
      '-progress',
      `pipe:${io.progressFd}`,
      '-stats_period',
      '1',
      '-filter_complex_threads',
      `${filterThreads(io.picture, plan)}`,
      // Not for sound alone: the device may be gone, and nothing needs it.
      ...(rungs.length > 0 ? deviceArguments(io.encoder) : []),
    ],
    input: inputArguments(io.inputFormat, io.picture),
    filters,
    outputs,
  }
}

function pipeOf(id: string, io: TranscodeIo): string {
  const fd = io.outputs.get(id)
  if (fd === undefined) throw new StateError('ffmpeg.plan.no_output', `no file descriptor for rung "${id}"`)
  return `pipe:${fd}`
}
