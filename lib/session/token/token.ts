import { isUtf8 } from 'node:buffer'
import { withoutStackTraces } from '../../runtime/without-stack-traces.ts'

/** `typ` of our tokens. A token of another kind is not accepted, even if it is signed with the same secret. @see RFC 8725, section 3.11 */
export const TOKEN_TYPE = 'docs-gate+jwt'

/** The claims of our tokens. @see RFC 7519, section 4.1; RFC 8693, section 4.2 (scope) */
export interface Claims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly jti: string
  /** Seconds since the epoch. */
  readonly iat: number
  /** Seconds since the epoch. */
  readonly exp: number
  readonly sid: string
  readonly scope: string
  /** Only where the users cannot be looked up again. */
  readonly name?: string
  readonly email?: string
  /** In place of `scope`, where that would not fit into a cookie: all scopes that the user has at the time of a request. */
  readonly all_scopes?: true
}

/** Signs and verifies with one key, by @fastify/jwt. */
export interface TokenKey {
  sign(claims: Claims): string
  /** The payload of a token with a good signature; throws otherwise. */
  verify(token: string): unknown
  /** A check that is cheaper than `verify`: false if this key did not sign the token. Absent if there is none. */
  readonly mayBeSigned?: ((token: string) => boolean) | undefined
}

const MAX_TOKEN_LENGTH = 8192
const SEGMENTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

// The same bytes have several spellings in base64url. Only the one without stray bits at the end is accepted.
const isCanonical = (segment: string): boolean =>
  Buffer.from(segment, 'base64url').toString('base64url') === segment

// RFC 7519, section 7.2, step 10. The library would replace invalid bytes by U+FFFD and go on.
const isUtf8Segment = (segment: string): boolean => isUtf8(Buffer.from(segment, 'base64url'))

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isDate = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

function isClaims(payload: unknown, issuer: string): payload is Claims {
  const { iss, aud, sub, jti, iat, exp, sid, scope, name, email, all_scopes } = payload as Record<
    keyof Claims,
    unknown
  >
  return (
    iss === issuer &&
    aud === issuer &&
    [sub, jti, sid].every(isText) &&
    isDate(iat) &&
    isDate(exp) &&
    typeof scope === 'string' &&
    [name, email].every(isOptionalText) &&
    (all_scopes === undefined || all_scopes === true)
  )
}

export type TokenCodec = ReturnType<typeof tokenCodec>

/**
 * Issues and reads the tokens of one gate. The first key signs, all keys verify.
 *
 * All tokens of a key have the same header, to the letter. So the header is compared and never parsed: `alg`, `typ` and
 * `kid` are pinned, and an algorithm or a `crit` of an attacker's choice is not even read.
 * @see RFC 8725, section 3.1
 */
export function tokenCodec(issuer: string, keys: readonly [TokenKey, ...TokenKey[]]) {
  const probe: Claims = { iss: issuer, aud: issuer, sub: '-', jti: '-', iat: 1, exp: 1, sid: '-', scope: '' }
  const headerOf = (key: TokenKey): string => `${key.sign(probe).split('.', 1)[0]}.`
  const keysWithHeaders = keys.map((key) => ({ key, header: headerOf(key) }))
  // Length and header are compared first, because that costs nothing: a flood of worthless tokens is not read to its end.
  const keyOf = (token: string): TokenKey | undefined =>
    token.length <= MAX_TOKEN_LENGTH
      ? keysWithHeaders.find(({ header }) => token.startsWith(header))?.key
      : undefined

  return {
    issue: (claims: Omit<Claims, 'iss' | 'aud'>): string =>
      keys[0].sign({ iss: issuer, aud: issuer, ...claims }),
    /** Whether a text begins like a token of this gate: a check that costs nothing. */
    resembles: (token: string): boolean => keyOf(token) !== undefined,
    /** The claims of a token that this gate signed, expired or not; null for any other text. */
    read(token: string): Claims | null {
      const key = keyOf(token)
      const segments = key && SEGMENTS.exec(token)
      if (!segments || key.mayBeSigned?.(token) === false) return null
      try {
        const payload = withoutStackTraces(() => key.verify(token))
        const isOurs = isClaims(payload, issuer) && segments.slice(2).every(isCanonical)
        return isOurs && isUtf8Segment(segments[2] as string) ? payload : null
      } catch {
        return null
      }
    },
  }
}
