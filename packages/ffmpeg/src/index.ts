/**
 * ffmpeg as an encoder: one process reads a source on its standard input and hands back each rung as fragmented
 * MP4 on a pipe of its own. The only package that knows ffmpeg's options, and the only one that imports
 * fluent-ffmpeg.
 *
 * Leaves out: what is encoded (`@sluice/ladder`), reading the fragments (`@sluice/cmaf`; a trial at start does), when to restart.
 *
 * - `arguments/` a plan to ffmpeg's arguments, pure
 * - `output/` what ffmpeg says: log lines, progress reports, why it ended; pure
 * - `process/` `startTranscode`: the running process, its pipes, how it is stopped and never left behind
 * - `capabilities/` what a binary can do, whether its encoder on a GPU works, and whether a profile or a source can run on it
 */

export { commandLine, type FfmpegArguments, type FfmpegEnd } from './arguments/ffmpeg-arguments.ts'
export type { InputFormat } from './arguments/input-arguments.ts'
export { decoderThreads, filterThreads, type Picture } from './arguments/threads.ts'
export { type TranscodeIo, transcodeArguments } from './arguments/transcode-arguments.ts'
export { encoderName, SOFTWARE_ENCODER, type VideoEncoder } from './arguments/video-encoder.ts'
export {
  checkProfile,
  checkSource,
  inputFormat,
  type Obstacle,
  type SourceCodecs,
  toneMappingObstacle,
} from './capabilities/check.ts'
export type { FfmpegVersion } from './capabilities/parse.ts'
export { type FfmpegCapabilities, probeCapabilities } from './capabilities/probe.ts'
export type { ExitCause, ExitReport } from './output/exit-report.ts'
export type { FfmpegMessage, MessageLevel } from './output/message.ts'
export type { Progress } from './output/progress.ts'
export type { StopStep } from './process/stop.ts'
export { type RunningTranscode, startTranscode, type TranscodeOptions } from './process/transcode.ts'
