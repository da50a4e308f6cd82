/** Somebody whose bytes can be fetched instead of waiting to be told that there are some. */
export interface RoundMember {
  /** Reads what is there. @returns false when it has to be told again when there is more: it leaves. */
  takeTurn(): boolean
  /** It is told again. */
  leaveRounds(): void
}

/** Streams on air from which on rounds are made: with fewer, what they save is little, and the delay is not worth it. */
const FROM_STREAMS = 32
/** Between two rounds, in milliseconds: a fifth of a part as it is by default, and one or two pictures. */
const ROUND_MILLIS = 50

/**
 * Reads the publishers of a busy process in rounds. Each message of a publisher would else wake the process, and every time all that
 * belongs to its connection has to come from memory anew; that is most of what an ingest of hundreds of streams costs
 * (docs/adr/0040-reading-in-rounds.md). In a round a publisher's messages come three or four at a time.
 */
export class ReadingRounds {
  readonly #streams: () => number
  readonly #fromStreams: number
  #members: RoundMember[] = []
  #timer: NodeJS.Timeout | undefined

  /**
   * @param streams - how many are on air.
   * @param fromStreams - from how many on rounds are made.
   */
  constructor(streams: () => number, fromStreams: number = FROM_STREAMS) {
    this.#streams = streams
    this.#fromStreams = fromStreams
  }

  /** Members now. */
  get size(): number {
    return this.#members.length
  }

  /** Whether to join, or to go on. */
  get areWorthwhile(): boolean {
    return this.#streams() >= this.#fromStreams
  }

  /** From the next round on this member gets its turns, until `takeTurn` says that it leaves. To be called once until then. */
  join(member: RoundMember): void {
    this.#members.push(member)
    this.#timer ??= setInterval(() => this.#makeRound(), ROUND_MILLIS)
  }

  #makeRound(): void {
    const members = this.#members
    this.#members = []
    for (const member of members) {
      if (this.areWorthwhile && member.takeTurn()) this.#members.push(member)
      else member.leaveRounds()
    }
    if (this.#members.length > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** Whether it is worth while to fetch the bytes of somebody who was heard so long ago: rounds without anything cost more than they save. */
export function isSteady(millisBetween: number): boolean {
  return millisBetween < ROUND_MILLIS / 2
}
