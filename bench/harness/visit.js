// What a browser loads for a page of documentation, first and later: bytes on the wire, heads and all.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { checkAnswer } from './answers.js'

const BROWSER = { 'accept-encoding': 'gzip, deflate, br' }
const REFERENCES = /<(?:script|link)[^>]+(?:src|href)="(?!data:)([^"]+)"/g
const IMPORTS = /^import .*?["'](\.\.?\/[^"']+)["']/gm

const decode = { br: brotliDecompressSync, gzip: gunzipSync }
const textOf = ({ headers, body }) => (decode[headers['content-encoding']]?.(body) ?? body).toString()

const control = ({ headers }) => headers['cache-control'] ?? ''
const isKept = (answer) => /immutable/.test(control(answer))
const isStored = (answer) => answer !== undefined && !/no-store/.test(control(answer))

// RFC 9111, section 4.3.1: what was stored with a validator is asked for with it.
function validators({ headers }) {
  if (headers.etag) return { 'if-none-match': headers.etag }
  return headers['last-modified'] ? { 'if-modified-since': headers['last-modified'] } : {}
}

/** A browser's cache, empty: by path, the answers that it has. */
export const emptyCache = () => new Map()

/**
 * @typedef {object} Visit
 * @property {number} bytes
 * @property {string[]} requests the paths that were asked for
 *
 * Loads a page, what it refers to, and the document.
 *
 * @param {import('./servers.js').Server} server `facts`: `page`, `json`, `headers`
 * @param {Map<string, object>} cache
 * @returns {Promise<Visit>}
 */
export async function visit(context, server, cache) {
  const requests = []
  let bytes = 0

  async function load(path) {
    const known = isStored(cache.get(path)) ? cache.get(path) : undefined
    if (known && isKept(known)) return known
    const headers = { ...server.facts.headers, ...BROWSER, ...(known && validators(known)) }
    const target = { name: server.name, server, path, headers }
    const answer = await context.get(target)
    checkAnswer({ ...target, expect: { status: known && answer.status === 304 ? 304 : 200 } }, answer)
    requests.push(path)
    bytes += answer.wire
    if (answer.status === 304) return known
    cache.set(path, answer)
    return answer
  }

  const loaded = new Set()

  // What a file refers to, and what that refers to in turn: modules import each other.
  async function loadAll(path, references) {
    if (loaded.has(path)) return
    loaded.add(path)
    const text = textOf(await load(path))
    for (const [, reference] of text.matchAll(references)) {
      const { pathname, search } = new URL(reference, new URL(path, 'http://x'))
      await loadAll(pathname + search, IMPORTS)
    }
  }

  const { page, json } = server.facts
  await loadAll(page, REFERENCES)
  await load(json)
  return { bytes, requests }
}
