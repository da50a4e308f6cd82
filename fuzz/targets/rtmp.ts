import { AmfObject } from '@sluice/amf'
import { concatBytes } from '@sluice/core'
import {
  checkChallenge,
  loginSecrets,
  PlayerMessages,
  provesLogin,
  readLoginClaim,
  ServerSession,
  type ServerSessionOptions,
} from '@sluice/rtmp'
import { clientCommand, clientConnect, clientHandshake, clientMessage } from '@sluice/testkit'
import { RtmpeClient } from '../../packages/rtmp/src/testing/rtmpe-client.ts'
import type { FuzzTarget } from '../engine/target.ts'
import { recordedClients } from '../seeds/captures.ts'
import { HANDSHAKE_SIZE, recordedChunks } from '../seeds/messages.ts'
import { pieces } from './pieces.ts'

const C0_AND_C1 = 1 + 1536
/** Of a recorded chunk stream: all commands, some media. */
const CHUNK_BYTES = 6_000
/** Bytes that the ciphers of an encrypted session have ready. */
const KEY_STREAM = 1 << 15
const SECRETS = loginSecrets('user', 'a password that no input has', 'salt')

/** A message has memory from its first byte on, 64 KiB of it before a publish is accepted: a header may give it up at once. */
const SESSION_BOUNDS = {
  allocated: { fixed: 4 << 20, perByte: 8_192 },
  retained: { fixed: 1 << 20, perByte: 512 },
}

/** The server's session, given what a client might send. */
export const RTMP_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'rtmp/handshake',
    summary: 'C0 C1 C2 of every kind, and what comes next',
    share: 500,
    mostBytes: HANDSHAKE_SIZE + 256,
    seeds: () => [
      ...recordedClients().map(({ bytes }) => bytes.subarray(0, HANDSHAKE_SIZE + 64)),
      concatBytes([clientHandshake(), clientConnect()]),
      new RtmpeClient().hello,
    ],
    read: (input) => talk(newSession(), input),
  },
  {
    name: 'rtmp/session',
    summary: 'everything behind the handshake: chunks, messages, commands of publishers and players',
    share: 4_000,
    mostBytes: 2 * CHUNK_BYTES,
    seeds: sessions,
    read: (input) => talk(handshaken(), input),
    bounds: SESSION_BOUNDS,
  },
  {
    name: 'rtmp/rtmpe',
    summary: 'the same, encrypted',
    share: 100,
    mostBytes: 2 * CHUNK_BYTES,
    seeds: sessions,
    read: readEncrypted,
    bounds: SESSION_BOUNDS,
  },
  {
    name: 'rtmp/login',
    summary: 'what a client says of its user in a query, and its proof of the password',
    share: 10_000,
    mostBytes: 512,
    seeds: () =>
      [
        'authmod=adobe&user=user&challenge=abc&response=ZGVm&opaque=ghi',
        'authmod=llnw&user=user&nonce=abc&cnonce=def&nc=00000001&response=0123456789abcdef0123456789abcdef',
        'authmod=adobe&user=us%20er',
      ].map((query) => Buffer.from(query)),
    read: login,
  },
  {
    name: 'rtmp/names',
    summary: 'app, tcUrl and stream name of a client, three texts with a zero byte between them',
    share: 4_000,
    mostBytes: 2_048,
    seeds: () =>
      [
        ['live', 'rtmp://host/live', 'name?expires=1700000000&sig=abc'],
        ['live/instance?token=a', 'rtmp://[::1]:1935/live?x=y', 'a/b%20c?d=e&f'],
        ['', 'rtmps://host/app/', 'name'],
      ].map((texts) => Buffer.from(texts.join('\0'))),
    read: (input) => {
      const [app = '', tcUrl = '', name = ''] = Buffer.from(input).toString('utf8').split('\0')
      const connect = clientCommand('connect', 1, [AmfObject.of({ app, tcUrl })])
      return talk(handshaken(), concatBytes([connect, clientCommand('publish', 3, [null, name, 'live'], 1)]))
    },
  },
]

function login(input: Uint8Array): unknown {
  const claim = readLoginClaim(Buffer.from(input).toString('utf8'))
  if (claim.type === 'proof') {
    checkChallenge('key', { method: claim.method, user: claim.user }, claim.challenge, 0)
    if (provesLogin(claim, SECRETS, 'live')) throw new Error('the login was let in without its password')
  }
  return claim
}

function sessions(): Uint8Array[] {
  const opening = concatBytes([clientConnect(), clientCommand('createStream', 2, [null])])
  const publishing = concatBytes([opening, clientCommand('publish', 3, [null, 'name', 'live'], 1)])
  const playing = concatBytes([opening, clientCommand('play', 3, [null, 'name', -2000, -1, true], 1)])
  const values = ['onTextData', AmfObject.of({ text: 'x' })]
  return [
    ...recordedChunks().map((chunks) => chunks.subarray(0, CHUNK_BYTES)),
    ...recordedChunks().map((chunks) => chunks.subarray(0, CHUNK_BYTES / 4)),
    concatBytes([
      publishing,
      clientMessage({ type: 'set-chunk-size', size: 65_536 }),
      clientMessage({ type: 'data', values }, { messageStreamId: 1, timestamp: 0xffffff }),
      clientMessage({ type: 'aggregate', payload: aggregate() }, { messageStreamId: 1, timestamp: 5 }),
      clientMessage({ type: 'abort', chunkStreamId: 6 }),
      clientMessage({ type: 'window-acknowledgement-size', size: 1 }),
      clientMessage({ type: 'set-peer-bandwidth', size: 5_000, limit: 'dynamic' }),
      clientMessage({ type: 'user-control', event: { kind: 'ping-request', timestamp: 7 } }),
    ]),
    concatBytes([
      playing,
      ...['pause', 'seek', 'receiveAudio', 'closeStream'].map((name) =>
        clientCommand(name, 0, [null, true, 5], 1),
      ),
      clientCommand('play', 4, [null, 'other'], 1),
    ]),
  ]
}

/** Two messages in one. @see Adobe RTMP 1.0 §7.1.6 */
function aggregate(): Uint8Array {
  const part = (typeId: number, time: number, body: readonly number[]): number[] => [
    ...[typeId, 0, 0, body.length, 0, 0, time, 0, 0, 0, 0, ...body],
    ...[0, 0, 0, 11 + body.length],
  ]
  return Uint8Array.from([...part(8, 5, [0xaf, 1, 7]), ...part(9, 9, [0x27, 1, 0, 0, 0, 7])])
}

function newSession(options: Partial<ServerSessionOptions> = {}): ServerSession {
  return new ServerSession({
    randomBytes: (length) => new Uint8Array(length).fill(0xa5),
    encryption: 'accept',
    connect: 'ask',
    ...options,
  })
}

function handshaken(): ServerSession {
  const session = newSession()
  session.receive(clientHandshake())
  drain(session)
  return session
}

/** What a listener does with a connection: everything that is asked for is granted. */
function talk(session: ServerSession, input: Uint8Array): ServerSession {
  let now = 1_000
  for (const piece of pieces(input)) {
    now += 40
    session.receive(piece, now)
    drain(session)
  }
  session.ping(now)
  session.output()
  return session
}

function drain(session: ServerSession): void {
  try {
    for (const event of session.events()) {
      if (event.type === 'connect-requested') session.acceptConnect()
      if (event.type === 'publish-requested') session.acceptPublish()
      if (event.type === 'play-requested') session.acceptPlay()
      if (session.state !== 'playing') continue
      session.output()
      session.playerBytes(new PlayerMessages(1).media('audio', 0, Uint8Array.of(0xaf, 1, 7)))
    }
  } catch (error) {
    if (session.state !== 'closed')
      throw new Error(`a session that failed is ${session.state}`, { cause: error })
    throw error
  } finally {
    session.output()
  }
}

/** An encrypted client whose keys, as those of the server, are always the same. */
interface EncryptedClient {
  /** C0, C1 and C2. */
  readonly handshake: Uint8Array
  /** What its cipher adds to the bytes that follow. */
  readonly keyStream: Uint8Array
}

let encryptedClient: EncryptedClient | undefined

function readEncrypted(input: Uint8Array): ServerSession {
  encryptedClient ??= agree()
  const { handshake, keyStream } = encryptedClient
  const session = newSession()
  session.receive(handshake)
  drain(session)
  return talk(
    session,
    input.map((byte, i) => byte ^ (keyStream[i] ?? 0)),
  )
}

function agree(): EncryptedClient {
  const client = new RtmpeClient()
  const session = newSession()
  session.receive(client.hello)
  for (const event of session.events()) throw new Error(`nothing is due before C2, not ${event.type}`)
  const c2 = client.agree(session.output())
  return {
    handshake: concatBytes([client.hello.subarray(0, C0_AND_C1), c2]),
    keyStream: client.encrypt(new Uint8Array(KEY_STREAM)),
  }
}
