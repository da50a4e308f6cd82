import { concatBytes, errorCode } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { writeFlvHeader } from './flv-header.ts'
import { type FlvEvent, FlvReader } from './flv-reader.ts'
import { readScriptData } from './script-data.ts'
import { FlvTagType, writeFlvTag } from './tag.ts'

const parameters: fc.Parameters<unknown> = {
  ...(process.env.FC_SEED === undefined ? {} : { seed: Number(process.env.FC_SEED) }),
  ...(process.env.FC_RUNS === undefined ? {} : { numRuns: Number(process.env.FC_RUNS) }),
}

/** Around the places where 24 bits, 31 bits and 32 bits end. */
const timestamp = fc.oneof(
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  fc.constantFrom(0, -1, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, -0x80000000),
)
const tag = fc.record({
  type: fc.constantFrom(...Object.values(FlvTagType)),
  timestamp,
  body: fc.uint8Array({ maxLength: 50 }),
})
/** `read`, or the code of what was thrown: `internal` for anything but a declared error. */
function outcome(reader: () => unknown): string {
  try {
    reader()
    return 'read'
  } catch (error) {
    return errorCode(error)
  }
}

/** The bytes in pieces of the given sizes, then the rest. */
function split(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size))
    at = Math.min(at + size, bytes.length)
  }
  return [...pieces, bytes.subarray(at)]
}

function read(pieces: readonly Uint8Array[]): FlvEvent[] {
  const reader = new FlvReader()
  const events: FlvEvent[] = []
  for (const piece of pieces) {
    reader.receive(piece)
    events.push(...reader.events())
  }
  return events
}

it('reads back the tags it wrote, however they are split', () => {
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 6 }), fc.array(fc.nat(40)), (tags, sizes) => {
      const raw = tags.map(({ type, timestamp, body }) => writeFlvTag(type, timestamp, body))
      const stream = concatBytes([writeFlvHeader({ audio: true, video: false }), ...raw])
      expect(read(split(stream, sizes))).toStrictEqual([
        { type: 'header', hasAudio: true, hasVideo: false },
        ...tags.map(({ type, timestamp, body }, i) => ({
          type: 'tag',
          tagType: type,
          timestamp,
          body,
          raw: raw[i],
        })),
      ])
    }),
    parameters,
  )
})

it('comes to the same end with damaged bytes, however they are split', () => {
  const damaged = fc.tuple(fc.array(tag, { maxLength: 4 }), fc.nat(), fc.nat(255)).map(([tags, at, byte]) => {
    const stream = concatBytes([
      writeFlvHeader({ audio: true, video: true }),
      ...tags.map(({ type, timestamp, body }) => writeFlvTag(type, timestamp, body)),
    ])
    stream[at % stream.length] = byte
    return stream
  })
  fc.assert(
    fc.property(damaged, fc.array(fc.nat(40)), (stream, sizes) => {
      const whole = outcome(() => read([stream]))
      expect(whole).toMatch(/^(read|flv\.(tag|header)\.\w+)$/)
      expect(outcome(() => read(split(stream, sizes)))).toBe(whole)
    }),
    parameters,
  )
})

it('reads arbitrary script data or refuses it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(outcome(() => readScriptData(bytes))).toMatch(/^(read|flv\.script\.no_name|(amf|core)\..+)$/)
    }),
    parameters,
  )
})
