import { randomBytes } from 'node:crypto'
import type { ProbeAnswer } from './answer.ts'
import { type Asker, createAsker, inTurn } from './asker.ts'
import { besides, isTelling, type Place, placesOf, usualPaths } from './catalogue.ts'
import { differs, isRefusal, isThere, showsDocs, tells, tellsByRefusing, type Verdict } from './judge.ts'
import { linksOf } from './links.ts'
import { labelOf, type ProbeRequest, requestText } from './request.ts'
import type { Service } from './service.ts'
import type { Exchange } from './socket.ts'
import { plainRequest, type Variation, variationsOf } from './variations.ts'

/** One request whose answer gives something away. */
export interface Finding {
  readonly request: string
  readonly status: number
  readonly verdict: Verdict
  /** What is answered beside it, where nothing is; for `exists`. */
  readonly beside?: number
}

export interface ProbeResult {
  readonly findings: readonly Finding[]
  readonly asked: number
  /** Places of which nothing is known, because no answer came. */
  readonly unanswered: number
  /** Whether the bounds ended it before everything was asked. */
  readonly hasStopped: boolean
}

/** A place, and what came when it was asked for plainly. */
interface Seen {
  readonly place: Place
  readonly answer: ProbeAnswer
}

function createProbe(service: Service, asker: Asker) {
  const word = randomBytes(9)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))
  const findings: Finding[] = []
  const seen = new Map<string, Seen>()
  const sent = new Set<string>()
  const neighbours = new Map<string, Promise<ProbeAnswer | undefined>>()

  function found(
    request: ProbeRequest,
    { status }: ProbeAnswer,
    verdict: Verdict,
    beside?: ProbeAnswer,
  ): void {
    const label = labelOf(request, service.host)
    findings.push({ request: label, status, verdict, ...(beside && { beside: beside.status }) })
  }

  // One neighbour answers for all paths of its folder and form.
  function neighbour(path: string, name = '', request = (to: string) => plainRequest(service, to)) {
    const to = besides(path, word)
    const key = `${name} ${to}`
    const known = neighbours.get(key) ?? asker.ask(request(to))
    neighbours.set(key, known)
    return known
  }

  // A service may fail once for reasons of its own: only what it says twice counts.
  async function isSaidAgain(
    request: ProbeRequest,
    beside: ProbeRequest,
    isTold: (answer: ProbeAnswer, beside: ProbeAnswer) => boolean,
  ): Promise<boolean> {
    const [again, besideAgain] = await Promise.all([asker.ask(request), asker.ask(beside)])
    return again !== undefined && besideAgain !== undefined && isTold(again, besideAgain)
  }

  async function look(place: Place): Promise<void> {
    const request = plainRequest(service, place.path)
    sent.add(requestText(request))
    const answer = await asker.insist(request)
    if (!answer) return
    seen.set(place.path, { place, answer })
    const sign = showsDocs(answer)
    if (sign) found(request, answer, sign)
  }

  const isOpen = (path: string): boolean => {
    const answer = seen.get(path)?.answer
    return answer !== undefined && showsDocs(answer) !== undefined
  }

  // What is shown to everybody is found already, or is something else.
  const isAnswered = (path: string): boolean => {
    const answer = seen.get(path)?.answer
    return answer !== undefined && (showsDocs(answer) !== undefined || isThere(answer))
  }

  async function followLinks(): Promise<void> {
    const leads = [...seen.values()].filter(({ place, answer }) => isOpen(place.path) || answer.status < 400)
    const links = new Set(leads.flatMap(({ place, answer }) => linksOf(answer, place.path, service)))
    await inTurn(
      [...links].filter((path) => !seen.has(path)).map((path) => ({ path, root: undefined })),
      look,
    )
  }

  /** Whether a page of documentation lives there: it is shown, or kept from strangers. */
  async function isPage(root: string): Promise<boolean> {
    if (isOpen(root) || isOpen(`${root}/`)) return true
    const answer = seen.get(root)?.answer
    const beside = await neighbour(root)
    return answer !== undefined && beside !== undefined && isRefusal(answer) && differs(answer, beside)
  }

  async function compare({ place, answer }: Seen): Promise<void> {
    if (isOpen(place.path) || answer.status === 404) return
    const isInPage = place.root !== undefined && place.path !== place.root && (await isPage(place.root))
    if (!isInPage && !isTelling(place.path)) return
    const beside = await neighbour(place.path)
    if (!beside) return
    const isTold = (to: ProbeAnswer, from: ProbeAnswer): boolean =>
      tells(to, from) || (isInPage && tellsByRefusing(to, from))
    const request = plainRequest(service, place.path)
    const besideRequest = plainRequest(service, besides(place.path, word))
    if (isTold(answer, beside) && (await isSaidAgain(request, besideRequest, isTold)))
      found(request, answer, 'exists', beside)
  }

  /** What is kept from strangers, and what belongs to it: worth asking for in every way. */
  async function suspects(): Promise<readonly string[]> {
    const refused: string[] = []
    for (const { place, answer } of seen.values()) {
      if (isOpen(place.path) || !isRefusal(answer) || place.path === '/') continue
      const beside = await neighbour(place.path)
      if (beside && differs(answer, beside)) refused.push(place.path)
    }
    const parts = refused
      .filter((path) => seen.has(`${path}/json`))
      .flatMap((path) => [`${path}/json`, `${path}/static/swagger-initializer.js`])
    const all = [...refused, ...parts, ...usualPaths(service.base)]
    return [...new Set(all)].filter((path) => !isAnswered(path))
  }

  async function vary(path: string, { name, request }: Variation): Promise<void> {
    const asked = request(path)
    const text = requestText(asked)
    // Of a path like this one, two spellings may be the same.
    if (sent.has(text)) return
    sent.add(text)
    const answer = await asker.ask(asked)
    if (!answer) return
    const sign = showsDocs(answer)
    if (sign) return found(asked, answer, sign)
    const beside = isThere(answer) ? await neighbour(path, name, request) : undefined
    if (!beside || !tells(answer, beside)) return
    if (await isSaidAgain(asked, request(besides(path, word)), tells)) found(asked, answer, 'exists', beside)
  }

  async function run(): Promise<void> {
    const [first, ...places] = placesOf(service.base) as [Place, ...Place[]]
    await look(first)
    await inTurn(places, look)
    await followLinks()
    await inTurn([...seen.values()], compare)
    const variations = variationsOf(service)
    // As many as can be asked to the end, their neighbours included.
    const count = Math.floor(asker.remaining() / (2 * variations.length))
    const paths = (await suspects()).slice(0, count)
    const pairs = paths.flatMap((path) => variations.map((variation) => ({ path, variation })))
    await inTurn(pairs, ({ path, variation }) => vary(path, variation))
  }

  return { run, findings }
}

/**
 * Asks a service, as a stranger, for its documentation in every way we know.
 *
 * @throws UnreachableError where no connection is to be had
 */
export async function probeService(service: Service, exchange: Exchange): Promise<ProbeResult> {
  const asker = createAsker(service, exchange)
  const { run, findings } = createProbe(service, asker)
  await run()
  return { findings, ...asker.counts }
}
