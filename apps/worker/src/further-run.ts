import type { FurtherEntry } from '@sluice/broadcast'
import type { Millis } from '@sluice/core'
import { type Boundary, type Packet, sameTrack, type Track } from '@sluice/media'
import type { OutgoingTrack } from './outgoing-tracks.ts'

/** Makes a rendition of one further track. */
export interface FurtherPackager {
  boundary(boundary: Boundary): void
  /** @param entry - that the packet came in. */
  packet(packet: Packet, entry: FurtherEntry): void
  /** A promise that no boundary before this time will follow. */
  horizon?(time: Millis): void
  /** Resolves, where it has to be waited for, when everything was handed over. */
  end(): Promise<void> | void
}

interface Member {
  readonly track: Track
  readonly packager: FurtherPackager
}

/** Packages the further tracks of a run, which come, go and change while it goes on. */
export class FurtherRun {
  readonly #packagerOf: (track: OutgoingTrack) => FurtherPackager | undefined
  readonly #members: { readonly [kind in Track['kind']]: Map<number, Member> } = {
    video: new Map(),
    audio: new Map(),
  }
  /** Of packagers that have ended and still hand over what they have. */
  readonly #ending: Promise<void>[] = []

  /** @param packagerOf - undefined for a track without an output. */
  constructor(packagerOf: (track: OutgoingTrack) => FurtherPackager | undefined) {
    this.#packagerOf = packagerOf
  }

  /** Ends the tracks that are not among these, and those that have changed. */
  retain(tracks: readonly OutgoingTrack[]): void {
    for (const members of Object.values(this.#members)) {
      for (const [trackId, { track, packager }] of members) {
        if (tracks.some((other) => other.trackId === trackId && sameTrack(other.track, track))) continue
        members.delete(trackId)
        const ending = packager.end()
        if (ending !== undefined) this.#ending.push(ending)
      }
    }
  }

  /** Those of these tracks that are not there yet begin at the next boundary. */
  add(tracks: readonly OutgoingTrack[]): void {
    for (const outgoing of tracks) {
      const { trackId, track } = outgoing
      const members = this.#members[track.kind]
      if (members.has(trackId)) continue
      const packager = this.#packagerOf(outgoing)
      if (packager !== undefined) members.set(trackId, { track, packager })
    }
  }

  boundary(boundary: Boundary): void {
    for (const { packager } of this.#members.video.values()) packager.boundary(boundary)
    for (const { packager } of this.#members.audio.values()) packager.boundary(boundary)
  }

  /** Nothing becomes of a packet whose track is not there. */
  packet(entry: FurtherEntry): void {
    const { trackId, packet } = entry
    this.#members[packet.kind].get(trackId)?.packager.packet(packet, entry)
  }

  /** No boundary before this time will follow. */
  horizon(time: Millis): void {
    // Called for every packet of every broadcast, nearly all of which have no such track.
    if (this.#members.audio.size === 0) return
    for (const { packager } of this.#members.audio.values()) packager.horizon?.(time)
  }

  /** Ends all of them. Resolves when everything was handed over. */
  async end(): Promise<void> {
    this.retain([])
    await Promise.all(this.#ending)
  }
}
