import { equalBytes } from '@sluice/core'
import { AVC_CONFIGURATION, avcFrame, clientCommand, type RtmpTestClient, waitFor } from '@sluice/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { isSteady, ReadingRounds } from './reading-rounds.ts'
import { startTestIngest, type TestIngest, type TestIngestOptions } from './testing/test-ingest.ts'

describe('publishers that are read in rounds', () => {
  let ingest: TestIngest
  let pacers: NodeJS.Timeout[] = []

  const start = async (options: TestIngestOptions = {}): Promise<void> => {
    ingest = await startTestIngest({ roundsFrom: 1, env: { SLUICE_PROFILE: 'none' }, ...options })
  }
  afterEach(async () => {
    for (const pacer of pacers) clearInterval(pacer)
    pacers = []
    await ingest.stop()
  })

  /** A client that sends a picture every few milliseconds. @returns it, what it has sent, and how to make it fall silent. */
  const steady = async (name: string) => {
    const client = ingest.client()
    expect(await client.publishTo(name)).toMatchObject({ code: 'NetStream.Publish.Start' })
    client.media('video', 0, AVC_CONFIGURATION)
    const sent: Uint8Array[] = []
    const pacer = setInterval(() => {
      const picture = avcFrame(sent.length % 25 === 0, 500 + sent.length)
      client.media('video', sent.length * 40, picture)
      sent.push(picture)
    }, 5)
    pacers.push(pacer)
    return { client, sent, fallSilent: () => clearInterval(pacer) }
  }
  const areInRounds = (count: number): Promise<true> =>
    waitFor(() => ingest.rounds.size === count || undefined, {
      what: `${count} publishers in rounds`,
      interval: 1,
    })
  const onAir = async (...names: string[]): Promise<void> => {
    for (const name of names)
      await waitFor(() => ingest.hub.find(name)?.broadcast, { what: `a broadcast of ${name}` })
  }
  const pictures = (name: string): number => ingest.hub.find(name)?.stream.totals.videoFrames ?? 0
  /** The pictures that the ring still has. */
  const held = (name: string): Uint8Array[] => {
    const ring = ingest.hub.find(name)?.stream.ring
    const payloads: Uint8Array[] = []
    for (let at = 0; ring !== undefined && at < ring.end; at++) {
      const entry = ring.holds(at) ? ring.at(at) : undefined
      if (entry?.type === 'video') payloads.push(entry.payload)
    }
    return payloads
  }
  const play = async (name: string): Promise<RtmpTestClient> => {
    const player = ingest.client()
    player.open()
    await player.waitFor(() => player.connected || undefined, 'the connection')
    player.send(clientCommand('play', 3, [null, name, -2000], 1))
    await player.waitFor(() => ingest.hub.find(name)?.playback.size === 1 || undefined, 'the player')
    return player
  }

  it('lose nothing', async () => {
    await start()
    const [one, two] = [await steady('one'), await steady('two')]
    await areInRounds(2)
    await onAir('one', 'two')
    const large = avcFrame(true, 700_000)
    one.fallSilent()
    one.client.media('video', one.sent.length * 40, large)
    one.sent.push(large)
    two.fallSilent()
    for (const [name, { sent }] of [
      ['one', one],
      ['two', two],
    ] as const) {
      await waitFor(() => pictures(name) === sent.length, { what: `all pictures of ${name}` })
      const last = held(name)
      expect(last.length).toBeGreaterThan(20)
      const expected = sent.slice(-last.length)
      expect(last.every((payload, index) => equalBytes(payload, expected[index] ?? new Uint8Array()))).toBe(
        true,
      )
    }
    // Who has fallen silent is waited for, as ever.
    await areInRounds(0)
    expect(ingest.codes()).toEqual([])
  })

  it('say goodbye, publish again and go away', async () => {
    await start({ env: { SLUICE_PROFILE: 'none', SLUICE_RECONNECT_SECONDS: '60' } })
    const { client, fallSilent } = await steady('demo')
    await areInRounds(1)
    fallSilent()
    client.unpublish('demo')
    client.send(clientCommand('createStream', 8, [null]))
    client.publish('again')
    const begun = () => client.statuses.filter(({ code }) => code === 'NetStream.Publish.Start').length
    await client.waitFor(() => begun() === 2 || undefined, 'the second beginning')
    expect(ingest.hub.find('demo')).toBeUndefined()
    await areInRounds(0)
    client.destroy()
    await waitFor(() => ingest.hub.size === 0, { what: 'the end' })
    const gone = await steady('gone')
    const broken = await steady('broken')
    await areInRounds(2)
    await onAir('gone', 'broken')
    gone.client.socket.end()
    broken.client.socket.resetAndDestroy()
    for (const name of ['gone', 'broken'])
      await waitFor(() => ingest.hub.find(name)?.state === 'waiting', { what: `${name} to be waited for` })
    await areInRounds(0)
  })

  it('leave them while somebody plays the stream', async () => {
    await start()
    await steady('demo')
    await areInRounds(1)
    const player = await play('demo')
    await areInRounds(0)
    const before = player.received
    await player.waitFor(() => player.received > before + 10_000 || undefined, 'pictures')
    expect(ingest.rounds.size).toBe(0)
    player.destroy()
    await areInRounds(1)
  })

  it('are not idle, until they send nothing', async () => {
    await start({ timeouts: { idle: 300 } })
    const { client, sent, fallSilent } = await steady('demo')
    await areInRounds(1)
    await waitFor(() => sent.length > 200, { what: 'a second of pictures' })
    expect(client.closed).toBe(false)
    fallSilent()
    await client.untilClosed()
    expect(ingest.lines.some(({ code }) => code === 'ingest.rtmp.idle')).toBe(true)
  })

  it('are as many as it is worth while for', async () => {
    await start({ roundsFrom: 2 })
    await steady('one')
    await waitFor(() => pictures('one') > 50, { what: 'pictures' })
    expect(ingest.rounds.size).toBe(0)
    const two = await steady('two')
    await areInRounds(2)
    two.client.unpublish('two')
    two.fallSilent()
    await areInRounds(0)
    const before = pictures('one')
    await waitFor(() => pictures('one') > before + 50, { what: 'pictures' })
  })
})

describe('rounds', () => {
  it('are over when their last member leaves, and begin anew', async () => {
    const rounds = new ReadingRounds(() => 40)
    const left: number[] = []
    const member = (turns: number) => ({ takeTurn: () => turns-- > 0, leaveRounds: () => left.push(turns) })
    rounds.join(member(2))
    rounds.join(member(0))
    expect(rounds.size).toBe(2)
    await waitFor(() => rounds.size === 0, { what: 'the end of the rounds', interval: 1 })
    expect(left).toEqual([-1, -1])
    rounds.join(member(0))
    await waitFor(() => left.length === 3, { what: 'another round', interval: 1 })
  })

  it('are for those who would be heard more than once between two of them', () => {
    expect([13, 24, 26, 100].map(isSteady)).toEqual([true, true, false, false])
  })
})
