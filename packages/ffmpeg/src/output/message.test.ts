import { expect, test } from 'vitest'
import { MessageParser } from './message.ts'

test.each([
  {
    line: '[libx264 @ 0x55d54a48f0c0] [warning] VBV underflow (frame 12, -1024 bits)',
    message: { level: 'warning', component: 'libx264', text: 'VBV underflow (frame 12, -1024 bits)' },
  },
  {
    line: "[fatal] Unknown encoder 'nope'",
    message: { level: 'fatal', component: undefined, text: "Unknown encoder 'nope'" },
  },
  {
    line: '[in#0/flv @ 0x556174369940] [fatal] could not find codec parameters',
    message: { level: 'fatal', component: 'in#0/flv', text: 'could not find codec parameters' },
  },
  {
    line: '[vist#0:0/h264 @ 0x5581] [dec:h264 @ 0x5582] [error] Decoding error: Invalid data',
    message: { level: 'error', component: 'dec:h264', text: 'Decoding error: Invalid data' },
  },
  { line: '[verbose] chatter', message: { level: 'info', component: undefined, text: 'chatter' } },
  { line: 'no prefix at all', message: { level: 'error', component: undefined, text: 'no prefix at all' } },
])('$line', ({ line, message }) => {
  expect(new MessageParser().line(line)).toEqual(message)
})

test('a line without a prefix continues the one before', () => {
  const parser = new MessageParser()
  parser.line('[flv @ 0x1] [warning] Could not find codec parameters for stream 1')
  expect(parser.line("Consider increasing the value for the 'analyzeduration' option")).toMatchObject({
    level: 'warning',
    component: 'flv',
  })
})
