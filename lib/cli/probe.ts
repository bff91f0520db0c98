import type { Leak } from '../probe/classify.ts'
import { UnreachableError } from '../probe/client.ts'
import type { Finding } from '../probe/findings.ts'
import { type ProbeResult, probeService } from '../probe/probe.ts'
import type { Service } from '../probe/request.ts'
import { UsageError } from './io.ts'
import { pluralize } from './terminal/pluralize.ts'
import { table } from './terminal/table.ts'
import { printError, type StyledText, styled, type Terminal } from './terminal/terminal.ts'

/** The exit codes of `fastify-docs-gate probe`. */
const NOTHING_FOUND = 0
const OPEN = 1
const NOT_ASKED = 2

const WORDS: Readonly<Record<Leak, string>> = {
  document: 'gives an API document',
  page: 'gives a page of API documentation',
  file: 'gives a file of a documentation page',
  exists: 'reveals that it exists',
}

const rowOf = ({ request, status, leak, baseline }: Finding): readonly StyledText[] => [
  request,
  String(status),
  `${WORDS[leak]}${baseline === undefined ? '' : ` (a neighbouring path answers ${baseline})`}`,
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

function printResult(terminal: Terminal, { origin, base }: Service, result: ProbeResult): number {
  const { findings, paths, requests, unanswered, hasStopped } = result
  const where = `${origin}${base}`
  terminal.out(...table(findings.map(rowOf)))
  const totalSentence = `It was asked ${pluralize(requests, 'time')}.`
  if (findings.length > 0) {
    const givenTo = pluralize(findings.length, 'request')
    terminal.out(
      styled('bad', 'Open:'),
      ` ${where} gives its documentation away to ${givenTo}. ${totalSentence}\n`,
    )
    return OPEN
  }
  if (unanswered > 0 || hasStopped) {
    printError(terminal, `${where} did not answer often enough to tell. ${totalSentence}`)
    return NOT_ASKED
  }
  // Not "closed": the probe does not know every path.
  terminal.out(
    styled('good', 'Nothing found'),
    ` at ${pluralize(paths, 'place')} of ${where}. ${totalSentence}\n`,
  )
  return NOTHING_FOUND
}

/** `fastify-docs-gate probe`: checks, without credentials, whether a running service exposes its API documentation. */
export async function probe(terminal: Terminal, words: readonly string[]): Promise<number> {
  const service = serviceOf(urlOf(words))
  try {
    return printResult(terminal, service, await probeService(service, terminal.exchange))
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    printError(terminal, `${service.origin} cannot be asked: ${error.message}`)
    return NOT_ASKED
  }
}
