import type { LoginMethod } from './login-claim.ts'

/**
 * The descriptions by which a server refuses `connect` so that the client comes back with more. Clients look for these very
 * words; ffmpeg reads 255 characters of them.
 */

/** Asks a client that named no user to come back with one. */
export function renderLoginRequest(method: LoginMethod): string {
  return `[ AccessManager.Reject ] : [ code=403 need auth; authmod=${method} ] : `
}

/** What a client needs to prove that it knows its user's password. */
export interface LoginChallenge {
  readonly method: LoginMethod
  /** At most `LONGEST_LOGIN_USER` characters, none of them `&`. */
  readonly user: string
  /** Of the stored secret. Limelight's method has none. */
  readonly salt: string
  /** Of at most 32 characters, none of them `&`; the client gives it back. */
  readonly challenge: string
}

/** Asks a client that named its user to come back with a proof. */
export function renderLoginChallenge({ method, user, salt, challenge }: LoginChallenge): string {
  const question =
    method === 'adobe' ? `salt=${salt}&challenge=${challenge}&opaque=${challenge}` : `nonce=${challenge}`
  return `[ AccessManager.Reject ] : [ authmod=${method} ] : ?reason=needauth&user=${user}&${question}`
}

/** Tells a client that it need not come back as it is: its proof is wrong, or there can be no such user. */
export function renderLoginFailure(method: LoginMethod, reason: 'authfailed' | 'nosuchuser'): string {
  return `[ AccessManager.Reject ] : [ authmod=${method} ] : ?reason=${reason}`
}
