// Resolves the URLs of a document. Swagger UI resolves a token URL against the chosen server, but a relative server against
// the page's URL instead of the document's. It might then send user name and password to another application of the host.

/**
 * @typedef {Record<string, any>} Json
 * @typedef {{ tokenUrls: string[], tokenEndpoint: string, root: string, note: string | undefined }} AppDocumentLinks
 *   for a document that describes this service: the spellings of the token URL that it may have, the full URLs of the token
 *   endpoint and of the service, and a sentence for users whose requests carry their session
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
 * A copy of the object with these members. Undefined members do not change it.
 *
 * @param {Json} object
 * @param {Json} members
 */
const withMembers = (object, members) => ({
  ...object,
  ...Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)),
})

// A server URL that begins with a scheme is absolute. One that begins with a variable may be absolute too, so it is kept.
/**
 * @param {any} server
 * @param {string} documentUrl
 */
function resolvedServer(server, documentUrl) {
  if (typeof server?.url !== 'string' || /^(?:[a-z][a-z\d+.-]*:|\{)/i.test(server.url)) return server
  const url = /** @type {string} */ (resolve(server.url, documentUrl))
  return { ...server, url: url.replaceAll('%7B', '{').replaceAll('%7D', '}') }
}

/**
 * @param {any} scheme a security scheme, or one of its flows
 * @param {string | undefined} base undefined: Swagger UI resolves the URLs against the server that the user has chosen
 * @param {AppDocumentLinks | undefined} appDocument
 * @returns {any}
 */
function resolvedScheme(scheme, base, appDocument) {
  if (!isObject(scheme)) return scheme
  const { tokenUrl, authorizationUrl, flows } = scheme
  const absolute = (/** @type {unknown} */ url) => (base === undefined ? url : resolve(url, base))
  return withMembers(scheme, {
    tokenUrl: appDocument?.tokenUrls.includes(tokenUrl) ? appDocument.tokenEndpoint : absolute(tokenUrl),
    authorizationUrl: absolute(authorizationUrl),
    flows: mapValues(flows, (flow) => resolvedScheme(flow, base, appDocument)),
  })
}

// Swagger 2 has no relative servers. Without a host and a base path, only the page knows the path of the service.
/**
 * @param {Json} document
 * @param {string} documentUrl
 * @param {AppDocumentLinks | undefined} appDocument
 */
function resolvedSwagger2(document, documentUrl, appDocument) {
  const { host, basePath, securityDefinitions } = document
  const { pathname } = new URL(appDocument?.root ?? '/', documentUrl)
  const needsBasePath = host === undefined && basePath === undefined && pathname !== '/'
  return withMembers(document, {
    basePath: needsBasePath ? pathname.replace(/\/$/, '') : basePath,
    securityDefinitions: mapValues(securityDefinitions, (scheme) =>
      resolvedScheme(scheme, documentUrl, appDocument),
    ),
  })
}

/**
 * @param {Json} document
 * @param {string} documentUrl
 * @param {AppDocumentLinks | undefined} appDocument
 */
function resolvedOpenApi(document, documentUrl, appDocument) {
  const { components } = document
  const servers = Array.isArray(document['servers'])
    ? document['servers'].map((server) => resolvedServer(server, documentUrl))
    : undefined
  // A document without servers has one: the root of its host.
  const first = servers?.[0]?.url ?? new URL('/', documentUrl).href
  const base = servers?.length ? undefined : first
  const schemes = mapValues(components?.securitySchemes, (scheme) =>
    isObject(scheme)
      ? withMembers(resolvedScheme(scheme, base, appDocument), {
          openIdConnectUrl: resolve(scheme.openIdConnectUrl, first),
        })
      : scheme,
  )
  return withMembers(document, {
    servers,
    components: schemes === undefined ? components : { ...components, securitySchemes: schemes },
  })
}

/**
 * A copy of the document in which the URLs that Swagger UI would resolve wrongly are absolute.
 *
 * @param {any} document
 * @param {string} documentUrl the URL of the document
 * @param {AppDocumentLinks | undefined} appDocument
 */
export function withAbsoluteUrls(document, documentUrl, appDocument) {
  if (!isObject(document)) return document
  return document.swagger === undefined
    ? resolvedOpenApi(document, documentUrl, appDocument)
    : resolvedSwagger2(document, documentUrl, appDocument)
}
