// Loads a page of documentation as a browser does, and counts the bytes on the wire, with headers.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { checkResponse } from './responses.js'

const BROWSER = { 'accept-encoding': 'gzip, deflate, br' }
const REFERENCES = /<(?:script|link)[^>]+(?:src|href)="(?!data:)([^"]+)"/g
const IMPORTS = /^import .*?["'](\.\.?\/[^"']+)["']/gm

const decode = { br: brotliDecompressSync, gzip: gunzipSync }
const textOf = ({ headers, body }) => (decode[headers['content-encoding']]?.(body) ?? body).toString()

const control = ({ headers }) => headers['cache-control'] ?? ''
const isKept = (response) => /immutable/.test(control(response))
const isStored = (response) => response !== undefined && !/no-store/.test(control(response))

// RFC 9111, section 4.3.1: a stored response is revalidated with its validators.
function validators({ headers }) {
  if (headers.etag) return { 'if-none-match': headers.etag }
  return headers['last-modified'] ? { 'if-modified-since': headers['last-modified'] } : {}
}

/** An empty browser cache: responses by path. */
export const emptyCache = () => new Map()

/**
 * @typedef {object} Visit
 * @property {number} bytes
 * @property {string[]} requests the requested paths
 *
 * Loads a page, the files that it references, and the document.
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
    const response = await context.get(target)
    checkResponse({ ...target, expect: { status: known && response.status === 304 ? 304 : 200 } }, response)
    requests.push(path)
    bytes += response.wire
    if (response.status === 304) return known
    cache.set(path, response)
    return response
  }

  const loaded = new Set()

  // Loads a file and, recursively, the files that it references, because modules import each other.
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
