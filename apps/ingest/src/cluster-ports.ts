import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '@sluice/cluster'
import { epochMillis, millis, UnsupportedError } from '@sluice/core'
import { BUILT_IN_PROFILES, type Profile } from '@sluice/ladder'
import type { Config } from '@sluice/runtime'
import { LoginGate } from './login-gate.ts'
import type { IngestPorts, LeftBroadcast } from './ports.ts'
import { resolvePublish } from './publish-credentials.ts'
import { PublishWebhook } from './publish-webhook.ts'
import { type IngestAddress, leaseAddress, leaseText } from './relay/ingest-address.ts'

/** A publisher's ingest that died frees its stream name after this time, in milliseconds. */
const LEASE_MILLIS = 5_000
/** An ingest that is left has this long to let a broadcast go, in milliseconds. */
const HANDOVER_MILLIS = 2_000
/** Between two looks whether it has, in milliseconds. */
const LOOK_MILLIS = 20

/**
 * The ingest's ports, made of the cluster.
 *
 * @param self - where workers and other ingests find this one; asked for each time, as its port is known only when it listens.
 */
export function clusterPorts(cluster: Cluster, config: Config, self: () => IngestAddress): IngestPorts {
  const { streams, logins, leases, broadcasts, handovers, jobs, live } = cluster
  const keepEndedMillis = config.keepEndedSeconds * 1000
  const webhook = publishWebhook(config)
  const addressOf = (holder: string | undefined): IngestAddress | undefined =>
    holder === undefined ? undefined : leaseAddress(holder)
  const other = (holder: string | undefined): IngestAddress | undefined => {
    const address = addressOf(holder)
    return address?.token === self().token ? undefined : address
  }
  const feedUrl = (broadcast: string): string => `${self().url}/feed/${broadcast}`
  return {
    login: config.publish.auth === 'open' ? undefined : new LoginGate({ logins, ...config.publish.login }),
    resolve: (request, address) => resolvePublish(cluster, config, request, address),
    approve: async (attempt, log) => {
      const refusal = await webhook?.ask(attempt, log)
      // Only now: names that were refused leave nothing behind.
      if (refusal === undefined && config.publish.auth === 'open')
        await streams.ensureOpen({ name: attempt.stream, profile: config.profile })
      return refusal
    },
    lease: async (stream, session) => {
      const answer = await leases.acquire(stream, leaseText(session, self()), LEASE_MILLIS)
      return answer.acquired ? answer : { acquired: false, owner: other(answer.holder) }
    },
    ownerOf: async (stream) => other(await leases.holder(stream)),
    holderOf: async (stream) => addressOf(await leases.holder(stream)),
    release: (stream, session) => leases.release(stream, leaseText(session, self())),
    openBroadcast: async (stream, profile, startedAt) => {
      const { id, replaced } = await broadcasts.create({ stream, startedAt, profile: profileNamed(profile) })
      if (replaced !== undefined) await jobs.addExpire({ stream, broadcast: replaced }, keepEndedMillis)
      return id
    },
    endBroadcast: async ({ name: stream, windowSeconds = config.windowSeconds }, broadcast) => {
      const keepMillis = Math.max(keepEndedMillis, windowSeconds * 1000)
      await broadcasts.end(broadcast, epochMillis(Date.now()), keepMillis)
      await jobs.addExpire({ stream, broadcast }, keepMillis)
    },
    announceDeparture: (broadcast) => handovers.announce(broadcast),
    leaveBroadcast: ({ broadcast, position }, patience) => handovers.leave(broadcast, position, patience),
    leftBroadcast: (stream) => leftBroadcast(cluster, stream),
    takeBroadcast: (broadcast, token) => handovers.take(broadcast, { url: feedUrl(broadcast), token }),
    nextEpoch: (broadcast) => broadcasts.nextEpoch(broadcast),
    addJob: ({ profile, windowSeconds = config.windowSeconds, ...request }) =>
      jobs.add({
        ...request,
        profile: profileNamed(profile),
        feedUrl: feedUrl(request.broadcast),
        segmentSeconds: config.segmentSeconds,
        partMillis: millis(config.partMs),
        windowSeconds,
      }),
    report: (stream, state) => live.writeSession(stream, state),
    clearReport: (stream) => live.clearSession(stream),
  }
}

async function leftBroadcast(
  { handovers, commands }: Cluster,
  stream: string,
): Promise<LeftBroadcast | undefined> {
  const deadline = performance.now() + HANDOVER_MILLIS
  for (let asked = false; ; await delay(LOOK_MILLIS)) {
    const departure = await handovers.departureOf(stream)
    if (departure === undefined) return undefined
    const { broadcast, position } = departure
    if (position !== undefined) return { broadcast, position }
    if (performance.now() > deadline) return undefined
    if (!asked) await commands.send({ type: 'hand-over', stream })
    asked = true
  }
}

/** Undefined where no service is to be asked. */
function publishWebhook(config: Config): PublishWebhook | undefined {
  const { url, secret, timeoutSeconds, onFailure } = config.publish.webhook
  if (url === undefined) return undefined
  return new PublishWebhook({ url, secret, timeoutMillis: timeoutSeconds * 1000, onFailure })
}

function profileNamed(name: string): Profile {
  const profile = Object.values(BUILT_IN_PROFILES).find((each) => each.name === name)
  if (profile === undefined)
    throw new UnsupportedError('ingest.profile.unknown', `there is no profile ${name}`)
  return profile
}
