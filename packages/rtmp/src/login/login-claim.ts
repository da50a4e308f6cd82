/** A way to prove that one knows a password without sending it: Adobe's own, or that of Limelight, after HTTP Digest. */
export type LoginMethod = 'adobe' | 'llnw'

/** The client has said nothing of a user. */
export interface NoClaim {
  readonly type: 'none'
}

/** The client has named its user and wants a challenge. */
export interface UserClaim {
  readonly type: 'user'
  readonly method: LoginMethod
  /** As sent; may be empty. */
  readonly user: string
}

/** The client has answered a challenge after Adobe. Texts are as sent. */
export interface AdobeProof {
  readonly type: 'proof'
  readonly method: 'adobe'
  readonly user: string
  /** The challenge it was given, which it gives back as `opaque`. */
  readonly challenge: string
  /** Its own part of the challenge. */
  readonly clientChallenge: string
  readonly response: string
}

/** The client has answered a challenge after Limelight. Texts are as sent. */
export interface LlnwProof {
  readonly type: 'proof'
  readonly method: 'llnw'
  readonly user: string
  /** The challenge it was given, which it gives back as `nonce`. */
  readonly challenge: string
  /** Its own part of the challenge. */
  readonly cnonce: string
  /** How often it used that, in hexadecimal. */
  readonly nc: string
  readonly response: string
}

/** What a client says of its user in the query of `app`. */
export type LoginClaim = NoClaim | UserClaim | AdobeProof | LlnwProof

/** The parameters of a login, in either method. */
export const LOGIN_PARAMETERS: ReadonlySet<string> = new Set([
  'authmod',
  'user',
  'challenge',
  'opaque',
  'nonce',
  'cnonce',
  'nc',
  'response',
])

/**
 * Reads what a client says of its user. A proof that lacks a part is a claim to the user alone, an unknown method none at all.
 *
 * @param query - of `app`, without `?`. It is taken as it is: clients escape nothing, and base64 has `+` in it.
 */
export function readLoginClaim(query: string): LoginClaim {
  const parameters = readParameters(query)
  const method = parameters.get('authmod')
  const user = parameters.get('user') ?? ''
  const response = parameters.get('response')
  if (method === 'adobe') {
    const challenge = parameters.get('opaque')
    const clientChallenge = parameters.get('challenge')
    return challenge === undefined || clientChallenge === undefined || response === undefined
      ? { type: 'user', method, user }
      : { type: 'proof', method, user, challenge, clientChallenge, response }
  }
  if (method === 'llnw') {
    const challenge = parameters.get('nonce')
    const cnonce = parameters.get('cnonce')
    const nc = parameters.get('nc')
    return challenge === undefined || cnonce === undefined || nc === undefined || response === undefined
      ? { type: 'user', method, user }
      : { type: 'proof', method, user, challenge, cnonce, nc, response }
  }
  return { type: 'none' }
}

/** The first of a name counts. */
function readParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const parameter of query.split('&')) {
    const at = parameter.indexOf('=')
    const name = at < 0 ? parameter : parameter.slice(0, at)
    if (LOGIN_PARAMETERS.has(name) && !parameters.has(name))
      parameters.set(name, at < 0 ? '' : parameter.slice(at + 1))
  }
  return parameters
}
