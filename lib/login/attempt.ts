import type { RequestLike } from '../http/request.ts'
import { addressKey } from '../throttle/keys.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { HashQueue } from '../users/hash-queue.ts'
import type { Account, UserDirectory } from '../users/user-directory.ts'
import type { Credentials } from './basic-credentials.ts'

/**
 * One try at a login, by Basic, by form or by grant: they share a budget. Resolves to null where name or password is
 * wrong; throws where the try may not be made now.
 */
export type Attempt = (credentials: Credentials, request: RequestLike) => Promise<Account | null>

export function loginAttempt(directory: UserDirectory, throttle: Throttle, queue: HashQueue): Attempt {
  const verify = ({ username, password }: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.verify(username, password, request)

  // A directory of the host's own decides for itself how much it does at a time.
  const check = (credentials: Credentials, request: RequestLike): Promise<Account | null> =>
    directory.isHashing
      ? queue(addressKey(request.ip), () => verify(credentials, request))
      : verify(credentials, request)

  return (credentials, request) =>
    throttle(credentials.username, request.ip, () => check(credentials, request))
}
