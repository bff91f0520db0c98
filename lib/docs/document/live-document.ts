import type { OpenApiDocument } from '../../openapi/document.ts'

/**
 * A document that is replaced when it changes: the `source` of `fastify-docs-gate serve --watch`. It is not part of the
 * public interface.
 */
export class LiveDocument {
  current: OpenApiDocument

  constructor(document: OpenApiDocument) {
    this.current = document
  }
}
