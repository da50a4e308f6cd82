import { type AmfLimits, DEFAULT_AMF_LIMITS } from '@sluice/amf'
import { assertNever } from '@sluice/core'
import { type Abort, readAbort, writeAbort } from './abort.ts'
import { type Acknowledgement, readAcknowledgement, writeAcknowledgement } from './acknowledgement.ts'
import { type Command, readCommand, skipAmf3Format, writeCommand } from './command.ts'
import { type Data, readData, writeData } from './data.ts'
import { MessageType } from './message-type.ts'
import { readSetChunkSize, type SetChunkSize, writeSetChunkSize } from './set-chunk-size.ts'
import { readSetPeerBandwidth, type SetPeerBandwidth, writeSetPeerBandwidth } from './set-peer-bandwidth.ts'
import { readUserControl, type UserControl, writeUserControl } from './user-control.ts'
import {
  readWindowAcknowledgementSize,
  type WindowAcknowledgementSize,
  writeWindowAcknowledgementSize,
} from './window-acknowledgement-size.ts'

/** Audio or video: the payload is an FLV tag body, for other packages to read. */
export interface Media {
  readonly type: 'audio' | 'video'
  readonly payload: Uint8Array
}

/** Several messages in one: `splitAggregate` takes them apart. */
export interface Aggregate {
  readonly type: 'aggregate'
  readonly payload: Uint8Array
}

/** A message type that is not handled here: shared objects, and ids nobody has defined. */
export interface Unknown {
  readonly type: 'unknown'
  readonly typeId: number
  readonly payload: Uint8Array
}

/** What a message means, by its type. */
export type Message =
  | SetChunkSize
  | Abort
  | Acknowledgement
  | UserControl
  | WindowAcknowledgementSize
  | SetPeerBandwidth
  | Command
  | Data
  | Media
  | Aggregate
  | Unknown

/** A message as the chunk stream carries it, without its address. */
export interface MessageBody {
  readonly typeId: number
  readonly payload: Uint8Array
}

/**
 * Reads a message by its type id. Payloads inside the result are views of the one given.
 *
 * @throws {ProtocolError} {UnsupportedError} whatever the reader of the type throws; see there.
 */
export function readMessage(
  { typeId, payload }: MessageBody,
  limits: AmfLimits = DEFAULT_AMF_LIMITS,
): Message {
  switch (typeId) {
    case MessageType.setChunkSize:
      return readSetChunkSize(payload)
    case MessageType.abort:
      return readAbort(payload)
    case MessageType.acknowledgement:
      return readAcknowledgement(payload)
    case MessageType.userControl:
      return readUserControl(payload)
    case MessageType.windowAcknowledgementSize:
      return readWindowAcknowledgementSize(payload)
    case MessageType.setPeerBandwidth:
      return readSetPeerBandwidth(payload)
    case MessageType.commandAmf0:
      return readCommand(payload, limits)
    case MessageType.commandAmf3:
      return readCommand(skipAmf3Format(payload), limits)
    case MessageType.dataAmf0:
      return readData(payload, limits)
    case MessageType.dataAmf3:
      return readData(skipAmf3Format(payload), limits)
    case MessageType.audio:
      return { type: 'audio', payload }
    case MessageType.video:
      return { type: 'video', payload }
    case MessageType.aggregate:
      return { type: 'aggregate', payload }
    default:
      return { type: 'unknown', typeId, payload }
  }
}

/**
 * Writes a message; commands and data as AMF0.
 *
 * @throws {StateError} a value that its field cannot hold.
 */
export function writeMessage(message: Message): MessageBody {
  switch (message.type) {
    case 'set-chunk-size':
      return { typeId: MessageType.setChunkSize, payload: writeSetChunkSize(message) }
    case 'abort':
      return { typeId: MessageType.abort, payload: writeAbort(message) }
    case 'acknowledgement':
      return { typeId: MessageType.acknowledgement, payload: writeAcknowledgement(message) }
    case 'user-control':
      return { typeId: MessageType.userControl, payload: writeUserControl(message) }
    case 'window-acknowledgement-size':
      return {
        typeId: MessageType.windowAcknowledgementSize,
        payload: writeWindowAcknowledgementSize(message),
      }
    case 'set-peer-bandwidth':
      return { typeId: MessageType.setPeerBandwidth, payload: writeSetPeerBandwidth(message) }
    case 'command':
      return { typeId: MessageType.commandAmf0, payload: writeCommand(message) }
    case 'data':
      return { typeId: MessageType.dataAmf0, payload: writeData(message) }
    case 'audio':
    case 'video':
    case 'aggregate':
      return { typeId: MessageType[message.type], payload: message.payload }
    case 'unknown':
      return { typeId: message.typeId, payload: message.payload }
    default:
      return assertNever(message)
  }
}
