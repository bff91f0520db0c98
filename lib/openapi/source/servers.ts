type Fields = Record<string, unknown>

// A URL that begins with a variable may be absolute: the variable may stand for its scheme.
const isRelative = (url: string): boolean => !/^(?:[a-z][a-z\d+.-]*:|\{)/i.test(url)

/** A relative URL resolved against the URL of its file. Variables like `{region}` stay as they are. */
function absolute(url: string, { protocol, origin, pathname }: URL): string {
  if (url.startsWith('//')) return protocol + url
  // The query of the file is left out: it may be a secret, and an empty reference would keep it.
  const base = origin + pathname
  if (!URL.canParse(url, base)) return url
  const { href } = new URL(url, base)
  const full = url.includes('{') ? href.replaceAll('%7B', '{').replaceAll('%7D', '}') : href
  return full === `${origin}/` ? origin : full
}

/**
 * Makes the URL of a server absolute that is relative to its file. The document is served from another place.
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
