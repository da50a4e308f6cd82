import { describe, expect, it } from 'vitest'
import {
  DependencyError,
  errorCode,
  errorMessage,
  ProtocolError,
  SluiceError,
  StateError,
  UnsupportedError,
} from './errors.ts'

describe('declared errors', () => {
  it.each([ProtocolError, UnsupportedError, StateError, DependencyError])(
    '%o carry what the caller needs',
    (Kind) => {
      const cause = new Error('below')
      const error = new Kind('area.thing.fault', 'it broke', {
        details: { value: 7, limit: 5 },
        spec: 'RFC 8216 §4',
        cause,
      })
      expect(error).toBeInstanceOf(SluiceError)
      expect(error).toMatchObject({
        name: Kind.name,
        code: 'area.thing.fault',
        message: 'it broke',
        details: { value: 7, limit: 5 },
        spec: 'RFC 8216 §4',
        cause,
      })
      expect(errorCode(error)).toBe('area.thing.fault')
    },
  )

  it('need no options', () => {
    const error = new StateError('a.b', 'c')
    expect(error.details).toEqual({})
    expect(error.spec).toBeUndefined()
    expect('cause' in error).toBe(false)
  })
})

describe('anything that was thrown', () => {
  it.each([
    [new TypeError('x is not a function'), 'x is not a function'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
  ])('%o has a message, and the code of what is no declared error', (thrown, message) => {
    expect(errorMessage(thrown)).toBe(message)
    expect(errorCode(thrown)).toBe('internal')
  })
})
