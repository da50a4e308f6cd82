import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TimelineSnapshot } from '@sluice/manifest'
import { LRUCache } from 'lru-cache'
import type { LiveBroadcast } from '../live/live-broadcast.ts'
import type { CacheCounts } from '../live/origin-totals.ts'
import type { Rendered } from '../live/render-cache.ts'
import type { StreamDirectory } from '../live/stream-directory.ts'
import type { Awaited, Ended } from '../live/wait-list.ts'
import { chooseCoding } from './content-coding.ts'
import { type DocumentLabels, documentHeaders, sendWholeDocument } from './document.ts'
import { HELD_TOO_LONG } from './live-problems.ts'
import { type Problem, sendPlainProblem } from './problem.ts'
import { sendPlain } from './send-ready.ts'
import { takesWhole } from './whole-answer.ts'

/** A playlist as it was sent, and what that followed from. */
export interface HotPlaylist {
  readonly stream: string
  readonly broadcast: LiveBroadcast
  readonly snapshot: TimelineSnapshot
  readonly rendered: Rendered
  readonly labels: DocumentLabels
}

/** What a request for a playlist comes to. */
export type PlaylistAnswer = HotPlaylist | Problem

/** A playlist that is not there yet: the same for all who ask for its address. */
export interface ExpectedPlaylist<T> extends Awaited<T> {
  readonly stream: string
  readonly broadcast: LiveBroadcast
  /** @param value - what `look` gave. */
  readonly answer: (value: T) => PlaylistAnswer
}

/** A playlist that is waited for, and how it is given to those who wait. */
interface HeldPlaylist extends Awaited<unknown> {
  readonly stream: string
  readonly broadcast: LiveBroadcast
  readonly ended: Ended<unknown, ServerResponse>
}

/** Addresses: some thousand streams' newest lists. */
const MOST = 5_000

/**
 * Playlists that were just asked for, by address. While the stream is as it was, whoever asks for the same is given the same,
 * past routing, queries and promises, which take longer than the answer. Who asks for one that others wait for waits with them.
 */
export class HotPlaylists {
  readonly #directory: StreamDirectory
  readonly #counts: CacheCounts
  readonly #playlists = new LRUCache<string, HotPlaylist | HeldPlaylist>({ max: MOST })

  /** @param counts - counted on: what is sent again was rendered before. */
  constructor(directory: StreamDirectory, counts: CacheCounts) {
    this.#directory = directory
    this.#counts = counts
  }

  /** @param playlist - what everybody is to get who asks for this address while the snapshot is the newest. */
  remember(address: string, playlist: HotPlaylist): void {
    this.#playlists.set(address, playlist)
  }

  /** @param playlist - what everybody is to wait for who asks for this address. */
  expect<T>(address: string, { answer, ...playlist }: ExpectedPlaylist<T>): void {
    let given: PlaylistAnswer | undefined
    const ended: Ended<T, ServerResponse> = (response, outcome) => {
      if (outcome.type === 'left') return
      if (outcome.type !== 'ready') return sendPlainProblem(response, HELD_TOO_LONG)
      if (given === undefined) {
        given = answer(outcome.value)
        if ('rendered' in given) this.remember(address, given)
      } else if ('rendered' in given) this.#counts.hits += 1
      sendAnswer(response, given)
    }
    this.#playlists.set(address, { ...playlist, ended: ended as Ended<unknown, ServerResponse> })
  }

  /** Answers at once, or keeps the request until it can. @returns false where it has to take the ordinary way. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { url, headers } = request
    const known = url === undefined ? undefined : this.#playlists.get(url)
    if (known === undefined || headers['if-none-match'] !== undefined) return false
    const { stream, broadcast } = known
    if (this.#directory.followed(stream)?.current !== broadcast) return false
    if ('ended' in known)
      return takesWhole(request, response) && broadcast.join(known, response, known.ended) === undefined
    const { snapshot, rendered, labels } = known
    if (broadcast.snapshot !== snapshot) return false
    const coding = chooseCoding(headers['accept-encoding'])
    if (!sendWholeDocument(request, response, { rendered, labels, coding })) return false
    this.#counts.hits += 1
    return true
  }
}

/** Answers a request that was kept. */
function sendAnswer(response: ServerResponse, answer: PlaylistAnswer): void {
  if ('status' in answer) {
    sendPlainProblem(response, answer)
    return
  }
  const { rendered, labels } = answer
  const coding = chooseCoding(response.req.headers['accept-encoding'])
  if (sendWholeDocument(response.req, response, { rendered, labels, coding })) return
  sendPlain(response, 200, documentHeaders(rendered, labels, coding), rendered.coded(coding))
}
