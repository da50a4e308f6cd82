/** Facts that belong to an error: the offending value, the limit, a byte offset. Values must be printable. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>

/** What every declared error of this project carries. */
export interface SluiceErrorOptions {
  /** Facts for the log line beside the message. */
  readonly details?: ErrorDetails
  /** Section of the specification that the input breaks, for example `Adobe RTMP 1.0 §5.3.1`. */
  readonly spec?: string
  readonly cause?: unknown
}

/**
 * Root of the four declared error classes. `code` is stable (`rtmp.chunk.body_too_large`): it is a metric
 * label and a documentation anchor. The message is for people: what happened, the value, what to do.
 */
export abstract class SluiceError extends Error {
  readonly code: string
  readonly details: ErrorDetails
  readonly spec: string | undefined

  constructor(code: string, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.details = options.details ?? {}
    this.spec = options.spec
  }
}

/** A peer's bytes break a specification or one of our limits: the connection is closed. */
export class ProtocolError extends SluiceError {}

/** Valid input that this project does not handle: it is refused politely, with a reason. */
export class UnsupportedError extends SluiceError {}

/** Our own caller used an API out of order: a bug to report. */
export class StateError extends SluiceError {}

/** A named outside party (ffmpeg, Redis, the store, a setting) failed: retried where safe, else the job ends. */
export class DependencyError extends SluiceError {}

/** The one-line text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The stable code of a declared error, or `internal` for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof SluiceError ? error.code : 'internal'
}
