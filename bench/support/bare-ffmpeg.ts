import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { millis } from '@sluice/core'
import { decoderThreads, filterThreads, SOFTWARE_ENCODER, transcodeArguments } from '@sluice/ffmpeg'
import { FlvReader, FlvTagType, readAudioBody, readVideoBody } from '@sluice/flv'
import { BUILT_IN_PROFILES, encodedIds, type LadderPlan, planLadder } from '@sluice/ladder'
import { aacTrack, h264Track, type VideoTrack } from '@sluice/media'
import { type Child, startChild } from '@sluice/testkit'

/** How the alternative is run. */
export interface BareFfmpegOptions {
  /** With as few threads for decoding and scaling as the gateway gives, instead of ffmpeg's defaults. */
  readonly likeGateway: boolean
}

/**
 * What somebody without a gateway would run: one ffmpeg that reads the file in real time, copies the source and makes
 * the ladder that the gateway would plan for it, each rung as HLS with fragmented MP4 segments of two seconds.
 *
 * Filters and encoder options are the gateway's own, so that the encoders do the same work; only the muxer differs.
 */
export function startBareFfmpeg(file: string, folder: string, { likeGateway }: BareFfmpegOptions): Child {
  const { plan, picture } = planFor(file)
  const ids = encodedIds(plan)
  const { filters, outputs } = transcodeArguments(plan, {
    inputFormat: 'flv',
    encoder: SOFTWARE_ENCODER,
    picture,
    outputs: new Map(ids.map((id, index) => [id, index])),
    progressFd: 2,
    fragment: millis(0),
    startsAt: undefined,
  })
  const muxer = (name: string): string[] => [
    ...['-f', 'hls', '-hls_time', '2', '-hls_list_size', '30', '-hls_flags', 'delete_segments'],
    ...['-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', `${name}.mp4`, join(folder, `${name}.m3u8`)],
  ]
  return startChild('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning'],
    ...(likeGateway ? ['-filter_complex_threads', `${filterThreads(picture, plan)}`] : []),
    ...(likeGateway ? ['-threads', `${decoderThreads(picture)}`] : []),
    ...['-re', '-stream_loop', '-1', '-i', file, '-filter_complex', filters.join(';')],
    ...['-map', '0:v', '-map', '0:a', '-c', 'copy', ...muxer('source')],
    ...outputs.flatMap(({ options }, index) => [...encoderOptions(options), ...muxer(ids[index] ?? '')]),
  ])
}

/** An output's options up to those of its muxer. */
function encoderOptions(options: readonly string[]): readonly string[] {
  return options.slice(0, options.indexOf('-f'))
}

/** The ladder that the gateway's default profile gives this file. */
function planFor(file: string): { readonly plan: LadderPlan; readonly picture: VideoTrack | undefined } {
  const reader = new FlvReader()
  reader.receive(readFileSync(file))
  let [video, audio]: [ReturnType<typeof h264Track>?, ReturnType<typeof aacTrack>?] = []
  for (const event of reader.events()) {
    if (event.type !== 'tag') continue
    if (event.tagType === FlvTagType.video) {
      const body = readVideoBody(event.body)
      if (body.type === 'config') video = h264Track(body.record)
    } else if (event.tagType === FlvTagType.audio) {
      const body = readAudioBody(event.body)
      if (body.type === 'config') audio = aacTrack(body.record)
    }
  }
  return { plan: planLadder({ video, audio }, BUILT_IN_PROFILES.default), picture: video }
}
