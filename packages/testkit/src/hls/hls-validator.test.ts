import { describe, expect, test } from 'vitest'
import { applyDelta } from './delta.ts'
import { HlsValidator } from './hls-validator.ts'

const PART = '#EXT-X-PART:DURATION=0.500000,URI='

function segment(number: number, second: string, parts: string): string {
  return `#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:${second}.000Z\n${parts}#EXTINF:1.000000,\n${number}.m4s\n`
}

const HEAD = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:1
#EXT-X-PART-INF:PART-TARGET=0.500000
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6.000000,PART-HOLD-BACK=1.500000,HOLD-BACK=3.000000
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init0.mp4"
`
const CLOSED = [0, 1, 2, 3].map((number) =>
  segment(number, `0${number}`, number < 2 ? '' : `${PART}"${number}.0"\n${PART}"${number}.1"\n`),
)
const OPEN = `#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:04.000Z\n${PART}"4.0",INDEPENDENT=YES\n`
const TAIL = `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="4.1"
#EXT-X-RENDITION-REPORT:URI="../low/index.m3u8",LAST-MSN=4,LAST-PART=0
`
const GOOD = HEAD + CLOSED.join('') + OPEN + TAIL
const NEXT = `${HEAD}${CLOSED.join('')}${OPEN}${PART}"4.1"\n${TAIL.replace('4.1', '4.2')}`

function faultsOf(...versions: readonly string[]): readonly string[] {
  const validator = new HlsValidator()
  for (const text of versions) validator.take('main', text)
  return validator.faults
}

test('a good list, and a good next one', () => {
  expect(faultsOf(GOOD, NEXT)).toEqual([])
})

describe('by itself', () => {
  test.each<[string, string | RegExp, string]>([
    ['no first line', '#EXTM3U\n', ''],
    ['an unknown tag', '#EXT-X-VERSION:6\n', '#EXT-X-VERSION:6\n#EXT-X-COLOUR:BLUE\n'],
    ['an empty line', '#EXT-X-VERSION:6\n', '#EXT-X-VERSION:6\n\n'],
    ['a needless version', 'VERSION:6', 'VERSION:7'],
    ['a tag twice', '#EXT-X-VERSION:6\n', '#EXT-X-VERSION:6\n#EXT-X-VERSION:6\n'],
    ['a segment that is too long', '#EXTINF:1.000000,\n0', '#EXTINF:1.500000,\n0'],
    ['a part that is too long', 'DURATION=0.500000', 'DURATION=0.600000'],
    ['a part that is too short', 'DURATION=0.500000', 'DURATION=0.400000'],
    ['parts that are not the segment', `${PART}"3.1"\n`, ''],
    ['parts far from the end', '#EXTINF:1.000000,\n0', `${PART}"0.0"\n${PART}"0.1"\n#EXTINF:1.000000,\n0`],
    ['no date', '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:02.000Z\n', ''],
    ['a date that jumps', 'T10:00:02.000Z', 'T10:00:02.100Z'],
    ['no init segment', '#EXT-X-MAP:URI="init0.mp4"\n', ''],
    ['a discontinuity alone', CLOSED[2] ?? '', `#EXT-X-DISCONTINUITY\n${CLOSED[2]}`],
    ['a discontinuity behind a part', `${PART}"3.1"`, `#EXT-X-DISCONTINUITY\n${PART}"3.1"`],
    ['a gap whose parts are none', '#EXTINF:1.000000,\n3', '#EXT-X-GAP\n#EXTINF:1.000000,\n3'],
    ['a gap among the parts', `${PART}"3.1"`, `${PART}"3.1",GAP=YES`],
    ['too short a hold back', 'HOLD-BACK=3', 'HOLD-BACK=2'],
    ['too short a part hold back', 'PART-HOLD-BACK=1.5', 'PART-HOLD-BACK=1.2'],
    ['too short a skip boundary', 'CAN-SKIP-UNTIL=6', 'CAN-SKIP-UNTIL=5'],
    ['no blocking reload', 'CAN-BLOCK-RELOAD=YES,', ''],
    ['no hint', '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="4.1"\n', ''],
    ['a hint for what is there', 'URI="4.1"', 'URI="4.0"'],
    ['two hints', TAIL, TAIL.replace(/^(.*)\n/, '$1\n$1\n')],
    ['a report by a wrong path', '../low/', '../../low/'],
    ['a report without a number', 'LAST-MSN=4,', ''],
    ['parts behind the end', TAIL, '#EXT-X-ENDLIST\n'],
  ])('%s', (_, from, to) => {
    expect(GOOD).toMatch(from)
    expect(faultsOf(GOOD.replace(from, to))).not.toEqual([])
  })
})

describe('against the version before', () => {
  const removed = (count: number): string =>
    HEAD.replace('MEDIA-SEQUENCE:0', `MEDIA-SEQUENCE:${count}`) + CLOSED.slice(count).join('') + OPEN + TAIL

  test.each<[string, string]>([
    ['a target duration that changes', NEXT.replace('TARGETDURATION:1', 'TARGETDURATION:2')],
    ['a segment that goes', NEXT.replace(CLOSED[3] ?? '', '')],
    ['a segment that is renamed', NEXT.replace('1.m4s', 'one.m4s')],
    ['a segment of another length', NEXT.replace('#EXTINF:1.000000,\n1', '#EXTINF:1.001000,\n1')],
    ['a part that changes', NEXT.replace(',INDEPENDENT=YES', '')],
    ['a name for two things', NEXT.replace('"4.1"', '"3.1"')],
    ['too little left', removed(2)],
    ['segments that are not counted', removed(1).replace('MEDIA-SEQUENCE:1', 'MEDIA-SEQUENCE:0')],
  ])('%s', (_, version) => {
    expect(faultsOf(GOOD, removed(1))).toEqual([])
    expect(faultsOf(GOOD, version)).not.toEqual([])
  })

  test('a hint that was not kept', () => {
    const validator = new HlsValidator()
    validator.take('main', GOOD.replace('URI="4.1"', 'URI="5.0"'))
    validator.take('main', NEXT)
    expect(validator.brokenHints).toHaveLength(1)
  })

  test('a hint for media that did not come, since others did', () => {
    const announced = `${HEAD}${CLOSED.join('')}${TAIL.replace('4.1', '0.4.0').replace(',LAST-PART=0', '')}`
    const map = '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init1.mp4"\n'
    const came = `${HEAD}${CLOSED.join('')}${map}${OPEN.replace('"4.0"', '"1.4.0"')}${TAIL}`
    const validator = new HlsValidator()
    validator.take('main', announced)
    validator.take('main', came)
    expect(validator.brokenHints).toEqual([])
    expect(validator.faults).toEqual([])
  })
})

test('the lists of one moment report on each other', () => {
  const low = GOOD.replace('../low/', '../main/').replaceAll('init0', 'low0')
  const validator = new HlsValidator()
  validator.takeMoment(
    new Map([
      ['main', GOOD],
      ['low', low],
    ]),
  )
  expect(validator.faults).toEqual([])
  validator.takeMoment(
    new Map([
      ['main', NEXT],
      ['low', low],
    ]),
  )
  expect(validator.faults).toEqual([expect.stringContaining('low: reports')])
})

test('a report that says less than was known', () => {
  const validator = new HlsValidator()
  validator.take('main', GOOD, new Map([['low', { segment: 4, part: 1 }]]))
  expect(validator.faults).toEqual([expect.stringContaining('low is said to be at 4.0, and was at 4.1')])
})

describe('a delta update', () => {
  const delta = NEXT.replace(CLOSED.slice(0, 2).join(''), '')
    .replace('#EXT-X-MAP:URI="init0.mp4"\n', '#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n')
    .replace('VERSION:6', 'VERSION:9')

  test('and the list before are the whole list', () => {
    expect(applyDelta(GOOD, delta)).toBe(NEXT)
    expect(applyDelta(GOOD, NEXT)).toBe(NEXT)
  })

  test('that leaves out more than is known is of no use', () => {
    expect(applyDelta(GOOD.replace(CLOSED.slice(1).join(''), ''), delta)).toBeUndefined()
    expect(applyDelta(GOOD.replace('MEDIA-SEQUENCE:0', 'MEDIA-SEQUENCE:1'), delta)).toBeUndefined()
  })
})
