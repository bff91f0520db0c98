import { ForbiddenError } from '../errors.ts'
import type { Gate } from '../gate/gate.ts'
import { isNavigation } from '../http/navigation.ts'
import { type Outcome, refusal } from '../http/outcome.ts'
import { originForm, type RequestLike } from '../http/request.ts'
import { parseReturnTo } from '../http/return-to.ts'
import { pageResponse } from '../pages/page.ts'
import { accessDeniedPage } from '../pages/small-pages.ts'
import type { User } from '../session/user.ts'
import { hasScopes } from '../validation/scope.ts'

/** A request of a user who lacks a scope. */
export interface InsufficientScope {
  readonly request: RequestLike
  readonly user: User
  readonly scopes: readonly string[]
  /** Whether the request is for the gate's documentation. Only there a page is shown; other routes belong to the host. */
  readonly isDocs: boolean
}

// The page that a login leads to; by default a document that this user may read.
function wayBack({ settings, paths }: Gate, user: User): string {
  if (settings.login.redirectTo !== undefined) return settings.login.redirectTo
  const readable = settings.docs.find(({ scopes }) => hasScopes(user.scopes, scopes))
  return paths.prefix + (readable?.path ?? '/')
}

/** The response to a user who lacks a scope: a page for a browser, the error for others. @see RFC 6750, section 3.1 */
export function insufficientScope(gate: Gate, { request, user, scopes, isDocs }: InsufficientScope): Outcome {
  const { paths, pages, challenges } = gate
  const headers = { 'www-authenticate': challenges.bearer.insufficientScope(scopes) }
  if (!isDocs || !isNavigation(request)) return refusal(new ForbiddenError(), headers)
  const content = accessDeniedPage(pages, {
    url: request.url,
    username: user.name ?? user.username,
    missing: scopes.filter((scope) => !user.scopes.includes(scope)),
    logout: paths.logout,
    returnTo: parseReturnTo(originForm(request.url), paths.reserved),
    back: wayBack(gate, user),
  })
  return pageResponse(pages, 403, content, headers)
}
