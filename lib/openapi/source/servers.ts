type Fields = Record<string, unknown>

// What a variable begins with may be a whole URL.
const isRelative = (url: string): boolean => !/^(?:[a-z][a-z\d+.-]*:|\{)/i.test(url)

/** Where a relative URL leads from a file; variables, `{region}`, are left as they are. */
function absolute(url: string, { protocol, origin, pathname }: URL): string {
  if (url.startsWith('//')) return protocol + url
  // Without the query of the file: it may be a secret, and an empty reference would take it along.
  const base = origin + pathname
  if (!URL.canParse(url, base)) return url
  const { href } = new URL(url, base)
  const full = url.includes('{') ? href.replaceAll('%7B', '{').replaceAll('%7D', '}') : href
  return full === `${origin}/` ? origin : full
}

/**
 * Writes where a server is that is named relative to its file: read elsewhere, it would be one of there.
 *
 * @see OpenAPI 3.1, section 4.8.5
 */
export function placeServer(server: Fields, file: URL): void {
  const { url } = server
  if (typeof url === 'string' && isRelative(url)) server['url'] = absolute(url, file)
}

/**
 * Names the server of a document that names none: it is where the document is served.
 *
 * @see OpenAPI 3.1, section 4.8.1 (`servers`); Swagger 2.0 (`host`, `schemes`)
 */
export function nameServer(document: Fields, { protocol, host, origin }: URL): void {
  const { servers, schemes } = document
  if (document['swagger'] === undefined) {
    if (servers === undefined || (Array.isArray(servers) && servers.length === 0))
      document['servers'] = [{ url: origin }]
  } else if (document['host'] === undefined) {
    document['host'] = host
    if (schemes === undefined) document['schemes'] = [protocol.slice(0, -1)]
  }
}
