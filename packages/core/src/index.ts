/**
 * What every other package may rely on: the four error classes, byte and bit readers and writers, and
 * exact time arithmetic. Knows no media format, no socket, no file and no clock.
 *
 * - `errors.ts` the declared error classes and their codes
 * - `bytes/` fixed-width fields, bit fields, joining, comparing, gathering; memory for payloads
 * - `time.ts` branded milliseconds and ticks, exact rescaling
 */
export { assertNever } from './assert-never.ts'
export { BitReader } from './bytes/bit-reader.ts'
export { ByteReader } from './bytes/byte-reader.ts'
export { ByteWriter } from './bytes/byte-writer.ts'
export { concatBytes, equalBytes, toHex } from './bytes/bytes.ts'
export { GatheredBytes } from './bytes/gathered-bytes.ts'
export { giveBack, PayloadMemory } from './bytes/payload-memory.ts'
export {
  DependencyError,
  type ErrorDetails,
  errorCode,
  errorMessage,
  ProtocolError,
  SluiceError,
  type SluiceErrorOptions,
  StateError,
  UnsupportedError,
} from './errors.ts'
export {
  type EpochMillis,
  epochMillis,
  MILLISECONDS,
  type Millis,
  millis,
  millisToTicks,
  rescale,
  type Ticks,
  type Timescale,
  ticks,
  ticksToMillis,
  timescale,
  VIDEO_TIMESCALE,
} from './time.ts'
