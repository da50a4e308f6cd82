import { AudioCutter, type BoundaryPlacement, VideoCutter, writeInitSegment } from '@sluice/cmaf'
import { type Millis, millis, PayloadMemory } from '@sluice/core'
import type { Boundary, Packet, Track } from '@sluice/media'
import type { RenditionOutput } from './rendition-output.ts'

export interface TrackPackagerOptions {
  readonly track: Track
  readonly output: RenditionOutput
  readonly partTarget: Millis
  /** How boundaries find their packet: see `VideoCutter.boundary`. */
  readonly placement: BoundaryPlacement
}

/**
 * Packets of one track to one rendition, for as long as its codec configuration stays the same. The init
 * segment waits for the first packet: a track that has none is not announced.
 *
 * The packets' data is copied: it lasts until the next entries of a feed, and parts are made of many. So the data of a part lies in
 * one piece, and is written as one; the output gives it back.
 */
export class TrackPackager {
  readonly #options: TrackPackagerOptions
  /** For a cutter that does not exist yet. */
  #boundaries: Boundary[] = []
  #horizon: Millis | undefined
  /** Time up to which the cutter has placed sound for good; stays 0 for video. */
  #placedTo = 0
  #cutter: VideoCutter | AudioCutter | undefined
  readonly #memory = new PayloadMemory()

  constructor(options: TrackPackagerOptions) {
    this.#options = options
  }

  boundary(boundary: Boundary): void {
    if (this.#cutter === undefined) this.#boundaries.push(boundary)
    // Sound was placed ahead of pictures that came very late: its segment begins behind what is out already.
    else this.#announce(this.#cutter, { ...boundary, time: millis(Math.max(boundary.time, this.#placedTo)) })
  }

  /** A promise that no boundary before this time will follow: sound may be placed up to here. */
  horizon(time: Millis): void {
    this.#horizon = time
    if (this.#cutter instanceof AudioCutter) {
      this.#place(this.#cutter, time)
      this.#drain(this.#cutter)
    }
  }

  packet(packet: Packet): void {
    this.#cutter ??= this.#begin()
    this.#cutter.packet({ ...packet, data: this.#memory.copy(packet.data) })
    this.#drain(this.#cutter)
  }

  /** Ends the last segment. */
  end(): void {
    this.#cutter?.end()
    if (this.#cutter !== undefined) this.#drain(this.#cutter)
    this.#cutter = undefined
    this.#memory.close()
  }

  #begin(): VideoCutter | AudioCutter {
    const { track, output, partTarget } = this.#options
    const rendition = {
      ...output.rendition,
      codecString: track.codecString,
      // Of a picture that was encoded its own headers say what became of the colours.
      ...(track.kind === 'video' && track.colour?.description !== undefined
        ? { colour: track.colour.description }
        : {}),
    }
    output.configure(rendition, writeInitSegment(track))
    const cutter =
      track.kind === 'video'
        ? new VideoCutter({ track, partTarget, startedAt: output.startedAt })
        : new AudioCutter({ track, partTarget, startedAt: output.startedAt })
    for (const boundary of this.#boundaries) this.#announce(cutter, boundary)
    this.#boundaries = []
    if (this.#horizon !== undefined && cutter instanceof AudioCutter) this.#place(cutter, this.#horizon)
    return cutter
  }

  #place(cutter: AudioCutter, horizon: Millis): void {
    cutter.horizon(horizon)
    this.#placedTo = horizon
  }

  #announce(cutter: VideoCutter | AudioCutter, boundary: Boundary): void {
    if (cutter instanceof VideoCutter) cutter.boundary(boundary, this.#options.placement)
    else cutter.boundary(boundary)
  }

  #drain(cutter: VideoCutter | AudioCutter): void {
    for (const event of cutter.events()) this.#options.output.cut(event)
  }
}
