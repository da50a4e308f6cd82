import { ProtocolError } from '@sluice/core'
import { ChunkReader, MessageType, type RawMessage } from '@sluice/rtmp'
import { recordedClients } from './captures.ts'

/** C0, C1 and C2. */
export const HANDSHAKE_SIZE = 1 + 2 * 1536
/** Of each recording: enough for all commands and some media. */
const RECORDING_BYTES = 20_000

/** The chunk streams of recorded clients, that is what follows their handshakes. */
export function recordedChunks(): Uint8Array[] {
  return recordedClients()
    .filter(({ bytes }) => bytes[0] === 3)
    .map(({ bytes }) => bytes.subarray(HANDSHAKE_SIZE))
}

/** Payloads of the messages of one kind that recorded clients sent. */
export function recordedPayloads(...typeIds: readonly number[]): Uint8Array[] {
  return recordedChunks()
    .flatMap((chunks) => messagesOf(chunks.subarray(0, RECORDING_BYTES)))
    .filter(({ typeId }) => typeIds.includes(typeId))
    .map(({ payload }) => Uint8Array.from(payload))
}

function messagesOf(chunks: Uint8Array): RawMessage[] {
  const reader = new ChunkReader()
  const messages: RawMessage[] = []
  reader.feed(chunks)
  try {
    for (let message = reader.read(); message !== undefined; message = reader.read()) {
      messages.push(message)
      const { typeId, payload } = message
      if (typeId === MessageType.setChunkSize) reader.setChunkSize(Buffer.from(payload).readUInt32BE())
    }
  } catch (error) {
    // A recording that is cut, or encrypted: what came before will do.
    if (!(error instanceof ProtocolError)) throw error
  }
  return messages
}
