import { type AmfValue, readAmf0Values, writeAmf0 } from '@sluice/amf'
import { ProtocolError } from '@sluice/core'

/** What a script tag says: a name, usually `onMetaData`, and its value. */
export interface ScriptData {
  readonly name: string
  /** The first value behind the name; undefined where there is none. */
  readonly value: AmfValue
}

/** RTMP's instruction to a server, not data: it stands before the name while publishing and nowhere else. */
const SET_DATA_FRAME = '@setDataFrame'

/**
 * Reads the body of a script tag or of an RTMP data message (type 18); a leading `@setDataFrame` is left out.
 *
 * @throws {ProtocolError} `flv.script.no_name` when no string comes first; `amf.…` and `core.bytes.truncated`
 *   from AMF0.
 * @throws {UnsupportedError} `amf.…` for AMF types without a value.
 * @see FLV v10.1 Annex E.4.4.1
 */
export function readScriptData(body: Uint8Array): ScriptData {
  const values = readAmf0Values(body)
  const at = values[0] === SET_DATA_FRAME ? 1 : 0
  const name = values[at]
  if (typeof name !== 'string') {
    throw new ProtocolError('flv.script.no_name', `script data begins with a name, not with ${typeof name}`, {
      spec: 'FLV v10.1 Annex E.4.4.1',
    })
  }
  return { name, value: values[at + 1] }
}

/**
 * Makes the body of a script tag.
 *
 * @throws {StateError} `amf.…` for a value that AMF0 cannot hold.
 * @see FLV v10.1 Annex E.4.4.1
 */
export function writeScriptData(name: string, value: AmfValue): Uint8Array {
  return writeAmf0([name, value])
}
