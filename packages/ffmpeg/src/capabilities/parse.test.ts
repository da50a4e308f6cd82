import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseFilters, parseHardware, parseTable, parseVersion } from './parse.ts'

/** What ffmpeg `version` answered to `-question`. */
function recorded(version: string, question: string): string {
  return readFileSync(join(import.meta.dirname, '../../fixtures', `${version}-${question}.txt`), 'utf8')
}

describe.each(['5.1', '7.1', '9.0'])('ffmpeg %s', (version) => {
  test('version', () => {
    const [major, minor] = version.split('.').map(Number)
    expect(parseVersion(recorded(version, 'version'))).toMatchObject({ major, minor })
  })

  test('encoders and decoders', () => {
    const encoders = parseTable(recorded(version, 'encoders'))
    expect(encoders).toEqual(expect.arrayContaining(['libx264', 'aac', 'h264_nvenc', 'libopus']))
    expect(encoders).not.toContain('=')
    expect(parseTable(recorded(version, 'decoders'))).toEqual(
      expect.arrayContaining(['h264', 'hevc', 'libdav1d', 'aac', 'mp3float']),
    )
  })

  test('formats, also those that are devices, also several names in a row', () => {
    const demuxers = parseTable(recorded(version, 'demuxers'))
    expect(demuxers).toEqual(expect.arrayContaining(['flv', 'mov', 'mp4', 'matroska', 'webm', 'lavfi']))
    expect(demuxers.every((name) => /^\w+$/.test(name))).toBe(true)
    expect(parseTable(recorded(version, 'muxers'))).toEqual(expect.arrayContaining(['mp4', 'null', 'flv']))
  })

  test('filters', () => {
    const filters = parseFilters(recorded(version, 'filters'))
    expect(filters).toEqual(
      expect.arrayContaining(['scale', 'zscale', 'tonemap', 'aresample', 'color', 'concat']),
    )
    expect(filters.every((name) => /^\w+$/.test(name))).toBe(true)
  })

  test('hardware', () => {
    expect(parseHardware(recorded(version, 'hwaccels'))).toEqual(
      expect.arrayContaining(['vaapi', 'cuda', 'qsv']),
    )
  })
})

test.each([
  { text: 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright', version: { major: 4, minor: 4 } },
  { text: 'ffmpeg version n7.1 Copyright', version: { major: 7, minor: 1 } },
  { text: 'ffmpeg version 10.0 Copyright', version: { major: 10, minor: 0 } },
  {
    text: 'ffmpeg version N-118193-g5f38c82536 Copyright\nlibavutil      59. 47.100 / 59. 47.100\n',
    version: { text: 'N-118193-g5f38c82536', major: 7, minor: 0 },
  },
])('version of $text', ({ text, version }) => {
  expect(parseVersion(text)).toMatchObject(version)
})

test.each(['ffmpeg version git-unknown', 'GNU bash, version 5.2.15', ''])('no version: %s', (text) => {
  expect(parseVersion(text)).toBeUndefined()
})

test('a table without a rule has no rows', () => {
  expect(parseTable('Encoders:\n V..... = Video\n')).toEqual([])
  expect(parseTable('')).toEqual([])
})
