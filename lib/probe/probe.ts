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
  /** How many paths gave a response. */
  readonly paths: number
  /** How many requests were sent. */
  readonly requests: number
  /** How many paths gave no response, so that nothing is known about them. */
  readonly unanswered: number
  /** Whether a limit ended the probe before everything was requested. */
  readonly hasStopped: boolean
}

interface Attempt {
  readonly path: string
  readonly variation: Variation
}

/** The variations of each path. Several may be the same request, which is sent once. */
function* attemptsOf(
  service: Service,
  paths: readonly string[],
  variations: readonly Variation[],
): Generator<readonly Attempt[]> {
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

async function tryVariation(
  { client, baseline, findings }: ProbeContext,
  { path, variation }: Attempt,
): Promise<void> {
  const { name, request } = variation
  const response = await client.request(request(path))
  if (!response) return
  const kind = documentationIn(response)
  if (kind) return findings.add(request(path), response, kind)
  const missing = isThere(response) ? await baseline.responseBeside(path, request, name) : undefined
  if (!missing || !reveals(response, missing)) return
  if (await baseline.isConfirmed(path, request, reveals))
    findings.add(request(path), response, 'exists', missing)
}

/**
 * Requests the documentation of a service without credentials, at all well-known paths and in all variations.
 *
 * @throws UnreachableError if the service cannot be reached
 */
export async function probeService(service: Service, exchange: Exchange): Promise<ProbeResult> {
  const client = createProbeClient(service, exchange)
  const findings = createFindings(service)
  const context = { service, client, findings, baseline: createBaseline(client) }
  const { suspects, paths } = await discover(context)
  // If the root is open, a request for the root with a header that replaces its path proves nothing.
  const isRootOpen = findings.list().some(({ request }) => request === 'GET /')
  const variations = variationsOf(service).filter(
    ({ request }) => !isRootOpen || request('/x').target !== '/',
  )
  for (const attempts of attemptsOf(service, suspects, variations)) {
    // A path is started only if the limit allows all its variations and a baseline for each.
    if (client.remaining() < 2 * variations.length) break
    await forEachConcurrently(attempts, (attempt) => tryVariation(context, attempt))
  }
  return { findings: findings.list(), paths, ...client.counts }
}
