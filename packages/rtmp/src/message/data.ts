import { type AmfLimits, type AmfMap, type AmfValue, isAmfMap, readAmf0Values, writeAmf0 } from '@sluice/amf'

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

/**
 * The metadata in a data message, with or without the `@setDataFrame` that asks a server to keep it.
 *
 * @returns undefined where the message is something else.
 */
export function metadataOf({ values }: Data): AmfMap | undefined {
  const [name, metadata] = values[0] === '@setDataFrame' ? values.slice(1) : values
  return name === 'onMetaData' && isAmfMap(metadata) ? metadata : undefined
}
