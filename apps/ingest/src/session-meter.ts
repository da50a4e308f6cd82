import type { SegmentRules } from '@sluice/broadcast'
import type { SessionState } from '@sluice/cluster'
import { type EpochMillis, epochMillis } from '@sluice/core'
import { dynamicRange } from '@sluice/media'
import type { LiveStream } from './live-stream.ts'
import type { Publisher } from './on-air.ts'

/** Measures a publisher's session between two looks, for operators. */
export class SessionMeter {
  readonly #session: string
  readonly #publisher: Publisher
  readonly #stream: LiveStream
  readonly #rules: SegmentRules
  readonly #startedAt: EpochMillis = epochMillis(Date.now())
  /** `at`: by the monotonic clock. */
  #last: { at: number; bytes: number; frames: number }

  constructor(session: string, publisher: Publisher, stream: LiveStream, rules: SegmentRules) {
    this.#session = session
    this.#publisher = publisher
    this.#stream = stream
    this.#rules = rules
    const { bytes, videoFrames } = stream.totals
    this.#last = { at: performance.now(), bytes, frames: videoFrames }
  }

  /** The state now; rates are those since the last call. */
  read(broadcast: string | undefined): SessionState {
    const { video, audio } = this.#stream.tracks
    const range = dynamicRange(video?.colour?.description)
    const { keyframeInterval } = this.#stream.clock
    const { bytes, videoFrames } = this.#stream.totals
    const now = performance.now()
    const seconds = Math.max(0.001, (now - this.#last.at) / 1000)
    const bitrate = Math.round(((bytes - this.#last.bytes) * 8) / seconds)
    const frameRate = Math.round(((videoFrames - this.#last.frames) / seconds) * 10) / 10
    this.#last = { at: now, bytes, frames: videoFrames }
    const encoder = this.#stream.encoder ?? this.#publisher.client
    const { user } = this.#publisher
    return {
      session: this.#session,
      ...(broadcast === undefined ? {} : { broadcast }),
      remoteAddress: this.#publisher.remoteAddress,
      ...(encoder === undefined ? {} : { encoder }),
      ...(user === undefined ? {} : { user }),
      startedAt: this.#startedAt,
      bitrate,
      ...(video === undefined
        ? {}
        : {
            video: {
              codec: video.codec,
              codecString: video.codecString,
              width: video.width,
              height: video.height,
              frameRate,
              ...(keyframeInterval === undefined ? {} : { keyframeInterval: keyframeInterval / 1000 }),
              ...(range === 'SDR' ? {} : { dynamicRange: range }),
            },
          }),
      ...(audio === undefined
        ? {}
        : {
            audio: {
              codec: audio.codec,
              codecString: audio.codecString,
              sampleRate: audio.sampleRate,
              channels: audio.channels,
            },
          }),
      warnings: this.#warnings(),
    }
  }

  #warnings(): string[] {
    const { keyframeInterval, counters } = this.#stream.clock
    const { longest, target } = this.#rules
    const warnings: string[] = []
    if (keyframeInterval !== undefined && keyframeInterval > longest) {
      warnings.push(
        `keyframes are ${keyframeInterval / 1000} s apart, segments at most ${longest / 1000} s: set the encoder's keyframe interval to ${target / 1000} s`,
      )
    }
    const jumps = counters.jumps + counters.rollbacks
    if (jumps > 0) warnings.push(`the encoder's timestamps jumped ${jumps} times and were repaired`)
    if (counters.audioDropped > 0)
      warnings.push(`${counters.audioDropped} audio packets were left out to keep sync`)
    const announced = this.#stream.contradictingColours
    if (announced !== undefined) {
      const { primaries, transfer, matrix } = announced
      warnings.push(
        `the colours announced beside the video (primaries ${primaries}, transfer ${transfer}, matrix ${matrix} of ITU-T H.273) are not those it is encoded with, which count: set the encoder's colour settings to one of them`,
      )
    }
    if (counters.furtherDropped > 0)
      warnings.push(`${counters.furtherDropped} frames of further tracks had no default track to go with`)
    return [...warnings, ...this.#stream.furtherProblems]
  }
}
