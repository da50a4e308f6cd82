import { expect, it } from 'vitest'
import { WatchedReader } from './watched-reader.ts'

it('names the input that is read for ever, and the one that kills its process', async () => {
  const program = new URL('./endless.fixture.ts', import.meta.url)
  const reader = new WatchedReader({ program, hangMillis: 5_000 })
  const batch = { target: 'any', seed: 1, from: 40 }
  expect(await reader.run({ ...batch, count: 10 })).toMatchObject({ kind: 'hang', index: 42 })
  expect(await reader.run({ ...batch, count: 1 })).toEqual({
    kind: 'crash',
    index: 42,
    message: 'the process ended with 7',
  })
  reader.stop()
})
