// How much a browser loads for the docs page, on its first visit and on the next one.
import { setTimeout as sleep } from 'node:timers/promises'
import { documentFiles, githubDocument } from '../harness/documents.js'
import { ratioLine, skippedLine, valueLine } from '../harness/statistics.js'
import { emptyCache, visit } from '../harness/visit.js'

const OPERATIONS = 100
const DEADLINE_MILLISECONDS = 60_000

/** Repeats the visit until the number of bytes stays the same, because everything is compressed by then. */
async function settledVisit(context, server, atMost) {
  const deadline = Date.now() + DEADLINE_MILLISECONDS
  let { bytes } = await visit(context, server, emptyCache())
  while (bytes > atMost && Date.now() < deadline) {
    await sleep(200)
    bytes = (await visit(context, server, emptyCache())).bytes
  }
}

async function visits(context, service, file) {
  const server = await context.startService(service, { options: { file } })
  const earliest = await visit(context, server, emptyCache())
  // @fastify/swagger-ui compresses nothing, and a smoke run does not wait for compression.
  if (service === 'docs-gate' && !context.options.smoke)
    await settledVisit(context, server, earliest.bytes / 3)
  const cache = emptyCache()
  const [first, second] = [await visit(context, server, cache), await visit(context, server, cache)]
  await server.stop()
  return { earliest, first, second }
}

async function measure(context, { name, file }) {
  const [stock, ours] = [await visits(context, 'docs-stock', file), await visits(context, 'docs-gate', file)]
  const line = (which, more) =>
    ratioLine({
      what: `${name}, ${which}`,
      peer: 'stock',
      measure: 'bytes',
      ours: [ours[which].bytes],
      theirs: [stock[which].bytes],
      ...more,
      note: `${ours[which].bytes.toLocaleString('en')} bytes in ${ours[which].requests.length} requests, theirs ${stock[which].bytes.toLocaleString('en')} in ${stock[which].requests.length}`,
    })
  return [
    line('first', { what: `${name}, first visit`, bar: { atMost: 0.3 } }),
    line('earliest', { what: `${name}, first visit of all after the start` }),
    line('second', { what: `${name}, second visit` }),
    valueLine({
      what: `${name}, second visit`,
      measure: 'requests besides the page and the document',
      values: [ours.second.requests.length - 2],
      bar: { atMost: 0 },
      note: ours.second.requests.slice(1, -1).join(', '),
    }),
  ]
}

export default {
  name: 'first-visit',
  title:
    'What a browser loads for the docs page with its document, in bytes on the wire, against stock @fastify/swagger-ui.',
  async run(context) {
    const [small] = documentFiles(context, [OPERATIONS])
    const lines = await measure(context, small)
    if (context.options.smoke) return lines
    if (!githubDocument)
      return [...lines, skippedLine("GitHub's description", '@octokit/openapi is not installed')]
    return [...lines, ...(await measure(context, { name: "GitHub's description", file: githubDocument }))]
  },
}
