import { AmfObject } from '@sluice/amf'
import type { Command } from '../message/command.ts'
import type { ClientInfo } from './client-info.ts'
import { type EnhancedCapabilities, enhancedProperties } from './enhanced-capabilities.ts'
import { PLAYER_CHUNK_SIZE } from './player-messages.ts'
import { type Sender, statusObject } from './sender.ts'

/** What a server announces in its answer to `connect`. */
export interface Announcement {
  /** Window Acknowledgement Size and Set Peer Bandwidth, in bytes. */
  readonly windowSize: number
  /** Chunk size of what the server sends, in bytes. */
  readonly chunkSize: number
  /** What it takes of Enhanced RTMP, for clients that offer any of it. */
  readonly enhanced: EnhancedCapabilities
}

/** The version Flash Media Server names; some clients look for its form. */
const SERVER_VERSION = 'FMS/3,5,7,7009'

/**
 * Grants `connect`.
 *
 * @param transactionId - of the command.
 * @see Adobe RTMP 1.0 §7.2.1.1
 */
export function answerConnect(
  sender: Sender,
  transactionId: number,
  client: ClientInfo,
  { windowSize, chunkSize, enhanced }: Announcement,
): void {
  sender.control({ type: 'window-acknowledgement-size', size: windowSize })
  sender.control({ type: 'set-peer-bandwidth', size: windowSize, limit: 'dynamic' })
  sender.control({ type: 'user-control', event: { kind: 'stream-begin', messageStreamId: 0 } })
  sender.control({ type: 'set-chunk-size', size: chunkSize })
  sender.result(
    transactionId,
    AmfObject.of({
      fmsVer: SERVER_VERSION,
      capabilities: 31,
      mode: 1,
      // Clients that know nothing of it get the answer they have always got.
      ...(client.enhanced === undefined ? {} : enhancedProperties(enhanced)),
    }),
    AmfObject.of({
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'Connection succeeded.',
      objectEncoding: 0,
    }),
  )
}

/** Says that a publish begins. @see Adobe RTMP 1.0 §7.2.2.6 */
export function announcePublish(sender: Sender, messageStreamId: number): void {
  sender.control({ type: 'user-control', event: { kind: 'stream-begin', messageStreamId } })
  tell(sender, messageStreamId, 'NetStream.Publish.Start', 'Publishing')
}

/**
 * Says that a play begins.
 *
 * @param reset - the client wants to be told that an earlier play list is gone.
 * @see Adobe RTMP 1.0 §7.2.2.1
 */
export function announcePlay(sender: Sender, messageStreamId: number, reset: boolean): void {
  sender.control({ type: 'set-chunk-size', size: PLAYER_CHUNK_SIZE })
  sender.control({ type: 'user-control', event: { kind: 'stream-begin', messageStreamId } })
  if (reset) tell(sender, messageStreamId, 'NetStream.Play.Reset', 'Playing and resetting')
  tell(sender, messageStreamId, 'NetStream.Play.Start', 'Playing')
  // Some players give their program no access to the media without it.
  sender.data(messageStreamId, '|RtmpSampleAccess', true, true)
}

/** Says that what is played is over. @param description - a sentence for the person at the client. */
export function announcePlayEnd(sender: Sender, messageStreamId: number, description: string): void {
  sender.control({ type: 'user-control', event: { kind: 'stream-eof', messageStreamId } })
  tell(sender, messageStreamId, 'NetStream.Play.UnpublishNotify', description)
}

/** Answers the `FC…` commands of encoders of the FMLE family by the `onFC…` call that they wait for. */
export function answerFc(sender: Sender, name: string, code: string, command: Command): void {
  const stream = command.values[1]
  const description = typeof stream === 'string' ? stream : ''
  sender.command(name, 0, null, statusObject({ level: 'status', code, description }))
}

/** Tells a client how its stream fares. @param code - for example `NetStream.Pause.Notify`. */
export function tell(sender: Sender, messageStreamId: number, code: string, description: string): void {
  sender.status(messageStreamId, { level: 'status', code, description })
}

/** Tells a client that something went wrong. @param messageStreamId - 0 for the connection as a whole. */
export function tellError(sender: Sender, messageStreamId: number, code: string, description: string): void {
  sender.status(messageStreamId, { level: 'error', code, description })
}
