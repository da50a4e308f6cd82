import { AmfObject } from '@sluice/amf'
import { concatBytes, toHex } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ChunkReader } from '../chunk/chunk-reader.ts'
import { readMessage } from '../message/message.ts'
import { cutAt } from '../testing/bytes.ts'
import { runs } from '../testing/fast-check.ts'
import { PLAYER_CHUNK_SIZE, PlayerMessages } from './player-messages.ts'

const TIMES = [0, 0xfffffe, 0xffffff, 0x1000000, 2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5, -1]
const SIZES = [0, 1, PLAYER_CHUNK_SIZE - 1, PLAYER_CHUNK_SIZE, PLAYER_CHUNK_SIZE + 1, 3 * PLAYER_CHUNK_SIZE]

const message = fc.record({
  type: fc.constantFrom('audio', 'video'),
  timestamp: fc.oneof(fc.constantFrom(...TIMES), fc.integer()),
  payload: fc.oneof(fc.constantFrom(...SIZES), fc.nat(300)).map((length) => new Uint8Array(length).fill(7)),
})
const stream = fc.constantFrom(1, 2, 2 ** 32 - 1)

it('a player that joins anywhere and misses anything reads what it is given, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(message, fc.boolean()), { maxLength: 6 }),
      stream,
      fc.array(fc.nat(300_000), { maxLength: 6 }),
      (all, messageStreamId, cuts) => {
        const messages = new PlayerMessages(messageStreamId)
        const made = all.map(([one]) => messages.media(one.type, one.timestamp, one.payload))
        const bytes = concatBytes(made.filter((_, i) => all[i]?.[1]))
        const reader = new ChunkReader()
        reader.setChunkSize(PLAYER_CHUNK_SIZE)
        const read: object[] = []
        for (const piece of cutAt(bytes, cuts)) {
          reader.feed(piece)
          for (let raw = reader.read(); raw !== undefined; raw = reader.read())
            read.push({
              stream: raw.messageStreamId,
              time: raw.timestamp,
              type: readMessage(raw).type,
              payload: toHex(raw.payload),
            })
        }
        const given = all.filter(([, isGiven]) => isGiven).map(([one]) => one)
        expect(read).toEqual(
          given.map(({ type, timestamp, payload }) => ({
            stream: messageStreamId,
            time: Number(BigInt.asUintN(32, BigInt(timestamp))),
            type,
            payload: toHex(payload),
          })),
        )
      },
    ),
    runs(60),
  )
})

it('metadata come without the instruction to a server', () => {
  const reader = new ChunkReader()
  reader.setChunkSize(PLAYER_CHUNK_SIZE)
  reader.feed(new PlayerMessages(1).metadata(AmfObject.of({ width: 320 })))
  const raw = reader.read()
  expect(raw && { time: raw.timestamp, ...readMessage(raw) }).toEqual({
    time: 0,
    type: 'data',
    values: ['onMetaData', AmfObject.of({ width: 320 })],
  })
})
