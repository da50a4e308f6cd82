import { AmfObject } from '@sluice/amf'
import { dataPayload } from '@sluice/broadcast'
import { concatBytes } from '@sluice/core'
import { FlvReader, FlvTagType } from '@sluice/flv'
import {
  OrderReader,
  type RelayedMessage,
  RelayReader,
  relayHeader,
  writeOrder,
  writeRelayed,
} from '../../apps/ingest/src/relay/relay-format.ts'
import { readRelayTarget, relayTarget } from '../../apps/ingest/src/relay/relay-request.ts'
import type { FuzzTarget } from '../engine/target.ts'
import { recordedFlv } from '../seeds/captures.ts'
import { pieces } from './pieces.ts'

/** What ingests say to each other of a publisher that one has let in and another one has the stream of. */
export const RELAY_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'ingest/relay',
    summary: 'messages of a publisher that another ingest passes on',
    share: 5_000,
    mostBytes: 8_192,
    seeds: () => recordedFlv().map(({ bytes }) => relayed(bytes)),
    read: (input) => {
      const reader = new RelayReader()
      return { reader, messages: [...pieces(input)].flatMap((piece) => reader.receive(piece)) }
    },
  },
  {
    name: 'ingest/relay-orders',
    summary: 'what the ingest that has the stream wants of the publisher, and the request that began it',
    share: 10_000,
    mostBytes: 8_192,
    seeds: () =>
      [
        writeOrder({ type: 'disconnect', reason: 'the stream was deleted' }).repeat(3),
        writeOrder({ type: 'reconnect', reason: 'a “reason” in other letters' }),
        relayTarget({
          stream: 'name',
          remoteAddress: '2001:db8::1',
          client: 'FMLE/3.0 (compatible; FMSc/1.0)',
          user: 'alice',
          canReconnect: true,
        }),
      ].map((text) => Buffer.from(text)),
    read: (input) => {
      const target = readRelayTarget(Buffer.from(input).toString('latin1'))
      const reader = new OrderReader()
      const orders = [...pieces(input)].flatMap((piece) =>
        reader.receive(Buffer.from(piece).toString('utf8')),
      )
      return { target, reader, orders }
    },
  },
]

/** A recording as an ingest passes it on. */
function relayed(flv: Uint8Array): Uint8Array {
  const reader = new FlvReader()
  reader.receive(flv)
  const media = reader.events().flatMap((event): RelayedMessage[] => {
    if (event.type !== 'tag' || event.tagType === FlvTagType.script) return []
    const type = event.tagType === FlvTagType.video ? 'video' : 'audio'
    return [{ type, timestamp: event.timestamp, payload: event.body }]
  })
  const payload = dataPayload('onCuePoint', [AmfObject.of({ time: 1 })])
  const messages: RelayedMessage[] = [
    { type: 'metadata', properties: AmfObject.of({ width: 320, encoder: 'x' }) },
    ...media,
    { type: 'data', timestamp: 40, name: 'onCuePoint', payload },
    { type: 'goodbye' },
  ]
  return concatBytes([relayHeader(), ...messages.flatMap((message) => writeRelayed(message))])
}
