import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { AVC_CONFIGURATION, avcFrame, clientCommand, type RtmpTestClient, waitFor } from '@sluice/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestIngest, type TestIngest } from '../testing/test-ingest.ts'
import { startFlvListener } from './flv-listener.ts'

describe('players of one address', () => {
  let ingest: TestIngest
  let publisher: RtmpTestClient
  let flvPort: number
  let answers: IncomingMessage[]

  beforeEach(async () => {
    answers = []
    ingest = await startTestIngest({
      env: { SLUICE_LIMITS_CONNECTIONS_PER_ADDRESS: '2', SLUICE_LIMITS_PLAYERS_PER_ADDRESS: '3' },
    })
    flvPort = (await ingest.listen((options) => startFlvListener(options))).port
    publisher = ingest.client()
    await publisher.publishTo('demo')
    publisher.media('video', 0, AVC_CONFIGURATION)
    publisher.media('video', 0, avcFrame(true))
  })
  afterEach(async () => {
    for (const answer of answers) answer.destroy()
    await ingest.stop()
  })

  const play = async (): Promise<{ client: RtmpTestClient; code: string; description: string }> => {
    const client = ingest.client()
    client.open()
    client.send(clientCommand('play', 3, [null, 'demo', -2000], 1))
    const cut = { code: 'no answer', description: '' }
    const answer = () => client.statuses.at(-1) ?? (client.closed ? cut : undefined)
    return { client, ...(await client.waitFor(answer, 'an answer to play')) }
  }
  const ask = async (): Promise<IncomingMessage> => {
    const request = get({ port: flvPort, host: '127.0.0.1', path: '/live/demo.flv', agent: false })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    answers.push(answer)
    answer.on('error', () => undefined)
    return answer
  }

  const publish = async (name: string): Promise<string> => {
    const client = ingest.client()
    const cut = { code: 'no answer' }
    const { code } = await client.publishTo(name).catch(() => cut)
    client.destroy()
    return code
  }

  it('leave room for a publisher, by RTMP and HTTP together', async () => {
    const first = await play()
    expect(first.code).toBe('NetStream.Play.Start')
    expect((await play()).code).toBe('NetStream.Play.Start')
    const flv = await ask()
    expect(flv.statusCode).toBe(200)
    flv.resume()

    expect(await play()).toMatchObject({
      code: 'NetStream.Play.Failed',
      description: 'this address has 3 players, and may have no more',
    })
    // The connection of the player that was refused counts until it is gone.
    const refused = await waitFor(
      async () => {
        const answer = await ask()
        return answer.statusCode === 429 && answer
      },
      { what: 'the refusal of another one' },
    )
    expect(JSON.parse(await text(refused))).toMatchObject({ code: 'ingest.address.too_many_players' })

    // The refused player is a connection until it has closed.
    await waitFor(async () => (await publish('other')) === 'NetStream.Publish.Start', {
      what: 'room for a publisher',
    })

    first.client.destroy()
    await waitFor(async () => (await play()).code === 'NetStream.Play.Start', { what: 'room for a player' })
    flv.destroy()
    await waitFor(async () => (await ask()).statusCode === 200, { what: 'room for another one' })
  })

  it('that stop are connections again', async () => {
    const { client } = await play()
    client.send(clientCommand('closeStream', 0, [null], 1))
    await waitFor(() => ingest.hub.find('demo')?.playback.size === 0, { what: 'no players' })
    const third = ingest.client()
    await third.untilClosed()
    expect(ingest.codes()).toEqual(['ingest.address.too_many_connections'])
  })
})
