import { AmfObject, type AmfValue, writeAmf0 } from '@sluice/amf'
import { ByteWriter, concatBytes, ProtocolError, StateError, UnsupportedError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import type { Message } from '../message/message.ts'
import { hex, piecesOf } from '../testing/bytes.ts'
import {
  clientHandshake,
  drain,
  feed,
  newSession,
  ServerOutput,
  summary,
  TestClient,
} from '../testing/client.ts'
import { thrown } from '../testing/errors.ts'
import type { ServerSessionEvent } from './events.ts'
import { DEFAULT_RTMP_LIMITS } from './limits.ts'
import { PlayerMessages } from './player-messages.ts'
import type { ServerSession, ServerSessionOptions } from './server-session.ts'

const accept = (session: ServerSession): void => session.acceptPublish()
const types = (events: readonly ServerSessionEvent[]): string[] => events.map((event) => event.type)

/** A session that publishes `key`, its client, and the reader of its answers. */
function publishing(): { session: ServerSession; client: TestClient; output: ServerOutput } {
  const session = newSession()
  const client = new TestClient()
  const output = new ServerOutput()
  feed(session, concatBytes([client.opening(), client.publish('key')]), accept)
  output.read(session.output())
  return { session, client, output }
}

/** A connected session and what it answers to one more call. */
function answersTo(
  name: string,
  transactionId: number,
  ...values: AmfValue[]
): { answers: string[]; events: string[] } {
  const session = newSession()
  const client = new TestClient()
  const output = new ServerOutput()
  feed(session, client.opening())
  output.read(session.output())
  const events = types(feed(session, client.call(name, transactionId, ...values)))
  return { answers: output.read(session.output()).map(summary), events }
}

describe('a publisher', () => {
  it('is answered step by step', () => {
    const session = newSession()
    const client = new TestClient()
    const output = new ServerOutput()
    expect(session.state).toBe('handshake')

    const handshake = clientHandshake()
    feed(session, handshake.subarray(0, 1536))
    expect(session.output().length).toBe(0)
    feed(session, handshake.subarray(1536, 1537))
    const reply = session.output()
    expect(reply.length).toBe(3073)
    output.read(reply)
    feed(session, handshake.subarray(1537))
    expect(session.state).toBe('connecting')

    const properties = { app: 'live', flashVer: 'test/1', tcUrl: 'rtmp://host/live', objectEncoding: 3 }
    expect(feed(session, client.connect(properties))).toMatchObject([
      { type: 'connect', client: { app: 'live', flashVer: 'test/1', objectEncoding: 3 } },
    ])
    const connected = output.read(session.output())
    expect(connected.map(summary)).toEqual([
      'window-acknowledgement-size',
      'set-peer-bandwidth',
      'user-control stream-begin',
      'set-chunk-size',
      '_result 1 NetConnection.Connect.Success',
    ])

    for (const [call, answers] of [
      [client.call('releaseStream', 2, null, 'key'), ['_result 2 null']],
      [client.call('FCPublish', 3, null, 'key'), ['_result 3 null', 'onFCPublish 0 NetStream.Publish.Start']],
      [client.call('createStream', 4, null), ['_result 4 1']],
      [client.call('_checkbw', 5, null), ['_result 5 null']],
    ] as const) {
      expect(feed(session, call)).toEqual([])
      expect(output.read(session.output()).map(summary)).toEqual(answers)
    }

    expect(feed(session, client.publish('key?a=b'))).toMatchObject([
      {
        type: 'publish-requested',
        app: 'live',
        streamName: 'key',
        query: 'a=b',
        publishType: 'live',
        messageStreamId: 1,
        client: { flashVer: 'test/1' },
      },
    ])
    expect(session.state).toBe('publish-requested')
    expect(session.output().length).toBe(0)
    session.acceptPublish()
    expect(session.state).toBe('publishing')
    expect(output.read(session.output()).map(summary)).toEqual([
      'user-control stream-begin',
      'onStatus 0 NetStream.Publish.Start',
    ])

    const metadata = AmfObject.of({ width: 320 })
    expect(
      feed(
        session,
        client.say({ type: 'data', values: ['@setDataFrame', 'onMetaData', metadata] }, { stream: 1 }),
      ),
    ).toMatchObject([{ type: 'metadata', timestamp: 0, metadata }])
    expect(feed(session, client.media('video', 40, hex('1701')))).toEqual([
      { type: 'video', timestamp: 40, payload: Uint8Array.of(0x17, 0x01), messageStreamId: 1 },
    ])
    expect(feed(session, client.media('audio', 2 ** 32 - 1, hex('')))).toEqual([
      { type: 'audio', timestamp: 2 ** 32 - 1, payload: new Uint8Array(0), messageStreamId: 1 },
    ])

    const bye = concatBytes([
      client.call('FCUnpublish', 6, null, 'key'),
      client.call('deleteStream', 7, null, 1),
    ])
    expect(feed(session, bye)).toEqual([{ type: 'publish-finished', clean: true, by: 'FCUnpublish' }])
    expect(output.read(session.output()).map(summary)).toEqual([
      'onFCUnpublish 0 NetStream.Unpublish.Success',
      'onStatus 0 NetStream.Unpublish.Success',
    ])
    expect(session.state).toBe('connected')
  })

  it('may send everything in one piece, media before the decision too', () => {
    const client = new TestClient()
    const bytes = concatBytes([
      client.opening(),
      client.publish('key'),
      client.media('video', 0, hex('1700')),
    ])
    for (const size of [1, 1000, 100_000]) {
      const session = newSession()
      const events: ServerSessionEvent[] = []
      for (const piece of piecesOf(bytes, size)) {
        const borrowed = Uint8Array.from(piece)
        events.push(...feed(session, borrowed))
        borrowed.fill(0xee)
      }
      expect(types(events)).toEqual(['connect', 'publish-requested'])
      session.acceptPublish()
      expect(types(drain(session))).toEqual(['video'])
    }
  })

  it('may be decided on while the events are drained', () => {
    const client = new TestClient()
    const bytes = concatBytes([
      client.opening(),
      client.publish('key'),
      client.media('video', 0, hex('1700')),
    ])
    expect(types(feed(newSession(), bytes, accept))).toEqual(['connect', 'publish-requested', 'video'])
    const refused = feed(newSession(), bytes, (session) =>
      session.rejectPublish('NetStream.Publish.BadName', 'busy'),
    )
    expect(types(refused)).toEqual(['connect', 'publish-requested', 'closed'])
  })

  it('may publish again after it has finished', () => {
    const { session, client } = publishing()
    const again = concatBytes([
      client.call('deleteStream', 0, null, 1),
      client.call('createStream', 8, null),
      client.publish('other'),
      client.media('video', 0, hex('1700')),
    ])
    expect(types(feed(session, again, accept))).toEqual(['publish-finished', 'publish-requested', 'video'])
  })

  it.each([
    { name: 'deleteStream with its number', by: 'deleteStream', values: [null, 1], stream: 0 },
    { name: 'deleteStream with its name', by: 'deleteStream', values: [null, 'key'], stream: 0 },
    { name: 'closeStream on its stream', by: 'closeStream', values: [null], stream: 1 },
    { name: 'closeStream on the connection', by: 'closeStream', values: [null], stream: 0 },
    { name: 'FCUnpublish', by: 'FCUnpublish', values: [null, 'key'], stream: 0 },
  ])('finishes by $name', ({ by, values, stream }) => {
    const { session, client } = publishing()
    const bytes = client.say({ type: 'command', name: by, transactionId: 0, values }, { stream })
    expect(feed(session, bytes)).toEqual([{ type: 'publish-finished', clean: true, by }])
  })

  it('goes on when another stream is deleted or closed', () => {
    const { session, client } = publishing()
    feed(session, client.call('deleteStream', 0, null, 2))
    feed(
      session,
      client.say({ type: 'command', name: 'closeStream', transactionId: 0, values: [null] }, { stream: 2 }),
    )
    expect(session.state).toBe('publishing')
  })

  it('has its queries joined, its own first', () => {
    const session = newSession()
    const client = new TestClient()
    const bytes = concatBytes([client.opening({ app: 'live?token=1' }), client.publish('key?token=2')])
    expect(feed(session, bytes).at(-1)).toMatchObject({
      app: 'live',
      streamName: 'key',
      query: 'token=2&token=1',
    })
  })

  it('may send aggregates', () => {
    const { session, client } = publishing()
    const part = (type: number, timestamp: number): Uint8Array =>
      new ByteWriter().u8(type).u24be(1).u24be(timestamp).u8(0).u24be(0).u8(7).u32be(12).finish()
    const payload = concatBytes([part(9, 100), part(8, 110), part(20, 110)])
    const events = feed(session, client.say({ type: 'aggregate', payload }, { stream: 1, timestamp: 50 }))
    expect(events).toMatchObject([
      { type: 'video', timestamp: 50 },
      { type: 'audio', timestamp: 60 },
      { type: 'ignored' },
    ])
  })

  it('has media of other streams ignored, and unreadable data messages', () => {
    const { session, client } = publishing()
    expect(feed(session, client.media('video', 0, hex('1700'), 2))).toEqual([
      { type: 'ignored', what: 'video on message stream 2', reason: 'not publishing there' },
    ])
    const broken = client.say({ type: 'unknown', typeId: 18, payload: hex('0200ff') }, { stream: 1 })
    expect(feed(session, broken)).toEqual([
      { type: 'ignored', what: 'data message', reason: 'core.bytes.truncated' },
    ])
    const nameless = client.say({ type: 'data', values: [1] }, { stream: 1 })
    expect(feed(session, nameless)).toEqual([{ type: 'ignored', what: 'data message', reason: 'no name' }])
    const empty = client.say({ type: 'data', values: ['@setDataFrame', 'onMetaData', 'x'] }, { stream: 1 })
    expect(feed(session, empty)).toEqual([
      { type: 'ignored', what: 'data message', reason: 'onMetaData without properties' },
    ])
  })

  it.each([
    { values: ['onCuePoint', AmfObject.of({ name: 'ad', time: 1.5 })], name: 'onCuePoint', skip: 1 },
    { values: ['onTextData', AmfObject.of({ text: 'hello' }), 1], name: 'onTextData', skip: 1 },
    { values: ['@setDataFrame', 'onCaptionInfo', AmfObject.of({})], name: 'onCaptionInfo', skip: 2 },
    { values: ['onCaption', 'text'], name: 'onCaption', skip: 1 },
    { values: ['@clearDataFrame', 'onMetaData'], name: '@clearDataFrame', skip: 1 },
    { values: ['onFI'], name: 'onFI', skip: 1 },
  ])('may send $name', ({ values, name, skip }) => {
    const { session, client } = publishing()
    const message = client.say({ type: 'data', values }, { stream: 1, timestamp: 40 })
    expect(feed(session, message)).toEqual([
      { type: 'data', name, values: values.slice(skip), timestamp: 40 },
    ])
  })

  it('may say everything in the message types of AMF3, and is answered in AMF0', () => {
    const session = newSession()
    const client = new TestClient()
    const output = new ServerOutput()
    const amf3 = (typeId: number, values: readonly AmfValue[], stream = 0): Uint8Array => {
      const payload = concatBytes([hex('00'), writeAmf0(values)])
      return client.say({ type: 'unknown', typeId, payload }, { stream })
    }
    const bytes = concatBytes([
      clientHandshake(),
      amf3(17, ['connect', 1, AmfObject.of({ app: 'live', objectEncoding: 3 })]),
      amf3(17, ['createStream', 4, null]),
      amf3(17, ['publish', 5, null, 'key', 'live'], 1),
      amf3(15, ['@setDataFrame', 'onMetaData', AmfObject.of({ width: 320 })], 1),
      amf3(15, ['onTextData', hex('01')], 1),
    ])
    expect(feed(session, bytes, accept)).toMatchObject([
      { type: 'connect', client: { objectEncoding: 3 } },
      { type: 'publish-requested', streamName: 'key' },
      { type: 'metadata', metadata: AmfObject.of({ width: 320 }) },
      { type: 'data', name: 'onTextData', values: [hex('01')] },
    ])
    const answers = output.read(session.output())
    expect(answers.map(summary)).toContain('onStatus 0 NetStream.Publish.Start')
    const success = answers.flatMap((answer) => (answer.type === 'command' ? answer.values : []))[1]
    expect(success instanceof AmfObject && success.get('objectEncoding')).toBe(0)
  })

  it('may send data in an aggregate, and as AMF3', () => {
    const { session, client } = publishing()
    const data = hex('00 02000161 11 040a')
    const part = new ByteWriter().u8(15).u24be(data.length).u24be(5).u8(0).u24be(0).bytes(data)
    const payload = part.u32be(11 + data.length).finish()
    const events = feed(session, client.say({ type: 'aggregate', payload }, { stream: 1, timestamp: 50 }))
    expect(events).toEqual([{ type: 'data', name: 'a', values: [10], timestamp: 50 }])
  })

  it('learns why it is refused', () => {
    const session = newSession()
    const client = new TestClient()
    const output = new ServerOutput()
    feed(session, concatBytes([client.opening(), client.publish('key')]))
    output.read(session.output())
    session.rejectPublish('NetStream.Publish.BadName', 'Somebody publishes this already')
    expect(drain(session)).toEqual([{ type: 'closed', reason: 'NetStream.Publish.BadName' }])
    expect(output.read(session.output()).map(summary)).toEqual(['onStatus 0 NetStream.Publish.BadName'])
    expect(session.state).toBe('closed')
    expect(feed(session, client.media('video', 0, hex('1700')))).toEqual([])
  })

  it('is disconnected with a status', () => {
    const { session, output } = publishing()
    session.disconnect('NetStream.Publish.Rejected', 'Ended by the operator')
    session.disconnect('NetStream.Publish.Rejected', 'twice')
    session.close('late')
    expect(output.read(session.output()).map(summary)).toEqual(['onStatus 0 NetStream.Publish.Rejected'])
    expect(drain(session)).toEqual([{ type: 'closed', reason: 'NetStream.Publish.Rejected' }])
    expect(drain(session)).toEqual([])
  })

  it('may be gone', () => {
    const { session } = publishing()
    session.close('reset')
    expect(session.output().length).toBe(0)
    expect(drain(session)).toEqual([{ type: 'closed', reason: 'reset' }])
  })
})

describe('a connect that the caller decides on', () => {
  const asking = () => {
    const session = newSession({ connect: 'ask' })
    const client = new TestClient()
    const output = new ServerOutput()
    return { session, client, output }
  }

  it('waits, and so does what comes after it', () => {
    const { session, client, output } = asking()
    const bytes = concatBytes([client.opening({ app: 'login?authmod=adobe' }), client.publish('key')])
    expect(feed(session, bytes)).toMatchObject([
      { type: 'connect-requested', client: { app: 'login', query: 'authmod=adobe' } },
    ])
    expect(session.state).toBe('connect-requested')
    expect(output.read(session.output())).toEqual([])
    session.ping(1)
    expect(session.requestReconnect('Please.')).toBe(false)
    expect(session.output().length).toBe(0)
    session.acceptConnect()
    expect(types(drain(session))).toEqual(['connect', 'publish-requested'])
    expect(output.read(session.output()).map(summary)).toEqual([
      'window-acknowledgement-size',
      'set-peer-bandwidth',
      'user-control stream-begin',
      'set-chunk-size',
      '_result 1 NetConnection.Connect.Success',
      '_result 4 1',
    ])
  })

  it('is refused with what the client shall bring', () => {
    const { session, client, output } = asking()
    feed(session, concatBytes([clientHandshake(), client.call('connect', 7, AmfObject.of({ app: 'login' }))]))
    session.rejectConnect('bring a user')
    expect(types(drain(session))).toEqual(['closed'])
    expect(session.state).toBe('closed')
    expect(output.read(session.output())).toEqual([
      {
        type: 'command',
        name: '_error',
        transactionId: 7,
        values: [
          null,
          AmfObject.of({
            level: 'error',
            code: 'NetConnection.Connect.Rejected',
            description: 'bring a user',
          }),
        ],
      },
    ])
  })

  it('may be decided on while the events are drained', () => {
    const { session, client } = asking()
    session.receive(client.opening())
    const seen: string[] = []
    for (const event of session.events()) {
      seen.push(event.type)
      if (event.type === 'connect-requested') session.acceptConnect()
    }
    expect(seen).toEqual(['connect-requested', 'connect'])
    expect(session.state).toBe('connected')
  })

  it('is decided on once, and only where it was asked', () => {
    const { session, client } = asking()
    for (const call of [() => session.acceptConnect(), () => session.rejectConnect('no')])
      expect(thrown(call)).toBeInstanceOf(StateError)
    feed(session, client.opening())
    session.acceptConnect()
    expect(thrown(() => session.acceptConnect())).toMatchObject({ code: 'rtmp.session.bad_state' })
    drain(session)
    expect(types(feed(session, client.connect()))).toEqual(['ignored'])
  })

  it('may be cut short', () => {
    const { session, client } = asking()
    feed(session, client.opening())
    session.close('gone')
    expect(types(drain(session))).toEqual(['closed'])
    expect(thrown(() => session.acceptConnect())).toBeInstanceOf(StateError)
  })
})

describe('Enhanced RTMP', () => {
  /** A session after `connect` with these properties, and the answer's first object. */
  function connected(
    properties: Readonly<Record<string, AmfValue>>,
    options: Partial<ServerSessionOptions> = {},
  ): { session: ServerSession; output: ServerOutput; answer: AmfValue } {
    const session = newSession(options)
    const output = new ServerOutput()
    feed(session, concatBytes([clientHandshake(), new TestClient().connect(properties)]))
    const result = output.read(session.output()).at(-1)
    return { session, output, answer: result?.type === 'command' ? result.values[0] : undefined }
  }

  const plain = AmfObject.of({ fmsVer: 'FMS/3,5,7,7009', capabilities: 31, mode: 1 })

  it.each([
    { app: 'live' },
    { app: 'live', objectEncoding: 3 },
    { app: 'live', videoFunction: 1 },
    { app: 'live', fourCcList: 'hvc1' },
  ])('is not mentioned to a client that does not: $app', (properties) => {
    expect(connected(properties).answer).toStrictEqual(plain)
  })

  it.each([
    { fourCcList: ['hvc1'] },
    { videoFourCcInfoMap: AmfObject.of({ '*': 4 }) },
    { audioFourCcInfoMap: AmfObject.of({ Opus: 1 }) },
    { capsEx: 0 },
    { videoFunction: 4 },
  ])('is answered to a client that offers any of it: %j', (offer) => {
    const { answer } = connected({ app: 'live', ...offer })
    expect(answer).toEqual(
      AmfObject.of({
        fmsVer: 'FMS/3,5,7,7009',
        capabilities: 31,
        mode: 1,
        fourCcList: ['avc1', 'hvc1', 'av01', 'vp09', 'vp08', 'mp4a', 'Opus', 'fLaC', 'ac-3', 'ec-3', '.mp3'],
        videoFourCcInfoMap: AmfObject.of({ avc1: 1, hvc1: 1, av01: 1, vp09: 1, vp08: 1 }),
        audioFourCcInfoMap: AmfObject.of({ mp4a: 1, Opus: 1, fLaC: 1, 'ac-3': 1, 'ec-3': 1, '.mp3': 1 }),
        capsEx: 15,
        videoFunction: 0,
      }),
    )
  })

  it('is what the caller takes', () => {
    const enhanced = {
      fourCcList: ['av01'],
      videoFourCcInfoMap: new Map([['av01', 5]]),
      audioFourCcInfoMap: new Map(),
      capsEx: 2,
      videoFunction: 4,
    }
    const { answer } = connected({ app: 'live', fourCcList: ['*'] }, { enhanced })
    expect(answer).toEqual(
      AmfObject.of({
        fmsVer: 'FMS/3,5,7,7009',
        capabilities: 31,
        mode: 1,
        fourCcList: ['av01'],
        videoFourCcInfoMap: AmfObject.of({ av01: 5 }),
        audioFourCcInfoMap: new AmfObject(),
        capsEx: 2,
        videoFunction: 4,
      }),
    )
  })

  it('lets a client be asked to reconnect', () => {
    const { session, output } = connected({ app: 'live', capsEx: 3 })
    expect(session.requestReconnect('The server is being updated.')).toBe(true)
    expect(session.requestReconnect('Go there.', '//other/live')).toBe(true)
    const level = 'status'
    const code = 'NetConnection.Connect.ReconnectRequest'
    const status = { type: 'command', name: 'onStatus', transactionId: 0 }
    expect(output.read(session.output())).toEqual([
      {
        ...status,
        values: [null, AmfObject.of({ level, code, description: 'The server is being updated.' })],
      },
      {
        ...status,
        values: [null, AmfObject.of({ level, code, description: 'Go there.', tcUrl: '//other/live' })],
      },
    ])
    expect(session.state).toBe('connected')
  })

  it.each([
    { name: 'offers nothing', session: () => connected({ app: 'live' }).session },
    { name: 'offers other capabilities', session: () => connected({ app: 'live', capsEx: 14 }).session },
    { name: 'offers codecs alone', session: () => connected({ app: 'live', fourCcList: ['*'] }).session },
    { name: 'has not connected', session: () => newSession() },
    {
      name: 'is gone',
      session: () => {
        const { session } = connected({ app: 'live', capsEx: 1 })
        session.close('gone')
        return session
      },
    },
  ])('asks no client that $name', ({ session }) => {
    const one = session()
    one.output()
    expect(one.requestReconnect('Please.')).toBe(false)
    expect(one.output().length).toBe(0)
  })
})

function pause(on: boolean): Message {
  return { type: 'command', name: 'pause', transactionId: 0, values: [null, on, 0] }
}

/** A client that is connected. `play` gives the answers to its play. */
function player(): {
  session: ServerSession
  client: TestClient
  output: ServerOutput
  play: (...values: AmfValue[]) => string[]
} {
  const session = newSession()
  const client = new TestClient()
  const output = new ServerOutput()
  feed(session, client.opening())
  output.read(session.output())
  const play = (...values: AmfValue[]): string[] => {
    feed(session, client.say({ type: 'command', name: 'play', transactionId: 0, values }, { stream: 1 }))
    session.acceptPlay()
    return output.read(session.output()).map(summary)
  }
  return { session, client, output, play }
}

describe('a player', () => {
  it('asks, and is refused', () => {
    const session = newSession()
    const client = new TestClient()
    const output = new ServerOutput()
    const play: AmfValue[] = [null, 'key?a=b', -2000]
    const bytes = concatBytes([
      client.opening(),
      client.say({ type: 'command', name: 'play', transactionId: 0, values: play }, { stream: 1 }),
    ])
    expect(feed(session, bytes).at(-1)).toMatchObject({
      type: 'play-requested',
      app: 'live',
      streamName: 'key',
      query: 'a=b',
      start: -2000,
      messageStreamId: 1,
    })
    output.read(session.output())
    session.rejectPlay('NetStream.Play.Failed', 'Not here')
    expect(output.read(session.output()).map(summary)).toEqual(['onStatus 0 NetStream.Play.Failed'])
    expect(types(drain(session))).toEqual(['closed'])
  })

  it('plays: it is told so in larger chunks, given media as they are, and told of the end', () => {
    const { session, client, output, play } = player()
    expect(play(null, 'key', -2, -1, true)).toEqual([
      'set-chunk-size',
      'user-control stream-begin',
      'onStatus 0 NetStream.Play.Reset',
      'onStatus 0 NetStream.Play.Start',
      'data',
    ])
    expect(session.state).toBe('playing')
    const messages = new PlayerMessages(1)
    const frame = messages.media('video', 40, new Uint8Array(100_000))
    expect(session.playerBytes(frame)).toBe(frame)
    expect(output.read(session.playerBytes(frame))).toEqual([
      { type: 'video', payload: new Uint8Array(100_000) },
    ])
    session.endPlay('over')
    expect(output.read(session.output()).map(summary)).toEqual([
      'user-control stream-eof',
      'onStatus 0 NetStream.Play.UnpublishNotify',
    ])
    expect(session.state).toBe('connected')
    feed(session, client.publish('key'))
    expect(session.state).toBe('publish-requested')
  })

  it('is not told of a reset it did not ask for', () => {
    expect(player().play(null, 'key')).not.toContain('onStatus 0 NetStream.Play.Reset')
  })

  it('is given nothing ahead of what is owed, and nothing when it does not play', () => {
    const { session, client, play } = player()
    const frame = new PlayerMessages(1).media('audio', 0, new Uint8Array(1))
    expect(thrown(() => session.playerBytes(frame))).toHaveProperty('code', 'rtmp.session.bad_state')
    play(null, 'key')
    feed(session, client.say(pause(true), { stream: 1 }))
    expect(thrown(() => session.playerBytes(frame))).toHaveProperty('code', 'rtmp.session.output_owed')
  })

  it.each([
    { name: 'pause', values: [null, true, 40], event: { type: 'pause' }, answer: 'Pause.Notify' },
    { name: 'pause', values: [null, false, 40], event: { type: 'unpause' }, answer: 'Unpause.Notify' },
    { name: 'receiveAudio', values: [null, false], event: { type: 'receive-audio', on: false }, answer: '' },
    { name: 'receiveVideo', values: [null, true], event: { type: 'receive-video', on: true }, answer: '' },
    {
      name: 'seek',
      values: [null, 5000],
      event: { type: 'ignored', what: 'command seek', reason: 'live' },
      answer: 'Seek.Failed',
    },
    { name: 'closeStream', values: [null], event: { type: 'play-finished', by: 'closeStream' }, answer: '' },
    {
      name: 'deleteStream',
      values: [null, 1],
      event: { type: 'play-finished', by: 'deleteStream' },
      answer: '',
    },
  ])('says $name $values while it plays', ({ name, values, event, answer }) => {
    const { session, client, output, play } = player()
    play(null, 'key')
    const command: Message = { type: 'command', name, transactionId: 0, values }
    expect(feed(session, client.say(command, { stream: 1 }))).toEqual([event])
    const answers = answer === '' ? [] : [`onStatus 0 NetStream.${answer}`]
    expect(output.read(session.output()).map(summary)).toEqual(answers)
  })

  it('steers nothing before it plays, nor on another stream', () => {
    const { session, client, play } = player()
    const refused = [{ type: 'ignored', what: 'command pause', reason: 'not playing there' }]
    expect(feed(session, client.say(pause(true), { stream: 1 }))).toEqual(refused)
    play(null, 'key')
    expect(feed(session, client.say(pause(true), { stream: 2 }))).toEqual(refused)
  })

  it('may pause as often as it likes', () => {
    const { session, client, play } = player()
    play(null, 'key')
    for (let i = 0; i < 200; i++)
      expect(feed(session, client.say(pause(i % 2 === 0), { stream: 1 }))).toHaveLength(1)
  })

  it('plays and publishes one thing at a time', () => {
    const { session, client, output, play } = player()
    play(null, 'key')
    feed(session, client.publish('other'))
    expect(output.read(session.output()).map(summary)).toEqual(['onStatus 0 NetStream.Publish.BadName'])
    expect(session.state).toBe('playing')
  })

  it.each([
    { name: 'getStreamLength', id: 3, answers: ['_result 3 0'] },
    { name: 'FCSubscribe', id: 0, answers: ['onFCSubscribe 0 NetStream.Play.Start'] },
  ])('is answered $name', ({ name, id, answers }) => {
    expect(answersTo(name, id, null, 'key').answers).toEqual(answers)
  })
})

describe('commands out of place', () => {
  it.each(['releaseStream', '_checkbw', 'getStreamLength', 'createStream', 'somethingNew'])(
    '%s with transaction id 0 gets no answer',
    (name) => {
      expect(answersTo(name, 0, null).answers).toEqual([])
    },
  )

  it('unknown ones are refused, whatever their id', () => {
    expect(answersTo('somethingNew', 1e9, null)).toEqual({
      answers: ['_error 1000000000 NetConnection.Call.Failed'],
      events: ['ignored'],
    })
  })

  it.each(['_result', '_error', 'onStatus'])('%s is never answered', (name) => {
    expect(answersTo(name, 7, null)).toEqual({ answers: [], events: ['ignored'] })
  })

  it('a second connect is refused', () => {
    expect(answersTo('connect', 9, AmfObject.of({ app: 'other' }))).toEqual({
      answers: ['_error 9 NetConnection.Connect.Rejected'],
      events: ['ignored'],
    })
  })

  it('everything before connect is refused', () => {
    const session = newSession()
    const client = new TestClient()
    const output = new ServerOutput()
    const bytes = concatBytes([
      clientHandshake(),
      client.call('createStream', 2, null),
      client.publish('key'),
    ])
    expect(types(feed(session, bytes))).toEqual(['ignored', 'ignored'])
    expect(output.read(session.output()).map(summary)).toEqual([
      '_error 2 NetConnection.Call.Failed',
      'onStatus 0 NetStream.Publish.BadName',
    ])
  })

  it('a second publish is refused and the first goes on', () => {
    const { session, client, output } = publishing()
    expect(feed(session, client.publish('other', 2))).toEqual([
      { type: 'ignored', what: 'command publish', reason: 'this connection publishes or plays already' },
    ])
    expect(output.read(session.output()).map(summary)).toEqual(['onStatus 0 NetStream.Publish.BadName'])
    expect(types(feed(session, client.media('video', 0, hex('1700'))))).toEqual(['video'])
  })

  it('a publish without a name is refused', () => {
    expect(answersTo('publish', 0, null, null)).toEqual({
      answers: ['onStatus 0 NetStream.Publish.BadName'],
      events: ['ignored'],
    })
  })

  it('messages that are begun and given up are counted with them', () => {
    const { session, client } = publishing()
    feed(session, client.say({ type: 'set-chunk-size', size: 1 }))
    // A header of type 0 that announces a megabyte of video, and one byte of it.
    const begun = hex('04 000000 100000 09 01000000 17')
    const limit = DEFAULT_RTMP_LIMITS.commandsPerSecond
    const given = (count: number, now: number): void =>
      session.receive(concatBytes(Array.from({ length: count }, () => begun)), now)
    given(limit, 0)
    expect(drain(session)).toHaveLength(1)
    given(limit, 2_000)
    expect(drain(session)).toHaveLength(1)
    given(1, 2_000)
    expect(thrown(() => drain(session))).toHaveProperty('code', 'rtmp.session.command_rate')
  })

  it('one stream too many is refused', () => {
    const session = newSession({ limits: { messageStreams: 1 } })
    const client = new TestClient()
    const output = new ServerOutput()
    feed(session, concatBytes([client.opening(), client.call('createStream', 5, null)]))
    expect(output.read(session.output()).map(summary).slice(-2)).toEqual([
      '_result 4 1',
      '_error 5 NetConnection.Call.Failed',
    ])
    feed(
      session,
      concatBytes([client.call('deleteStream', 0, null, 1), client.call('createStream', 6, null)]),
    )
    expect(output.read(session.output()).map(summary)).toEqual(['_result 6 1'])
  })

  it.each(['acceptPublish', 'rejectPublish', 'acceptPlay', 'rejectPlay', 'endPlay'] as const)(
    'our own %s too',
    (call) => {
      const error = thrown(() => newSession()[call]('code', 'description'))
      expect(error).toBeInstanceOf(StateError)
      expect(error).toHaveProperty('code', 'rtmp.session.bad_state')
    },
  )
})

describe('protocol control', () => {
  it('acknowledges each window, the one announced until the client names its own', () => {
    const session = newSession({ windowSize: 5000 })
    const client = new TestClient()
    const output = new ServerOutput()
    feed(session, concatBytes([client.opening(), client.publish('key')]), accept)
    output.read(session.output())
    feed(session, client.media('video', 0, new Uint8Array(2000)))
    const [first, ...none] = output.read(session.output())
    expect(first?.type).toBe('acknowledgement')
    expect(none).toEqual([])
    feed(session, client.say({ type: 'window-acknowledgement-size', size: 100 }))
    for (let i = 0; i < 3; i++) {
      feed(session, client.media('video', 0, new Uint8Array(100)))
      expect(output.read(session.output()).map(summary)).toEqual(['acknowledgement'])
    }
    feed(session, client.say({ type: 'window-acknowledgement-size', size: 0 }))
    feed(session, client.media('video', 0, new Uint8Array(10_000)))
    expect(session.output().length).toBe(0)
  })

  it('answers Set Peer Bandwidth when it differs', () => {
    const { session, client, output } = publishing()
    for (const [size, answers] of [
      [2_500_000, []],
      [1_000_000, ['window-acknowledgement-size']],
      [1_000_000, []],
    ] as const) {
      feed(session, client.say({ type: 'set-peer-bandwidth', size, limit: 'dynamic' }))
      expect(output.read(session.output()).map(summary)).toEqual(answers)
    }
  })

  it('answers pings, and sends them', () => {
    const { session, client, output } = publishing()
    feed(session, client.say({ type: 'user-control', event: { kind: 'ping-request', timestamp: 77 } }))
    session.ping(2 ** 32 + 5)
    expect(output.read(session.output())).toEqual([
      { type: 'user-control', event: { kind: 'ping-response', timestamp: 77 } },
      { type: 'user-control', event: { kind: 'ping-request', timestamp: 5 } },
    ])
    expect(session.lastPong).toBeUndefined()
    feed(session, client.say({ type: 'user-control', event: { kind: 'ping-response', timestamp: 5 } }))
    expect(session.lastPong).toBe(5)
  })

  it('sends no ping before connect', () => {
    const session = newSession()
    session.ping(1)
    expect(session.output().length).toBe(0)
  })

  it('takes a new chunk size, and shows a message that its sender gives up', () => {
    const { session, client } = publishing()
    feed(session, client.say({ type: 'set-chunk-size', size: 65_536 }))
    expect(feed(session, client.media('video', 0, new Uint8Array(60_000)))).toMatchObject([{ type: 'video' }])
    const cut = client.media('video', 0, new Uint8Array(70_000)).subarray(0, 65_536 + 8)
    feed(session, cut)
    expect(feed(session, client.say({ type: 'abort', chunkStreamId: 6 }))).toEqual([
      { type: 'ignored', what: 'incomplete message', reason: 'given up by its sender' },
    ])
  })

  it('ignores what has no effect, visibly', () => {
    const { session, client } = publishing()
    const event = { kind: 'set-buffer-length', messageStreamId: 1, bufferLength: 3000 } as const
    expect(feed(session, client.say({ type: 'user-control', event }))).toEqual([
      { type: 'ignored', what: 'user control set-buffer-length', reason: 'no effect on a server' },
    ])
    expect(feed(session, client.say({ type: 'acknowledgement', sequenceNumber: 1 }))).toEqual([])
  })
})

describe('limits and faults end the session', () => {
  const failure = (session: ServerSession, bytes: Uint8Array): unknown => {
    const error = thrown(() => feed(session, bytes))
    expect(session.state).toBe('closed')
    expect(feed(session, bytes)).toEqual([])
    return error
  }

  it.each([
    { name: 'RTMPE', bytes: hex('06'), kind: UnsupportedError, code: 'rtmp.handshake.encrypted' },
    { name: 'TLS', bytes: hex('160301'), kind: ProtocolError, code: 'rtmp.handshake.tls' },
    { name: 'HTTP', bytes: Buffer.from('POST /open/1'), kind: ProtocolError, code: 'rtmp.handshake.http' },
  ])('$name', ({ bytes, kind, code }) => {
    const error = failure(newSession(), bytes)
    expect(error).toBeInstanceOf(kind)
    expect(error).toHaveProperty('code', code)
  })

  it('and tell the client why, where it can read that', () => {
    const session = newSession()
    const client = new TestClient()
    const output = new ServerOutput()
    feed(session, client.opening())
    output.read(session.output())
    const large = client.say({ type: 'unknown', typeId: 20, payload: new Uint8Array(70_000) })
    const error = failure(session, large)
    const [status, ...none] = output.read(session.output())
    expect(status).toMatchObject({ type: 'command', name: 'onStatus' })
    const info = status?.type === 'command' ? status.values[1] : undefined
    expect(info).toEqual(
      AmfObject.of({
        level: 'error',
        code: 'NetConnection.Connect.Closed',
        description: error instanceof Error ? error.message : '',
      }),
    )
    expect(none).toEqual([])
    const early = newSession()
    failure(early, hex('16'))
    expect(early.output().length).toBe(0)
  })

  it('too many commands without media', () => {
    const client = new TestClient()
    const session = newSession()
    const one = (): Uint8Array => client.call('releaseStream', 1, null)
    feed(session, concatBytes([client.opening(), ...Array.from({ length: 62 }, one)]))
    expect(failure(session, one())).toHaveProperty('code', 'rtmp.session.too_many_commands')
  })

  it('commands between media are not counted together', () => {
    const { session, client } = publishing()
    for (let i = 0; i < 200; i++) {
      feed(session, concatBytes([client.call('keepAlive', 0, null), client.media('audio', i, hex('af01'))]))
    }
    expect(session.state).toBe('publishing')
  })

  it('a large message before publish', () => {
    const client = new TestClient()
    const session = newSession()
    feed(session, client.opening())
    const large = client.say({ type: 'unknown', typeId: 20, payload: new Uint8Array(70_000) })
    expect(failure(session, large)).toHaveProperty('code', 'rtmp.chunk.body_too_large')
  })

  it('more bytes than may wait for a decision', () => {
    const client = new TestClient()
    const session = newSession({ limits: { heldBytes: 10_000 } })
    feed(session, concatBytes([client.opening(), client.publish('key')]))
    expect(feed(session, new Uint8Array(10_000))).toEqual([])
    expect(failure(session, new Uint8Array(1))).toHaveProperty('code', 'rtmp.session.too_much_held')
  })

  it.each([
    { name: 'commands', one: (client: TestClient) => client.call('keepAlive', 0, null) },
    {
      name: 'pings',
      one: (client: TestClient) =>
        client.say({ type: 'user-control', event: { kind: 'ping-request', timestamp: 1 } }),
    },
    {
      name: 'bandwidths',
      one: (client: TestClient) => client.say({ type: 'set-peer-bandwidth', size: 1, limit: 'hard' }),
    },
  ])('too many $name in a second, media between them or not', ({ one }) => {
    const session = newSession({ limits: { commandsPerSecond: 10 } })
    const client = new TestClient()
    session.receive(concatBytes([client.opening(), client.publish('key')]), 0)
    drain(session, accept)
    const second = (count: number): Uint8Array =>
      concatBytes(
        Array.from({ length: count }, () => [one(client), client.media('audio', 0, hex('af01'))]).flat(),
      )
    for (let now = 1000; now < 5000; now += 1000) {
      session.receive(second(10), now)
      drain(session)
    }
    session.receive(second(11), 5000)
    const error = thrown(() => drain(session))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toHaveProperty('code', 'rtmp.session.command_rate')
    expect(session.state).toBe('closed')
  })

  it.each([
    { name: 'a class that writes itself', value: '0a 07 03 43', code: 'amf.amf3.externalizable' },
    { name: 'an array in itself', value: '09 03 01 09 00', code: 'amf.amf3.cyclic_reference' },
  ])('$name as an AMF3 value of a command', ({ value, code }) => {
    const session = newSession()
    const client = new TestClient()
    feed(session, client.opening())
    const payload = hex(`02000161 003ff0000000000000 11 ${value}`)
    const error = failure(session, client.say({ type: 'unknown', typeId: 20, payload }))
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error).toHaveProperty('code', code)
  })

  it('the defaults hold what they say', () => {
    expect(DEFAULT_RTMP_LIMITS).toMatchObject({ messageBytes: 16 << 20, chunkStreams: 64, commands: 64 })
  })
})
