import { execFile } from 'node:child_process'
import { DependencyError, errorMessage } from '@sluice/core'
import { SOFTWARE_ENCODER, type VideoEncoder } from '../arguments/video-encoder.ts'
import { type FfmpegVersion, parseFilters, parseHardware, parseTable, parseVersion } from './parse.ts'
import { proveEncoder } from './prove.ts'

/** The oldest ffmpeg whose options we use (`-fps_mode`). */
const OLDEST = { major: 5, minor: 1 } as const

/** Milliseconds one question may take; a healthy ffmpeg answers within 100. */
const PATIENCE = 10_000

/** What one ffmpeg binary can do here, in its own names. Plain data: part of a worker's registration. */
export interface FfmpegCapabilities {
  readonly binary: string
  readonly version: FfmpegVersion
  readonly encoders: readonly string[]
  readonly decoders: readonly string[]
  readonly muxers: readonly string[]
  readonly demuxers: readonly string[]
  readonly filters: readonly string[]
  /** Compiled in; whether a device is there shows only when it is used. */
  readonly hardware: readonly string[]
  /** What encodes the ladder's pictures; one on a GPU has shown that it does. */
  readonly videoEncoder: VideoEncoder
}

/**
 * Asks a binary what it is and what it can do. Runs it seven times, 0.2 s in all, and once more for an encoder on a GPU.
 *
 * @param videoEncoder - what is to encode the ladder's pictures.
 * @throws {DependencyError} `ffmpeg.missing` when there is no such program, `ffmpeg.not_executable` when it does not
 *   run, `ffmpeg.unrecognised` when it is something else, `ffmpeg.too_old` below 5.1, `ffmpeg.encoder_unusable` when the
 *   GPU's encoder does not work.
 */
export async function probeCapabilities(
  binary: string,
  videoEncoder: VideoEncoder = SOFTWARE_ENCODER,
): Promise<FfmpegCapabilities> {
  const version = parseVersion(await ask(binary, '-version'))
  if (!version)
    throw new DependencyError(
      'ffmpeg.unrecognised',
      `${binary} does not answer -version as ffmpeg does: set SLUICE_FFMPEG to an ffmpeg`,
    )
  if (version.major < OLDEST.major || (version.major === OLDEST.major && version.minor < OLDEST.minor)) {
    throw new DependencyError(
      'ffmpeg.too_old',
      `${binary} is ffmpeg ${version.text}; ${OLDEST.major}.${OLDEST.minor} is the oldest that works: install a newer one, or set SLUICE_FFMPEG to where one is`,
      { details: { binary, version: version.text } },
    )
  }
  const [encoders, decoders, muxers, demuxers, filters, hardware] = await Promise.all([
    ask(binary, '-encoders').then(parseTable),
    ask(binary, '-decoders').then(parseTable),
    ask(binary, '-muxers').then(parseTable),
    ask(binary, '-demuxers').then(parseTable),
    ask(binary, '-filters').then(parseFilters),
    ask(binary, '-hwaccels').then(parseHardware),
  ])
  if (videoEncoder.kind !== 'software') await proveEncoder({ binary, version, encoders }, videoEncoder)
  return { binary, version, encoders, decoders, muxers, demuxers, filters, hardware, videoEncoder }
}

function ask(binary: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      binary,
      ['-hide_banner', question],
      { timeout: PATIENCE, maxBuffer: 4 << 20, windowsHide: true },
      (error, stdout) => (error ? reject(unusable(binary, error)) : resolve(stdout)),
    )
  })
}

function unusable(binary: string, cause: Error & { readonly code?: unknown }): DependencyError {
  const details = { binary }
  if (cause.code === 'ENOENT') {
    return new DependencyError(
      'ffmpeg.missing',
      `ffmpeg was not found at ${binary}; install it with apt install ffmpeg or set SLUICE_FFMPEG`,
      { details, cause },
    )
  }
  return new DependencyError(
    'ffmpeg.not_executable',
    `${binary} does not run (${errorMessage(cause).trim()}): set SLUICE_FFMPEG to an ffmpeg`,
    {
      details,
      cause,
    },
  )
}
