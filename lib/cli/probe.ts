import type { Verdict } from '../probe/classify.ts'
import { UnreachableError } from '../probe/client.ts'
import type { Finding } from '../probe/findings.ts'
import { type ProbeResult, probeService } from '../probe/probe.ts'
import type { Service } from '../probe/request.ts'
import { UsageError } from './io.ts'
import { counted } from './terminal/pluralize.ts'
import { table } from './terminal/table.ts'
import { complain, type Piece, type Screen, styled } from './terminal/terminal.ts'

/** The exit codes of `fastify-docs-gate probe`. */
const NOTHING_FOUND = 0
const OPEN = 1
const NOT_ASKED = 2

const WORDS: Readonly<Record<Verdict, string>> = {
  document: 'gives an API document',
  page: 'gives a page of API documentation',
  file: 'gives a file of a documentation page',
  exists: 'reveals that it exists',
}

const rowOf = ({ request, status, verdict, beside }: Finding): readonly Piece[] => [
  request,
  String(status),
  `${WORDS[verdict]}${beside === undefined ? '' : ` (a neighbouring path answers ${beside})`}`,
]

function urlOf(words: readonly string[]): string {
  const [url, ...more] = words
  if (url === undefined)
    throw new UsageError('Which service? Write: npx fastify-docs-gate probe http://127.0.0.1:3000')
  if (more.length > 0) throw new UsageError(`One service at a time: ${more.join(', ')} is too much.`)
  return url
}

function serviceOf(text: string): Service {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(
      `${JSON.stringify(text)} is no URL of a service: write one like http://127.0.0.1:3000`,
    )
  if (url.username !== '' || url.password !== '')
    throw new UsageError('The probe asks as a stranger: write the URL without a user and a password.')
  const isTls = url.protocol === 'https:'
  return {
    isTls,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isTls ? 443 : 80),
    host: url.host,
    origin: url.origin,
    base: url.pathname.replace(/\/+$/, ''),
  }
}

function conclude(screen: Screen, { origin, base }: Service, result: ProbeResult): number {
  const { findings, places, asked, unanswered, hasStopped } = result
  const where = `${origin}${base}`
  screen.out(...table(findings.map(rowOf)))
  const requests = `It was asked ${counted(asked, 'time')}.`
  if (findings.length > 0) {
    const givenTo = counted(findings.length, 'request')
    screen.out(styled('bad', 'Open:'), ` ${where} gives its documentation away to ${givenTo}. ${requests}\n`)
    return OPEN
  }
  if (unanswered > 0 || hasStopped) {
    complain(screen, `${where} did not answer often enough to tell. ${requests}`)
    return NOT_ASKED
  }
  // Not "closed": what nobody thought of was not asked.
  screen.out(styled('good', 'Nothing found'), ` at ${counted(places, 'place')} of ${where}. ${requests}\n`)
  return NOTHING_FOUND
}

/** `fastify-docs-gate probe`: checks, without credentials, whether a running service exposes its API documentation. */
export async function probe(screen: Screen, words: readonly string[]): Promise<number> {
  const service = serviceOf(urlOf(words))
  try {
    return conclude(screen, service, await probeService(service, screen.exchange))
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    complain(screen, `${service.origin} cannot be asked: ${error.message}`)
    return NOT_ASKED
  }
}
