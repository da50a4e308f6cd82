import { AmfEcmaArray } from '@sluice/amf'
import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { readScriptData, writeScriptData } from './script-data.ts'

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

const NAME = '02 000a 6f6e4d65746144617461' // onMetaData
const VALUE = '08 00000001 0005 7769647468 00 4084000000000000 000009' // width: 640

describe('script data', () => {
  const value = AmfEcmaArray.of({ width: 640 })

  it('is read and written', () => {
    expect(readScriptData(bytes(NAME + VALUE))).toStrictEqual({ name: 'onMetaData', value })
    expect(toHex(writeScriptData('onMetaData', value))).toBe((NAME + VALUE).replaceAll(' ', ''))
  })

  it('is read behind @setDataFrame', () => {
    const setDataFrame = '02 000d 4073657444617461 4672616d65'
    expect(readScriptData(bytes(setDataFrame + NAME + VALUE))).toStrictEqual({ name: 'onMetaData', value })
  })

  it('may have a name alone', () => {
    expect(readScriptData(bytes(NAME))).toStrictEqual({ name: 'onMetaData', value: undefined })
  })

  it.each([
    ['flv.script.no_name', ''],
    ['flv.script.no_name', VALUE],
    ['flv.script.no_name', '02 000d 4073657444617461 4672616d65'],
    ['core.bytes.truncated', NAME.slice(0, -2)],
  ])('throws %s', (code, hex) => {
    expect(() => readScriptData(bytes(hex))).toThrow(expect.objectContaining({ code }))
  })
})
