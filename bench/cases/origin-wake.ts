import { setTimeout as delay } from 'node:timers/promises'
import { SOURCE, TestBroadcast } from '../../apps/origin/src/testing/test-broadcast.ts'
import { startWaiters } from '../load/start-waiters.ts'
import { type BareOrigin, rawAnswer, startBareOrigin } from '../support/bare-origin.ts'
import type { BenchCase } from '../support/bench-case.ts'
import { hottestFunctions } from '../support/cpu-profile.ts'
import { type BenchOrigin, startBenchOrigin } from '../support/origin.ts'
import { cpuBetween, lookAtTree, residentBytes, type TreeLook } from '../support/process-tree.ts'
import type { Report } from '../support/report.ts'
import { median, quantile } from '../support/statistics.ts'

const STREAM = 'wake'
const PLAYERS = [5_000, 10_000]
const ROUNDS = 20
/** Rounds that are not counted: V8 compiles what is hot. */
const WARM_UP_ROUNDS = 5
/** A window of a minute. */
const SEGMENTS = 30
const PARTS = 4
/** All requests have reached the origin by then. */
const SETTLE_MILLIS = 1_000

/** One part that everybody waited for. */
interface Round {
  /** From the part's announcement to each answer, in milliseconds, rising. */
  readonly delays: readonly number[]
  /** CPU microseconds of the origin for taking a request, and for answering it. */
  readonly taking: number
  readonly answering: number
}

/** A server that players wait at. */
interface Server {
  readonly subject: string
  readonly pid: number
  /** The playlist's address. */
  readonly url: string
  /** Has the players of a round answered. */
  announce(round: number): Promise<void>
  /** When it heard of that, or another who is told the same; in milliseconds since the epoch. */
  announcedAt(): number
  /** All have their answers. */
  finish(round: number): Promise<void>
}

/** Whether many players can wait for one part, and how much of that is what any Node process needs to tell so many. */
export const originWake: BenchCase = {
  name: 'origin-wake',
  summary: `part announced → playlist at so many waiting players, one origin process and a bare TCP server (--players ${PLAYERS.join(' and ')} --runs ${ROUNDS})`,
  run: async ({ runs = ROUNDS, players, cpuProfile }, report) => {
    for (const count of players === undefined ? PLAYERS : [players]) {
      const origin = await startBenchOrigin(cpuProfile)
      const running: { stop(): Promise<unknown> }[] = [origin]
      try {
        const server = await putOnAir(origin)
        running.unshift(server)
        const bare = await startBareOrigin(await rawAnswer(server.url))
        running.unshift(bare)
        for (const each of [server, floorOf(bare, server)]) await measure(each, count, runs, report)
      } finally {
        for (const each of running) await each.stop()
      }
    }
    if (cpuProfile !== undefined) report.progress(await hottestFunctions(cpuProfile))
  },
}

/** A broadcast of a minute, of which each round has one part more. */
async function putOnAir(origin: BenchOrigin): Promise<Server & { stop(): Promise<void> }> {
  const broadcast = await TestBroadcast.begin(origin, STREAM, [SOURCE])
  let announced: number | undefined
  const following = await origin.cluster.follower.follow(broadcast.id, () => {
    announced ??= now()
  })
  await broadcast.configure(SOURCE)
  for (let segment = 0; segment < SEGMENTS; segment++) await broadcast.segment(segment, SOURCE)
  return {
    subject: 'sluice origin',
    pid: origin.pid,
    url: `${origin.url}/live/${STREAM}/${SOURCE.id}/index.m3u8`,
    announce: async (round) => {
      announced = undefined
      await broadcast.parts(SOURCE, segmentOf(round), partOf(round), partOf(round) + 1)
    },
    announcedAt: () => announced ?? Number.NaN,
    finish: async (round) => {
      if (partOf(round) === PARTS - 1) await broadcast.close(SOURCE, segmentOf(round))
    },
    stop: () => following.stop(),
  }
}

const segmentOf = (round: number): number => SEGMENTS + Math.floor(round / PARTS)
const partOf = (round: number): number => round % PARTS

/** The bare server, which gives the same bytes for the same address. */
function floorOf(bare: BareOrigin, { url }: Server): Server {
  let wokenAt = Number.NaN
  return {
    subject: 'bare TCP server',
    pid: bare.pid,
    url: `${bare.url}${new URL(url).pathname}`,
    announce: async () => {
      wokenAt = now()
      bare.wake()
    },
    announcedAt: () => wokenAt,
    finish: async () => undefined,
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

async function measure(server: Server, count: number, runs: number, report: Report): Promise<void> {
  const { pid, url } = server
  await fetch(url)
  const before = residentBytes(pid)
  const waiters = await startWaiters(count, url)
  try {
    const rounds: Round[] = []
    let memory = 0
    let answer = 0
    for (let round = 0; round < WARM_UP_ROUNDS + runs; round++) {
      const idle = lookAtTree([pid])
      const asked = waiters.next()
      waiters.begin()
      await asked
      await delay(SETTLE_MILLIS)
      memory = Math.max(memory, residentBytes(pid))
      const taken = lookAtTree([pid])
      const answered = waiters.next()
      await server.announce(round)
      const { answeredAt, refused, bytes } = await answered
      const from = server.announcedAt()
      if (refused > 0) throw new Error(`${refused} of ${count} requests were refused`)
      const done = lookAtTree([pid])
      const perPlayer = (from: TreeLook, to: TreeLook): number =>
        (1e6 * cpuBetween(from, to).cpuSeconds) / count
      const delays = answeredAt.map((at) => at - from)
      if (!delays.every((each) => each > -SETTLE_MILLIS / 2)) throw new Error('answers came before the part')
      if (round >= WARM_UP_ROUNDS)
        rounds.push({ delays, taking: perPlayer(idle, taken), answering: perPlayer(taken, done) })
      answer = bytes
      await server.finish(round)
    }
    const subject = `${server.subject}, ${count} players`
    const of = (share: number): number[] => rounds.map(({ delays }) => quantile(delays, share))
    const add = (what: string, samples: readonly number[], unit: string, note = ''): void =>
      report.add({ subject, what, value: median(samples), unit, samples, note })
    add('part announced → answer, median', of(0.5), 'ms', `answers of ${answer} bytes`)
    add('… 99th percentile', of(0.99), 'ms')
    add('… last', of(1), 'ms')
    add(
      'CPU for taking a request',
      rounds.map(({ taking }) => taking),
      'µs',
    )
    add(
      'CPU for an answer',
      rounds.map(({ answering }) => answering),
      'µs',
    )
    const megabytes = (bytes: number): number => bytes / 1e6
    report.add({
      subject,
      what: 'memory, most',
      value: megabytes(memory),
      unit: 'MB',
      note: `${megabytes(before).toFixed(0)} MB before they came`,
    })
  } finally {
    await waiters.stop()
  }
}
