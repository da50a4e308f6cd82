import { Agent, get } from 'node:http'

/** What viewers saw of one rendition. */
export interface Seen {
  /** When each viewer asked for each part, by the monotonic clock: by the part's name. */
  readonly askedAt: Map<string, number[]>
  /** When each viewer had each part, by the monotonic clock: by the part's name. */
  readonly receivedAt: Map<string, number[]>
  /** Answers that were not 200, as `STATUS PATH`. */
  readonly failures: string[]
}

/** A crowd that plays one rendition with low latency: blocking reloads, and each part as soon as it is known. */
export interface Crowd extends Seen {
  /** Lets everybody finish what he is fetching, and ends. */
  stop(): Promise<void>
}

/** How a crowd asks for parts. */
export interface CrowdOptions {
  /** Asks for the part that comes next (EXT-X-PRELOAD-HINT) before it is there, and not only for those that are listed. */
  readonly ahead?: boolean
}

/** @param playlist - `http://HOST:PORT/live/NAME/RENDITION/index.m3u8` */
export function startCrowd(playlist: string, viewers: number, { ahead = false }: CrowdOptions = {}): Crowd {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const seen: Seen = { askedAt: new Map(), receivedAt: new Map(), failures: [] }
  const running = { isOver: false }
  const watching = Array.from({ length: viewers }, () => watch({ playlist, agent, seen, running, ahead }))
  return {
    ...seen,
    stop: async () => {
      running.isOver = true
      await Promise.all(watching)
      agent.destroy()
    },
  }
}

interface Viewer {
  readonly playlist: string
  readonly agent: Agent
  readonly seen: Seen
  readonly running: { readonly isOver: boolean }
  readonly ahead: boolean
}

async function watch({ playlist, agent, seen, running, ahead }: Viewer): Promise<void> {
  const known = new Set<string>()
  const take = async (name: string): Promise<void> => {
    note(seen.askedAt, name)
    const part = await fetchBody(new URL(name, playlist).href, agent)
    if (part.status !== 200) seen.failures.push(`${part.status} ${name}`)
    note(seen.receivedAt, name)
  }
  let coming: Promise<void> | undefined
  let query = ''
  while (!running.isOver) {
    const { status, body } = await fetchBody(`${playlist}${query}`, agent)
    if (status !== 200) {
      seen.failures.push(`${status} ${query}`)
      return
    }
    const text = body.toString()
    const parts = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map(([, name = '']) => name)
    // A viewer who joins begins with the newest part.
    const fresh = known.size === 0 ? parts.slice(-1) : parts.filter((name) => !known.has(name))
    for (const name of parts) known.add(name)
    for (const name of fresh) await take(name)
    await coming
    const [, next] = /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text) ?? []
    if (ahead && next !== undefined && !known.has(next)) {
      known.add(next)
      coming = take(next)
    }
    query = nextQuery(text)
  }
  await coming
}

function note(times: Map<string, number[]>, name: string): void {
  const some = times.get(name) ?? []
  some.push(performance.now())
  times.set(name, some)
}

/** What comes after the last part of a playlist. draft-pantos-hls-rfc8216bis §6.2.5.2 */
function nextQuery(playlist: string): string {
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1] ?? 0)
  const segments = playlist.match(/#EXTINF/g)?.length ?? 0
  const open = playlist.slice(playlist.lastIndexOf('#EXTINF') + 1)
  const parts = open.match(/#EXT-X-PART:/g)?.length ?? 0
  return `?_HLS_msn=${first + segments}&_HLS_part=${parts}`
}

function fetchBody(url: string, agent: Agent): Promise<{ readonly status: number; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }))
      answer.on('error', reject)
    }).on('error', reject)
  })
}
