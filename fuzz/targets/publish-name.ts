import {
  addressVerdict,
  checkStreamName,
  isStreamName,
  networkOf,
  readIpAddress,
  readSignedName,
} from '@sluice/cluster'
import { checkAddressRules } from '../../packages/cluster/src/streams/address-rules.ts'
import { checkSignedName, renderSignedName } from '../../packages/cluster/src/streams/signed-name.ts'
import type { FuzzTarget } from '../engine/target.ts'

const SECRET = 'abcdefghijklmnopqrstuvwxyz234567'
const BEARER = { address: '192.0.2.1', seconds: 1_700_000_000 }
const EXPIRES = 1_800_000_000

/** What publishers send as their names, and what operators write as addresses. */
export const PUBLISH_NAME_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'cluster/signed-name',
    summary: 'a stream name with a query that claims to be signed',
    share: 20_000,
    mostBytes: 512,
    seeds: () =>
      [undefined, '192.0.2.1', '2001:db8::1']
        .map((address) => renderSignedName({ stream: 'name', expires: EXPIRES, address }, SECRET))
        .map((name) => Buffer.from(name)),
    read: (input) => {
      const [stream = '', ...query] = Buffer.from(input).toString('utf8').split('?')
      const signed = readSignedName(stream, query.join('?'))
      const fault = signed && checkSignedName(signed, SECRET, BEARER)
      if (signed !== undefined && fault === undefined && !isIssued(signed.stream, signed.expires))
        throw new Error(`${signed.stream} was let in until ${signed.expires}, and never signed`)
      if (!isStreamName(stream)) checkStreamName(stream)
      return signed
    },
  },
  {
    name: 'cluster/addresses',
    summary: 'addresses and ranges of them',
    share: 10_000,
    mostBytes: 256,
    seeds: () =>
      ['192.0.2.1', '192.0.2.0/24', '2001:db8::/32', '::ffff:192.0.2.1', 'fe80::1%eth0', '::/0'].map((text) =>
        Buffer.from(text),
      ),
    read: (input) => {
      const text = Buffer.from(input).toString('latin1')
      const rules = { allow: [text], deny: [] }
      const read = [readIpAddress(text), networkOf(text), addressVerdict({ allow: ['::/0'], deny: [] }, text)]
      checkAddressRules(rules)
      return [read, addressVerdict(rules, '192.0.2.1')]
    },
  },
]

function isIssued(stream: string, expires: string | undefined): boolean {
  return stream === 'name' && expires === String(EXPIRES)
}
