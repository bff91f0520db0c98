import { UnreachableError } from '../probe/asker.ts'
import type { Finding } from '../probe/findings.ts'
import type { Verdict } from '../probe/judge.ts'
import { type ProbeResult, probeService } from '../probe/probe.ts'
import type { Service } from '../probe/service.ts'
import { counted } from './counted.ts'
import { UsageError } from './io.ts'
import { complain, type Piece, type Screen, styled } from './terminal/screen.ts'
import { table } from './terminal/table.ts'

/** The exit codes of `fastify-docs-gate probe`. */
const CLOSED = 0
const OPEN = 1
const NOT_ASKED = 2

const WORDS: Readonly<Record<Verdict, string>> = {
  document: 'gives an API document',
  page: 'gives a page of API documentation',
  file: 'gives a file of a documentation page',
  exists: 'tells that it is there',
}

const rowOf = ({ request, status, verdict, beside }: Finding): readonly Piece[] => [
  request,
  String(status),
  `${WORDS[verdict]}${beside === undefined ? '' : `: beside it, ${beside}`}`,
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
  const { findings, asked, unanswered, hasStopped } = result
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
  screen.out(
    styled('good', 'Closed:'),
    ` ${where} gives nothing of its documentation to strangers. ${requests}\n`,
  )
  return CLOSED
}

/** `fastify-docs-gate probe`: asks a running service for its documentation, as a stranger, in every way we know. */
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
