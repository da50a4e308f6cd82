import { beforeEach, describe, expect, it } from 'vitest'
import { AddressLimits, NO_ADDRESS_LIMITS } from './address-limits.ts'

const RULES = {
  connectionsPerAddress: 2,
  playersPerAddress: 2,
  newConnectionsPerAddress: 5,
  refusedPublishesPerAddress: 3,
}

describe('limits per address', () => {
  let now: number
  let limits: AddressLimits

  beforeEach(() => {
    now = 1_000
    limits = new AddressLimits(RULES, () => now)
  })

  /** Connects and leaves. @returns the code of the refusal. */
  const visit = (address: string): string | undefined => {
    const refusal = limits.admit(address)
    if (refusal === undefined) limits.leave(address)
    return refusal?.code
  }

  it('count connections at a time, for each address by itself', () => {
    expect([limits.admit('192.0.2.1'), limits.admit('192.0.2.1')]).toEqual([undefined, undefined])
    expect(limits.admit('192.0.2.1')).toEqual({
      code: 'ingest.address.too_many_connections',
      reason: 'this address has 2 connections, and may have no more',
    })
    expect(limits.admit('192.0.2.2')).toBeUndefined()
    limits.leave('192.0.2.1')
    expect(limits.admit('192.0.2.1')).toBeUndefined()
  })

  it('count who plays among the players, as long as it does', () => {
    for (let i = 0; i < 2; i++) {
      expect(limits.admit('192.0.2.1')).toBeUndefined()
      expect(limits.startPlaying('192.0.2.1')).toBeUndefined()
    }
    expect(limits.admit('192.0.2.1')).toBeUndefined()
    expect(limits.startPlaying('192.0.2.1')).toEqual({
      code: 'ingest.address.too_many_players',
      reason: 'this address has 2 players, and may have no more',
    })
    expect(limits.admit('192.0.2.1')).toBeUndefined()
    expect(limits.admit('192.0.2.1')?.code).toBe('ingest.address.too_many_connections')
    expect(limits.admit('192.0.2.2')).toBeUndefined()
    expect(limits.startPlaying('192.0.2.2')).toBeUndefined()
  })

  it('count a player no more when it stops, before its connection ends or after', () => {
    limits.admit('192.0.2.1')
    limits.startPlaying('192.0.2.1')
    limits.stopPlaying('192.0.2.1')
    limits.leave('192.0.2.1')
    limits.admit('192.0.2.1')
    limits.startPlaying('192.0.2.1')
    limits.leave('192.0.2.1')
    limits.stopPlaying('192.0.2.1')
    for (let i = 0; i < 2; i++) {
      limits.admit('192.0.2.1')
      expect(limits.startPlaying('192.0.2.1')).toBeUndefined()
    }
    limits.admit('192.0.2.1')
    expect(limits.startPlaying('192.0.2.1')).toBeDefined()
  })

  it('count new connections of a minute, and let the address in again after it', () => {
    for (let i = 0; i < 5; i++) expect(visit('192.0.2.1')).toBeUndefined()
    expect(visit('192.0.2.1')).toBe('ingest.address.too_many_new_connections')
    now += 59_000
    expect(visit('192.0.2.1')).toBe('ingest.address.too_many_new_connections')
    now += 11_000
    expect(visit('192.0.2.1')).toBeUndefined()
  })

  it('do not count what they refuse', () => {
    for (let i = 0; i < 5; i++) visit('192.0.2.1')
    for (let i = 0; i < 60; i++) {
      now += 1_000
      expect(visit('192.0.2.1')).toBeDefined()
    }
    now += 10_000
    expect(visit('192.0.2.1')).toBeUndefined()
  })

  it('stop listening to who was refused too often', () => {
    limits.admit('192.0.2.1')
    for (let i = 0; i < 3; i++) {
      expect(limits.publishBarred('192.0.2.1')).toBeUndefined()
      limits.publishRefused('192.0.2.1')
    }
    const refusal = {
      code: 'ingest.address.too_many_refusals',
      reason: '3 publishes of this address were refused within a minute; try again later',
    }
    expect(limits.publishBarred('192.0.2.1')).toEqual(refusal)
    expect(limits.admit('192.0.2.1')).toEqual(refusal)
    expect(limits.publishBarred('192.0.2.2')).toBeUndefined()
    now += 70_000
    expect(limits.publishBarred('192.0.2.1')).toBeUndefined()
    expect(limits.admit('192.0.2.1')).toBeUndefined()
  })

  it('remember refusals of a connection that has ended meanwhile', () => {
    for (let i = 0; i < 3; i++) limits.publishRefused('192.0.2.1')
    expect(limits.admit('192.0.2.1')?.code).toBe('ingest.address.too_many_refusals')
  })

  it('see one address in its IPv4 and mapped spellings, and one network in a /64', () => {
    limits.admit('192.0.2.1')
    limits.admit('::ffff:192.0.2.1')
    expect(limits.admit('192.0.2.1')).toBeDefined()
    limits.admit('2001:db8:1:2::3')
    limits.admit('2001:db8:1:2:ffff::4')
    expect(limits.admit('2001:db8:1:2::5')).toBeDefined()
    expect(limits.admit('2001:db8:1:3::5')).toBeUndefined()
  })

  it('limit nothing where they are 0', () => {
    limits = new AddressLimits(NO_ADDRESS_LIMITS, () => now)
    for (let i = 0; i < 1_000; i++) {
      expect(limits.admit('192.0.2.1')).toBeUndefined()
      expect(limits.startPlaying('192.0.2.1')).toBeUndefined()
      limits.publishRefused('192.0.2.1')
    }
    expect(limits.publishBarred('192.0.2.1')).toBeUndefined()
  })

  it('forget an end that was told twice', () => {
    limits.admit('192.0.2.1')
    limits.leave('192.0.2.1')
    limits.leave('192.0.2.1')
    limits.leave('192.0.2.9')
    expect(limits.size).toBe(1)
    expect([limits.admit('192.0.2.1'), limits.admit('192.0.2.1')]).toEqual([undefined, undefined])
    expect(limits.admit('192.0.2.1')).toBeDefined()
  })

  it('forget addresses without a connection after a while', () => {
    for (let i = 0; i < 100; i++) visit(`192.0.2.${i}`)
    limits.admit('198.51.100.1')
    expect(limits.size).toBe(101)
    now += 70_000
    visit('203.0.113.1')
    expect(limits.size).toBe(2)
  })

  it('remember 10 000 addresses at most, the newest', () => {
    limits.admit('198.51.100.1')
    for (let i = 0; i < 25_000; i++) visit(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    expect(limits.size).toBe(10_001)
    expect(limits.admit('198.51.100.1')).toBeUndefined()
    expect(limits.admit('198.51.100.1')).toBeDefined()
  })
})
