import type { Redis } from 'ioredis'
import Type from 'typebox'
import Value from 'typebox/value'
import { keys } from '../keys.ts'
import { reply } from '../redis/errors.ts'
import type { ClusterLog } from '../redis/log.ts'
import type { Subscriber } from '../redis/subscriber.ts'

/** What control, or another ingest, tells all ingests. Only the one that has the stream's publisher acts. */
export type Command =
  /** Close the publisher's connection; it may come back. `reason` is for the log and the publisher. */
  | { readonly type: 'disconnect'; readonly stream: string; readonly reason: string }
  /** The stream is deleted: close the connection and end the broadcast. */
  | { readonly type: 'stream-removed'; readonly stream: string }
  /** The old key is worth nothing any more: close a connection that used it. */
  | { readonly type: 'key-rotated'; readonly stream: string }
  /** Another user or password, or none: close a connection that logged in with the old ones. */
  | { readonly type: 'login-changed'; readonly stream: string }
  /** The publisher, which was asked to leave, is at another ingest, which wants to go on with the broadcast. */
  | { readonly type: 'hand-over'; readonly stream: string }

const schema = Type.Union([
  Type.Object({ type: Type.Literal('disconnect'), stream: Type.String(), reason: Type.String() }),
  Type.Object({ type: Type.Literal('stream-removed'), stream: Type.String() }),
  Type.Object({ type: Type.Literal('key-rotated'), stream: Type.String() }),
  Type.Object({ type: Type.Literal('login-changed'), stream: Type.String() }),
  Type.Object({ type: Type.Literal('hand-over'), stream: Type.String() }),
])

/** Commands to the ingests, over pub/sub: who is not connected at the moment does not get one. */
export class Commands {
  readonly #redis: Redis
  readonly #subscriber: Subscriber
  readonly #log: ClusterLog

  constructor(redis: Redis, subscriber: Subscriber, log: ClusterLog) {
    this.#redis = redis
    this.#subscriber = subscriber
    this.#log = log
  }

  /** @returns how many ingests received it. */
  async send(command: Command): Promise<number> {
    return await reply(this.#redis.publish(keys.commands, JSON.stringify(command)))
  }

  /** Receives commands from now on. */
  async listen(onCommand: (command: Command) => void): Promise<{ stop(): Promise<void> }> {
    const stop = await this.#subscriber.listen(keys.commands, {
      onMessage: (message) => {
        const command: unknown = JSON.parse(message)
        if (Value.Check(schema, command)) onCommand(command)
        else this.#log.warn({ command: message.slice(0, 200) }, 'a command is of another version and ignored')
      },
    })
    return { stop }
  }
}
