import { type MediaEntry, type StreamEntry, segmentRules, type TracksEntry } from '@sluice/broadcast'
import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { LiveStream } from '../live-stream.ts'
import { publishSample } from '../testing/sample.ts'
import { FLV_FORM, rtmpForm } from './message-form.ts'
import { SharedMessages } from './shared-messages.ts'

const stream = new LiveStream(segmentRules(2))
publishSample(stream, 0, 2)

function tracksOf({ ring }: LiveStream): TracksEntry {
  const [start] = ring.starts
  if (start === undefined) throw new Error('the sample has no boundary')
  return start.tracks
}

function find<T extends StreamEntry>(isWanted: (entry: StreamEntry) => entry is T): T {
  for (let at = 0; at < stream.ring.end; at++) {
    const entry = stream.ring.at(at)
    if (entry !== undefined && isWanted(entry)) return entry
  }
  throw new Error('the sample has no such entry')
}

const tracks = tracksOf(stream)
const picture: MediaEntry = find((entry) => entry.type === 'video')
const sound: MediaEntry = find((entry) => entry.type === 'audio')

describe('shared messages', () => {
  it.each([
    ['RTMP', rtmpForm(1)],
    ['FLV', FLV_FORM],
  ])('of %s are made once', (_, form) => {
    const messages = new SharedMessages(form)
    expect(messages.media(picture)).toBe(messages.media(picture))
    expect(messages.media(sound)).not.toBe(messages.media(picture))
    expect(messages.headers(picture, tracks)).toBe(messages.headers(picture, tracks))
    expect(messages.metadata(null)).toBe(messages.metadata(null))
  })

  it.each([
    ['RTMP', rtmpForm(1)],
    ['FLV', FLV_FORM],
  ])('of %s are one array each, with a copy of the body', (_, form) => {
    const [message, ...rest] = new SharedMessages(form).media(picture)
    expect(rest).toEqual([])
    expect(message?.buffer).not.toBe(picture.payload.buffer)
    expect(toHex(message ?? new Uint8Array())).toContain(toHex(picture.payload))
  })

  it('have the headers of codecs that have one, and metadata where there are any', () => {
    const messages = new SharedMessages(rtmpForm(1))
    expect(messages.headers(picture, tracks)).toHaveLength(2)
    expect(messages.headers(picture, { ...tracks, audio: undefined })).toHaveLength(1)
    expect(messages.metadata(undefined)).toEqual([])
    expect(messages.metadata(null)).toHaveLength(1)
  })
})
