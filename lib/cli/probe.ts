import { UnreachableError } from '../probe/asker.ts'
import type { Finding } from '../probe/findings.ts'
import type { Verdict } from '../probe/judge.ts'
import { type ProbeResult, probeService } from '../probe/probe.ts'
import type { Service } from '../probe/service.ts'
import { type Io, UsageError } from './io.ts'

/** The exit codes of `docs-gate probe`. */
const CLOSED = 0
const OPEN = 1
const NOT_ASKED = 2

const WORDS: Readonly<Record<Verdict, string>> = {
  document: 'gives an API document',
  page: 'gives a page of API documentation',
  file: 'gives a file of a documentation page',
  exists: 'tells that it is there',
}

const lineOf = ({ request, status, verdict, beside }: Finding): string =>
  `${request}  ${status}  ${WORDS[verdict]}${beside === undefined ? '' : `: beside it, ${beside}`}\n`

function urlOf(words: readonly string[]): string {
  const [url, ...more] = words
  if (url === undefined) throw new UsageError('Which service? Write: docs-gate probe http://127.0.0.1:3000')
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

const counted = (count: number, one: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`

function conclude(io: Io, { origin, base }: Service, result: ProbeResult): number {
  const { findings, asked, unanswered, hasStopped } = result
  const where = `${origin}${base}`
  for (const finding of findings) io.out(lineOf(finding))
  const requests = `It was asked ${counted(asked, 'time')}.`
  if (findings.length > 0) {
    io.out(
      `Open: ${where} gives its documentation away to ${counted(findings.length, 'request')}. ${requests}\n`,
    )
    return OPEN
  }
  if (unanswered > 0 || hasStopped) {
    io.error(`docs-gate: ${where} did not answer often enough to tell. ${requests}\n`)
    return NOT_ASKED
  }
  io.out(`Closed: ${where} gives nothing of its documentation to strangers. ${requests}\n`)
  return CLOSED
}

/** `docs-gate probe`: asks a running service for its documentation, as a stranger, in every way we know. */
export async function probe(io: Io, words: readonly string[]): Promise<number> {
  const service = serviceOf(urlOf(words))
  try {
    return conclude(io, service, await probeService(service, io.exchange))
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    io.error(`docs-gate: ${service.origin} cannot be asked: ${error.message}\n`)
    return NOT_ASKED
  }
}
