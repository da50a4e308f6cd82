import { describe, expect, test } from 'vitest'
import { type ExitCause, type ExitFacts, exitReport } from './exit-report.ts'

const FACTS: ExitFacts = { code: 0, signal: null, spawnError: undefined, stopped: false, stderrTail: [] }

/** Last words of ffmpeg 5.1.9, 7.1.5 and 9.0.2, without level and component. */
const WORDS: readonly { cause: ExitCause; code: number; tail: readonly string[] }[] = [
  { cause: 'input-invalid', code: 1, tail: ['pipe:0: could not find codec parameters'] },
  {
    cause: 'input-invalid',
    code: 187,
    tail: [
      'in#0/flv: could not find codec parameters',
      'Error opening input file pipe:0.',
      'Error opening input files: End of file',
    ],
  },
  { cause: 'input-invalid', code: 1, tail: ['pipe:0: Invalid data found when processing input'] },
  {
    cause: 'input-invalid',
    code: 183,
    tail: [
      'in#0: Error opening input: Invalid data found when processing input',
      'Error opening input file pipe:0.',
    ],
  },
  {
    cause: 'input-invalid',
    code: 234,
    tail: [
      "fc#0: Stream specifier ':a:0' in filtergraph description [0:a:0]anull[v] matches no streams.",
      'Error binding filtergraph inputs/outputs: Invalid argument',
    ],
  },
  { cause: 'encoder-missing', code: 1, tail: ["Unknown encoder 'libx264'"] },
  {
    cause: 'encoder-missing',
    code: 8,
    tail: ['Error opening output file pipe:3.', 'Error opening output files: Encoder not found'],
  },
  { cause: 'encoder-missing', code: 8, tail: ["AVFilterGraph: No such filter: 'aresample'"] },
  {
    cause: 'option-rejected',
    code: 8,
    tail: ["Unrecognized option 'fps_mode'.", 'Error splitting the argument list: Option not found'],
  },
  { cause: 'out-of-memory', code: 1, tail: ['libx264: malloc of size 3133440 failed'] },
  { cause: 'out-of-memory', code: 244, tail: ['Error while filtering: Cannot allocate memory'] },
  { cause: 'output-closed', code: 224, tail: ['av_interleaved_write_frame(): Broken pipe'] },
  // Trouble on the way that did not end it must not be taken for the cause.
  {
    cause: 'failed',
    code: 1,
    tail: [
      'Error while decoding stream #0:0: Invalid data found when processing input',
      'Conversion failed!',
    ],
  },
  { cause: 'failed', code: 69, tail: [] },
]

test.each(WORDS)('code $code, $tail.0: $cause', ({ cause, code, tail }) => {
  expect(exitReport({ ...FACTS, code, stderrTail: tail }).cause).toBe(cause)
})

describe('without looking at words', () => {
  test('code 0 is finished, whatever was complained about on the way', () => {
    expect(
      exitReport({ ...FACTS, stderrTail: ['pipe:0: Invalid data found when processing input'] }),
    ).toEqual({
      cause: 'finished',
      code: 0,
      signal: null,
      stderrTail: ['pipe:0: Invalid data found when processing input'],
      message: 'ffmpeg finished, exit code 0',
    })
  })

  test('our own stop counts before its exit code or signal', () => {
    expect(exitReport({ ...FACTS, code: 255, stopped: true }).cause).toBe('stopped')
    expect(exitReport({ ...FACTS, code: null, signal: 'SIGKILL', stopped: true }).cause).toBe('stopped')
  })

  test('signals of others, and of its own faults', () => {
    expect(exitReport({ ...FACTS, code: null, signal: 'SIGKILL' })).toMatchObject({
      cause: 'killed',
      message: 'ffmpeg killed, signal SIGKILL',
    })
    expect(exitReport({ ...FACTS, code: null, signal: 'SIGSEGV' }).cause).toBe('crashed')
  })

  test('a process that never ran', () => {
    const spawnError = new Error('spawn /nowhere/ffmpeg ENOENT')
    expect(exitReport({ ...FACTS, code: null, spawnError, stopped: true })).toMatchObject({
      cause: 'spawn-failed',
      message: 'ffmpeg spawn-failed, exit code null: spawn /nowhere/ffmpeg ENOENT',
    })
  })
})

test('the message quotes the line that tells the cause, else the last one', () => {
  const tail = [
    'vost#0:0: Error selecting an encoder',
    "vost#0:0: Unknown encoder 'libx264'",
    'Error opening output file -.',
  ]
  expect(exitReport({ ...FACTS, code: 8, stderrTail: tail }).message).toBe(
    "ffmpeg encoder-missing, exit code 8: vost#0:0: Unknown encoder 'libx264'",
  )
  expect(exitReport({ ...FACTS, code: 3, stderrTail: ['one', 'two'] }).message).toBe(
    'ffmpeg failed, exit code 3: two',
  )
})
