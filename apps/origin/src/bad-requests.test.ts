import { rm } from 'node:fs/promises'
import { Agent, get, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SOURCE, TestBroadcast } from './testing/test-broadcast.ts'
import { startTestOrigin, type TestOrigin } from './testing/test-origin.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 })
let origin: TestOrigin
let broadcast: TestBroadcast
let folder: string

beforeAll(async () => {
  origin = await startTestOrigin()
  broadcast = await TestBroadcast.begin(origin, 's', [SOURCE])
  await broadcast.configure(SOURCE)
  for (const segment of [0, 1, 2]) await broadcast.segment(segment, SOURCE)
  folder = '/live/s/source'
  await ask(`${folder}/index.m3u8`)
})
afterAll(async () => {
  agent.destroy()
  await origin.stop()
})

function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: origin.port, path, headers, agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      )
    }).on('error', reject)
  })
}

describe('ranges', () => {
  test('past the end are refused, with the size', async () => {
    const path = `${folder}/${broadcast.segmentName(0)}`
    const size = broadcast.segmentBytes(SOURCE, 0).byteLength
    for (const range of [
      `bytes=${size}-`,
      `bytes=${size + 5}-${size + 9}`,
      'bytes=99999999999999999999-',
      'bytes=-0',
    ]) {
      const { status, headers, body } = await ask(path, { range })
      expect([range, status, headers['content-range']]).toEqual([range, 416, `bytes */${size}`])
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['access-control-allow-origin']).toBe('*')
      expect(JSON.parse(body.toString())).toMatchObject({ code: 'origin.range.unsatisfiable' })
    }
    const overlong = await ask(path, { range: `bytes=10-${size + 100}` })
    expect([overlong.status, overlong.headers['content-range']]).toEqual([
      206,
      `bytes 10-${size - 1}/${size}`,
    ])
  })

  test.each(['bytes=0-1,4-5', 'bytes=0-0,0-0,0-0', 'bytes=5-1', 'bytes=a-b', 'lines=1-2'])(
    'that are several or senseless give the whole: %s',
    async (range) => {
      const { status, body } = await ask(`${folder}/${broadcast.segmentName(0)}`, { range })
      expect(status).toBe(200)
      expect(body.equals(broadcast.segmentBytes(SOURCE, 0))).toBe(true)
    },
  )
})

test('files that are not there cost neither Redis nor the store a look, and nobody else notices', async () => {
  const playlist = (await ask(`${folder}/index.m3u8`)).body
  await origin.redis.stop()
  await rm(origin.storeFolder, { recursive: true })
  const names = Array.from({ length: 5_000 }, (_, index) => `${folder}/none.${index}.m4s`)
  const answers = await Promise.all([...names.map((name) => ask(name)), ask(`${folder}/index.m3u8`)])
  const last = answers.pop()
  expect(last?.body.equals(playlist)).toBe(true)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]))
  expect(answers[0]?.headers['cache-control']).toBe('public, max-age=1')
  expect(JSON.parse(answers[0]?.body.toString() ?? '')).toMatchObject({ code: 'origin.file.unknown' })
})

test('so many names of streams that nobody publishes are looked up at a time, and no more', async () => {
  const few = await startTestOrigin({ maxOpening: 2 })
  try {
    const names = Array.from({ length: 40 }, (_, index) => `${few.url}/live/nobody-${index}/index.m3u8`)
    const statuses = await Promise.all(names.map(async (name) => (await fetch(name)).status))
    expect(new Set(statuses)).toEqual(new Set([404, 503]))
    expect((await fetch(`${few.url}/live/nobody-0/index.m3u8`)).status).toBe(404)
  } finally {
    await few.stop()
  }
})
