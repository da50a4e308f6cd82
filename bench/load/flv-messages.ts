import { readFileSync } from 'node:fs'
import { FlvReader, FlvTagType } from '@sluice/flv'
import { MessageType, writeMessage } from '@sluice/rtmp'

/** One message of a publisher. */
export interface FileMessage {
  readonly typeId: number
  /** Milliseconds from the file's beginning. */
  readonly timestamp: number
  readonly payload: Uint8Array
  /** Metadata and codec configurations: sent once, not again when the file repeats. */
  readonly setup: boolean
}

/** A file as a publisher sends it. */
export interface FileMessages {
  readonly messages: readonly FileMessage[]
  /** Milliseconds after which it repeats. */
  readonly duration: number
  /** Bytes of payload in that time, without what is sent once. */
  readonly payloadBytes: number
}

/** Reads an FLV file into the messages of a publisher. */
export function readFlvMessages(path: string): FileMessages {
  const reader = new FlvReader()
  reader.receive(readFileSync(path))
  const messages: FileMessage[] = []
  let lastVideo = 0
  let frameDuration = 0
  for (const event of reader.events()) {
    if (event.type !== 'tag') continue
    const { tagType, timestamp, body } = event
    const payload = tagType === FlvTagType.script ? setDataFrame(body) : body
    // AVCPacketType and AACPacketType 0: a configuration (FLV v10.1 Annex E.4.2.2, E.4.3.1).
    const setup = tagType === FlvTagType.script || body[1] === 0
    messages.push({ typeId: tagType, timestamp, payload, setup })
    if (tagType === FlvTagType.video && !setup) {
      frameDuration = timestamp - lastVideo
      lastVideo = timestamp
    }
  }
  const payloadBytes = messages.reduce((sum, { payload, setup }) => sum + (setup ? 0 : payload.length), 0)
  return { messages, duration: lastVideo + frameDuration, payloadBytes }
}

/** Encoders wrap `onMetaData` in `@setDataFrame`; both are AMF0 strings that follow each other. */
function setDataFrame(body: Uint8Array): Uint8Array {
  const { typeId, payload } = writeMessage({ type: 'data', values: ['@setDataFrame'] })
  if (typeId !== MessageType.dataAmf0) throw new Error(`data was written as message type ${typeId}`)
  return Buffer.concat([payload, body])
}
