import { type MediaEntry, packetOf, type StreamEntry, type TracksEntry } from '@sluice/broadcast'
import type { RungState } from '@sluice/cluster'
import { type Millis, millis } from '@sluice/core'
import {
  checkProfile,
  checkSource,
  type FfmpegCapabilities,
  type Obstacle,
  toneMappingObstacle,
} from '@sluice/ffmpeg'
import { encodedIds, type LadderPlan, needsEncoder, type Profile, planLadder } from '@sluice/ladder'
import { type Boundary, dynamicRange, type Track } from '@sluice/media'
import type { Logger } from '@sluice/runtime'
import { type LadderFailure, LadderRun } from './ladder-run.ts'
import {
  type PlannedRendition,
  RenditionOutput,
  type RenditionOutputOptions,
  type ResumePoint,
} from './rendition-output.ts'
import { plannedRenditions, SOURCE_AUDIO, SOURCE_VIDEO, type SourceTracks } from './renditions.ts'
import { SourceRun } from './source-run.ts'
import { TrackPackager } from './track-packager.ts'

export interface PipelineOptions {
  readonly profile: Profile
  readonly partTarget: Millis
  readonly output: Omit<RenditionOutputOptions, 'resume'>
  /** Where an earlier worker left off, by rendition id. */
  readonly resume: (rendition: string) => ResumePoint
  readonly ffmpeg: FfmpegCapabilities
  readonly log: Logger
}

/** Sound runs ahead of stalled pictures by at most this before it is packaged regardless, in milliseconds. */
const VIDEO_STALL = 1_000
/** Encoder failures in a row after which the ladder is given up. */
const MAX_LADDER_FAILURES = 5
/** Bytes on their way to the store beyond which the feed waits. */
const PENDING_LIMIT = 32 * 1024 * 1024

/**
 * Turns one feed into renditions. Runs follow each other as the tracks change: each has the source packaged
 * as it is and, where the profile asks for it, one encoder for the ladder.
 */
export class Pipeline {
  readonly #options: PipelineOptions
  readonly #outputs = new Map<string, RenditionOutput>()
  #tracks: TracksEntry | undefined
  #plan: LadderPlan | undefined
  #source: SourceRun | undefined
  #ladder: LadderRun | undefined
  #ladderFailures = 0
  /** Of renditions that were taken out: a later run that makes them again goes on from there. */
  readonly #initVersions = new Map<string, number>()
  /** Renditions that were given up, for operators. */
  readonly #removed = new Map<string, RungState>()
  #lastVideo: Millis | undefined

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  /** How every rendition fares, for operators. */
  rungs(): RungState[] {
    const encoder = this.#ladder?.progress
    const states = [...this.#outputs.values()].map(({ rendition, bitrate }): RungState => {
      const passed = rendition.id === SOURCE_VIDEO || rendition.id === SOURCE_AUDIO
      return {
        id: rendition.id,
        state: bitrate === undefined ? 'planned' : 'running',
        codecString: rendition.codecString,
        ...(rendition.kind === 'video' ? { width: rendition.width, height: rendition.height } : {}),
        ...(bitrate === undefined ? {} : { bitrate }),
        ...(passed || encoder?.speed === undefined ? {} : { speed: encoder.speed }),
      }
    })
    return [...states, ...this.#removed.values()]
  }

  /** What an operator should know of the plan: rungs that were left out, and why. */
  get notes(): readonly string[] {
    return this.#plan?.notes ?? []
  }

  /** Takes one entry of the feed. A promise is returned where the feed has to wait. */
  handle(entry: StreamEntry): Promise<void> | undefined {
    switch (entry.type) {
      case 'tracks':
        return this.#beginRun(entry)
      case 'boundary':
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
      case 'end':
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
    const ladder = this.#ladder
    this.#ladder = undefined
    // A file that cannot be closed changes nothing here, and must not keep the encoder running.
    await Promise.allSettled([...this.#outputs.values()].map((output) => output.abandon()))
    await ladder?.end()
  }

  async #beginRun(tracks: TracksEntry): Promise<void> {
    await this.#endRun()
    const { profile, log } = this.#options
    const video = tracks.video?.track
    const audio = tracks.audio?.track
    const planned = planLadder({ video, audio }, profile)
    const { plan, obstacles } = feasible(planned, profile, this.#options.ffmpeg, { video, audio })
    this.#tracks = tracks
    this.#plan = plan
    this.#lastVideo = undefined
    this.#ladderFailures = 0
    log.info(
      {
        video: video && `${video.codecString} ${video.width}x${video.height}`,
        audio: audio && `${audio.codecString} ${audio.sampleRate} Hz`,
        rungs: plan.rungs.map((rung) => rung.id),
        notes: plan.notes,
      },
      'packaging',
    )
    this.#removed.clear()
    if (obstacles.length > 0) this.#refuseLadder(planned, obstacles)
    this.#announce(plannedRenditions(plan, { video, audio }))
    this.#source = new SourceRun({
      video: this.#sourcePackager(SOURCE_VIDEO, video),
      audio: this.#sourcePackager(SOURCE_AUDIO, audio),
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
    const ladder = this.#ladder
    this.#ladder = undefined
    await ladder?.end()
  }

  /** Makes the announced renditions those of this run: new ones appear, ones without a place go. */
  #announce(planned: readonly PlannedRendition[]): void {
    for (const id of [...this.#outputs.keys()]) {
      if (planned.some((rendition) => rendition.id === id)) continue
      this.#takeOut(id, 'the source changed and this rendition has no place any more')
    }
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
    if (this.#ladder === undefined && boundary.independent) this.#startLadder(boundary)
    this.#ladder?.boundary(boundary)
  }

  #media(entry: MediaEntry): void {
    const packet = packetOf(entry)
    const horizon = this.#horizonAt(entry)
    this.#source?.packet(packet, horizon)
    this.#ladder?.packet(entry, packet, horizon)
  }

  /** No boundary can still come before this time: boundaries are announced ahead of the frame they begin with. */
  #horizonAt(entry: MediaEntry): Millis {
    if (entry.type === 'video') {
      this.#lastVideo = entry.dts
      return entry.dts
    }
    if (this.#tracks?.video === undefined) return millis(entry.time + 1)
    return millis(Math.max(this.#lastVideo ?? 0, entry.time - VIDEO_STALL))
  }

  #startLadder(boundary: Boundary): void {
    const tracks = this.#tracks
    const plan = this.#plan
    if (tracks === undefined || plan === undefined || !needsEncoder(plan)) return
    if (this.#ladderFailures >= MAX_LADDER_FAILURES) return
    const { ffmpeg, log, partTarget } = this.#options
    const ladder: LadderRun = new LadderRun({
      plan,
      tracks,
      outputs: this.#outputs,
      partTarget,
      ffmpeg,
      startsAt: boundary.time,
      log,
      failed: (failure) => {
        if (this.#ladder === ladder) this.#ladderFailed(plan, failure)
      },
    })
    this.#ladder = ladder
  }

  /** The source rung goes on; the ladder starts anew at the next keyframe boundary, smaller or not at all. */
  #ladderFailed(plan: LadderPlan, { reason, overloaded }: LadderFailure): void {
    this.#ladder = undefined
    const [top, ...rest] = plan.rungs
    if (overloaded && top !== undefined && rest.length > 0) {
      this.#options.log.warn({ reason, rung: top.id }, 'the ladder goes on without its top rung')
      this.#plan = { ...plan, rungs: rest }
      this.#giveUp(top.id, reason)
      return
    }
    this.#ladderFailures += 1
    this.#options.log.warn({ reason, failures: this.#ladderFailures }, 'the ladder stopped')
    if (this.#ladderFailures < MAX_LADDER_FAILURES) return
    for (const id of [...this.#outputs.keys()]) {
      if (id !== SOURCE_VIDEO && id !== SOURCE_AUDIO) this.#giveUp(id, reason)
    }
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
    this.#removed.set(id, { id, state: 'failed', reason })
  }

  #backpressure(): Promise<void> | undefined {
    let pending = 0
    for (const output of this.#outputs.values()) pending += output.pendingBytes
    return pending > PENDING_LIMIT ? this.#settled() : undefined
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
