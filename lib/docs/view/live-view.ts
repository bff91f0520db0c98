import type { User } from '../../session/user.ts'
import type { Audience } from './reader-views.ts'

/** The audience of the version that stands: with another version comes another audience, and what was made is let go. */
export function currentAudience<Version>(
  current: () => Version,
  create: (version: Version) => Audience,
): Audience {
  let made: { readonly version: Version; readonly audience: Audience } | undefined
  function audience(): Audience {
    const version = current()
    if (made?.version !== version) made = { version, audience: create(version) }
    return made.audience
  }
  return Object.assign((user: User) => audience()(user), { prepare: () => audience().prepare() })
}
