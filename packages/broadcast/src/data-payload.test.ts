import { AmfEcmaArray, AmfObject, type AmfValue, readAmf0Values } from '@sluice/amf'
import { describe, expect, it } from 'vitest'
import { DATA_ENTRY_BYTES, dataPayload } from './data-payload.ts'

describe('what a data entry holds', () => {
  it.each<[string, AmfValue[]]>([
    ['onCuePoint', [AmfObject.of({ name: 'ad', time: 12.5, parameters: AmfEcmaArray.of({ id: 'x' }) })]],
    ['onTextData', [AmfObject.of({ text: 'ü', language: 'de' }), null, true]],
    ['onBytes', [Uint8Array.of(1, 2, 3)]],
    ['onNothing', []],
  ])('%s', (name, values) => {
    expect(readAmf0Values(dataPayload(name, values))).toEqual([name, ...values])
  })

  it('has a bound', () => {
    const name = 'onTextData'
    const room = DATA_ENTRY_BYTES - dataPayload(name, ['']).length
    expect(dataPayload(name, ['x'.repeat(room)])).toHaveLength(DATA_ENTRY_BYTES)
    expect(() => dataPayload(name, ['x'.repeat(room + 1)])).toThrow(
      expect.objectContaining({ code: 'broadcast.data.too_large' }),
    )
  })

  it('is what every reader reads again', () => {
    // 30 000 bytes that were no UTF-8 are as many replacement characters, three bytes each.
    const long = new AmfObject([['\ufffd'.repeat(30_000), 1]])
    const many = [...Array<null>(9_998).fill(null), '\ufffd'.repeat(1_024)]
    for (const values of [[long], many])
      expect(() => dataPayload('onTextData', values)).toThrow(
        expect.objectContaining({ code: 'broadcast.data.unwritable' }),
      )
  })
})
