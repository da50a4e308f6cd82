import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { errorMessage } from '@sluice/core'
import type { Logger } from '@sluice/runtime'
import type { Publisher } from '../on-air.ts'
import type { StreamPlayback } from '../playback/stream-playback.ts'
import type { Refusal } from '../publish-refusal.ts'
import type { IngestAddress } from './ingest-address.ts'
import { RELAY_PROTOCOL, relayTarget } from './relay-request.ts'
import { RelayedPublication } from './relayed-publication.ts'
import { Replica } from './replica.ts'

/** How long another ingest may take to answer, in milliseconds. */
const ANSWER_MILLIS = 3_000

const AWAY: Refusal = {
  code: 'ingest.publish.owner_away',
  reason: 'the ingest that has this stream does not answer; try again',
  blameless: true,
}

/** What this ingest does with the streams of others: passes publishers on, and plays replicas. */
export class OtherIngests {
  readonly #log: Logger
  readonly #locate: (stream: string) => Promise<IngestAddress | undefined>
  readonly #publications = new Set<RelayedPublication>()
  /** By their ingest and stream. */
  readonly #replicas = new Map<string, Promise<Replica | undefined>>()

  /** @param locate - which ingest has a stream, this one included. */
  constructor(log: Logger, locate: (stream: string) => Promise<IngestAddress | undefined>) {
    this.#log = log
    this.#locate = locate
  }

  /** Publications that go to other ingests. */
  get publications(): readonly RelayedPublication[] {
    return [...this.#publications]
  }

  /**
   * Passes a publisher on that was let in here.
   *
   * @returns undefined where the other ingest does not have the stream any more.
   */
  async publish(
    owner: IngestAddress,
    stream: string,
    publisher: Publisher,
  ): Promise<RelayedPublication | Refusal | undefined> {
    const answer = await ask(owner, stream, publisher).catch((error: unknown) => {
      this.#log.warn({ code: AWAY.code, stream, owner: owner.url, err: errorMessage(error) }, AWAY.reason)
      return AWAY
    })
    if (!(answer instanceof Upgraded)) return answer
    const publication: RelayedPublication = new RelayedPublication(
      stream,
      answer.socket,
      publisher,
      this.#log.child({ stream }),
      () => this.#publications.delete(publication),
    )
    this.#publications.add(publication)
    return publication
  }

  /**
   * A stream of another ingest, for the players of this one.
   *
   * @returns undefined where that does not have it any more.
   * @throws {DependencyError} `ingest.relay.…` where it does not answer as it should.
   */
  async watch(owner: IngestAddress, stream: string): Promise<StreamPlayback | undefined> {
    const key = `${owner.token} ${stream}`
    const replica = this.#replicas.get(key) ?? this.#open(key, owner, stream)
    return (await replica)?.playback
  }

  /** Ends all replicas. */
  async stop(): Promise<void> {
    const replicas = await Promise.allSettled(this.#replicas.values())
    for (const replica of replicas) if (replica.status === 'fulfilled') replica.value?.close()
  }

  #open(key: string, owner: IngestAddress, stream: string): Promise<Replica | undefined> {
    const forget = (): void => {
      if (this.#replicas.get(key) === opening) this.#replicas.delete(key)
    }
    const log = this.#log.child({ stream })
    const locate = (): Promise<IngestAddress | undefined> => this.#locate(stream)
    const opening = Replica.open({ owner, stream, locate, log, closed: forget })
    this.#replicas.set(key, opening)
    opening.then((replica) => replica ?? forget(), forget)
    return opening
  }
}

/** A connection that is a relay now. */
class Upgraded {
  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
  }
}

/** Asks the ingest that has a stream to take its publisher. Rejects where it does not answer. */
function ask(
  owner: IngestAddress,
  stream: string,
  publisher: Publisher,
): Promise<Upgraded | Refusal | undefined> {
  const { remoteAddress, client, user, canReconnect } = publisher
  const target = relayTarget({ stream, remoteAddress, client, user, canReconnect })
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${owner.url}${target}`, {
      headers: { Authorization: `Bearer ${owner.token}`, Connection: 'Upgrade', Upgrade: RELAY_PROTOCOL },
      agent: false,
    })
    request.on('upgrade', (_response, socket, head) => {
      socket.setTimeout(0)
      socket.setNoDelay(true)
      if (head.length > 0) socket.unshift(head)
      resolve(new Upgraded(socket as Socket))
    })
    request.on('response', (response) => {
      readAnswer(response).then(resolve, reject)
    })
    request.setTimeout(ANSWER_MILLIS, () => request.destroy(new Error(`no answer in ${ANSWER_MILLIS} ms`)))
    request.on('error', reject)
    request.end()
  })
}

async function readAnswer(response: IncomingMessage): Promise<Refusal | undefined> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  switch (response.statusCode) {
    case 409:
      return JSON.parse(Buffer.concat(parts).toString())
    case 410:
      return undefined
    default:
      return Promise.reject(new Error(`it answered ${response.statusCode}`))
  }
}
