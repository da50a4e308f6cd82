import type { AmfMap, AmfValue } from '@sluice/amf'
import type { ClientInfo } from './client-info.ts'

/**
 * The client wants to connect: nothing more is read until `acceptConnect` or `rejectConnect`. Only where the session was
 * told to ask.
 */
export interface ConnectRequestedEvent {
  readonly type: 'connect-requested'
  readonly client: ClientInfo
}

/** The client has connected and been answered. */
export interface ConnectEvent {
  readonly type: 'connect'
  readonly client: ClientInfo
}

/** The client wants to publish: nothing more is read until `acceptPublish` or `rejectPublish`. */
export interface PublishRequestedEvent {
  readonly type: 'publish-requested'
  readonly app: string
  /** The stream name as sent, without its query; may hold slashes and percent-escapes, may be empty. */
  readonly streamName: string
  /** Query of the stream name, then that of app or tcUrl, joined by `&`: the first of a name counts. No `?`. */
  readonly query: string
  /** `live`, `record` or `append` as sent; `live` where the client names none. */
  readonly publishType: string
  readonly messageStreamId: number
  readonly client: ClientInfo
}

/** Metadata of the stream being published: hints, to be believed less than codec headers. */
export interface MetadataEvent {
  readonly type: 'metadata'
  /** Milliseconds modulo 2³². */
  readonly timestamp: number
  readonly metadata: AmfMap
}

/** Any other data of the stream being published: cue points, texts, captions, whatever its encoder likes to say. */
export interface DataEvent {
  readonly type: 'data'
  /**
   * The handler it is for, as sent: `onCuePoint`, `onTextData`, `onCaption`, `onCaptionInfo`. `@clearDataFrame` takes
   * back what the handler named by the first value has said; `@setDataFrame` is left out.
   */
  readonly name: string
  /** What follows the name. */
  readonly values: readonly AmfValue[]
  /** Milliseconds modulo 2³². */
  readonly timestamp: number
}

/** One audio or video message of the stream being published. */
export interface MediaEvent {
  readonly type: 'audio' | 'video'
  /** Milliseconds from an arbitrary start, modulo 2³²; compare modulo 2³². */
  readonly timestamp: number
  /** An FLV audio or video tag body; may be empty. May be kept and passed on (see `RawMessage`), not written to. */
  readonly payload: Uint8Array
  readonly messageStreamId: number
}

/** The client has said that it is done. A connection that just ends gives only `closed`. */
export interface PublishFinishedEvent {
  readonly type: 'publish-finished'
  readonly clean: true
  readonly by: 'FCUnpublish' | 'deleteStream' | 'closeStream'
}

/** The client wants to play: nothing more is read until `acceptPlay` or `rejectPlay`. */
export interface PlayRequestedEvent {
  readonly type: 'play-requested'
  readonly app: string
  readonly streamName: string
  /** As in a publish request. */
  readonly query: string
  /** As sent: −2 live or recorded, −1 live only; −2000 and −1000 mean the same. −2 where the client names none. */
  readonly start: number
  readonly messageStreamId: number
  readonly client: ClientInfo
}

/** The player wants nothing for now, or wants to be given media again; it was told that it is so. */
export interface PauseEvent {
  readonly type: 'pause' | 'unpause'
}

/** The player wants sound or picture, or wants it no longer. Both are wanted at first. */
export interface ReceiveEvent {
  readonly type: 'receive-audio' | 'receive-video'
  readonly on: boolean
}

/** The player has said that it is done; it may play again. A connection that just ends gives only `closed`. */
export interface PlayFinishedEvent {
  readonly type: 'play-finished'
  readonly by: 'deleteStream' | 'closeStream'
}

/** Traffic that has no effect here, for a log line and a counter. */
export interface IgnoredEvent {
  readonly type: 'ignored'
  /** What it was: `command foo`, `message type 19`, `video on message stream 2`. */
  readonly what: string
  /** Why: a code or a few fixed words, usable as a metric label. */
  readonly reason: string
}

/** The last event: the session is over. Write what `output` still owes, then end the connection. */
export interface ClosedEvent {
  readonly type: 'closed'
  readonly reason: string
}

/** What a server session tells its caller. */
export type ServerSessionEvent =
  | ConnectRequestedEvent
  | ConnectEvent
  | PublishRequestedEvent
  | MetadataEvent
  | DataEvent
  | MediaEvent
  | PublishFinishedEvent
  | PlayRequestedEvent
  | PauseEvent
  | ReceiveEvent
  | PlayFinishedEvent
  | IgnoredEvent
  | ClosedEvent
