import type { User } from '../../session/user.ts'
import type { ViewOfUser } from './reader-views.ts'

/** The views of the current version. A new version gets new views, and the old ones are released. */
export function liveViews<Version>(
  current: () => Version,
  create: (version: Version) => ViewOfUser,
): ViewOfUser {
  let made: { readonly version: Version; readonly views: ViewOfUser } | undefined
  function views(): ViewOfUser {
    const version = current()
    if (made?.version !== version) made = { version, views: create(version) }
    return made.views
  }
  return Object.assign((user: User) => views()(user), { prepare: () => views().prepare() })
}
