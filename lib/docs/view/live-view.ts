import type { User } from '../../session/user.ts'
import type { ViewOfUser } from './reader-views.ts'

/** The audience of the version that stands: with another version comes another audience, and what was made is let go. */
export function liveViews<Version>(
  current: () => Version,
  create: (version: Version) => ViewOfUser,
): ViewOfUser {
  let made: { readonly version: Version; readonly audience: ViewOfUser } | undefined
  function audience(): ViewOfUser {
    const version = current()
    if (made?.version !== version) made = { version, audience: create(version) }
    return made.audience
  }
  return Object.assign((user: User) => audience()(user), { prepare: () => audience().prepare() })
}
