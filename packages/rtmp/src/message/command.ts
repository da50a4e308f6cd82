import { type AmfLimits, type AmfValue, readAmf0Values, writeAmf0 } from '@sluice/amf'
import { ProtocolError } from '@sluice/core'

/** A command: a remote call, or the answer to one. */
export interface Command {
  readonly type: 'command'
  readonly name: string
  /** Pairs an answer with its call; 0 wants no answer. */
  readonly transactionId: number
  /** The command object, then everything after it. */
  readonly values: readonly AmfValue[]
}

/**
 * Reads the payload of an AMF0 command (type 20).
 *
 * @throws {ProtocolError} `rtmp.command.malformed`: no name or no transaction id; anything `readAmf0Values` throws.
 * @throws {UnsupportedError} anything `readAmf0Values` throws.
 * @see Adobe RTMP 1.0 §7.1.1, §7.2
 */
export function readCommand(payload: Uint8Array, limits: AmfLimits): Command {
  const [name, transactionId, ...values] = readAmf0Values(payload, limits)
  if (typeof name !== 'string' || typeof transactionId !== 'number') {
    throw new ProtocolError(
      'rtmp.command.malformed',
      `a command begins with a string and a number, not ${typeof name} and ${typeof transactionId}`,
      { spec: 'Adobe RTMP 1.0 §7.2' },
    )
  }
  return { type: 'command', name, transactionId, values }
}

/** Writes a command as AMF0. @throws {StateError} anything `writeAmf0` throws. */
export function writeCommand({ name, transactionId, values }: Command): Uint8Array {
  return writeAmf0([name, transactionId, ...values])
}

/**
 * Skips the format byte of the AMF3 message types (15, 17). It is 0 and AMF0 values follow; neither a command
 * nor a data message begins with a number, so a sender that leaves it out is understood as well.
 */
export function skipAmf3Format(payload: Uint8Array): Uint8Array {
  return payload[0] === 0 ? payload.subarray(1) : payload
}
