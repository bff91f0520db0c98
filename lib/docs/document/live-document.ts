import type { User } from '../../session/user.ts'
import type { Audience } from '../view/audience.ts'
import type { OpenApiDocument } from './document.ts'

/**
 * A document that newer versions of itself take the place of: a `source` of `docs-gate serve --watch`, and no promise
 * to anybody else.
 */
export class LiveDocument {
  current: OpenApiDocument

  constructor(document: OpenApiDocument) {
    this.current = document
  }
}

/** The audience of the version that stands: with another version comes another audience, and what was made is let go. */
export function liveAudience(live: LiveDocument, create: (document: OpenApiDocument) => Audience): Audience {
  let document: OpenApiDocument | undefined
  let audience: Audience
  function current(): Audience {
    if (document !== live.current) {
      document = live.current
      audience = create(document)
    }
    return audience
  }
  return Object.assign((user: User) => current()(user), { prepare: () => current().prepare() })
}
