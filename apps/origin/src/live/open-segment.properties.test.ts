import { concatBytes } from '@sluice/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenSegment } from './open-segment.ts'

const NAME = 'b1.1.0.7.m4s'

/** What happens to a segment: a part of so many bytes, or a viewer comes who pauses before each of his reads for so many turns. */
const step = fc.oneof(
  fc.record({ type: fc.constant('part' as const), size: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({ type: fc.constant('viewer' as const), turns: fc.integer({ min: 0, max: 5 }) }),
)

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

test('every viewer gets all bytes in order, whenever he comes and however he reads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const parts: Uint8Array[] = []
      const segment = new OpenSegment(
        NAME,
        async ({ offset }) => {
          await turns(offset % 3)
          return parts.find((_, index) => concatBytes(parts.slice(0, index)).length === offset)
        },
        10_000,
      )
      const read = async (pause: number): Promise<Uint8Array> => {
        const chunks: Uint8Array[] = []
        for await (const chunk of segment.reader()) {
          chunks.push(chunk)
          await turns(pause)
        }
        return concatBytes(chunks)
      }
      const reading: Promise<Uint8Array>[] = []
      for (const each of steps) {
        if (each.type === 'viewer') reading.push(read(each.turns))
        else {
          parts.push(new Uint8Array(each.size).fill(parts.length + 1))
          const { length } = parts
          segment.add({
            kind: 'part',
            name: `${NAME}#${length}`,
            segment: NAME,
            offset: segment.size,
            size: each.size,
          })
        }
        await turns(1)
      }
      segment.complete()
      const whole = concatBytes(parts)
      for (const bytes of await Promise.all(reading)) expect(bytes).toEqual(whole)
      expect(segment.readers).toBe(0)
    }),
  )
})
