import { networkOf } from '@sluice/cluster'
import type { Refusal } from './publish-refusal.ts'

/** What one address may do; 0 is no limit. */
export interface AddressLimitRules {
  /** Connections at a time that do not play. */
  readonly connectionsPerAddress: number
  /** Players at a time. */
  readonly playersPerAddress: number
  /** Connections accepted in any minute. */
  readonly newConnectionsPerAddress: number
  /** Publishes refused in any minute: who has had as many is not listened to for a while. */
  readonly refusedPublishesPerAddress: number
}

/** Rules that limit nothing. */
export const NO_ADDRESS_LIMITS: AddressLimitRules = {
  connectionsPerAddress: 0,
  playersPerAddress: 0,
  newConnectionsPerAddress: 0,
  refusedPublishesPerAddress: 0,
}

/** What is known of one address. */
interface Visitor {
  /** Those that play too. */
  connections: number
  players: number
  readonly connects: MinuteCount
  readonly refusals: MinuteCount
  /** When it was last heard of, by the clock of the limits. */
  seen: number
}

const SLOT_MILLIS = 10_000
/** The slot that is being filled and the six before it hold every minute that ends now. */
const SLOTS = 7
/** Addresses without a connection that are remembered: about 4 MB of them. */
const MOST_REMEMBERED = 10_000

/**
 * Keeps one address from taking everything: counts its connections, its players, its new connections and its refused
 * publishes. A connection that begins to play is counted among the players as long as it does, so that many of them leave
 * room for a publisher. An IPv6 address counts as its /64 network. Attempts that are refused here count for nothing, so a client that
 * knocks without end is let in again as soon as there is room.
 *
 * Memory is bounded: by the connections that are open, and by 10 000 addresses that have none. Beyond these, the one
 * unheard of for longest is forgotten; who has that many addresses is beyond a limit for each.
 */
export class AddressLimits {
  readonly #rules: AddressLimitRules
  readonly #now: () => number
  readonly #connected = new Map<string, Visitor>()
  /** Without a connection, by when they were last heard of. */
  readonly #remembered = new Map<string, Visitor>()
  #players = 0

  /** @param now - milliseconds of a clock that never goes back, such as `performance.now`. */
  constructor(rules: AddressLimitRules, now: () => number) {
    this.#rules = rules
    this.#now = now
  }

  /** Addresses that take memory now. */
  get size(): number {
    return this.#connected.size + this.#remembered.size
  }

  /** Players of all addresses. */
  get players(): number {
    return this.#players
  }

  /**
   * A connection has come. Unless it is refused it counts until {@link leave} is called for it, once.
   *
   * @param address - as the socket says it.
   * @returns why it may not stay: close it without a word.
   */
  admit(address: string): Refusal | undefined {
    const now = this.#now()
    const network = networkOf(address)
    const visitor = this.#find(network)
    const refusal = visitor && (this.#barred(visitor, now) ?? this.#full(visitor, now))
    if (refusal !== undefined) return refusal
    const admitted = visitor ?? newVisitor(now)
    admitted.connections += 1
    admitted.connects.add(now)
    admitted.seen = now
    this.#remembered.delete(network)
    this.#connected.set(network, admitted)
    return undefined
  }

  /** A connection that was admitted has ended. */
  leave(address: string): void {
    const network = networkOf(address)
    const visitor = this.#connected.get(network)
    if (visitor === undefined) return
    visitor.connections -= 1
    if (visitor.connections > 0) return
    this.#connected.delete(network)
    this.#remember(network, visitor)
  }

  /**
   * A connection that was admitted wants to play. Unless it is refused it counts as a player, and no longer as a publisher's
   * connection, until {@link stopPlaying} is called for it, once.
   *
   * @returns why it may not play.
   */
  startPlaying(address: string): Refusal | undefined {
    const visitor = this.#find(networkOf(address))
    const limit = this.#rules.playersPerAddress
    if (visitor === undefined) return undefined
    if (limit > 0 && visitor.players >= limit)
      return {
        code: 'ingest.address.too_many_players',
        reason: `this address has ${limit} players, and may have no more`,
      }
    visitor.players += 1
    this.#players += 1
    return undefined
  }

  /** A player is done. Its connection may have ended already. */
  stopPlaying(address: string): void {
    const visitor = this.#find(networkOf(address))
    if (visitor === undefined || visitor.players === 0) return
    visitor.players -= 1
    this.#players -= 1
  }

  /** A publish of this address was refused for what it was, not for the state of the server. */
  publishRefused(address: string): void {
    const now = this.#now()
    const network = networkOf(address)
    const visitor = this.#find(network) ?? newVisitor(now)
    visitor.refusals.add(now)
    if (visitor.connections === 0) this.#remember(network, visitor)
  }

  /** @returns why nothing that this address wants to publish is looked at now. */
  publishBarred(address: string): Refusal | undefined {
    const visitor = this.#find(networkOf(address))
    return visitor && this.#barred(visitor, this.#now())
  }

  #find(network: string): Visitor | undefined {
    return this.#connected.get(network) ?? this.#remembered.get(network)
  }

  #barred(visitor: Visitor, now: number): Refusal | undefined {
    const limit = this.#rules.refusedPublishesPerAddress
    if (limit === 0 || visitor.refusals.total(now) < limit) return undefined
    return {
      code: 'ingest.address.too_many_refusals',
      reason: `${limit} publishes of this address were refused within a minute; try again later`,
    }
  }

  #full(visitor: Visitor, now: number): Refusal | undefined {
    const { connectionsPerAddress, newConnectionsPerAddress } = this.#rules
    if (connectionsPerAddress > 0 && visitor.connections - visitor.players >= connectionsPerAddress)
      return {
        code: 'ingest.address.too_many_connections',
        reason: `this address has ${connectionsPerAddress} connections, and may have no more`,
      }
    if (newConnectionsPerAddress > 0 && visitor.connects.total(now) >= newConnectionsPerAddress)
      return {
        code: 'ingest.address.too_many_new_connections',
        reason: `this address made ${newConnectionsPerAddress} connections within a minute, and may make no more`,
      }
    return undefined
  }

  /** Keeps an address that has no connection, as the newest of its kind, and forgets what is of no use any more. */
  #remember(network: string, visitor: Visitor): void {
    const now = this.#now()
    visitor.seen = now
    this.#remembered.delete(network)
    this.#remembered.set(network, visitor)
    for (const [oldest, { seen }] of this.#remembered) {
      if (this.#remembered.size <= MOST_REMEMBERED && now - seen < SLOTS * SLOT_MILLIS) return
      this.#remembered.delete(oldest)
    }
  }
}

function newVisitor(now: number): Visitor {
  return {
    connections: 0,
    players: 0,
    connects: new MinuteCount(now),
    refusals: new MinuteCount(now),
    seen: now,
  }
}

/**
 * How often something happened within the last minute, in slots of ten seconds. Never too few; what is up to ten seconds older
 * than a minute counts too.
 */
class MinuteCount {
  readonly #slots = new Uint32Array(SLOTS)
  /** Number of the slot that is being filled, counted from the clock's start. */
  #newest: number

  constructor(now: number) {
    this.#newest = Math.floor(now / SLOT_MILLIS)
  }

  add(now: number): void {
    this.#advance(now)
    const at = this.#newest % SLOTS
    this.#slots[at] = (this.#slots[at] ?? 0) + 1
  }

  total(now: number): number {
    this.#advance(now)
    return this.#slots.reduce((sum, count) => sum + count, 0)
  }

  #advance(now: number): void {
    const slot = Math.floor(now / SLOT_MILLIS)
    if (slot - this.#newest >= SLOTS) this.#slots.fill(0)
    else for (let next = this.#newest + 1; next <= slot; next++) this.#slots[next % SLOTS] = 0
    this.#newest = Math.max(this.#newest, slot)
  }
}
