import { beforeEach, describe, expect, it } from 'vitest'
import { StreamLabels } from './stream-labels.ts'

describe('StreamLabels', () => {
  let labels: StreamLabels
  beforeEach(() => {
    labels = new StreamLabels(2)
    labels.begin()
  })

  it('admits as many streams as it may, the same ones whenever they are asked for', () => {
    expect(['a', 'b', 'c', 'a', 'c'].map((stream) => labels.admit(stream))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ])
    expect(labels.leftOut).toBe(1)
  })

  it('keeps the places of streams that go on, whoever is asked for first', () => {
    for (const stream of ['a', 'b', 'c']) labels.admit(stream)
    labels.begin()
    expect(['c', 'b', 'a'].map((stream) => labels.admit(stream))).toEqual([false, true, true])
  })

  it('gives the place of a stream that has ended to another one', () => {
    for (const stream of ['a', 'b', 'c']) labels.admit(stream)
    labels.begin()
    for (const stream of ['b', 'c']) labels.admit(stream)
    labels.begin()
    expect(['b', 'c'].map((stream) => labels.admit(stream))).toEqual([true, true])
    expect(labels.leftOut).toBe(0)
  })

  it('admits none where none may be', () => {
    const none = new StreamLabels(0)
    none.begin()
    expect(none.admit('a')).toBe(false)
  })
})
