import { AmfEcmaArray, AmfObject, type AmfValue } from '@sluice/amf'
import { describe, expect, it } from 'vitest'
import {
  CapsEx,
  DEFAULT_ENHANCED_CAPABILITIES,
  enhancedProperties,
  readEnhancedCapabilities,
} from './enhanced-capabilities.ts'

const NOTHING = {
  fourCcList: [],
  videoFourCcInfoMap: new Map(),
  audioFourCcInfoMap: new Map(),
  capsEx: 0,
  videoFunction: 0,
}

const read = (properties: Readonly<Record<string, AmfValue>>): unknown =>
  readEnhancedCapabilities(AmfObject.of(properties))

describe('what a client offers', () => {
  it.each([
    { name: 'fourCcList', value: ['hvc1', '*'], expected: { fourCcList: ['hvc1', '*'] } },
    { name: 'fourCcList', value: [], expected: {} },
    { name: 'fourCcList', value: ['hvc1', 1, null], expected: { fourCcList: ['hvc1'] } },
    {
      name: 'videoFourCcInfoMap',
      value: AmfObject.of({ av01: 7, '*': 4, vp09: 'x', vp08: -1, hvc1: 0.5 }),
      expected: {
        videoFourCcInfoMap: new Map([
          ['av01', 7],
          ['*', 4],
        ]),
      },
    },
    {
      name: 'audioFourCcInfoMap',
      value: AmfEcmaArray.of({ Opus: 1 }),
      expected: { audioFourCcInfoMap: new Map([['Opus', 1]]) },
    },
    { name: 'capsEx', value: 3, expected: { capsEx: CapsEx.reconnect | CapsEx.multitrack } },
    { name: 'capsEx', value: 0, expected: {} },
    { name: 'videoFunction', value: 6, expected: { videoFunction: 6 } },
  ])('$name $value', ({ name, value, expected }) => {
    expect(read({ app: 'live', [name]: value })).toEqual({ ...NOTHING, ...expected })
  })

  it.each([
    { name: 'nothing', properties: {} },
    { name: 'the videoFunction of Flash', properties: { videoFunction: 1 } },
    {
      name: 'other types',
      properties: {
        fourCcList: 'hvc1',
        videoFourCcInfoMap: 1,
        audioFourCcInfoMap: [],
        capsEx: '15',
        videoFunction: 2 ** 40,
      },
    },
    { name: 'numbers that are no flags', properties: { capsEx: Number.NaN, videoFunction: 2.5 } },
    { name: 'flags below 0', properties: { capsEx: -1 } },
  ])('is nothing in $name', ({ properties }) => {
    expect(read({ app: 'live', ...properties })).toBeUndefined()
  })

  it('reads back as it is written', () => {
    expect(read(enhancedProperties(DEFAULT_ENHANCED_CAPABILITIES))).toEqual(DEFAULT_ENHANCED_CAPABILITIES)
  })
})
