import type { OpenApiDocument } from '../../openapi/document.ts'

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
