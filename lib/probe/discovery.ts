import type { Baseline } from './baseline.ts'
import {
  differs,
  documentationIn,
  isNotAcceptable,
  isRedirect,
  isRefusal,
  isSuccess,
  isThere,
  reveals,
  revealsByRefusing,
} from './classify.ts'
import { forEachConcurrently, type ProbeClient } from './client.ts'
import type { Findings } from './findings.ts'
import { linksOf } from './links.ts'
import type { ProbeRequest, Service } from './request.ts'
import type { ProbeResponse } from './response.ts'
import { plainRequest } from './variations.ts'
import {
  headPaths,
  isDocumentPath,
  mayNameDocumentation,
  namesDocumentation,
  negotiatedPaths,
  type ProbePath,
  pagePartsOf,
  rootsOf,
  usualPaths,
  wellKnownPaths,
} from './well-known-paths.ts'

/** What all steps of a probe share. */
export interface ProbeContext {
  readonly service: Service
  readonly client: ProbeClient
  readonly baseline: Baseline
  readonly findings: Findings
}

export interface Discovery {
  /** The paths that are worth requesting in all variations. Refused paths come first. */
  readonly suspects: readonly string[]
  /** How many paths gave a response. */
  readonly paths: number
}

/** A path and the response to a plain GET for it. */
interface Seen {
  readonly probePath: ProbePath
  readonly response: ProbeResponse
}

const MAX_FOLLOWED = 200
const MAX_PAGES = 6

// YAML first: documents that are sent as JSON are found without an Accept header.
const YAML_OR_HTML = 'application/yaml, text/yaml;q=0.9, application/x-yaml;q=0.8, text/html;q=0.7'
/** Sent one by one, for services that do not understand a list. */
const MEDIA_TYPES = [
  'application/yaml',
  'application/json',
  'text/html',
  'application/vnd.oai.openapi',
  'application/vnd.oai.openapi+json',
  'application/openapi+json',
  'text/yaml',
  'application/x-yaml',
  '*/*',
]

/** Requests every well-known path and what it links to, and records what is open or reveals its existence. */
export async function discover({ service, client, baseline, findings }: ProbeContext): Promise<Discovery> {
  const seen = new Map<string, Seen>()
  let linksLeft = MAX_FOLLOWED
  const plain = (path: string): ProbeRequest => plainRequest(service, path)
  const head = (path: string): ProbeRequest => ({ ...plain(path), method: 'HEAD' })
  const accepting = (path: string, mediaType: string): ProbeRequest => ({
    ...plain(path),
    headers: [`Accept: ${mediaType}`],
  })
  const missingBeside = (path: string) => baseline.responseBeside(path, plain, '')

  const requested = new Set<string>()
  async function visit(probePath: ProbePath): Promise<void> {
    if (requested.has(probePath.path)) return
    requested.add(probePath.path)
    const request = plain(probePath.path)
    const response = await client.requestWithRetry(request)
    if (!response) return
    seen.set(probePath.path, { probePath, response })
    const kind = documentationIn(response)
    if (kind) findings.add(request, response, kind)
  }

  // A redirect that only adds a slash is neither a page nor a refusal: the response after it counts.
  function responseAt(path: string): ProbeResponse | undefined {
    const response = seen.get(path)?.response
    if (!response || !isRedirect(response)) return response
    const isSlashAdded = linksOf(response, path, service).includes(`${path}/`)
    return isSlashAdded ? (seen.get(`${path}/`)?.response ?? response) : response
  }

  const responseMatches = (path: string, matches: (response: ProbeResponse) => boolean): boolean => {
    const response = responseAt(path)
    return response !== undefined && matches(response)
  }
  const isOpen = (path: string): boolean =>
    responseMatches(path, (response) => documentationIn(response) !== undefined)

  // The paths that these responses link to and that were not requested yet.
  function newLinksOf(from: readonly Seen[]): readonly string[] {
    const sources = from.filter(({ probePath, response }) => isOpen(probePath.path) || response.status < 400)
    const links = new Set(
      sources.flatMap(({ probePath, response }) => linksOf(response, probePath.path, service)),
    )
    return [...links].filter((path) => !requested.has(path))
  }

  // Several links in a row: from a portal to its documentation page, and from there to the document.
  async function followLinks(from: readonly Seen[]): Promise<readonly string[]> {
    const followed: string[] = []
    let paths = newLinksOf(from)
    while (paths.length > 0 && linksLeft > 0) {
      const next = paths.slice(0, linksLeft)
      linksLeft -= next.length
      followed.push(...next)
      await forEachConcurrently(
        next.map((path) => ({ path, root: undefined })),
        visit,
      )
      paths = newLinksOf(next.flatMap((path) => seen.get(path) ?? []))
    }
    return followed
  }

  async function differsAt(path: string, matches: (response: ProbeResponse) => boolean): Promise<boolean> {
    const response = responseAt(path)
    if (!response || !matches(response)) return false
    const missing = await missingBeside(path)
    return missing !== undefined && differs(response, missing)
  }

  const isRefused = (path: string): Promise<boolean> => differsAt(path, isRefusal)

  // Whether there is a documentation page: it is shown, or refused to anonymous clients.
  const isPage = async (root: string): Promise<boolean> =>
    isOpen(root) || isOpen(`${root}/`) || isRefused(root)

  // The same, or some other page, which may be a login in place of the documentation.
  const mayBePage = async (root: string): Promise<boolean> => (await isPage(root)) || differsAt(root, isThere)

  // Requests the files of each page: a guard on the page does not protect its script, which may contain the document.
  async function visitPages(roots: readonly string[]): Promise<readonly string[]> {
    const pages: string[] = []
    for (const root of roots) if (pages.length < MAX_PAGES && (await mayBePage(root))) pages.push(root)
    const parts = pages.flatMap(pagePartsOf)
    await forEachConcurrently(parts, visit)
    return parts.map(({ path }) => path)
  }

  async function requestAs(path: string, mediaType: string): Promise<void> {
    if (isOpen(path)) return
    const request = accepting(path, mediaType)
    const response = await client.request(request)
    const kind = response && documentationIn(response)
    if (kind) findings.add(request, response, kind)
  }

  async function requestHead(path: string): Promise<void> {
    if (responseMatches(path, isSuccess)) return
    const response = await client.request(head(path))
    if (!response || !isSuccess(response)) return
    const missing = await baseline.responseBeside(path, head, 'HEAD')
    if (!missing || !reveals(response, missing)) return
    if (await baseline.isConfirmed(path, head, reveals)) findings.add(head(path), response, 'exists', missing)
  }

  // Finds services that send a document in one media type only, or have no guard for one method.
  async function negotiate(parts: readonly string[]): Promise<void> {
    const paths = negotiatedPaths(service.base)
    await forEachConcurrently(paths, (path) => requestAs(path, YAML_OR_HTML))
    await forEachConcurrently(new Set([...headPaths(service.base), ...parts]), requestHead)
    const notAcceptable = [...seen.keys()]
      .filter((path) => responseMatches(path, isNotAcceptable))
      .slice(0, MAX_PAGES)
    await forEachConcurrently(notAcceptable, async (path) => {
      for (const mediaType of MEDIA_TYPES) await requestAs(path, mediaType)
    })
  }

  async function compare({ probePath: { path, root }, response }: Seen): Promise<void> {
    if (isOpen(path) || response.status === 404) return
    const isPart = root !== undefined && path !== root && (await isPage(root))
    const isDocumentation =
      isPart || namesDocumentation(path) || (mayNameDocumentation(path) && isNotAcceptable(response))
    if (!isDocumentation) return
    const isRevealed = (one: ProbeResponse, other: ProbeResponse): boolean =>
      reveals(one, other) || (isPart && mayNameDocumentation(root) && revealsByRefusing(one, other))
    const missing = await missingBeside(path)
    if (!missing || !isRevealed(response, missing)) return
    if (await baseline.isConfirmed(path, plain, isRevealed))
      findings.add(plain(path), response, 'exists', missing)
  }

  // Pages and their documents come before other documents: what bypasses one guard of a service usually bypasses all.
  async function suspects(): Promise<readonly string[]> {
    const refused: string[] = []
    for (const path of seen.keys()) if (path !== '/' && (await isRefused(path))) refused.push(path)
    const pages = rootsOf(service.base).filter((root) => refused.includes(root))
    const documents = pages.map((page) => `${page}/json`).filter((path) => requested.has(path))
    const scripts = pages.map((page) => `${page}/static/swagger-initializer.js`)
    const all = new Set([
      ...pages.slice(0, 2),
      ...documents.slice(0, 2),
      ...refused.filter(isDocumentPath),
      ...scripts.slice(0, 1),
      ...refused,
      ...usualPaths(service.base),
    ])
    // Paths that everybody can read are findings already, or are not documentation.
    return [...all].filter((path) => !isOpen(path) && !responseMatches(path, isThere))
  }

  // One request by itself: if the service cannot be reached, nothing more is sent.
  const [first, ...paths] = wellKnownPaths(service.base) as [ProbePath, ...ProbePath[]]
  await visit(first)
  await forEachConcurrently(paths, visit)
  const followed = await followLinks([...seen.values()])
  const refusedLinks = followed.filter((path) => responseMatches(path, isRefusal))
  const parts = await visitPages([...rootsOf(service.base), ...refusedLinks])
  await followLinks([...seen].flatMap(([path, response]) => (parts.includes(path) ? [response] : [])))
  await negotiate(parts.filter(isDocumentPath))
  await forEachConcurrently([...seen.values()], compare)
  return { suspects: await suspects(), paths: seen.size }
}
