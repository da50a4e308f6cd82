import type { LadderPlan } from '@sluice/ladder'
import type { ExitReport } from '../output/exit-report.ts'
import type { FfmpegMessage } from '../output/message.ts'
import type { Progress } from '../output/progress.ts'
import { startTranscode, type TranscodeOptions } from '../process/transcode.ts'

/** The ffmpeg under test; `SLUICE_FFMPEG` names another one. */
export const TEST_BINARY: string = process.env.SLUICE_FFMPEG ?? 'ffmpeg'

/** Everything a finished run left. */
export interface Run {
  readonly outputs: ReadonlyMap<string, Buffer>
  readonly report: ExitReport
  readonly progress: readonly Progress[]
  readonly messages: readonly FfmpegMessage[]
}

/** Feeds a whole source to a plan and collects what comes out. */
export async function runToEnd(
  plan: LadderPlan,
  source: Buffer,
  options: Partial<TranscodeOptions> = {},
): Promise<Run> {
  const progress: Progress[] = []
  const messages: FfmpegMessage[] = []
  const transcode = startTranscode(plan, {
    binary: TEST_BINARY,
    inputFormat: 'flv',
    onProgress: (report) => progress.push(report),
    onMessage: (message) => messages.push(message),
    ...options,
  })
  transcode.input.end(source)
  const collected = [...transcode.outputs].map(async ([id, stream]) => {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return [id, Buffer.concat(chunks)] as const
  })
  const outputs = new Map(await Promise.all(collected))
  return { outputs, report: await transcode.exited, progress, messages }
}

/** The output of one rung. */
export function outputOf(run: Run, id: string): Buffer {
  const output = run.outputs.get(id)
  if (!output) throw new Error(`no output ${id}; ffmpeg said: ${run.report.stderrTail.join(' | ')}`)
  return output
}
