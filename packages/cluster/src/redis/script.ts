import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { reply } from './errors.ts'

/** A Lua script: Redis runs it as one step that nothing else comes between. */
export class Script {
  readonly #source: string
  readonly #digest: string

  constructor(source: string) {
    this.#source = source
    this.#digest = createHash('sha1').update(source).digest('hex')
  }

  /** Runs it by its digest; sends the source when the server does not know it (the first time, after a restart). */
  async run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.#digest, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT')))
        return reply(Promise.reject(error))
      return await reply(redis.eval(this.#source, keys.length, ...keys, ...args))
    }
  }
}
