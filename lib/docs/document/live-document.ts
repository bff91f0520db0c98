import type { OpenApiDocument } from '../../openapi/document.ts'
import type { User } from '../../session/user.ts'
import type { Audience } from '../view/reader-views.ts'

/**
 * A document that newer versions of itself take the place of: a `source` of `fastify-docs-gate serve --watch`, and no promise
 * to anybody else.
 */
export class LiveDocument {
  current: OpenApiDocument

  constructor(document: OpenApiDocument) {
    this.current = document
  }
}

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
