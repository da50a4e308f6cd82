import type { AddressRules, Broadcast, BroadcastState, SessionState, StreamRecord } from '@sluice/cluster'
import type { EpochMillis } from '@sluice/core'
import Type from 'typebox'
import { type Addresses, publishAddresses } from './addresses.ts'
import { publishFromSchema } from './publish-from.ts'

/** A stream as the API shows it: the record, and what is on air. */
export interface StreamView {
  readonly name: string
  readonly profile: string
  readonly createdAt: string
  readonly hasKey: boolean
  readonly publisher?: { readonly user: string }
  readonly publishFrom: AddressRules
  readonly windowSeconds: number
  readonly state: 'idle' | 'live' | 'waiting'
  readonly addresses: Addresses
  readonly session?: Omit<SessionState, 'startedAt' | 'broadcast'> & { readonly startedAt: string }
  readonly broadcast?: {
    readonly id: string
    readonly startedAt: string
    readonly endedAt?: string
    readonly worker?: string
    readonly rungs: BroadcastState['rungs']
    readonly notes?: BroadcastState['notes']
    readonly failure?: { readonly code: string; readonly message: string; readonly at: string }
  }
}

const moment = (description: string): Type.TString => Type.String({ format: 'date-time', description })
const optional = Type.Optional

const addresses = Type.Object(
  {
    publish: publishAddresses('Where to publish to; the stream key is its own field'),
    login: optional(
      publishAddresses(
        'Where to publish to by user and password; the stream’s name takes the place of the key. Missing where the stream has no user',
      ),
    ),
    hls: optional(Type.String({ description: 'HLS playlist' })),
    dash: optional(Type.String({ description: 'DASH manifest' })),
    watch: optional(Type.String({ description: 'Page with a player' })),
  },
  { description: 'An address is missing when its port is chosen at start (port 0)' },
)

const session = Type.Object(
  {
    session: Type.String({ description: 'Id of the connection' }),
    remoteAddress: Type.String({ description: 'The publisher’s IP address' }),
    encoder: optional(Type.String({ description: 'What the publisher calls itself' })),
    user: optional(Type.String({ description: 'Who logged in by user and password' })),
    startedAt: moment('When it was accepted'),
    bitrate: optional(Type.Number({ description: 'Bits per second on the wire' })),
    video: optional(
      Type.Object({
        codec: Type.String(),
        codecString: Type.String({ description: 'RFC 6381' }),
        width: Type.Integer(),
        height: Type.Integer(),
        frameRate: optional(Type.Number({ description: 'Frames per second' })),
        keyframeInterval: optional(Type.Number({ description: 'Seconds between keyframes' })),
        dynamicRange: optional(
          Type.Unsafe<string>({
            type: 'string',
            enum: ['PQ', 'HLG'],
            description: 'Missing where it is SDR',
          }),
        ),
      }),
    ),
    audio: optional(
      Type.Object({
        codec: Type.String(),
        codecString: Type.String({ description: 'RFC 6381' }),
        sampleRate: Type.Integer(),
        channels: Type.Integer(),
      }),
    ),
    warnings: Type.Array(Type.String(), { description: 'What the publisher should change' }),
  },
  { description: 'The publisher’s connection, while there is one' },
)

const rung = Type.Object({
  id: Type.String({ description: 'Name of the rendition' }),
  state: Type.Unsafe<string>({ type: 'string', enum: ['planned', 'running', 'failed', 'stopped'] }),
  width: optional(Type.Integer()),
  height: optional(Type.Integer()),
  codecString: optional(Type.String({ description: 'RFC 6381' })),
  frameRate: optional(Type.Number({ description: 'Frames per second' })),
  bitrate: optional(Type.Number({ description: 'Bits per second' })),
  speed: optional(
    Type.Number({ description: 'Media seconds per second; below 1 the encoder does not keep up' }),
  ),
  reason: optional(Type.String({ description: 'Why it failed or was stopped' })),
})

const broadcast = Type.Object(
  {
    id: Type.String(),
    startedAt: moment('When its first frame was received'),
    endedAt: optional(moment('When it ended; it stays playable for a while')),
    worker: optional(Type.String({ description: 'Id of the worker that runs it' })),
    rungs: Type.Array(rung),
    notes: optional(
      Type.Array(Type.String(), { description: 'What is missing in the ladder, or not as it should be' }),
    ),
    failure: optional(
      Type.Object(
        {
          code: Type.String({ description: 'Stable name of the fault' }),
          message: Type.String(),
          at: moment('When it failed'),
        },
        { description: 'Why the last run of the broadcast ended; another one is about to begin' },
      ),
    ),
  },
  { description: 'The on-air period that viewers see, or the latest one while it is still playable' },
)

/** Registered under this name; routes refer to it. */
export const streamSchema: Type.TSchema = Type.Object(
  {
    name: Type.String(),
    profile: Type.String({ description: 'The ladder its broadcasts get' }),
    createdAt: moment('When it was made'),
    hasKey: Type.Boolean({ description: 'False for a stream that an open publish made' }),
    publisher: optional(
      Type.Object(
        { user: Type.String() },
        { description: 'Who may publish it by user and password; missing: nobody' },
      ),
    ),
    publishFrom: publishFromSchema,
    windowSeconds: Type.Integer({
      description: 'How far back viewers may seek, in seconds, from the next broadcast on',
    }),
    state: Type.Unsafe<string>({
      type: 'string',
      enum: ['idle', 'live', 'waiting'],
      description: 'live: somebody publishes; waiting: the publisher may come back; idle: neither',
    }),
    addresses,
    session: optional(session),
    broadcast: optional(broadcast),
  },
  { $id: 'Stream' },
)

/** The schema of a response that is a {@link StreamView}. */
export const streamResponse: Type.TUnsafe<StreamView> = Type.Unsafe<StreamView>({
  description: 'The stream',
  content: { 'application/json': { schema: { $ref: 'Stream#' } } },
})

/** Puts together what is known of a stream. */
export function streamView(facts: {
  readonly record: StreamRecord
  /** The gateway's, for streams without one of their own. */
  readonly windowSeconds: number
  readonly addresses: Addresses
  readonly session: SessionState | undefined
  readonly broadcast: Broadcast | undefined
  readonly broadcastState: BroadcastState | undefined
}): StreamView {
  const { record, session, broadcast, broadcastState } = facts
  return {
    name: record.name,
    profile: record.profile,
    createdAt: time(record.createdAt),
    hasKey: record.hasKey,
    ...(record.publisher === undefined ? {} : { publisher: { user: record.publisher } }),
    publishFrom: record.publishFrom,
    windowSeconds: record.windowSeconds ?? facts.windowSeconds,
    state: stateOf(session, broadcast),
    addresses: facts.addresses,
    ...(session === undefined ? {} : { session: { ...session, startedAt: time(session.startedAt) } }),
    ...(broadcast === undefined
      ? {}
      : {
          broadcast: {
            id: broadcast.id,
            startedAt: time(broadcast.startedAt),
            ...(broadcast.endedAt === undefined ? {} : { endedAt: time(broadcast.endedAt) }),
            ...(broadcastState === undefined ? {} : { worker: broadcastState.worker }),
            rungs: broadcastState?.rungs ?? [],
            ...(broadcastState?.notes === undefined ? {} : { notes: broadcastState.notes }),
            ...(broadcastState?.failure === undefined
              ? {}
              : { failure: { ...broadcastState.failure, at: time(broadcastState.failure.at) } }),
          },
        }),
  }
}

function stateOf(session: SessionState | undefined, broadcast: Broadcast | undefined): StreamView['state'] {
  if (session !== undefined) return 'live'
  return broadcast !== undefined && broadcast.endedAt === undefined ? 'waiting' : 'idle'
}

function time(value: EpochMillis): string {
  return new Date(value).toISOString()
}
