import type { BroadcastPosition, SessionState } from '@sluice/cluster'
import type { EpochMillis, Millis } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { LoginGate } from './login-gate.ts'
import type { Resolution } from './publish-credentials.ts'
import type { Refusal } from './publish-refusal.ts'
import type { PublishAttempt, PublishRequest } from './publish-request.ts'
import type { IngestAddress } from './relay/ingest-address.ts'

/** A stream as the operator made it, as far as the ingest needs to know. */
export interface StreamSettings {
  readonly name: string
  /** Name of its profile. */
  readonly profile: string
  /** How far back viewers may seek, in seconds; undefined: as far as the gateway says. */
  readonly windowSeconds?: number | undefined
}

/** What a worker is asked to do. */
export interface JobRequest {
  readonly stream: string
  readonly broadcast: string
  readonly epoch: number
  readonly profile: string
  /** See {@link StreamSettings}. */
  readonly windowSeconds: number | undefined
  readonly startedAt: EpochMillis
  readonly startBoundary: number
  readonly feedToken: string
  /** Workers that were lost soon after they began, one after the other, before this one. */
  readonly failures: number
}

/** Whether a name could be taken. */
export type LeaseAnswer =
  | { readonly acquired: true }
  /** `owner` has it; undefined where that is another session of this ingest, or not known. */
  | { readonly acquired: false; readonly owner: IngestAddress | undefined }

/** A broadcast that left another ingest. */
export interface LeftBroadcast {
  readonly broadcast: string
  readonly position: BroadcastPosition
}

/** What the ingest needs of the rest of the system. Every method may fail while Redis is away. */
export interface IngestPorts {
  /** Asks clients for a user and a password; undefined: nobody is asked. */
  readonly login?: LoginGate | undefined
  /** The stream that this publish is for. `address` is the publisher's, as its socket says it. */
  resolve(request: PublishRequest, address: string): Promise<Resolution>
  /**
   * The last word on a publish, after all other checks: asks whoever else decides, and makes the stream that an open publish
   * names for the first time. `log` is the stream's.
   *
   * @returns undefined when nobody objects.
   */
  approve(attempt: PublishAttempt, log: Logger): Promise<Refusal | undefined>
  /** Takes the name for this ingest, unless another one has it. Renewed by calling again. */
  lease(stream: string, session: string): Promise<LeaseAnswer>
  /** The other ingest that has this stream; undefined where none has. */
  ownerOf(stream: string): Promise<IngestAddress | undefined>
  /** The ingest that has this stream, which may be this one; undefined where none has. */
  holderOf(stream: string): Promise<IngestAddress | undefined>
  release(stream: string, session: string): Promise<void>
  openBroadcast(stream: string, profile: string, startedAt: EpochMillis): Promise<string>
  /** The broadcast stays playable for as long as its viewers may be behind, or for longer. */
  endBroadcast(settings: StreamSettings, broadcast: string): Promise<void>
  /** The ingest stops: the publisher will go. */
  announceDeparture(broadcast: string): Promise<void>
  /** It has gone: for this long another ingest may go on with the broadcast. */
  leaveBroadcast(left: LeftBroadcast, patience: Millis): Promise<void>
  /**
   * The broadcast of a stream that another ingest leaves. Where its publisher is still there too, waits until that ingest has let
   * it go.
   *
   * @returns undefined where there is none, or the other one does not answer.
   */
  leftBroadcast(stream: string): Promise<LeftBroadcast | undefined>
  /** Goes on with it here. @returns false where it has ended meanwhile. */
  takeBroadcast(broadcast: string, feedToken: string): Promise<boolean>
  nextEpoch(broadcast: string): Promise<number>
  addJob(job: JobRequest): Promise<void>
  /** Tells operators about the running session. */
  report(stream: string, state: SessionState): Promise<void>
  /** The session is over. */
  clearReport(stream: string): Promise<void>
}
