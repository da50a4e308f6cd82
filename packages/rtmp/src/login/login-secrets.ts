import { createHash, timingSafeEqual } from 'node:crypto'
import type { AdobeProof, LlnwProof } from './login-claim.ts'

/** Characters of a user's name and of a password: ffmpeg takes no more. */
export const LONGEST_LOGIN_USER = 49
export const LONGEST_LOGIN_PASSWORD = 49

/** Random bytes of a salt, which is written in base64url. */
export const LOGIN_SALT_SIZE = 9

/** What a user's name looks like, as a pattern for schemas: nothing that means something in a URL or a query. */
export const LOGIN_USER_PATTERN: string = `^[A-Za-z0-9._@-]{1,${LONGEST_LOGIN_USER}}$`

const userPattern = new RegExp(LOGIN_USER_PATTERN)

/** True for 1 to 49 letters and digits of ASCII, `.`, `_`, `@` and `-`. */
export function isLoginUser(user: string): boolean {
  return userPattern.test(user)
}

/**
 * What a server keeps of a password: enough to check proofs of either method, and as good as the password for whoever wants
 * to answer this server's challenges. Both are MD5, as clients demand: a password that can be guessed can be found from them.
 */
export interface LoginSecrets {
  /** Goes into `adobe`, and is told to everybody who asks. */
  readonly salt: string
  /** Base64 of MD5 over user, salt and password. */
  readonly adobe: string
  /** MD5 in hexadecimal over user, the realm `live` and password, with colons between. The method knows no salt. */
  readonly llnw: string
}

/**
 * @param user - one of which {@link isLoginUser} holds.
 * @param salt - random text without `&`.
 */
export function loginSecrets(user: string, password: string, salt: string): LoginSecrets {
  return {
    salt,
    adobe: md5(`${user}${salt}${password}`, 'base64'),
    llnw: md5(`${user}:live:${password}`, 'hex'),
  }
}

/**
 * Whether a proof is that of somebody who knows the password. Takes a time that does not depend on where it is wrong. The
 * challenge in it is not looked at: that it is ours, fresh and unused is for the caller to know.
 *
 * @param app - the application as `connect` named it, without its query: Limelight's method proves it too.
 */
export function provesLogin(proof: AdobeProof | LlnwProof, secrets: LoginSecrets, app: string): boolean {
  const expected =
    proof.method === 'adobe' ? adobeResponse(proof, secrets.adobe) : llnwResponse(proof, secrets.llnw, app)
  const [left, right] = [Buffer.from(expected), Buffer.from(proof.response)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function adobeResponse({ challenge, clientChallenge }: AdobeProof, secret: string): string {
  return md5(`${secret}${challenge}${clientChallenge}`, 'base64')
}

/** As HTTP Digest, RFC 2617 §3.2.2.1 with `qop=auth`: the method is `publish`, the URI the application and its instance. */
function llnwResponse({ challenge, nc, cnonce }: LlnwProof, secret: string, app: string): string {
  const uri = app.includes('/') ? `/${app}` : `/${app}/_definst_`
  return md5(`${secret}:${challenge}:${nc}:${cnonce}:auth:${md5(`publish:${uri}`, 'hex')}`, 'hex')
}

function md5(text: string, encoding: 'base64' | 'hex'): string {
  return createHash('md5').update(text).digest(encoding)
}
