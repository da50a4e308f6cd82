import {
  AmfDate,
  AmfDictionary,
  AmfEcmaArray,
  AmfNumberVector,
  AmfObject,
  AmfObjectVector,
  type AmfValue,
  AmfXml,
  readAmf0Values,
  writeAmf0,
} from '@sluice/amf'
import { concatBytes, errorCode, StateError } from '@sluice/core'
import { MessageType } from '@sluice/rtmp'
import type { FuzzTarget } from '../engine/target.ts'
import { recordedAmf } from '../seeds/captures.ts'
import { recordedPayloads } from '../seeds/messages.ts'

const AVM_PLUS = Uint8Array.of(0x11)

const OBJECT = AmfObject.of({ width: 320, name: 'x', flag: true, nothing: null, at: new AmfDate(1e12, 60) })
const AMF0_VALUES: readonly AmfValue[] = [
  AmfEcmaArray.of({ duration: 0, encoder: 'Lavf', nested: OBJECT }),
  [1, Number.NaN, undefined, OBJECT, OBJECT, ['a', []]],
  new AmfXml('<a/>'),
  new AmfObject([['x', 1]], 'org.example.Typed'),
  'x'.repeat(70_000),
]
const AMF3_VALUES: readonly AmfValue[] = [
  Uint8Array.of(1, 2, 3),
  new AmfNumberVector('int', [-1, 2]),
  new AmfNumberVector('double', [0.5], true),
  new AmfObjectVector('org.example.Item', [OBJECT, OBJECT, null]),
  new AmfDictionary([
    ['key', 1],
    [OBJECT, [OBJECT, 'key', 2 ** 28, -1]],
  ]),
]

/** AMF values, read and, as relays do, written again. */
export const AMF_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'amf/amf0',
    summary: 'AMF0 values: commands and metadata',
    share: 20_000,
    mostBytes: 4_096,
    seeds: () => [
      ...recordedAmf('amf0'),
      ...recordedPayloads(MessageType.commandAmf0, MessageType.dataAmf0),
      ...AMF0_VALUES.map((value) => writeAmf0([value])),
      writeAmf0(['@setDataFrame', 'onMetaData', ...AMF0_VALUES.slice(0, 4)]),
    ],
    read: rewrite,
  },
  {
    name: 'amf/amf3',
    summary: 'AMF3 values, behind the marker that AMF0 has for them',
    share: 20_000,
    mostBytes: 4_096,
    seeds: () => [...recordedAmf('amf3'), ...AMF3_VALUES.map((value) => writeAmf0([value]).subarray(1))],
    read: (input) => rewrite(concatBytes([AVM_PLUS, input])),
  },
]

function rewrite(input: Uint8Array): unknown {
  const values = readAmf0Values(input)
  try {
    writeAmf0(values)
  } catch (error) {
    // Not everything that can be read can be written, and that is said.
    if (!(error instanceof StateError && errorCode(error) === 'amf.unwritable')) throw error
  }
  return values
}
