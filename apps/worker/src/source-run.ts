import type { Millis } from '@sluice/core'
import type { Boundary, Packet } from '@sluice/media'
import type { TrackPackager } from './track-packager.ts'

/** Packages the publisher's own packets, without ffmpeg, for as long as its tracks stay the same. */
export class SourceRun {
  readonly #video: TrackPackager | undefined
  readonly #audio: TrackPackager | undefined

  /** Either track is undefined when the source has none or browsers cannot play it. */
  constructor(tracks: {
    readonly video: TrackPackager | undefined
    readonly audio: TrackPackager | undefined
  }) {
    this.#video = tracks.video
    this.#audio = tracks.audio
  }

  boundary(boundary: Boundary): void {
    this.#video?.boundary(boundary)
    this.#audio?.boundary(boundary)
  }

  /** @param horizon - no boundary before this time will follow. */
  packet(packet: Packet, horizon: Millis): void {
    if (packet.kind === 'video') this.#video?.packet(packet)
    else this.#audio?.packet(packet)
    this.#audio?.horizon(horizon)
  }

  end(): void {
    this.#video?.end()
    this.#audio?.end()
  }
}
