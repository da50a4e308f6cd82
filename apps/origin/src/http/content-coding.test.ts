import { expect, test } from 'vitest'
import { chooseCoding } from './content-coding.ts'

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0.5, gzip;q=0.50', 'br'],
  ['gzip;q=0.001', 'gzip'],
  ['gzip;q=0', 'identity'],
  ['gzip;q=nonsense', 'identity'],
  ['gzip;q=0.5, identity', 'identity'],
  ['identity, gzip', 'gzip'],
  ['deflate', 'identity'],
  ['*', 'br'],
  ['*;q=0.1, br;q=0', 'gzip'],
  ['*;q=0', 'identity'],
  ['identity;q=0, gzip', 'gzip'],
  [' gzip ; q=1.0 , ', 'gzip'],
])('Accept-Encoding: %s gets %s', (header, expected) => {
  expect(chooseCoding(header)).toBe(expected)
})
