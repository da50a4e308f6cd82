import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseReloadDirectives } from './reload-directives.ts'

test.each([
  [{}, undefined, false],
  [{ _HLS_msn: '7' }, { mediaSequenceNumber: 7, part: undefined }, false],
  [{ _HLS_msn: '7', _HLS_part: '0' }, { mediaSequenceNumber: 7, part: 0 }, false],
  [{ _HLS_skip: 'YES' }, undefined, true],
  [{ _HLS_skip: 'v2', _HLS_msn: '0' }, { mediaSequenceNumber: 0, part: undefined }, true],
  [{ _HLS_push: '1', _HLS_msnx: 'a', token: ['a', 'b'] }, undefined, false],
])('%j', (query, reload, skip) => {
  expect(parseReloadDirectives(query)).toEqual({ reload, skip })
})

test.each([
  [{ _HLS_part: '1' }],
  [{ _HLS_msn: '-1' }],
  [{ _HLS_msn: '+1' }],
  [{ _HLS_msn: '' }],
  [{ _HLS_msn: '1.5' }],
  [{ _HLS_msn: '1e3' }],
  [{ _HLS_msn: '0x10' }],
  [{ _HLS_msn: '９' }],
  [{ _HLS_msn: '1234567890123456' }],
  [{ _HLS_msn: ['3', '4'] }],
  [{ _HLS_msn: '3', _HLS_part: ['3', '3'] }],
  [{ _HLS_msn: '3', _HLS_part: 'x' }],
  [{ _HLS_skip: 'NO' }],
  [{ _HLS_skip: 'yes' }],
  [{ _HLS_skip: '' }],
  [{ _HLS_skip: ['YES', 'YES'] }],
])('%j makes no sense', (query) => {
  expect(parseReloadDirectives(query)).toBe('invalid')
})

test('whatever is asked, numbers come out as they went in or not at all', () => {
  const value = fc.oneof(fc.string(), fc.nat().map(String), fc.array(fc.string()))
  const query = fc.record({ _HLS_msn: value, _HLS_part: value, _HLS_skip: value }, { requiredKeys: [] })
  fc.assert(
    fc.property(query, (asked) => {
      const directives = parseReloadDirectives(asked)
      if (directives === 'invalid' || directives.reload === undefined) return
      const { mediaSequenceNumber, part } = directives.reload
      expect(mediaSequenceNumber).toBe(Number(asked._HLS_msn))
      expect(Number.isSafeInteger(mediaSequenceNumber)).toBe(true)
      expect(part).toBe(asked._HLS_part === undefined ? undefined : Number(asked._HLS_part))
    }),
  )
})
