import { type AmfLimits, type AmfValue, readAmf0Values, writeAmf0 } from '@sluice/amf'

/** A data message: a handler's name and its arguments, `onMetaData` above all. */
export interface Data {
  readonly type: 'data'
  readonly values: readonly AmfValue[]
}

/** Reads the payload of an AMF0 data message (type 18). Throws what `readAmf0Values` throws. @see Adobe RTMP 1.0 §7.1.2 */
export function readData(payload: Uint8Array, limits: AmfLimits): Data {
  return { type: 'data', values: readAmf0Values(payload, limits) }
}

/** Writes a data message as AMF0. @throws {StateError} anything `writeAmf0` throws. */
export function writeData({ values }: Data): Uint8Array {
  return writeAmf0(values)
}

/** A data message without the instruction to a server that may stand in front. */
export interface NamedData {
  /** The handler: `onMetaData`, `onCuePoint`, `onTextData`, `onCaption`; `@clearDataFrame` takes one of them back. */
  readonly name: string
  /** The handler's arguments. */
  readonly values: readonly AmfValue[]
}

/**
 * What a data message says, with or without the `@setDataFrame` that asks a server to keep it.
 *
 * @returns undefined where it names no handler.
 * @see FLV v10.1 Annex E.5
 */
export function namedData({ values }: Data): NamedData | undefined {
  const [name, ...rest] = values[0] === '@setDataFrame' ? values.slice(1) : values
  return typeof name === 'string' ? { name, values: rest } : undefined
}
