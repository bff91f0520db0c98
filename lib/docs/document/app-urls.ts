import type { OpenApiDocument } from '../../openapi/document.ts'
import { type JsonObject, member } from '../../openapi/json.ts'
import { serverUrls, swagger2Urls } from '../../openapi/server-urls.ts'

/** Where the app and one of its documents are, as the app's own router spells it. */
export interface AppPaths {
  /** The path of the document. */
  readonly document: string
  /** The path of the token endpoint. */
  readonly token: string
  /** Where browsers reach the root of the app, without a slash at the end; undefined where no option says it. */
  readonly publicUrl: string | undefined
}

/** The URLs in a document of the app itself. */
export interface AppUrls {
  /** The members of the document that name its server. */
  readonly server: JsonObject
  readonly tokenUrl: string
}

const ANYWHERE = 'http://docs-gate.invalid'
const HTTP = /^https?:\/\//i

/** From the folder that a document is in. Without a slash at the end: clients add one. */
function toRoot(document: string): string {
  const depth = document.split('/').length - 2
  return depth > 0 ? Array(depth).fill('..').join('/') : '.'
}

/**
 * Where a server has the token endpoint. @fastify/swagger takes the path of a server off the paths that begin with it:
 * where it has done so, the server's path is one of the app's own; otherwise the server is the app's root.
 *
 * OpenAPI 3 resolves a token URL against the server, and a relative server against the document. With a relative server
 * the token URL begins with neither a slash nor dots, so that it stays below the app whatever a client resolves it
 * against: anything else may lead to another application of the same host, with name and password.
 */
function tokenUrlAt(server: string, { document, token }: AppPaths, routes: readonly string[]): string {
  const { origin, pathname } = new URL(server, ANYWHERE + document)
  const root = pathname.replace(/\/$/, '')
  const path = routes.some((url) => url.startsWith(`${root}/`)) ? token : root + token
  if (HTTP.test(server)) return origin + path
  if (server.startsWith('/')) return path
  const folder = pathname.slice(0, pathname.lastIndexOf('/') + 1)
  return path.startsWith(folder) ? path.slice(folder.length) : path.slice(1)
}

const OTHER_SCHEME = /^(?!https?:)[a-z][a-z\d+.-]*:/i

// What no client can call is as good as no server.
const callable = (server: unknown): string =>
  typeof server === 'string' && URL.canParse(server, ANYWHERE) && !OTHER_SCHEME.test(server) ? server : '/'

// To most clients an empty URL is the root of the host, and by RFC 3986 it is the document itself. Whoever writes it
// means: where the app is.
function placedServers(servers: unknown, root: string): readonly unknown[] {
  if (!Array.isArray(servers) || servers.length === 0) return [{ url: root }]
  return servers.map((server) => (member(server, 'url') === '' ? { ...server, url: root } : server))
}

function openApiUrls(document: OpenApiDocument, places: AppPaths, routes: readonly string[]): AppUrls {
  const { publicUrl, token } = places
  const servers = placedServers(document['servers'], publicUrl ?? toRoot(places.document))
  const [server] = serverUrls(servers)
  const tokenUrl = publicUrl === undefined ? tokenUrlAt(callable(server), places, routes) : publicUrl + token
  return { server: { servers }, tokenUrl }
}

function swagger2Server(publicUrl: string): JsonObject {
  const { protocol, host, pathname } = new URL(publicUrl)
  return { host, schemes: [protocol.slice(0, -1)], ...(pathname === '/' ? {} : { basePath: pathname }) }
}

// Swagger 2 has no relative servers, and its clients resolve a token URL against the document.
function swagger2AppUrls(document: OpenApiDocument, places: AppPaths, routes: readonly string[]): AppUrls {
  const { publicUrl, token } = places
  const [server] = [...swagger2Urls(document), document['basePath']]
  if (publicUrl !== undefined)
    return { server: server === undefined ? swagger2Server(publicUrl) : {}, tokenUrl: publicUrl + token }
  if (server !== undefined) return { server: {}, tokenUrl: tokenUrlAt(callable(server), places, routes) }
  const root = toRoot(places.document)
  return { server: {}, tokenUrl: root === '.' ? token.slice(1) : root + token }
}

/**
 * The server and the token endpoint of a document of the app itself: made of `publicUrl`, or relative, so that they are
 * right wherever a proxy puts the app. Servers that the host names stay as they are.
 *
 * No request is asked for `Host`, `X-Forwarded-Host` or `X-Forwarded-Prefix`: a document is made once for all its
 * readers, and whoever sent these would choose where the others send their passwords.
 *
 * @param routes the URLs of the app's routes
 * @see OpenAPI 3.1, section 4.6 (Relative References in URLs)
 */
export function appUrls(document: OpenApiDocument, places: AppPaths, routes: readonly string[]): AppUrls {
  return document.swagger === undefined
    ? openApiUrls(document, places, routes)
    : swagger2AppUrls(document, places, routes)
}
