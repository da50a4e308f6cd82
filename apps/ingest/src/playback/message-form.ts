import type { TracksEntry } from '@sluice/broadcast'
import { FlvTagType, type readMetadata, writeFlvHeader, writeFlvTag, writeScriptData } from '@sluice/flv'
import { PlayerMessages } from '@sluice/rtmp'

/** The value of `onMetaData`. */
export type Properties = Parameters<typeof readMetadata>[0]

/** How messages look on the way to players: RTMP chunks or FLV tags. Times are milliseconds. */
export interface MessageForm {
  /** Players whose forms have the same key get the same bytes; undefined: this form is for one player alone. */
  readonly key: string | undefined
  /** What comes before everything else, for each player anew. */
  begin(tracks: TracksEntry): readonly Uint8Array[]
  /** At time 0: ffmpeg takes metadata of any other time for a track of text. */
  metadata(properties: Properties): readonly Uint8Array[]
  /** @param body - an FLV audio, video or script tag body; copied. */
  media(type: 'audio' | 'video' | 'data', time: number, body: Uint8Array): readonly Uint8Array[]
}

/** The message stream nearly all clients play on: the first that they create. */
const USUAL_STREAM = 1

/**
 * RTMP chunks. One array for each message.
 *
 * @param messageStreamId - the one the client plays on. Who plays on an unusual one shares nothing: a client names it, so
 * there could be as many as there are players.
 */
export function rtmpForm(messageStreamId: number): MessageForm {
  const messages = new PlayerMessages(messageStreamId)
  return {
    key: messageStreamId === USUAL_STREAM ? 'rtmp' : undefined,
    begin: () => [],
    metadata: (properties) => [messages.metadata(properties)],
    media: (type, time, body) => [messages.media(type, time, body)],
  }
}

const TAG_TYPES = { audio: FlvTagType.audio, video: FlvTagType.video, data: FlvTagType.script } as const

/** FLV tags. The header is one array, and so is each tag: for WebSocket, every array becomes a message of its own. */
export const FLV_FORM: MessageForm = {
  key: 'flv',
  begin: ({ audio, video }) => [writeFlvHeader({ audio: audio !== undefined, video: video !== undefined })],
  metadata: (properties) => [writeFlvTag(FlvTagType.script, 0, writeScriptData('onMetaData', properties))],
  media: (type, time, body) => [writeFlvTag(TAG_TYPES[type], time, body)],
}
