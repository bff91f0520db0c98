import { ThrottledError } from '../errors.ts'
import { about, type Emit, type GateEvent } from '../events.ts'
import type { Credentials } from '../http/basic-credentials.ts'
import type { RequestLike } from '../http/request.ts'
import type { HashQueue } from '../users/hash-queue.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { addressKey } from './keys.ts'
import type { Throttle } from './throttle.ts'

/**
 * Checks credentials under the throttle. Basic, form and OAuth logins all use it, so they share the budgets. Resolves
 * to null if the name or the password is wrong; throws if the attempt may not be made now.
 */
export type LoginAttempt = (credentials: Credentials, request: RequestLike) => Promise<Account | null>

export function loginAttempt(
  directory: UserDirectory,
  throttle: Throttle,
  queue: HashQueue,
  emit: Emit,
): LoginAttempt {
  const verify = ({ username, password }: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.verify(username, password, request)

  // Only passwords that are hashed in this process are queued; the app's own `verify` limits itself.
  const check = (credentials: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.isHashing
      ? queue(addressKey(request.ip), () => verify(credentials, request))
      : verify(credentials, request)

  // People sometimes type their password into the name field, so only names of existing users are logged.
  async function report(event: GateEvent, { username }: Credentials, request: RequestLike, reason: string) {
    const isUser = directory.isHashing && (await directory.find?.(username))
    emit(event, { ...(isUser && { username }), ...about(request), reason })
  }

  return async (credentials, request) => {
    try {
      const account = await throttle(credentials.username, request.ip, () => check(credentials, request))
      if (!account) await report('login_failed', credentials, request, 'wrong_credentials')
      return account
    } catch (error) {
      if (error instanceof ThrottledError)
        await report('login_throttled', credentials, request, 'too_many_failures')
      throw error
    }
  }
}
