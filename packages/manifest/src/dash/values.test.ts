import { expect, test } from 'vitest'
import { channelConfiguration, frameRateValue, xsDuration } from './values.ts'
import { XmlWriter } from './xml-writer.ts'

test.each([
  [0, 'PT0S'],
  [2.5, 'PT2.5S'],
  [31 + 1 / 3, 'PT31.333333S'],
  [1_000_000.000_001, 'PT1000000.000001S'],
])('%d seconds are %s', (seconds, text) => {
  expect(xsDuration(seconds)).toBe(text)
})

test.each([
  [30, '30'],
  [29.97, '30000/1001'],
  [23.976, '24000/1001'],
  [59.94, '60000/1001'],
  [12.5, '12500/1000'],
])('%d frames per second are %s', (frameRate, text) => {
  expect(frameRateValue(frameRate)).toBe(text)
})

test('channel layouts are told where the number of channels tells them', () => {
  expect(channelConfiguration(6)?.value).toBe(6)
  expect(channelConfiguration(8)?.value).toBe(12)
  expect(channelConfiguration(24)).toBeUndefined()
})

test('attribute values are escaped, and what XML cannot hold is replaced', () => {
  const xml = new XmlWriter()
  xml.empty('a', { b: `<&">\n\u0000`, c: undefined })
  expect(xml.toString()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<a b="&lt;&amp;&quot;&gt;&#10;\ufffd"/>\n',
  )
})
