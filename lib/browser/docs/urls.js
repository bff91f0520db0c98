// The URLs of a document as Swagger UI needs them. It resolves a token URL against a relative server as if that were
// relative to the page, so that name and password may be sent to another application of the same host.

/**
 * @typedef {Record<string, any>} Json
 * @typedef {{ tokenUrls: string[], token: string, root: string }} App of a document of this service: how it may spell the token endpoint, where that is, and where the service is
 */

/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * @param {unknown} url
 * @param {string} base
 */
const resolve = (url, base) =>
  typeof url === 'string' && URL.canParse(url, base) ? new URL(url, base).href : url

/**
 * @param {unknown} members
 * @param {(member: any) => any} map
 */
const mapValues = (members, map) =>
  isObject(members)
    ? Object.fromEntries(Object.entries(/** @type {Json} */ (members)).map(([name, one]) => [name, map(one)]))
    : members

/**
 * Writes over those members alone that are there.
 *
 * @param {Json} object
 * @param {Json} members
 */
const over = (object, members) => ({
  ...object,
  ...Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)),
})

// What begins with a scheme is absolute, and a variable at the beginning may bring one.
/**
 * @param {any} server
 * @param {string} spec
 */
function placedServer(server, spec) {
  if (typeof server?.url !== 'string' || /^(?:[a-z][a-z\d+.-]*:|\{)/i.test(server.url)) return server
  const url = /** @type {string} */ (resolve(server.url, spec))
  return { ...server, url: url.replaceAll('%7B', '{').replaceAll('%7D', '}') }
}

/**
 * @param {any} scheme or one of its flows
 * @param {string | undefined} base undefined: Swagger UI resolves them itself, against the server that is chosen
 * @param {App | undefined} app
 * @returns {any}
 */
function placedScheme(scheme, base, app) {
  if (!isObject(scheme)) return scheme
  const { tokenUrl, authorizationUrl, flows } = scheme
  const to = (/** @type {unknown} */ url) => (base === undefined ? url : resolve(url, base))
  return over(scheme, {
    tokenUrl: app?.tokenUrls.includes(tokenUrl) ? app.token : to(tokenUrl),
    authorizationUrl: to(authorizationUrl),
    flows: mapValues(flows, (flow) => placedScheme(flow, base, app)),
  })
}

// Swagger 2 has no relative servers: where the service is, only the page can say.
/**
 * @param {Json} document
 * @param {string} spec
 * @param {App | undefined} app
 */
function placedSwagger2(document, spec, app) {
  const { host, basePath, securityDefinitions } = document
  const { pathname } = new URL(app?.root ?? '/', spec)
  const isPlaced = host === undefined && basePath === undefined && pathname !== '/'
  return over(document, {
    basePath: isPlaced ? pathname.replace(/\/$/, '') : basePath,
    securityDefinitions: mapValues(securityDefinitions, (scheme) => placedScheme(scheme, spec, app)),
  })
}

/**
 * @param {Json} document
 * @param {string} spec
 * @param {App | undefined} app
 */
function placedOpenApi(document, spec, app) {
  const { components } = document
  const servers = Array.isArray(document['servers'])
    ? document['servers'].map((server) => placedServer(server, spec))
    : undefined
  // Without a server, it is the root of the host.
  const first = servers?.[0]?.url ?? new URL('/', spec).href
  const base = servers?.length ? undefined : first
  const schemes = mapValues(components?.securitySchemes, (scheme) =>
    isObject(scheme)
      ? over(placedScheme(scheme, base, app), { openIdConnectUrl: resolve(scheme.openIdConnectUrl, first) })
      : scheme,
  )
  return over(document, {
    servers,
    components: schemes === undefined ? components : { ...components, securitySchemes: schemes },
  })
}

/**
 * A document with the URLs that Swagger UI would resolve wrongly made absolute; the given one is left as it is.
 *
 * @param {any} document
 * @param {string} spec the URL that it was read from
 * @param {App | undefined} app
 */
export function withPlacedUrls(document, spec, app) {
  if (!isObject(document)) return document
  return document.swagger === undefined
    ? placedOpenApi(document, spec, app)
    : placedSwagger2(document, spec, app)
}
