import { describe, expect, it } from 'vitest'
import { stopAll } from './stoppable.ts'

describe('stopAll', () => {
  it('stops in reverse order, every part, and reports what failed', async () => {
    const order: string[] = []
    const part = (name: string, fails = false) => ({
      stop: async () => {
        order.push(name)
        if (fails) throw new Error(`${name} failed`)
      },
    })
    await expect(stopAll([part('a'), part('b', true), part('c')], 1000)).rejects.toMatchObject({
      code: 'runtime.stop.failed',
      message: 'b failed',
    })
    expect(order).toEqual(['c', 'b', 'a'])
  })

  it('does not wait for ever', async () => {
    const stuck = { stop: () => new Promise<void>(() => undefined) }
    await expect(stopAll([stuck], 10)).rejects.toMatchObject({ code: 'runtime.stop.timeout' })
  })
})
