import { ProtocolError, StateError, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { judge, judgeRetained } from './judge.ts'
import { memoryHeld } from './memory.ts'
import { shrink } from './shrink.ts'
import type { FuzzTarget } from './target.ts'

function target(read: (input: Uint8Array) => unknown): FuzzTarget {
  return { name: 'test', summary: '', share: 1, mostBytes: 100, seeds: () => [new Uint8Array(4)], read }
}

function failing(error: unknown): FuzzTarget {
  return target(() => {
    throw error
  })
}

const INPUT = Uint8Array.of(1, 2, 3)

describe('an input', () => {
  it('may be read or refused', () => {
    expect(
      judge(
        target((input) => input.length),
        INPUT,
      ),
    ).toMatchObject({ outcome: 'read', fault: undefined })
    for (const error of [new ProtocolError('a.b', 'no'), new UnsupportedError('c.d', 'no')])
      expect(judge(failing(error), INPUT)).toMatchObject({ outcome: error.code, fault: undefined })
  })

  it.each([new TypeError('x is not a function'), new StateError('e.f', 'ours'), 'text'])(
    'may not cause %s',
    (error) => {
      const { fault } = judge(failing(error), INPUT)
      expect(fault?.kind).toBe('exception')
      expect(fault?.message).toContain(error instanceof Error ? error.message : error)
    },
  )

  it('may not take memory that it has not brought along', () => {
    memoryHeld()
    expect(
      judge(
        target(() => new Uint8Array(8 << 20)),
        INPUT,
      ).fault?.kind,
    ).toBe('allocated')
    expect(
      judge(
        target(() => new Array(1 << 20).fill(0.5)),
        INPUT,
      ).fault?.kind,
    ).toBe('allocated')
  })

  it('may not leave more behind than it has brought', () => {
    const holding = target(() => Array.from({ length: 16 }, () => new Uint8Array(1 << 16)))
    expect(judgeRetained(holding, INPUT).fault?.kind).toBe('retained')
    const passing = target(() => Array.from({ length: 16 }, () => new Uint8Array(1 << 16)).length)
    expect(judgeRetained(passing, INPUT).fault).toBeUndefined()
  })

  it('may not take long', () => {
    const endless = target(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
    })
    expect(judge(endless, INPUT).fault?.kind).toBe('slow')
  })
})

it('is made as short as it can be', () => {
  const input = Uint8Array.from({ length: 500 }, (_, i) => (i === 321 ? 77 : 1 + (i % 50)))
  expect(shrink(input, (bytes) => bytes.includes(77))).toEqual(Buffer.of(77))
  expect(shrink(input, (bytes) => bytes.includes(77) && bytes.length > 3)).toEqual(Uint8Array.of(0, 0, 0, 77))
})
