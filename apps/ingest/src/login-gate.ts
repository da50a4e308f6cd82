import { createHmac, randomBytes } from 'node:crypto'
import type { PublisherLogin, PublisherLogins } from '@sluice/cluster'
import {
  type AdobeProof,
  CHALLENGE_RANDOM_SIZE,
  type ClientInfo,
  checkChallenge,
  isLoginUser,
  type LlnwProof,
  LOGIN_SALT_SIZE,
  type LoginMethod,
  type LoginSecrets,
  provesLogin,
  readLoginClaim,
  renderLoginChallenge,
  renderLoginFailure,
  renderLoginRequest,
  sealChallenge,
  type UserClaim,
} from '@sluice/rtmp'
import type { Refusal } from './publish-refusal.ts'

/** A user who has proved to know the password. */
export interface Login {
  readonly user: string
  /** The stream that it may publish. */
  readonly stream: string
  /** Of the password's secret: another one when the password was changed. */
  readonly salt: string
}

/** What a client's `connect` says of itself, as far as it matters here. */
export type Claimant = Pick<ClientInfo, 'app' | 'sentApp' | 'query'>

/** What becomes of a client's `connect`. */
export type LoginAnswer =
  | { readonly type: 'accepted'; readonly login: Login }
  /** It is refused so that it comes back with what the description asks for, as the protocol has it. */
  | { readonly type: 'asked'; readonly description: string }
  | { readonly type: 'refused'; readonly description: string; readonly refusal: Refusal }

export interface LoginGateOptions {
  readonly logins: PublisherLogins
  /** The application whose clients are asked. */
  readonly app: string
  /** How they are asked first. */
  readonly method: LoginMethod
  /** Wall clock in milliseconds; other than `Date.now` only in tests. */
  readonly now?: () => number
}

/** Clients answer a challenge within the time of a few round trips. In seconds. */
const CHALLENGE_SECONDS = 60

/**
 * Asks clients of one application for a user and a password, after the protocols that encoders speak. Each step is a connection
 * of its own, and nothing is kept between them: challenges are sealed with a key that all ingests share, so a client may
 * come back to another one. A challenge is worth something for a minute, for its user, and for one right answer.
 *
 * Users that are not there get a challenge like others, and are refused with the wrong passwords.
 */
export class LoginGate {
  readonly #options: LoginGateOptions

  constructor(options: LoginGateOptions) {
    this.#options = options
  }

  /** True for clients that are asked. @param app - as `connect` names it, with an instance or without. */
  isFor(app: string): boolean {
    return app.split('/', 1)[0] === this.#options.app
  }

  /** Decides on a `connect` of the application. @throws {DependencyError} when Redis is away. */
  async answer(client: Claimant): Promise<LoginAnswer> {
    const claim = readLoginClaim(client.query)
    if (claim.type === 'none') return { type: 'asked', description: renderLoginRequest(this.#options.method) }
    if (!isLoginUser(claim.user))
      return refused(
        renderLoginFailure(claim.method, 'nosuchuser'),
        'ingest.login.bad_user',
        'the user is no name that a user can have',
      )
    const key = await this.#options.logins.challengeKey()
    return claim.type === 'user'
      ? await this.#ask(claim, key)
      : await this.#check(claim, key, client.sentApp || client.app)
  }

  async #ask({ method, user }: UserClaim, key: string): Promise<LoginAnswer> {
    const known = await this.#options.logins.find(user)
    const salt = known?.secrets.salt ?? inventedSalt(key, user)
    const expires = Math.floor(this.#seconds()) + CHALLENGE_SECONDS
    const challenge = sealChallenge(key, { method, user }, expires, randomBytes(CHALLENGE_RANDOM_SIZE))
    return { type: 'asked', description: renderLoginChallenge({ method, user, salt, challenge }) }
  }

  async #check(proof: AdobeProof | LlnwProof, key: string, app: string): Promise<LoginAnswer> {
    const { method, user, challenge } = proof
    const { logins } = this.#options
    const description = renderLoginFailure(method, 'authfailed')
    const fault = checkChallenge(key, proof, challenge, this.#seconds())
    if (fault === 'forged')
      return refused(
        description,
        'ingest.login.bad_challenge',
        `the login of ${user} answers no challenge of ours`,
      )
    if (fault === 'expired')
      return refused(
        description,
        'ingest.login.expired',
        `the login of ${user} came later than ${CHALLENGE_SECONDS} s after its challenge`,
      )
    const known = await logins.find(user)
    // The same work where there is no such user.
    const isRight = provesLogin(proof, known?.secrets ?? NOBODYS_SECRETS, app)
    if (known === undefined || !isRight)
      return refused(description, 'ingest.login.failed', `the user ${user} or its password is wrong`)
    if (!(await logins.answer(challenge, CHALLENGE_SECONDS)))
      return refused(description, 'ingest.login.replayed', `the login of ${user} was used already`)
    return { type: 'accepted', login: loginOf(known) }
  }

  #seconds(): number {
    const { now = Date.now } = this.#options
    return now() / 1000
  }
}

/** Whether a login still holds: neither user nor password was changed since. */
export function isSameLogin(login: Login, current: PublisherLogin | undefined): boolean {
  return current?.stream === login.stream && current.secrets.salt === login.salt
}

const NOBODYS_SECRETS: LoginSecrets = { salt: '', adobe: '', llnw: '' }

function loginOf({ user, stream, secrets }: PublisherLogin): Login {
  return { user, stream, salt: secrets.salt }
}

function refused(description: string, code: string, reason: string): LoginAnswer {
  return { type: 'refused', description, refusal: { code, reason } }
}

/** As random as a real salt, and the same for every question about a user that is not there: asking twice tells nothing. */
function inventedSalt(key: string, user: string): string {
  const digest = createHmac('sha256', key).update(`sluice-salt-1\n${user}`).digest()
  return digest.subarray(0, LOGIN_SALT_SIZE).toString('base64url')
}
