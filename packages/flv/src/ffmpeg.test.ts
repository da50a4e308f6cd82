import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatBytes, equalBytes } from '@sluice/core'
import {
  aacTrack,
  h264Track,
  readAvcDecoderConfigurationRecord,
  type Track,
  withRecoveryPoint,
} from '@sluice/media'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFlvHeader } from './flv-header.ts'
import { FlvReader, type FlvTagEvent } from './flv-reader.ts'
import { readMetadata } from './metadata.ts'
import { readAudioBody } from './read-audio-body.ts'
import { readVideoBody } from './read-video-body.ts'
import { readScriptData, writeScriptData } from './script-data.ts'
import { FlvTagType, flvTagPieces, writeFlvTag } from './tag.ts'

const installed =
  spawnSync('ffprobe', ['-version']).status === 0 && spawnSync('ffmpeg', ['-version']).status === 0
if (!installed) console.warn('skipped: ffmpeg and ffprobe are not installed')

const FRAMES = 75
/** Frames, counted in decoding order, that get a recovery point. */
const MARKED = [7, 26, 51]

/** One keyframe at the start and none after it, with sound. */
const ENCODINGS = [
  { name: 'no B-frames', options: ['-bf', '0'] },
  { name: 'B-frames', options: ['-bf', '3', '-b_strategy', '0'] },
  {
    name: 'B-frames as references, four slices',
    options: ['-bf', '3', '-x264-params', 'b-pyramid=normal:slices=4:aud=1'],
  },
  { name: 'Baseline', options: ['-profile:v', 'baseline'] },
  { name: 'interlaced', options: ['-flags', '+ildct+ilme'] },
]

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-flv-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function encode(name: string, options: readonly string[]): Uint8Array {
  const file = join(folder, `${name}.flv`)
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=176x144:r=25:d=3', '-f', 'lavfi', '-i', 'sine'],
    ...['-t', '3', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-threads', '1'],
    ...['-g', '1000', '-keyint_min', '1000', '-sc_threshold', '0', ...options, '-c:a', 'aac', file],
  ])
  return readFileSync(file)
}

function probe(flv: Uint8Array, options: readonly string[]): string[] {
  const file = join(folder, 'probed.flv')
  writeFileSync(file, flv)
  const output = execFileSync('ffprobe', ['-v', 'error', '-of', 'csv=p=0', ...options, file], {
    encoding: 'utf8',
  })
  return output.split('\n').filter((line) => line !== '')
}

function countFrames(flv: Uint8Array, stream: 'v' | 'a'): number {
  const entries = ['-show_entries', 'stream=nb_read_packets']
  return Number(probe(flv, ['-count_packets', '-select_streams', stream, ...entries])[0]?.replace(',', ''))
}

/** Key flags of the decoded frames, by presentation time in milliseconds. */
function keyFrames(flv: Uint8Array): Map<number, boolean> {
  const entries = ['-show_entries', 'frame=pts_time,key_frame']
  const lines = probe(flv, ['-select_streams', 'v', '-show_frames', ...entries])
  return new Map(
    lines.map((line) => {
      const [key = '', time = ''] = line.split(',')
      return [Math.round(Number(time) * 1000), key === '1']
    }),
  )
}

/** The decoded pictures, one checksum a line. */
function pictures(flv: Uint8Array): string {
  return execFileSync('ffmpeg', ['-v', 'error', '-i', '-', '-map', '0:v', '-f', 'framemd5', '-'], {
    input: flv,
    encoding: 'utf8',
  })
}

function tagsOf(flv: Uint8Array): FlvTagEvent[] {
  const reader = new FlvReader()
  reader.receive(flv)
  expect(reader.pending).toBe(0)
  return reader.events().filter((event) => event.type === 'tag')
}

describe.skipIf(!installed)('FLV of ffmpeg', () => {
  it('is read frame by frame', () => {
    const flv = encode('plain', ['-bf', '2'])
    const counts = {
      videoFrames: 0,
      keyframes: 0,
      videoConfigs: 0,
      videoEnds: 0,
      audioFrames: 0,
      audioConfigs: 0,
    }
    for (const tag of tagsOf(flv)) {
      if (tag.tagType === FlvTagType.video) {
        const body = readVideoBody(tag.body)
        if (body.type === 'frame') counts.videoFrames += 1
        if (body.type === 'frame' && body.keyframe) counts.keyframes += 1
        if (body.type === 'config') counts.videoConfigs += 1
        if (body.type === 'end') counts.videoEnds += 1
      }
      if (tag.tagType === FlvTagType.audio) {
        const body = readAudioBody(tag.body)
        if (body.type === 'frame') counts.audioFrames += 1
        if (body.type === 'config') counts.audioConfigs += 1
      }
    }
    expect(counts).toStrictEqual({
      videoFrames: FRAMES,
      keyframes: 1,
      videoConfigs: 1,
      videoEnds: 1,
      audioFrames: countFrames(flv, 'a'),
      audioConfigs: 1,
    })
    expect(countFrames(flv, 'v')).toBe(FRAMES)
  })

  it('announces its tracks and itself', () => {
    const bodies = tagsOf(encode('tracks', []))
    const tracks = bodies.flatMap(({ tagType, body }): Track[] => {
      const media = tagType === FlvTagType.video ? readVideoBody(body) : readAudioBody(body)
      if (tagType === FlvTagType.script || media.type !== 'config') return []
      return media.codec === 'h264' ? [h264Track(media.record)] : [aacTrack(media.record)]
    })
    expect(tracks).toMatchObject([
      { kind: 'video', width: 176, height: 144, frameRate: 25 },
      { kind: 'audio', codecString: 'mp4a.40.2', sampleRate: 44_100, channels: 1 },
    ])
    const script = bodies.find(({ tagType }) => tagType === FlvTagType.script)
    const { name, value } = readScriptData(script?.body ?? new Uint8Array())
    expect(name).toBe('onMetaData')
    expect(readMetadata(value)).toMatchObject({ width: 176, height: 144, frameRate: 25, hasAudio: true })
    expect(equalBytes(writeScriptData(name, value), script?.body ?? new Uint8Array())).toBe(true)
  })

  it('is the same when written again', () => {
    const flv = encode('again', ['-bf', '2'])
    const parts = [writeFlvHeader({ audio: true, video: true })]
    for (const { tagType, timestamp, body } of tagsOf(flv)) {
      parts.push(...flvTagPieces(tagType, timestamp, body))
    }
    expect(equalBytes(concatBytes(parts), flv)).toBe(true)
  })

  it('is read by ffprobe with other times, across 2³¹ ms', () => {
    const start = 2 ** 31 - 1000
    const shifted = [writeFlvHeader({ audio: true, video: true })]
    for (const tag of tagsOf(encode('shifted', []))) {
      shifted.push(writeFlvTag(tag.tagType, tag.timestamp + start, tag.body))
    }
    const flv = concatBytes(shifted)
    expect(countFrames(flv, 'v')).toBe(FRAMES)
    const entries = ['-select_streams', 'v', '-show_entries', 'packet=dts']
    const times = probe(flv, entries).map((line) => Number.parseInt(line, 10))
    expect(times.at(-1)).toBe(start + (FRAMES - 1) * 40)
  })
})

describe.skipIf(!installed)('a recovery point in FLV', () => {
  it.each(ENCODINGS)('is a key frame to ffmpeg: $name', ({ name, options }) => {
    const flv = encode(name.replaceAll(' ', '-'), options)
    const { marked, times } = mark(flv)
    const before = keyFrames(flv)
    const after = keyFrames(marked)
    const first = Math.min(...before.keys())
    expect([...before].filter(([, key]) => key).map(([time]) => time)).toStrictEqual([first])
    expect([...after].filter(([, key]) => key).map(([time]) => time)).toStrictEqual(
      [first, ...times].toSorted((a, b) => a - b),
    )
    expect([...after.keys()]).toStrictEqual([...before.keys()])
    expect(pictures(marked)).toBe(pictures(flv))
  })

  it('forces a keyframe in every encoder that ffmpeg feeds', () => {
    const { marked, times } = mark(encode('forced', ['-bf', '2']))
    const rungs = ['high', 'low'].map((name) => join(folder, `${name}.mkv`))
    const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '1000', '-sc_threshold', '0']
    const outputs = rungs.flatMap((file, i) => [
      ...[
        '-map',
        `[r${i}]`,
        ...encoder,
        '-force_key_frames',
        'source',
        '-copyts',
        '-vsync',
        'passthrough',
        file,
      ],
    ])
    const graph = '[0:v]split=2[a][b];[a]scale=128:72[r0];[b]scale=64:36[r1]'
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', '-', '-filter_complex', graph, ...outputs], {
      input: marked,
    })
    for (const file of rungs) {
      const lines = execFileSync(
        'ffprobe',
        ['-v', 'error', '-of', 'csv=p=0', '-show_entries', 'packet=pts_time,flags', file],
        { encoding: 'utf8' },
      )
      const keys = lines.split('\n').flatMap((line) => {
        const [time = '', flags = ''] = line.split(',')
        return flags.startsWith('K') ? [Math.round(Number(time) * 1000)] : []
      })
      expect(keys.slice(1)).toStrictEqual(times.toSorted((a, b) => a - b))
    }
  })
})

/** Inserts recovery points into some frames; `times` are their presentation times in milliseconds. */
function mark(flv: Uint8Array): { marked: Uint8Array; times: number[] } {
  const parts = [writeFlvHeader({ audio: true, video: true })]
  const times: number[] = []
  let frames = 0
  let nalLengthSize: 1 | 2 | 4 = 4
  for (const tag of tagsOf(flv)) {
    const body = tag.tagType === FlvTagType.video ? readVideoBody(tag.body) : undefined
    if (body?.type === 'config') {
      nalLengthSize = readAvcDecoderConfigurationRecord(body.record).nalLengthSize
    }
    const here = body?.type === 'frame' ? frames++ : -1
    if (body?.type === 'frame' && MARKED.includes(here)) {
      times.push(tag.timestamp + body.compositionOffset)
      const head = tag.body.subarray(0, tag.body.length - body.data.length)
      const changed = concatBytes([head, withRecoveryPoint(body.data, nalLengthSize)])
      parts.push(writeFlvTag(FlvTagType.video, tag.timestamp, changed))
    } else {
      parts.push(tag.raw)
    }
  }
  return { marked: concatBytes(parts), times }
}
