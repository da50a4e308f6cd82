import { readdirSync, readFileSync } from 'node:fs'
import { toHex } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import type { AudioBody, SingleAudioBody } from './audio-body.ts'
import { writeAudioBody } from './enhanced-audio.ts'
import { writeVideoBody } from './enhanced-video.ts'
import { FlvReader, type FlvTagEvent } from './flv-reader.ts'
import { readMetadata } from './metadata.ts'
import { audioKind, readAudioBody } from './read-audio-body.ts'
import { readVideoBody, videoKind } from './read-video-body.ts'
import { readScriptData } from './script-data.ts'
import { FlvTagType } from './tag.ts'
import type { SingleVideoBody, VideoBody } from './video-body.ts'

const FIXTURES = new URL('../fixtures/', import.meta.url)

function tagsOf(name: string): FlvTagEvent[] {
  const reader = new FlvReader()
  reader.receive(new Uint8Array(readFileSync(new URL(`${name}.flv`, FIXTURES))))
  expect(reader.pending).toBe(0)
  return reader.events().filter((event) => event.type === 'tag')
}

/** One line about a message; frames of one kind have the same line. */
function describeBody(body: VideoBody | AudioBody): string {
  return body.type === 'multitrack'
    ? body.tracks.map((track) => `${track.trackId} ${describeTrack(track.body)}`).join(', ')
    : body.type === 'command'
      ? 'command'
      : describeTrack(body)
}

function describeTrack(body: SingleVideoBody | SingleAudioBody): string {
  switch (body.type) {
    case 'config':
      return `${body.codec} config ${toHex(body.record).slice(0, 32)} (${body.record.length})`
    case 'frame':
      return 'keyframe' in body && body.keyframe ? `${body.codec} keyframe` : `${body.codec} frame`
    case 'end':
      return `${body.codec} end`
    case 'metadata':
      return `${body.codec} metadata ${[...body.properties.keys()].join()}`
    case 'channels':
      return `${body.codec} channels ${body.layout.order} ${body.layout.channels}`
    case 'unsupported':
      return `unsupported ${body.codecName}`
    default:
      return body.type
  }
}

/** How often what was said, by medium. */
function count(name: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { tagType, body } of tagsOf(name)) {
    if (tagType === FlvTagType.script) continue
    const line =
      tagType === FlvTagType.video
        ? `video ${describeBody(readVideoBody(body))}`
        : `audio ${describeBody(readAudioBody(body))}`
    counts[line] = (counts[line] ?? 0) + 1
  }
  return counts
}

/** What is in each file, counted. The numbers are those of the recordings' messages. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'ffmpeg-7.1-hevc-aac': {
    'audio aac config 118856e500 (5)': 1,
    'audio aac frame': 95,
    'video hevc config 0101600000009000000000001ef000fc (2454)': 1,
    'video hevc frame': 48,
    'video hevc keyframe': 2,
    'video hevc metadata colorInfo': 1,
  },
  'ffmpeg-9.0-ac3': {
    'audio ac3 channels native 1': 1,
    'audio ac3 config  (0)': 1,
    'audio ac3 frame': 32,
    'video h264 config 0142c00bffe100186742c00bda0a37e4 (39)': 1,
    'video h264 end': 1,
    'video h264 frame': 24,
    'video h264 keyframe': 1,
  },
  'ffmpeg-9.0-av1-opus': {
    'audio opus channels native 1': 1,
    'audio opus config 4f707573486561640101380180bb0000 (19)': 1,
    'audio opus frame': 101,
    'video av1 config 81000c000a0b020000051da7ec805f00 (17)': 1,
    'video av1 frame': 48,
    'video av1 keyframe': 2,
    'video av1 metadata colorInfo': 1,
  },
  'ffmpeg-9.0-multitrack': {
    'audio 1 opus channels native 1': 1,
    'audio 1 opus config 4f707573486561640101380180bb0000 (19)': 1,
    'audio 1 opus frame': 101,
    'audio aac config 118856e500 (5)': 1,
    'audio aac frame': 95,
    'video 1 hevc config 0101600000009000000000001ef000fc (2452)': 1,
    'video 1 hevc frame': 48,
    'video 1 hevc keyframe': 2,
    'video h264 config 0142c00bffe100186742c00bda0a37e4 (39)': 1,
    'video h264 end': 1,
    'video h264 frame': 48,
    'video h264 keyframe': 2,
    'video hevc metadata colorInfo': 1,
  },
  'ffmpeg-9.0-vp9-flac': {
    'audio flac channels native 1': 2,
    'audio flac config 040004000000000008150bb800f00000 (34)': 1,
    'audio flac config 0400040000014900018b0bb800f00000 (34)': 1,
    'audio flac frame': 47,
    'audio silence': 1,
    'video vp9 config 000a820202020000 (8)': 1,
    'video vp9 frame': 24,
    'video vp9 keyframe': 1,
    'video vp9 metadata colorInfo': 1,
  },
  'gstreamer-1.28-eflvmux': {
    'audio 1 mp3 frame': 16,
    'audio aac config 1210 (2)': 1,
    'audio aac frame': 25,
    'video 1 hevc config 0104080000009c08000000003ff000fc (118)': 1,
    'video 1 hevc frame': 13,
    'video 1 hevc keyframe': 1,
    'video h264 config 01f4000dffe1001c67f4000d90d96828 (47)': 1,
    'video h264 frame': 13,
    'video h264 keyframe': 1,
  },
  'obs-32.2-av1-aac': {
    'audio aac config 119056e500 (5)': 1,
    'audio aac frame': 59,
    'video av1 config 81000d000a0e020000051da7ec805f02 (20)': 1,
    'video av1 end': 1,
    'video av1 frame': 36,
    'video av1 keyframe': 1,
  },
  'obs-32.2-multitrack-video': {
    'audio aac config 119056e500 (5)': 1,
    'audio aac frame': 138,
    'video 1 h264 config 0142c00affe1001a6742c00ada189f9b (41)': 1,
    'video 1 h264 end': 1,
    'video 1 h264 frame': 42,
    'video 1 h264 keyframe': 2,
    'video h264 config 0142c00bffe1001a6742c00bda0a37e4 (41)': 1,
    'video h264 frame': 86,
    'video h264 keyframe': 2,
  },
  'obs-32.2-opus-mislabelled': {
    'audio aac frame': 61,
    'audio unsupported Opus': 1,
    'video av1 config 81000d000a0e020000051da7ec805f02 (20)': 1,
    'video av1 end': 1,
    'video av1 frame': 35,
    'video av1 keyframe': 1,
  },
  'obs-32.2-vod-audio-track': {
    'audio 1 aac config 119056e500 (5)': 1,
    'audio 1 aac frame': 78,
    'audio aac config 119056e500 (5)': 1,
    'audio aac frame': 78,
    'video h264 config 0142c00bffe1001a6742c00bda0a37e4 (41)': 1,
    'video h264 frame': 49,
    'video h264 keyframe': 1,
  },
}

/**
 * A configuration or frame with a FourCC, read and written again. Not the end of a sequence, whose frame type means
 * nothing and differs.
 */
function rewritten(tagType: FlvTagType, body: Uint8Array): Uint8Array | undefined {
  const first = body[0] ?? 0
  if (tagType === FlvTagType.video && first >= 0x80) {
    const read = readVideoBody(body)
    return read.type === 'config' || read.type === 'frame' ? writeVideoBody(read) : undefined
  }
  if (tagType !== FlvTagType.audio || first >> 4 !== 9) return undefined
  const read = readAudioBody(body)
  return read.type === 'config' || read.type === 'frame' ? writeAudioBody(read) : undefined
}

/** ffmpeg 9 leaves AV1's temporal delimiters in, and what has to be before FLAC's STREAMINFO out. */
function withoutQuirks(hex: string): string {
  return hex.replace(/(?<=^[9a]161763031)1200/, '').replace(/^90664c6143/, '90664c6143664c614380000022')
}

describe('messages of real publishers', () => {
  const names = readdirSync(FIXTURES)
    .filter((file) => file.endsWith('.flv'))
    .map((file) => file.slice(0, -4))

  it('are all described', () => {
    expect(names).toStrictEqual(Object.keys(EXPECTED).toSorted())
  })

  it.each(names)('%s', (name) => {
    expect(count(name)).toStrictEqual(EXPECTED[name])
  })

  it.each(names)('%s: peeking agrees', (name) => {
    const tags = tagsOf(name).filter(({ tagType }) => tagType !== FlvTagType.script)
    const kinds = tags.map(({ tagType, body }) => {
      if (tagType === FlvTagType.audio) return [audioKind(body), readAudioBody(body).type]
      const read = readVideoBody(body)
      return [videoKind(body), read.type === 'frame' && read.keyframe ? 'keyframe' : read.type]
    })
    const known = ['config', 'keyframe', 'frame']
    expect(kinds.map(([kind]) => kind)).toStrictEqual(
      kinds.map(([, type]) => (type !== undefined && known.includes(type) ? type : 'other')),
    )
  })

  it.each(names)('%s: what has a FourCC is written as it was sent', (name) => {
    const pairs = tagsOf(name).flatMap(({ tagType, body }) => {
      const written = rewritten(tagType, body)
      return written === undefined ? [] : [[toHex(written), withoutQuirks(toHex(body))]]
    })
    expect(pairs.map(([written]) => written)).toStrictEqual(pairs.map(([, sent]) => sent))
  })

  it('announce themselves', () => {
    const hints = names.map((name) => {
      const script = tagsOf(name).find(({ tagType }) => tagType === FlvTagType.script)
      const { value } = readScriptData(script?.body ?? new Uint8Array())
      const { videoCodec, audioCodec } = readMetadata(value)
      return [name, videoCodec, audioCodec]
    })
    expect(hints).toStrictEqual([
      ['ffmpeg-7.1-hevc-aac', 'hevc', 'aac'],
      ['ffmpeg-9.0-ac3', 'h264', 'ac3'],
      ['ffmpeg-9.0-av1-opus', 'av1', 'opus'],
      ['ffmpeg-9.0-multitrack', 'h264', 'aac'],
      ['ffmpeg-9.0-vp9-flac', 'vp9', 'flac'],
      ['gstreamer-1.28-eflvmux', 'h264', 'aac'],
      ['obs-32.2-av1-aac', 'av1', 'aac'],
      ['obs-32.2-multitrack-video', 'h264', 'aac'],
      ['obs-32.2-opus-mislabelled', 'av1', 'aac'],
      ['obs-32.2-vod-audio-track', 'h264', 'aac'],
    ])
  })
})
