import type { ProbeAnswer } from './answer.ts'
import { type Asker, inTurn } from './asker.ts'
import { isTelling, type Place, placesOf, usualPaths } from './catalogue.ts'
import type { Findings } from './findings.ts'
import { differs, isRefusal, isThere, showsDocs, tells, tellsByRefusing } from './judge.ts'
import { linksOf } from './links.ts'
import type { Neighbours } from './neighbours.ts'
import type { Service } from './service.ts'
import { plainRequest } from './variations.ts'

/** What the parts of a probe work with. */
export interface ProbeContext {
  readonly service: Service
  readonly asker: Asker
  readonly neighbours: Neighbours
  readonly findings: Findings
}

/** A place, and what came when it was asked for plainly. */
interface Seen {
  readonly place: Place
  readonly answer: ProbeAnswer
}

const MAX_FOLLOWED = 200

/**
 * Asks for every place plainly, and notes what is open or told. Returns the paths that are worth asking for in every
 * other way: what is kept from strangers first.
 */
export async function survey({
  service,
  asker,
  neighbours,
  findings,
}: ProbeContext): Promise<readonly string[]> {
  const seen = new Map<string, Seen>()
  const plain = (path: string) => plainRequest(service, path)
  const beside = (path: string) => neighbours.answerBeside(path, plain, '')

  async function look(place: Place): Promise<void> {
    const request = plain(place.path)
    const answer = await asker.insist(request)
    if (!answer) return
    seen.set(place.path, { place, answer })
    const sign = showsDocs(answer)
    if (sign) findings.add(request, answer, sign)
  }

  const holds = (path: string, judge: (answer: ProbeAnswer) => boolean): boolean => {
    const answer = seen.get(path)?.answer
    return answer !== undefined && judge(answer)
  }
  const isOpen = (path: string): boolean => holds(path, (answer) => showsDocs(answer) !== undefined)

  // The paths that these lead to and that were not asked for yet.
  function leadsOf(from: readonly Seen[]): readonly string[] {
    const leads = from.filter(({ place, answer }) => isOpen(place.path) || answer.status < 400)
    const links = new Set(leads.flatMap(({ place, answer }) => linksOf(answer, place.path, service)))
    return [...links].filter((path) => !seen.has(path))
  }

  // From a portal to its page of documentation, and from there to the document.
  async function followLinks(): Promise<void> {
    let left = MAX_FOLLOWED
    let paths = leadsOf([...seen.values()])
    while (paths.length > 0 && left > 0) {
      const next = paths.slice(0, left)
      left -= next.length
      await inTurn(
        next.map((path) => ({ path, root: undefined })),
        look,
      )
      paths = leadsOf(next.flatMap((path) => seen.get(path) ?? []))
    }
  }

  async function isRefused(path: string): Promise<boolean> {
    const answer = seen.get(path)?.answer
    if (!answer || !isRefusal(answer)) return false
    const nothing = await beside(path)
    return nothing !== undefined && differs(answer, nothing)
  }

  // Whether a page of documentation lives there: it is shown, or kept from strangers.
  const isPage = async (root: string): Promise<boolean> =>
    isOpen(root) || isOpen(`${root}/`) || isRefused(root)

  async function compare({ place: { path, root }, answer }: Seen): Promise<void> {
    if (isOpen(path) || answer.status === 404) return
    const isPart = root !== undefined && path !== root && (await isPage(root))
    if (!isPart && !isTelling(path)) return
    const isTold = (to: ProbeAnswer, from: ProbeAnswer): boolean =>
      tells(to, from) || (isPart && tellsByRefusing(to, from))
    const nothing = await beside(path)
    if (!nothing || !isTold(answer, nothing)) return
    if (await neighbours.isToldAgain(path, plain, isTold))
      findings.add(plain(path), answer, 'exists', nothing)
  }

  async function suspects(): Promise<readonly string[]> {
    const refused: string[] = []
    for (const path of seen.keys()) if (path !== '/' && (await isRefused(path))) refused.push(path)
    const parts = refused
      .filter((path) => seen.has(`${path}/json`))
      .flatMap((path) => [`${path}/json`, `${path}/static/swagger-initializer.js`])
    const all = new Set([...refused, ...parts, ...usualPaths(service.base)])
    // What is shown to everybody is found already, or is something else.
    return [...all].filter((path) => !isOpen(path) && !holds(path, isThere))
  }

  // The service itself first: where it cannot be reached, nothing more is asked.
  const [first, ...places] = placesOf(service.base) as [Place, ...Place[]]
  await look(first)
  await inTurn(places, look)
  await followLinks()
  await inTurn(seen.values(), compare)
  return suspects()
}
