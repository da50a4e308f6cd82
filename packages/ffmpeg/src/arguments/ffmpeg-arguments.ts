/** Options and address of one input or output, as separate words. */
export interface FfmpegEnd {
  readonly options: readonly string[]
  readonly url: string
}

/** One ffmpeg invocation, before it is a list of words. */
export interface FfmpegArguments {
  /** Options of the whole process. */
  readonly global: readonly string[]
  readonly input: FfmpegEnd
  /** Chains of the one complex filter graph; none for a process without one. */
  readonly filters: readonly string[]
  readonly outputs: readonly FfmpegEnd[]
}

/** The words in the order ffmpeg gets them: what a log line or a bug report needs. */
export function commandLine(args: FfmpegArguments): string[] {
  return [
    ...args.global,
    ...args.input.options,
    '-i',
    args.input.url,
    ...(args.filters.length > 0 ? ['-filter_complex', args.filters.join(';')] : []),
    ...args.outputs.flatMap((output) => [...output.options, output.url]),
  ]
}
