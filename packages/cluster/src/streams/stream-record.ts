import type { EpochMillis } from '@sluice/core'
import type { AddressRules } from './address-rules.ts'

/** A stream as the operator made it. */
export interface StreamRecord {
  readonly name: string
  /** Name of its profile. */
  readonly profile: string
  readonly createdAt: EpochMillis
  /** False for a stream that came into being by an open publish: it has no key until one is made. */
  readonly hasKey: boolean
  /** Who may publish it by user and password; undefined: nobody. */
  readonly publisher: string | undefined
  /** From where it may be published. */
  readonly publishFrom: AddressRules
  /** How far back viewers may seek in its broadcasts, in seconds; undefined: as far as the gateway says. */
  readonly windowSeconds: number | undefined
}

/** A stream's record as Redis holds it. */
export interface StoredRecord {
  readonly name: string
  readonly profile: string
  readonly createdAt: EpochMillis
  readonly keyDigest?: string
  readonly publisher?: string
  /** Never empty: Lua would write an empty list as an object. */
  readonly allowFrom?: readonly string[]
  readonly denyFrom?: readonly string[]
  /** Never 0. */
  readonly windowSeconds?: number
}

/** Reads a record as Redis holds it. */
export function publicRecord(json: string): StreamRecord {
  const { name, profile, createdAt, keyDigest, publisher, allowFrom, denyFrom, windowSeconds } = JSON.parse(
    json,
  ) as StoredRecord
  return {
    name,
    profile,
    createdAt,
    hasKey: keyDigest !== undefined,
    publisher,
    publishFrom: { allow: allowFrom ?? [], deny: denyFrom ?? [] },
    windowSeconds,
  }
}
