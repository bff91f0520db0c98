import { OptionsError } from '../errors.ts'
import { randomSecret, type SigningKey, signingKey } from '../session/token/keys.ts'
import { invalidOption } from '../validation/option.ts'
import type { StoreSetting } from './session-option.ts'

/** The keys of a gate: the first signs tokens, all verify them. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]]

/** The keys of the `secret` option; without it a random one, which in production only in-memory sessions may use. */
export function keysOption(secret: unknown, store: StoreSetting): SigningKeys {
  if (Array.isArray(secret) && secret.length === 0)
    invalidOption('secret', secret, 'write at least one secret, or none at all for a random one')
  if (secret !== undefined) {
    const [first, ...others] = Array.isArray(secret) ? secret : [secret]
    const keys = [signingKey(first), ...others.map(signingKey)] as const
    if (new Set(keys.map((key) => key.kid)).size < keys.length)
      throw new OptionsError('secret: write each secret once')
    return keys as SigningKeys
  }
  if (store !== 'memory' && process.env['NODE_ENV'] === 'production') {
    const remedy =
      'write a secret: with a random one, sessions that outlive this process could not be read again'
    throw new OptionsError(`secret: ${remedy}`)
  }
  return [signingKey(randomSecret())]
}
