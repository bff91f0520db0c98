import { createBaseline } from './baseline.ts'
import { documentationIn, isThere, reveals } from './classify.ts'
import { createProbeClient, forEachConcurrently } from './client.ts'
import { discover, type ProbeContext } from './discovery.ts'
import { createFindings, type Finding } from './findings.ts'
import type { Service } from './request.ts'
import { requestText } from './request.ts'
import type { Exchange } from './socket.ts'
import { plainRequest, type Variation, variationsOf } from './variations.ts'

export interface ProbeResult {
  readonly findings: readonly Finding[]
  /** How many places gave an answer. */
  readonly paths: number
  readonly asked: number
  /** Places of which nothing is known, because no answer came. */
  readonly unanswered: number
  /** Whether the bounds ended it before everything was asked. */
  readonly hasStopped: boolean
}

interface Way {
  readonly path: string
  readonly variation: Variation
}

/** The other ways to ask for these paths, path by path; of one that is short or plain, some are the same. */
function* waysOf(
  service: Service,
  paths: readonly string[],
  variations: readonly Variation[],
): Generator<readonly Way[]> {
  const known = new Set(paths.map((path) => requestText(plainRequest(service, path))))
  for (const path of paths) {
    yield variations
      .map((variation) => ({ path, variation }))
      .filter(({ variation }) => {
        const text = requestText(variation.request(path))
        return !known.has(text) && known.add(text)
      })
  }
}

async function askIn({ client, baseline, findings }: ProbeContext, { path, variation }: Way): Promise<void> {
  const { name, request } = variation
  const answer = await client.request(request(path))
  if (!answer) return
  const sign = documentationIn(answer)
  if (sign) return findings.add(request(path), answer, sign)
  const beside = isThere(answer) ? await baseline.responseBeside(path, request, name) : undefined
  if (!beside || !reveals(answer, beside)) return
  if (await baseline.isConfirmed(path, request, reveals))
    findings.add(request(path), answer, 'exists', beside)
}

/**
 * Asks a service, as a stranger, for its documentation in every way we know.
 *
 * @throws UnreachableError where no connection is to be had
 */
export async function probeService(service: Service, exchange: Exchange): Promise<ProbeResult> {
  const client = createProbeClient(service, exchange)
  const findings = createFindings(service)
  const context = { service, client, findings, baseline: createBaseline(client) }
  const { suspects, paths } = await discover(context)
  // A header that replaces the path of the root shows nothing where the root itself is open.
  const isRootOpen = findings.list().some(({ request }) => request === 'GET /')
  const variations = variationsOf(service).filter(
    ({ request }) => !isRootOpen || request('/x').target !== '/',
  )
  for (const ways of waysOf(service, suspects, variations)) {
    // As many as can be asked for to the end, their neighbours included.
    if (client.remaining() < 2 * variations.length) break
    await forEachConcurrently(ways, (way) => askIn(context, way))
  }
  return { findings: findings.list(), paths, ...client.counts }
}
