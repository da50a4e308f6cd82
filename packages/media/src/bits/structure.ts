import { ProtocolError, SluiceError } from '@sluice/core'

/** What a reader of a peer's bytes is reading, for the errors it ends in. */
export interface Structure {
  /** As people say it, for example `an HEVC SPS`. */
  readonly name: string
  /** Where its error codes begin: `media.hevc.sps` makes `media.hevc.sps_truncated`. */
  readonly code: string
  readonly spec: string
}

/**
 * Runs a reader of fields. When it runs out of bytes, or into bits that are no Exp-Golomb code, the error
 * says what was read instead of where a field was cut.
 *
 * @param size - bytes of the whole structure, for the message.
 * @throws {ProtocolError} `<code>_truncated`, `<code>_invalid`; other errors pass through.
 */
export function readStructure<T>(structure: Structure, size: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    const { name, code, spec } = structure
    switch (error.code) {
      case 'core.bits.truncated':
      case 'core.bytes.truncated':
        throw new ProtocolError(
          `${code}_truncated`,
          `${name} of ${size} bytes ends too early: ${error.message}`,
          { details: { size }, spec, cause: error },
        )
      case 'core.bits.bad_exp_golomb':
        throw new ProtocolError(
          `${code}_invalid`,
          `${name} of ${size} bytes cannot be read: ${error.message}`,
          {
            details: { size },
            spec,
            cause: error,
          },
        )
      default:
        throw error
    }
  }
}

/**
 * A field's value, where it is one that the specification allows.
 *
 * @throws {ProtocolError} `<code>_invalid` above `max`.
 */
export function upTo(max: number, value: number, field: string, structure: Structure): number {
  if (value <= max) return value
  throw new ProtocolError(`${structure.code}_invalid`, `${field} is at most ${max}, not ${value}`, {
    details: { field, value, max },
    spec: structure.spec,
  })
}
