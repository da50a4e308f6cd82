import { readIpAddress } from '@sluice/cluster'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { sendProblem } from '../http/problem.ts'

/** How long a grant lasts, as a request says it: a whole number of seconds. */
export function expiresInField(longestSeconds: number): Type.TInteger {
  return Type.Integer({
    minimum: 1,
    maximum: longestSeconds,
    description: `a whole number of seconds from 1 to ${longestSeconds}`,
  })
}

/** Who may use a grant, as a request says it. Not yet known to be an address: see {@link refuseAddress}. */
export const addressField: Type.TOptional<Type.TString> = Type.Optional(
  Type.String({ description: 'the one IPv4 or IPv6 address that may use it; default: any' }),
)

/** Says that this is no address. @returns undefined where it is one, or there is none. */
export function refuseAddress(reply: FastifyReply, address: string | undefined): FastifyReply | undefined {
  if (address === undefined || readIpAddress(address) !== undefined) return undefined
  const said = JSON.stringify(address.slice(0, 100))
  const detail = `address: ${said} is not allowed; allowed: an IPv4 or IPv6 address`
  return sendProblem(reply, 400, 'control.request.invalid', detail, 'address')
}

/** When a grant expires that is made now. */
export interface Expiry {
  /** In seconds since the epoch. */
  readonly expires: number
  /** The same moment, as answers say it. */
  readonly expiresAt: string
}

/** @param expiresIn - seconds. */
export function expiryIn(expiresIn: number): Expiry {
  const expires = Math.floor(Date.now() / 1000) + expiresIn
  return { expires, expiresAt: new Date(expires * 1000).toISOString() }
}
