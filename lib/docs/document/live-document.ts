import type { Audience } from '../view/audience.ts'
import type { OpenApiDocument } from './document.ts'

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
export function liveAudience(live: LiveDocument, create: (document: OpenApiDocument) => Audience): Audience {
  let document: OpenApiDocument | undefined
  let audience: Audience
  return (user) => {
    if (document !== live.current) {
      document = live.current
      audience = create(document)
    }
    return audience(user)
  }
}
