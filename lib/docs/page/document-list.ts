import type { User } from '../../session/user.ts'
import { hasScopes } from '../../validation/scope.ts'

/** A document of the gate, as the pages of the others list it. */
export interface DocumentSummary {
  readonly path: string
  /** The scopes that its readers need. */
  readonly scopes: readonly string[]
  title(): string
}

export interface ReadableDocument {
  readonly title: string
  readonly path: string
}

/** The documents that a user may read. If several have the same title, their paths are added to it. */
export function readableDocuments(
  documents: readonly DocumentSummary[],
  user: User,
): readonly ReadableDocument[] {
  const readable = documents.filter(({ scopes }) => hasScopes(user.scopes, scopes))
  const titled = readable.map((one) => ({ path: one.path, title: one.title() }))
  const isShared = (title: string): boolean => titled.filter((one) => one.title === title).length > 1
  return titled.map(({ path, title }) => ({
    path,
    title: isShared(title) ? `${title} (${path})` : title,
  }))
}
