import { ProtocolError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { thrown } from '../testing/errors.ts'
import { CommandRate } from './command-rate.ts'

describe('rate of commands', () => {
  it('allows as many in a second, and again in the next one', () => {
    const rate = new CommandRate(3)
    for (const now of [10, 10, 1009, 1010, 1010, 2009, 2010]) rate.count(now)
    const error = thrown(() => {
      for (let i = 0; i < 3; i++) rate.count(2020)
    })
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ code: 'rtmp.session.command_rate', details: { limit: 3 } })
  })

  it('begins anew when the clock is set back', () => {
    const rate = new CommandRate(1)
    rate.count(5000)
    rate.count(1000)
    expect(thrown(() => rate.count(1500))).toBeInstanceOf(ProtocolError)
    rate.count(2000)
  })
})
