import {
  addressVerdict,
  type Cluster,
  isStreamName,
  readSignedName,
  type SignedName,
  type SignedNameFault,
  type StreamRecord,
  type StreamRegistry,
} from '@sluice/cluster'
import { assertNever } from '@sluice/core'
import type { Config } from '@sluice/runtime'
import { isSameLogin, type Login } from './login-gate.ts'
import type { Refusal } from './publish-refusal.ts'
import type { PublishRequest } from './publish-request.ts'

/** What is known of a stream that may not have been made yet: where publishing is open, its first publish makes it. */
export type PublishableStream = Pick<StreamRecord, 'name' | 'profile' | 'publishFrom'> & {
  readonly windowSeconds?: number | undefined
}

/** The stream that somebody may publish, or why they may not. */
export type Resolution =
  | { readonly type: 'found'; readonly record: PublishableStream }
  | { readonly type: 'refused'; readonly refusal: Refusal }

const UNKNOWN: Refusal = {
  code: 'ingest.publish.unknown_key',
  reason: 'the stream key or name is not known here',
}

/**
 * Finds the stream that a publisher's credentials are for and checks that it may be published from where the
 * publisher is. A key, a signed name and a login are credentials where keys are asked for; any stream name is where publishing
 * is open, and signatures are not looked at there.
 *
 * @param address - of the publisher, as its socket says it.
 * @throws {DependencyError} when Redis is away.
 */
export async function resolvePublish(
  { streams, logins }: Pick<Cluster, 'streams' | 'logins'>,
  config: Pick<Config, 'publish' | 'profile'>,
  request: PublishRequest,
  address: string,
): Promise<Resolution> {
  const { login, streamName } = request
  const found =
    config.publish.auth === 'open'
      ? await byName(streams, streamName, config.profile)
      : login === undefined
        ? await byCredentials(streams, request, address)
        : await byLogin({ streams, logins }, login, streamName)
  return found.type === 'found' ? fromThere(found.record, address) : found
}

async function byName(streams: StreamRegistry, name: string, profile: string): Promise<Resolution> {
  if (!isStreamName(name)) return refused(UNKNOWN)
  const record = (await streams.get(name)) ?? { name, profile, publishFrom: { allow: [], deny: [] } }
  return { type: 'found', record }
}

async function byCredentials(
  streams: StreamRegistry,
  { streamName, query }: PublishRequest,
  address: string,
): Promise<Resolution> {
  const signed = readSignedName(streamName, query)
  if (signed !== undefined) return await bySignature(streams, signed, address)
  const record = await streams.findByKey(streamName)
  return record === undefined ? refused(UNKNOWN) : { type: 'found', record }
}

/** Who logged in needs no key: the stream's name will do, and no other. */
async function byLogin(
  { streams, logins }: Pick<Cluster, 'streams' | 'logins'>,
  login: Login,
  streamName: string,
): Promise<Resolution> {
  const { user, stream } = login
  if (streamName !== stream)
    return refused({
      code: 'ingest.publish.wrong_stream',
      reason: `the user ${user} publishes the stream ${stream}, and this is another name`,
    })
  const [record, current] = await Promise.all([streams.get(stream), logins.find(user)])
  if (record === undefined || !isSameLogin(login, current))
    return refused({
      code: 'ingest.publish.login_changed',
      reason: `the user ${user} or its password was changed since it logged in`,
    })
  return { type: 'found', record }
}

async function bySignature(streams: StreamRegistry, name: SignedName, address: string): Promise<Resolution> {
  const owner = await streams.findBySignedName(name, address)
  return owner.type === 'found' ? owner : refused(explain(owner.fault, name, address))
}

function explain(fault: SignedNameFault, name: SignedName, address: string): Refusal {
  switch (fault) {
    case 'incomplete': {
      const missing = name.signature === undefined ? 'sig' : 'expires'
      const reason = `the signed name has no ${missing}: use all of it, in quotes where a shell would cut it at &`
      return { code: 'ingest.publish.incomplete_signature', reason }
    }
    case 'forged':
      return {
        code: 'ingest.publish.bad_signature',
        reason: 'the signature does not fit: the name was changed, or another one was made valid since',
      }
    case 'expired': {
      const moment = new Date(Number(name.expires) * 1000).toISOString()
      return {
        code: 'ingest.publish.expired',
        reason: `the signed name expired at ${moment}: ask for a new one`,
      }
    }
    case 'wrong-address':
      return {
        code: 'ingest.publish.wrong_address',
        reason: `the signed name is for ${name.address}, not for ${address}`,
      }
    default:
      return assertNever(fault)
  }
}

function fromThere(record: PublishableStream, address: string): Resolution {
  const verdict = addressVerdict(record.publishFrom, address)
  switch (verdict) {
    case 'allowed':
      return { type: 'found', record }
    case 'denied':
      return refused({
        code: 'ingest.publish.address_denied',
        reason: `${record.name} may not be published from ${address}: its deny list has that address`,
      })
    case 'not-allowed':
      return refused({
        code: 'ingest.publish.address_not_allowed',
        reason: `${record.name} may not be published from ${address}: its allow list does not have that address`,
      })
    default:
      return assertNever(verdict)
  }
}

function refused(refusal: Refusal): Resolution {
  return { type: 'refused', refusal }
}
