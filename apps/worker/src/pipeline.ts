import {
  type FurtherTrack,
  type FurtherTracksEntry,
  type MediaEntry,
  packetOf,
  type StreamEntry,
  type TracksEntry,
} from '@sluice/broadcast'
import type { RungState } from '@sluice/cluster'
import { type Millis, millis } from '@sluice/core'
import {
  checkProfile,
  checkSource,
  type FfmpegCapabilities,
  type InputFormat,
  inputFormat,
  type Obstacle,
  toneMappingObstacle,
} from '@sluice/ffmpeg'
import { encodedIds, type LadderPlan, needsEncoder, type Profile, planLadder } from '@sluice/ladder'
import { type Boundary, dynamicRange, sameTrack, type Track } from '@sluice/media'
import type { Logger } from '@sluice/runtime'
import { AlignedPackager } from './aligned-packager.ts'
import { EncodedSound } from './encoded-sound.ts'
import { type EncoderTotals, noEncoders } from './encoder-meter.ts'
import { type FurtherPackager, FurtherRun } from './further-run.ts'
import { Ladder } from './ladder.ts'
import {
  describeOutgoing,
  type OutgoingTrack,
  outgoingTracks,
  SOURCE_AUDIO,
  SOURCE_VIDEO,
} from './outgoing-tracks.ts'
import { RenditionOutput, type RenditionOutputOptions, type ResumePoint } from './rendition-output.ts'
import { plannedRenditions, type SourceTracks } from './renditions.ts'
import { SourceRun } from './source-run.ts'
import { TrackPackager } from './track-packager.ts'

export interface PipelineOptions {
  readonly profile: Profile
  readonly partTarget: Millis
  readonly output: Omit<RenditionOutputOptions, 'resume'>
  /** Where an earlier worker left off, by rendition id. */
  readonly resume: (rendition: string) => ResumePoint
  /** Renditions that an earlier worker made: those that this one does not are taken out. Default none. */
  readonly earlier?: readonly string[]
  readonly ffmpeg: FfmpegCapabilities
  readonly log: Logger
}

/** Sound runs ahead of stalled pictures by at most this before it is packaged regardless, in milliseconds. */
const VIDEO_STALL = 1_000
/** Bytes on their way to the store beyond which the feed waits. */
const PENDING_LIMIT = 32 * 1024 * 1024

/** The tracks of a run. */
interface RunTracks {
  readonly main: TracksEntry
  readonly further: FurtherTracksEntry
}

/**
 * Turns one feed into renditions. Runs follow each other as the default tracks change: each has the source packaged
 * as it is and, where the profile asks for it, an encoder for the ladder. Further tracks come and go within a run; they stand
 * for rungs, and where one fails whose rung nobody encodes, another encoder makes that: the running ones are left alone.
 */
export class Pipeline {
  /** Of the encoders of this run. */
  readonly encoders: EncoderTotals = noEncoders()
  readonly #options: PipelineOptions
  readonly #outputs = new Map<string, RenditionOutput>()
  /** Announced; its run begins with the next boundary. */
  #opening: RunTracks | undefined
  #tracks: RunTracks | undefined
  /** The further tracks that go out. */
  #outgoing: readonly OutgoingTrack[] = []
  /** All that is encoded in this run. */
  #plan: LadderPlan | undefined
  #source: SourceRun | undefined
  #further: FurtherRun | undefined
  /** By rendition: further tracks that did not keep to the boundaries of this run. */
  readonly #unaligned = new Map<string, Track>()
  #ladders: Ladder[] = []
  /** Of renditions that were taken out: a later run that makes them again goes on from there. */
  readonly #initVersions = new Map<string, number>()
  /** Renditions that were given up, for operators. */
  readonly #removed = new Map<string, RungState>()
  #earlier: readonly string[]
  #lastVideo: Millis | undefined

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#earlier = options.earlier ?? []
  }

  /** How every rendition fares, for operators. */
  rungs(): RungState[] {
    const states = [...this.#outputs.values()].map(({ rendition, bitrate }): RungState => {
      const speed = this.#ladders.find((ladder) => ladder.makes(rendition.id))?.progress?.speed
      return {
        id: rendition.id,
        state: bitrate === undefined ? 'planned' : 'running',
        codecString: rendition.codecString,
        ...(rendition.kind === 'video' ? { width: rendition.width, height: rendition.height } : {}),
        ...(bitrate === undefined ? {} : { bitrate }),
        ...(speed === undefined ? {} : { speed }),
      }
    })
    return [...states, ...this.#removed.values()]
  }

  /** Encoders that run now. */
  get runningEncoders(): number {
    return this.#ladders.filter(({ isRunning }) => isRunning).length
  }

  /** Media time per time of the slowest encoder; undefined while none has said. */
  get encoderSpeed(): number | undefined {
    const speeds = this.#ladders.flatMap(({ progress }) => progress?.speed ?? [])
    return speeds.length === 0 ? undefined : Math.min(...speeds)
  }

  /** Bytes handed over and not in the store yet. */
  get pendingBytes(): number {
    let pending = 0
    for (const output of this.#outputs.values()) pending += output.pendingBytes
    return pending
  }

  /** Bytes in the store, by rendition. */
  get writtenBytes(): ReadonlyMap<string, number> {
    return new Map([...this.#outputs].map(([id, { writtenBytes }]) => [id, writtenBytes]))
  }

  /** What an operator should know of the plan: rungs that were left out, and why. */
  get notes(): readonly string[] {
    return this.#plan?.notes ?? []
  }

  /** Takes one entry of the feed. A promise is returned where the feed has to wait. */
  handle(entry: StreamEntry): Promise<void> | undefined {
    switch (entry.type) {
      case 'tracks':
        this.#opening = { main: entry, further: { type: 'further-tracks', tracks: [], defaultLabel: {} } }
        return this.#endRun()
      case 'further-tracks':
        if (this.#opening !== undefined) this.#opening = { ...this.#opening, further: entry }
        else this.#changeFurther(entry)
        return undefined
      case 'boundary':
        if (this.#opening !== undefined) this.#beginRun(this.#opening)
        this.#boundary(entry.boundary)
        return undefined
      case 'video':
      case 'audio':
        this.#media(entry)
        return this.#backpressure()
      case 'data':
        // No rendition carries them; the time is that of the media around it.
        this.#options.log.debug({ time: entry.time, name: entry.name.slice(0, 64) }, 'timed data')
        return undefined
      case 'further':
        this.#further?.packet(entry)
        return this.#backpressure()
      case 'end':
      case 'moved':
        return undefined
    }
  }

  /** The feed is over: everything that was received is packaged and stored. */
  async end(): Promise<void> {
    await this.#endRun()
    await this.#settled()
  }

  /** The job was taken away, or failed: stops at once and leaves the timeline as it is. Never rejects. */
  async abandon(): Promise<void> {
    const further = this.#further
    this.#further = undefined
    const ladders = this.#ladders
    this.#ladders = []
    // A file that cannot be closed changes nothing here, and must not keep an encoder running.
    await Promise.allSettled([...this.#outputs.values()].map((output) => output.abandon()))
    await Promise.allSettled([...ladders.map((ladder) => ladder.end()), further?.end()])
  }

  #beginRun(tracks: RunTracks): void {
    const { profile, log } = this.#options
    this.#opening = undefined
    this.#tracks = tracks
    this.#lastVideo = undefined
    this.#removed.clear()
    this.#unaligned.clear()
    const { video, audio } = sourceOf(tracks)
    const further = this.#usable(tracks.further.tracks)
    this.#outgoing = further
    const planned = this.#planned(tracks, further)
    const { plan, obstacles } = feasible(planned, profile, this.#options.ffmpeg, { video, audio })
    this.#plan = plan
    log.info(
      {
        video: video && `${video.codecString} ${video.width}x${video.height}`,
        audio: audio && `${audio.codecString} ${audio.sampleRate} Hz`,
        ...(further.length === 0 ? {} : { further: further.map(describeOutgoing) }),
        rungs: plan.rungs.map((rung) => rung.id),
        notes: plan.notes,
      },
      'packaging',
    )
    if (obstacles.length > 0) this.#refuseLadder(planned, obstacles)
    this.#announce()
    this.#source = new SourceRun({
      video: this.#sourcePackager(SOURCE_VIDEO, video),
      audio: this.#sourcePackager(SOURCE_AUDIO, audio),
    })
    this.#further = new FurtherRun((track) => this.#furtherPackager(track))
    this.#further.add(further)
    this.#addLadder(plan)
  }

  /** Further tracks come, go or change; everything else goes on. */
  #changeFurther(entry: FurtherTracksEntry): void {
    if (this.#tracks === undefined) return
    this.#tracks = { ...this.#tracks, further: entry }
    const further = this.#usable(entry.tracks)
    this.#options.log.info({ further: further.map(describeOutgoing) }, 'further tracks changed')
    this.#outgoing = further
    this.#further?.retain(further)
    this.#supplement(this.#tracks, further)
    this.#announce()
    this.#further?.add(further)
  }

  /** A further picture that cannot be cut with the others leaves the ladder, for as long as it stays what it is. */
  #leaveUnaligned({ id, track }: OutgoingTrack, reason: string): void {
    this.#say('worker.further.unaligned', id, reason)
    this.#unaligned.set(id, track)
    this.#giveUp(id, reason)
    if (this.#tracks !== undefined) this.#changeFurther(this.#tracks.further)
  }

  /** The further tracks that go out. Why another does not is said to operators. */
  #usable(tracks: readonly FurtherTrack[]): readonly OutgoingTrack[] {
    const { profile, ffmpeg } = this.#options
    return outgoingTracks(tracks, profile, ffmpeg).flatMap((choice) => {
      const { id } = choice
      if ('unplayable' in choice) {
        const reason = choice.unplayable
        if (this.#removed.get(id)?.reason !== reason) this.#say('worker.further.unplayable', id, reason)
        this.#removed.set(id, { id, state: 'failed', reason })
        return []
      }
      const unaligned = this.#unaligned.get(id)
      if (unaligned !== undefined && sameTrack(unaligned, choice.track)) return []
      if (choice.encoded !== undefined) return this.#removed.has(id) ? [] : [choice]
      this.#removed.delete(id)
      return [choice]
    })
  }

  #say(code: string, rendition: string, reason: string): void {
    this.#options.log.warn({ code, rendition }, `${rendition} is left out: ${reason}`)
  }

  #furtherPackager(outgoing: OutgoingTrack): FurtherPackager | undefined {
    const { id, track, encoded } = outgoing
    if (encoded !== undefined && track.kind === 'audio') {
      const passthrough = { video: false, audio: false }
      const plan = { passthrough, rungs: [], audio: encoded, cost: 0, notes: [] }
      const audio = { track, payload: new Uint8Array() }
      return new EncodedSound(this.#ladder(plan, { type: 'tracks', video: undefined, audio }, 'mp4'))
    }
    const packager = this.#sourcePackager(id, track)
    if (packager === undefined || track.kind === 'audio') return packager
    return new AlignedPackager(packager, (reason) => this.#leaveUnaligned(outgoing, reason))
  }

  #planned(tracks: RunTracks, further: readonly OutgoingTrack[]): LadderPlan {
    const pictures = further.flatMap(({ track }) => (track.kind === 'video' ? [track] : []))
    return planLadder({ ...sourceOf(tracks), further: pictures }, this.#options.profile)
  }

  /** Rungs that a further track stood for until now are encoded, beside what is. */
  #supplement(tracks: RunTracks, further: readonly OutgoingTrack[]): void {
    const plan = this.#plan
    if (plan === undefined) return
    const { profile, ffmpeg } = this.#options
    const wanted = feasible(this.#planned(tracks, further), profile, ffmpeg, sourceOf(tracks)).plan
    const isNew = ({ id }: { readonly id: string }): boolean =>
      !this.#removed.has(id) && !this.#outputs.has(id)
    const rungs = wanted.rungs.filter(isNew)
    const audio = wanted.audio !== undefined && isNew(wanted.audio) ? wanted.audio : undefined
    if (rungs.length === 0 && audio === undefined) return
    this.#addLadder({ ...wanted, rungs, audio })
    this.#plan = { ...wanted, rungs: [...plan.rungs, ...rungs], audio: plan.audio ?? audio }
  }

  #addLadder(plan: LadderPlan): void {
    if (this.#tracks === undefined || !needsEncoder(plan)) return
    const { main } = this.#tracks
    const format = inputFormat(this.#options.ffmpeg, sourceOf(this.#tracks))
    this.#ladders.push(this.#ladder(plan, main, format))
  }

  #ladder(plan: LadderPlan, tracks: TracksEntry, inputFormat: InputFormat): Ladder {
    const { ffmpeg, log, partTarget } = this.#options
    return new Ladder({
      ...{ plan, tracks, inputFormat, outputs: this.#outputs, partTarget, ffmpeg, log },
      totals: [this.encoders, this.#options.output.totals.encoders],
      givenUp: (id, reason) => this.#giveUp(id, reason),
    })
  }

  /** This ffmpeg cannot make the ladder: the source goes out alone, and operators see why. */
  #refuseLadder(planned: LadderPlan, obstacles: readonly Obstacle[]): void {
    const reason = obstacles.map(({ message }) => message).join('; ')
    const [first] = obstacles
    this.#options.log.warn({ code: first?.code }, `nothing is encoded: ${reason}`)
    for (const id of encodedIds(planned)) this.#removed.set(id, { id, state: 'failed', reason })
  }

  #sourcePackager(rendition: string, track: Track | undefined): TrackPackager | undefined {
    const output = this.#outputs.get(rendition)
    if (output === undefined || track === undefined) return undefined
    const { partTarget } = this.#options
    return new TrackPackager({ track, output, partTarget, placement: 'next-packet' })
  }

  async #endRun(): Promise<void> {
    this.#source?.end()
    this.#source = undefined
    const further = this.#further
    this.#further = undefined
    const ladders = this.#ladders
    this.#ladders = []
    await Promise.all([...ladders.map((ladder) => ladder.end()), further?.end()])
  }

  /** Makes the renditions those of this run: new ones appear, ones without a place go. */
  #announce(): void {
    if (this.#tracks === undefined || this.#plan === undefined) return
    const { defaultLabel } = this.#tracks.further
    const further = { tracks: this.#outgoing, defaultLabel }
    const planned = plannedRenditions(this.#plan, sourceOf(this.#tracks), further)
    const isPlanned = (id: string): boolean => planned.some((rendition) => rendition.id === id)
    const reason = 'the source changed and this rendition has no place any more'
    for (const id of [...this.#outputs.keys()]) if (!isPlanned(id)) this.#takeOut(id, reason)
    for (const rendition of this.#earlier)
      if (!isPlanned(rendition))
        this.#options.output.timeline.push({ type: 'rendition-removed', rendition, reason })
    this.#earlier = []
    for (const rendition of planned) {
      let output = this.#outputs.get(rendition.id)
      if (output === undefined) {
        const resume = this.#options.resume(rendition.id)
        const initVersion = this.#initVersions.get(rendition.id) ?? resume.initVersion
        output = new RenditionOutput(rendition, {
          ...this.#options.output,
          resume: { ...resume, initVersion },
        })
        this.#outputs.set(rendition.id, output)
      }
      output.announce(rendition)
    }
  }

  #boundary(boundary: Boundary): void {
    if (boundary.discontinuity) {
      this.#options.output.timeline.push({ type: 'discontinuity', segment: boundary.number })
    }
    this.#source?.boundary(boundary)
    this.#further?.boundary(boundary)
    for (const ladder of this.#ladders) ladder.boundary(boundary)
  }

  #media(entry: MediaEntry): void {
    const packet = packetOf(entry)
    const horizon = this.#horizonAt(entry)
    this.#source?.packet(packet, horizon)
    this.#further?.horizon(horizon)
    for (const ladder of this.#ladders) ladder.packet(entry, packet, horizon)
  }

  /** No boundary can still come before this time: boundaries are announced ahead of the frame they begin with. */
  #horizonAt(entry: MediaEntry): Millis {
    if (entry.type === 'video') {
      this.#lastVideo = entry.dts
      return entry.dts
    }
    if (this.#tracks?.main.video === undefined) return millis(entry.time + 1)
    return millis(Math.max(this.#lastVideo ?? 0, entry.time - VIDEO_STALL))
  }

  #takeOut(id: string, reason: string): void {
    const output = this.#outputs.get(id)
    if (output === undefined) return
    output.remove(reason)
    this.#initVersions.set(id, output.nextInitVersion)
    this.#outputs.delete(id)
  }

  #giveUp(id: string, reason: string): void {
    this.#takeOut(id, reason)
    const plan = this.#plan
    if (plan !== undefined)
      this.#plan = {
        ...plan,
        rungs: plan.rungs.filter((rung) => rung.id !== id),
        audio: plan.audio?.id === id ? undefined : plan.audio,
      }
    this.#removed.set(id, { id, state: 'failed', reason })
  }

  #backpressure(): Promise<void> | undefined {
    return this.pendingBytes > PENDING_LIMIT ? this.#settled() : undefined
  }

  async #settled(): Promise<void> {
    await Promise.all([...this.#outputs.values()].map((output) => output.settled()))
  }
}

/** The plan without its ladder where this ffmpeg cannot make that, and why it cannot. */
function feasible(
  plan: LadderPlan,
  profile: Profile,
  ffmpeg: FfmpegCapabilities,
  source: SourceTracks,
): { readonly plan: LadderPlan; readonly obstacles: readonly Obstacle[] } {
  if (!needsEncoder(plan)) return { plan, obstacles: [] }
  const obstacles = [...checkProfile(ffmpeg, profile), ...checkSource(ffmpeg, source)]
  if (obstacles.length === 0) return { plan: withPossibleTones(plan, ffmpeg), obstacles }
  return { plan: { ...plan, rungs: [], audio: undefined, cost: 0 }, obstacles }
}

/** Without the filters for it the rungs keep the source's range, with 8 bits, and say so: right where a display has it. */
function withPossibleTones(plan: LadderPlan, ffmpeg: FfmpegCapabilities): LadderPlan {
  const { toneMap, ...rest } = plan
  const obstacle = toneMap && toneMappingObstacle(ffmpeg)
  if (obstacle === undefined) return plan
  const note = `the rungs keep the source's ${dynamicRange(toneMap)} and look wrong on other displays: ${obstacle}`
  return { ...rest, notes: [...plan.notes, note] }
}

function sourceOf({ main }: RunTracks): SourceTracks {
  return { video: main.video?.track, audio: main.audio?.track }
}
