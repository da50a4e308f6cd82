import { type MediaEntry, type StreamEntry, segmentRules, type TracksEntry } from '@sluice/broadcast'
import { concatBytes, toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { LiveStream } from '../live-stream.ts'
import { publishSample } from '../testing/sample.ts'
import { FLV_FORM, FLV_MESSAGE_FORM, rtmpForm } from './message-form.ts'
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
    ['FLV in messages', FLV_MESSAGE_FORM],
  ])('of %s are made once', (_, form) => {
    const messages = new SharedMessages(form)
    expect(messages.media(picture)).toBe(messages.media(picture))
    expect(messages.media(sound)).not.toBe(messages.media(picture))
    expect(messages.headers(picture, tracks)).toBe(messages.headers(picture, tracks))
    expect(messages.metadata(null)).toBe(messages.metadata(null))
  })

  it('are around the body in FLV, which is not copied', () => {
    const [header, body, trailer] = new SharedMessages(FLV_FORM).media(picture)
    expect([header?.length, trailer?.length]).toEqual([11, 4])
    expect(body).toBe(picture.payload)
  })

  it('are one array each in messages, of the same bytes', () => {
    const [pieces, message] = [FLV_FORM, FLV_MESSAGE_FORM].map((form) =>
      new SharedMessages(form).media(picture),
    )
    expect(message).toHaveLength(1)
    expect(toHex(concatBytes(message ?? []))).toBe(toHex(concatBytes(pieces ?? [])))
  })

  it('have the headers of codecs that have one, and metadata where there are any', () => {
    const messages = new SharedMessages(rtmpForm(1))
    expect(messages.headers(picture, tracks)).toHaveLength(2)
    expect(messages.headers(picture, { ...tracks, audio: undefined })).toHaveLength(1)
    expect(messages.metadata(undefined)).toEqual([])
    expect(messages.metadata(null)).toHaveLength(1)
  })
})
