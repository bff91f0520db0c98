import { ThrottledError } from '../errors.ts'
import { about, type Emit, type GateEvent } from '../events.ts'
import type { Credentials } from '../http/basic-credentials.ts'
import type { RequestLike } from '../http/request.ts'
import type { HashQueue } from '../users/hash-queue.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import { addressKey } from './keys.ts'
import type { Throttle } from './throttle.ts'

/**
 * One try at a login, by Basic, by form or by grant: they share a budget. Resolves to null where name or password is
 * wrong; throws where the try may not be made now.
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

  // A directory of the host's own decides for itself how much it does at a time.
  const check = (credentials: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.isHashing
      ? queue(addressKey(request.ip), () => verify(credentials, request))
      : verify(credentials, request)

  // People type passwords where names belong: only the name of a user gets into the log.
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
