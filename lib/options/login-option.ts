import { defaultConcurrentHashes } from '../users/hash-queue.ts'
import {
  destination,
  invalidOption,
  nonEmptyString,
  oneOf,
  positiveInteger,
  readOptions,
} from '../validation/option.ts'

/** The `login` option, validated and with its defaults. */
export interface LoginSettings {
  readonly mode: 'basic' | 'form'
  readonly realm: string
  readonly redirectTo: string | undefined
  readonly throttle: boolean
  readonly maxConcurrentHashes: number
}

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

export function loginOption(value: unknown): LoginSettings {
  const known = ['mode', 'realm', 'redirectTo', 'throttle', 'maxConcurrentHashes']
  const { mode, realm, redirectTo, throttle, maxConcurrentHashes } = readOptions('login', value, known)
  const text = nonEmptyString('login.realm', realm, 'API documentation')
  if (!PRINTABLE_ASCII.test(text))
    invalidOption('login.realm', text, 'write printable ASCII: it goes into a header')
  return {
    mode: oneOf('login.mode', mode, ['basic', 'form'], 'basic'),
    realm: text,
    redirectTo: destination('login.redirectTo', redirectTo),
    throttle: oneOf('login.throttle', throttle, [true, false], true),
    maxConcurrentHashes: positiveInteger(
      'login.maxConcurrentHashes',
      maxConcurrentHashes,
      defaultConcurrentHashes(),
    ),
  }
}
