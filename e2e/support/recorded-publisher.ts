import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { FlvReader, FlvTagType } from '@sluice/flv'
import { ServerSession } from '@sluice/rtmp'
import type { RtmpTestClient } from '@sluice/testkit'

const CAPTURES = new URL('../../../shared/captures/', import.meta.url)

/** A media message of a recorded publisher. */
export interface RecordedMessage {
  readonly type: 'audio' | 'video'
  /** Milliseconds. */
  readonly timestamp: number
  readonly payload: Uint8Array
}

/** The audio and video messages that an encoder sent; undefined where its recording is not there. */
export async function readRecording(name: string): Promise<readonly RecordedMessage[] | undefined> {
  const file = new URL(`${name}.c2s`, CAPTURES)
  if (!existsSync(file)) return undefined
  const session = new ServerSession({ randomBytes: (size) => new Uint8Array(size) })
  session.receive(await readFile(file))
  const messages: RecordedMessage[] = []
  for (let more = true; more; ) {
    more = false
    for (const event of session.events()) {
      if (event.type === 'publish-requested') more = true
      else if (event.type === 'audio' || event.type === 'video')
        messages.push({ type: event.type, timestamp: event.timestamp, payload: event.payload })
    }
    if (more) session.acceptPublish()
  }
  return messages
}

/** The audio and video messages in a file of FLV. */
export async function readFlvFile(file: string): Promise<readonly RecordedMessage[]> {
  const reader = new FlvReader()
  reader.receive(await readFile(file))
  return reader.events().flatMap((event): RecordedMessage[] => {
    if (event.type !== 'tag' || event.tagType === FlvTagType.script) return []
    const type = event.tagType === FlvTagType.video ? 'video' : 'audio'
    return [{ type, timestamp: event.timestamp, payload: event.body }]
  })
}

/** The messages with times that begin at another one. */
export function shifted(messages: readonly RecordedMessage[], start: number): RecordedMessage[] {
  const first = messages[0]?.timestamp ?? 0
  return messages.map((message) => ({ ...message, timestamp: message.timestamp - first + start }))
}

/** Sends messages at the times that stand in them: an encoder does so too. */
export async function sendInRealTime(
  client: RtmpTestClient,
  messages: readonly RecordedMessage[],
): Promise<void> {
  const startedAt = Date.now()
  for (const { type, timestamp, payload } of messages) {
    const early = timestamp - (Date.now() - startedAt)
    if (early > 0) await delay(early)
    client.media(type, timestamp, payload)
  }
}
