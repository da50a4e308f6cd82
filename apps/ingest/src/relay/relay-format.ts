import { dataPayload } from '@sluice/broadcast'
import { equalBytes, ProtocolError } from '@sluice/core'
import {
  FlvReader,
  FlvTagType,
  flvTagPieces,
  type readMetadata,
  readScriptData,
  writeFlvHeader,
  writeFlvTag,
  writeScriptData,
} from '@sluice/flv'

/** The value of `onMetaData`. */
type Properties = Parameters<typeof readMetadata>[0]

/** What an ingest passes on of a publisher whose stream another ingest has. */
export type RelayedMessage =
  /** `timestamp` is the publisher's own, milliseconds modulo 2³². */
  | { readonly type: 'video' | 'audio'; readonly timestamp: number; readonly payload: Uint8Array }
  | { readonly type: 'metadata'; readonly properties: Properties }
  /** `payload` is one of `dataPayload`, which begins with `name`. */
  | {
      readonly type: 'data'
      readonly timestamp: number
      readonly name: string
      readonly payload: Uint8Array
    }
  /** The publisher has said that it is done. A relay that closes without it lost its publisher. */
  | { readonly type: 'goodbye' }

/** The other way: what the ingest that has the stream wants of the publisher. */
export interface RelayOrder {
  readonly type: 'disconnect' | 'reconnect'
  /** For the person at the publisher. */
  readonly reason: string
}

const METADATA = 'onMetaData'
const GOODBYE = 'sluiceGoodbye'
/** Stands before the payload of a data message: a name of its own, so that no publisher's is taken for ours. */
const DATA_PREFIX = dataPayload('sluiceData', [])
/** An order is a sentence. */
const MAX_ORDER_CHARACTERS = 4096

/** The first bytes of a relay. */
export function relayHeader(): Uint8Array {
  return writeFlvHeader({ audio: true, video: true })
}

/** The bytes of a message: FLV, with a script tag for the goodbye. Payloads pass by reference. */
export function writeRelayed(message: RelayedMessage): readonly Uint8Array[] {
  switch (message.type) {
    case 'video':
    case 'audio': {
      const { timestamp, payload } = message
      return flvTagPieces(FlvTagType[message.type], timestamp, payload)
    }
    case 'metadata':
      return [writeFlvTag(FlvTagType.script, 0, writeScriptData(METADATA, message.properties))]
    case 'data':
      return flvTagPieces(FlvTagType.script, message.timestamp, DATA_PREFIX, message.payload)
    case 'goodbye':
      return [writeFlvTag(FlvTagType.script, 0, writeScriptData(GOODBYE, null))]
  }
}

/** Reads what `writeRelayed` wrote, in any split. The bytes given to it belong to the messages from then on. */
export class RelayReader {
  readonly #flv = new FlvReader()

  /** @throws {ProtocolError} or {UnsupportedError} `flv.…`, `amf.…` for anything else; the reader is finished then. */
  receive(bytes: Uint8Array): RelayedMessage[] {
    this.#flv.receive(bytes)
    return this.#flv.events().flatMap((event): RelayedMessage[] => {
      if (event.type !== 'tag') return []
      const { tagType, body: payload } = event
      const timestamp = event.timestamp >>> 0
      if (tagType === FlvTagType.video) return [{ type: 'video', timestamp, payload }]
      if (tagType === FlvTagType.audio) return [{ type: 'audio', timestamp, payload }]
      if (equalBytes(payload.subarray(0, DATA_PREFIX.length), DATA_PREFIX))
        return [readData(timestamp, payload.subarray(DATA_PREFIX.length))]
      const { name, value } = readScriptData(payload)
      if (name === METADATA) return [{ type: 'metadata', properties: value }]
      return name === GOODBYE ? [{ type: 'goodbye' }] : []
    })
  }
}

function readData(timestamp: number, payload: Uint8Array): RelayedMessage {
  return { type: 'data', timestamp, name: readScriptData(payload).name, payload }
}

/** An order as a line of JSON. */
export function writeOrder(order: RelayOrder): string {
  return `${JSON.stringify(order)}\n`
}

/** Reads orders, in any split of their text. */
export class OrderReader {
  #text = ''

  /** @throws {ProtocolError} `ingest.relay.bad_order`. */
  receive(text: string): RelayOrder[] {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    if (this.#text.length > MAX_ORDER_CHARACTERS) throw badOrder(this.#text)
    return lines.map(readOrder)
  }
}

function readOrder(line: string): RelayOrder {
  let order: Partial<RelayOrder> | null
  try {
    order = JSON.parse(line)
  } catch {
    throw badOrder(line)
  }
  const { type, reason } = order ?? {}
  if ((type !== 'disconnect' && type !== 'reconnect') || typeof reason !== 'string') throw badOrder(line)
  return { type, reason }
}

function badOrder(line: string): ProtocolError {
  return new ProtocolError(
    'ingest.relay.bad_order',
    `another ingest said what is no order: ${line.slice(0, 64)}`,
  )
}
