import type { AppDocumentLinks, DocsSession } from '../docs/page/bar.ts'
import { type DocsPage, type DocsReferences, docsPage, docsPageHeaders } from '../docs/page/docs-page.ts'
import { type DocumentSummary, readableDocuments } from '../docs/page/document-list.ts'
import { sessionExpiry } from '../docs/page/session-expiry.ts'
import type { View } from '../docs/view/view.ts'
import type { Gate } from '../gate/gate.ts'
import { locationFrom, relativeReference, withQuery } from '../http/relative-reference.ts'
import { originForm, type RequestLike } from '../http/request.ts'
import type { HttpResponse } from '../http/response.ts'
import { parseReturnTo } from '../http/return-to.ts'
import type { DocsSettings } from '../options/docs-option.ts'
import type { User } from '../session/user.ts'

/** The paths of one document and of what its page loads, with the prefix of the scope. */
export interface DocsPaths {
  readonly page: string
  readonly json: string
  readonly yaml: string
  readonly session: string
  readonly logo: string | undefined
  readonly files: DocsReferences
}

export interface DocsPageRequest {
  readonly request: RequestLike
  readonly user: User
  readonly view: View
  readonly paths: DocsPaths
  readonly inline: Pick<DocsPage, 'theme' | 'icon' | 'data'>
  readonly docs: Pick<DocsSettings, 'option' | 'title' | 'connectSources' | 'imageSources'>
  readonly documents: readonly DocumentSummary[]
}

function sessionOf(gate: Gate, { request, user, paths }: DocsPageRequest): DocsSession {
  const returnTo = parseReturnTo(originForm(request.url), gate.paths.reserved)
  return {
    ...sessionExpiry(user),
    document: paths.json,
    status: relativeReference(request.url, paths.session),
    login: withQuery(relativeReference(request.url, gate.paths.login), 'returnTo', returnTo),
    loggedOut: locationFrom(request.url, gate.paths.afterLogout),
  }
}

function appDocumentOf(
  { paths }: Gate,
  { request, user, view }: DocsPageRequest,
): AppDocumentLinks | undefined {
  if (view.tokenUrl === undefined) return undefined
  return {
    tokenUrls: [view.tokenUrl, paths.token],
    token: relativeReference(request.url, paths.token),
    root: relativeReference(request.url, '/'),
    isCarried: user.authenticatedBy === 'cookie',
  }
}

function referencesFrom({ request, paths }: DocsPageRequest): DocsReferences {
  const references = Object.entries(paths.files).map(([name, path]) => [
    name,
    path && relativeReference(request.url, path),
  ])
  return Object.fromEntries(references) as DocsReferences
}

/** The page of one document for one user. */
export function docsPageResponse(gate: Gate, pageRequest: DocsPageRequest): HttpResponse {
  const { request, user, view, paths, inline, documents, docs } = pageRequest
  const to = (path: string): string => relativeReference(request.url, path)
  const title = docs.title ?? view.title ?? gate.pages.title
  const service = gate.settings.pages.title
  const logo = paths.logo && to(paths.logo)
  const body = docsPage(gate.pages, {
    ...referencesFrom(pageRequest),
    ...inline,
    logo,
    icon: logo ?? inline.icon,
    title,
    service: service === title ? undefined : service,
    username: user.name ?? user.username,
    scopes: user.scopes,
    documents: readableDocuments(documents, user).map((one) => ({
      title: one.title,
      href: to(one.path),
      isCurrent: one.path === paths.page,
    })),
    json: to(paths.json),
    yaml: to(paths.yaml),
    logoutAction: to(gate.paths.logout),
    app: appDocumentOf(gate, pageRequest),
    session: sessionOf(gate, pageRequest),
    policyOptions: {
      connectSources: `${docs.option}.connectSources`,
      imageSources: `${docs.option}.imageSources`,
    },
  })
  const sources = {
    connect: [...new Set([...view.connectSources, ...docs.connectSources])],
    image: docs.imageSources,
  }
  return { status: 200, headers: docsPageHeaders(gate.pages, inline.theme, sources), body }
}
