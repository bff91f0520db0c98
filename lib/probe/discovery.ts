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

/** What the parts of a probe work with. */
export interface ProbeContext {
  readonly service: Service
  readonly client: ProbeClient
  readonly baseline: Baseline
  readonly findings: Findings
}

export interface Discovery {
  /** The paths that are worth asking for in every other way: what is kept from strangers first. */
  readonly suspects: readonly string[]
  /** How many places gave an answer. */
  readonly paths: number
}

/** A place, and what came when it was asked for plainly. */
interface Seen {
  readonly place: ProbePath
  readonly answer: ProbeResponse
}

const MAX_FOLLOWED = 200
const MAX_PAGES = 6

// YAML first: what is sent as JSON, too, is found without it.
const ANY_FORM = 'application/yaml, text/yaml;q=0.9, application/x-yaml;q=0.8, text/html;q=0.7'
/** One by one, for those who understand no list. */
const FORMS = [
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

/** Asks for every place plainly, and in the few other ways that services know; notes what is open or told. */
export async function discover({ service, client, baseline, findings }: ProbeContext): Promise<Discovery> {
  const seen = new Map<string, Seen>()
  let linksLeft = MAX_FOLLOWED
  const plain = (path: string): ProbeRequest => plainRequest(service, path)
  const head = (path: string): ProbeRequest => ({ ...plain(path), method: 'HEAD' })
  const wanting = (path: string, form: string): ProbeRequest => ({
    ...plain(path),
    headers: [`Accept: ${form}`],
  })
  const beside = (path: string) => baseline.responseBeside(path, plain, '')

  const looked = new Set<string>()
  async function look(place: ProbePath): Promise<void> {
    if (looked.has(place.path)) return
    looked.add(place.path)
    const request = plain(place.path)
    const answer = await client.requestWithRetry(request)
    if (!answer) return
    seen.set(place.path, { place, answer })
    const sign = documentationIn(answer)
    if (sign) findings.add(request, answer, sign)
  }

  // A redirect that adds a slash is neither a page nor a refusal: what comes there counts.
  function answerAt(path: string): ProbeResponse | undefined {
    const answer = seen.get(path)?.answer
    if (!answer || !isRedirect(answer)) return answer
    const isSlashAdded = linksOf(answer, path, service).includes(`${path}/`)
    return isSlashAdded ? (seen.get(`${path}/`)?.answer ?? answer) : answer
  }

  const holds = (path: string, judge: (answer: ProbeResponse) => boolean): boolean => {
    const answer = answerAt(path)
    return answer !== undefined && judge(answer)
  }
  const isOpen = (path: string): boolean => holds(path, (answer) => documentationIn(answer) !== undefined)

  // The paths that these lead to and that were not asked for yet.
  function leadsOf(from: readonly Seen[]): readonly string[] {
    const leads = from.filter(({ place, answer }) => isOpen(place.path) || answer.status < 400)
    const links = new Set(leads.flatMap(({ place, answer }) => linksOf(answer, place.path, service)))
    return [...links].filter((path) => !looked.has(path))
  }

  // From a portal to its page of documentation, and from there to the document.
  async function followLinks(from: readonly Seen[]): Promise<readonly string[]> {
    const followed: string[] = []
    let paths = leadsOf(from)
    while (paths.length > 0 && linksLeft > 0) {
      const next = paths.slice(0, linksLeft)
      linksLeft -= next.length
      followed.push(...next)
      await forEachConcurrently(
        next.map((path) => ({ path, root: undefined })),
        look,
      )
      paths = leadsOf(next.flatMap((path) => seen.get(path) ?? []))
    }
    return followed
  }

  async function isOther(path: string, judge: (answer: ProbeResponse) => boolean): Promise<boolean> {
    const answer = answerAt(path)
    if (!answer || !judge(answer)) return false
    const nothing = await beside(path)
    return nothing !== undefined && differs(answer, nothing)
  }

  const isRefused = (path: string): Promise<boolean> => isOther(path, isRefusal)

  // Whether a page of documentation lives there: it is shown, or kept from strangers.
  const isPage = async (root: string): Promise<boolean> =>
    isOpen(root) || isOpen(`${root}/`) || isRefused(root)

  // The same, or something that says less of itself: a login in place of the page.
  const mayBePage = async (root: string): Promise<boolean> => (await isPage(root)) || isOther(root, isThere)

  // The parts of the pages that there are: a guard on the page is none on its script, which may have the document in it.
  async function lookIntoPages(roots: readonly string[]): Promise<readonly string[]> {
    const pages: string[] = []
    for (const root of roots) if (pages.length < MAX_PAGES && (await mayBePage(root))) pages.push(root)
    const parts = pages.flatMap(pagePartsOf)
    await forEachConcurrently(parts, look)
    return parts.map(({ path }) => path)
  }

  async function askForForm(path: string, form: string): Promise<void> {
    if (isOpen(path)) return
    const request = wanting(path, form)
    const answer = await client.request(request)
    const sign = answer && documentationIn(answer)
    if (sign) findings.add(request, answer, sign)
  }

  async function askForHead(path: string): Promise<void> {
    if (holds(path, isSuccess)) return
    const answer = await client.request(head(path))
    if (!answer || !isSuccess(answer)) return
    const nothing = await baseline.responseBeside(path, head, 'HEAD')
    if (!nothing || !reveals(answer, nothing)) return
    if (await baseline.isConfirmed(path, head, reveals)) findings.add(head(path), answer, 'exists', nothing)
  }

  // Services that send a document in one form only, or forget the guard of one method.
  async function negotiate(parts: readonly string[]): Promise<void> {
    const places = negotiatedPaths(service.base)
    await forEachConcurrently(places, (path) => askForForm(path, ANY_FORM))
    await forEachConcurrently(new Set([...headPaths(service.base), ...parts]), askForHead)
    const waiting = [...seen.keys()].filter((path) => holds(path, isNotAcceptable)).slice(0, MAX_PAGES)
    await forEachConcurrently(waiting, async (path) => {
      for (const form of FORMS) await askForForm(path, form)
    })
  }

  async function compare({ place: { path, root }, answer }: Seen): Promise<void> {
    if (isOpen(path) || answer.status === 404) return
    const isPart = root !== undefined && path !== root && (await isPage(root))
    const isMeant =
      isPart || namesDocumentation(path) || (mayNameDocumentation(path) && isNotAcceptable(answer))
    if (!isMeant) return
    const isTold = (to: ProbeResponse, from: ProbeResponse): boolean =>
      reveals(to, from) || (isPart && mayNameDocumentation(root) && revealsByRefusing(to, from))
    const nothing = await beside(path)
    if (!nothing || !isTold(answer, nothing)) return
    if (await baseline.isConfirmed(path, plain, isTold)) findings.add(plain(path), answer, 'exists', nothing)
  }

  // Pages and their documents before the documents that stand by themselves: one way around a guard is one around all.
  async function suspects(): Promise<readonly string[]> {
    const refused: string[] = []
    for (const path of seen.keys()) if (path !== '/' && (await isRefused(path))) refused.push(path)
    const pages = rootsOf(service.base).filter((root) => refused.includes(root))
    const documents = pages.map((page) => `${page}/json`).filter((path) => looked.has(path))
    const scripts = pages.map((page) => `${page}/static/swagger-initializer.js`)
    const all = new Set([
      ...pages.slice(0, 2),
      ...documents.slice(0, 2),
      ...refused.filter(isDocumentPath),
      ...scripts.slice(0, 1),
      ...refused,
      ...usualPaths(service.base),
    ])
    // What is shown to everybody is found already, or is something else.
    return [...all].filter((path) => !isOpen(path) && !holds(path, isThere))
  }

  // The service itself first: where it cannot be reached, nothing more is asked.
  const [first, ...places] = wellKnownPaths(service.base) as [ProbePath, ...ProbePath[]]
  await look(first)
  await forEachConcurrently(places, look)
  const followed = await followLinks([...seen.values()])
  const keptBack = followed.filter((path) => holds(path, isRefusal))
  const parts = await lookIntoPages([...rootsOf(service.base), ...keptBack])
  await followLinks([...seen].flatMap(([path, response]) => (parts.includes(path) ? [response] : [])))
  await negotiate(parts.filter(isDocumentPath))
  await forEachConcurrently([...seen.values()], compare)
  return { suspects: await suspects(), paths: seen.size }
}
