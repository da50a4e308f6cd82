import type { Login } from './login-gate.ts'

/** What a publisher asks for, as its session says it. */
export interface PublishRequest {
  /** The application of its `connect`. */
  readonly app: string
  /** Without its query. A stream key, where keys are asked for. */
  readonly streamName: string
  /** Queries of stream name and application, joined by `&`, without `?`. */
  readonly query: string
  /** Where it logged in by user and password. */
  readonly login?: Login | undefined
}

/** A publish that would be accepted, before the webhook is asked. */
export interface PublishAttempt {
  readonly stream: string
  /** Of the publisher, as its socket says it. */
  readonly address: string
  /** What the encoder calls itself. */
  readonly client: string | undefined
  /** Who logged in; undefined where nobody did. */
  readonly user?: string | undefined
  readonly app: string
  readonly query: string
}
