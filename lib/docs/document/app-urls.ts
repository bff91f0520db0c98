import type { OpenApiDocument } from '../../openapi/document.ts'
import { type JsonObject, member } from '../../openapi/json.ts'
import { serverUrls, swagger2Urls } from '../../openapi/server-urls.ts'

/** Paths of the app, as its own router spells them, and its public URL. */
export interface AppPaths {
  /** The path of the document. */
  readonly document: string
  /** The path of the token endpoint. */
  readonly token: string
  /** The URL of the app's root in browsers, without a trailing slash; undefined without this option. */
  readonly publicUrl: string | undefined
}

/** The URLs in the app's own document. */
export interface AppUrls {
  /** The members of the document that describe its servers. */
  readonly server: JsonObject
  readonly tokenUrl: string
}

const ANYWHERE = 'http://docs-gate.invalid'
const HTTP = /^https?:\/\//i

/** The relative path from a document to the app's root. It has no trailing slash, because clients add one. */
function toRoot(document: string): string {
  const depth = document.split('/').length - 2
  return depth > 0 ? Array(depth).fill('..').join('/') : '.'
}

/**
 * The token URL for a server. @fastify/swagger removes the path of a server from the paths that begin with it. If
 * routes begin with it, the path belongs to the app's URLs; otherwise the server is the app's root.
 *
 * OpenAPI 3 resolves a token URL against the server, and a relative server against the document. For a relative server,
 * the token URL begins with neither a slash nor dots: it stays below the app whatever a client resolves it against.
 * Anything else could send name and password to another application of the same host.
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

// A server that no client can call counts as the root.
const callable = (server: unknown): string =>
  typeof server === 'string' && URL.canParse(server, ANYWHERE) && !OTHER_SCHEME.test(server) ? server : '/'

// Most clients take an empty URL for the root of the host; by RFC 3986 it is the document itself. The author most
// likely means the root of the app.
function locatedServers(servers: unknown, root: string): readonly unknown[] {
  if (!Array.isArray(servers) || servers.length === 0) return [{ url: root }]
  return servers.map((server) => (member(server, 'url') === '' ? { ...server, url: root } : server))
}

function openApiUrls(document: OpenApiDocument, paths: AppPaths, routes: readonly string[]): AppUrls {
  const { publicUrl, token } = paths
  const servers = locatedServers(document['servers'], publicUrl ?? toRoot(paths.document))
  const [server] = serverUrls(servers)
  const tokenUrl = publicUrl === undefined ? tokenUrlAt(callable(server), paths, routes) : publicUrl + token
  return { server: { servers }, tokenUrl }
}

function swagger2Server(publicUrl: string): JsonObject {
  const { protocol, host, pathname } = new URL(publicUrl)
  return { host, schemes: [protocol.slice(0, -1)], ...(pathname === '/' ? {} : { basePath: pathname }) }
}

// Swagger 2 has no relative servers, and its clients resolve a token URL against the document.
function swagger2AppUrls(document: OpenApiDocument, paths: AppPaths, routes: readonly string[]): AppUrls {
  const { publicUrl, token } = paths
  const [server] = [...swagger2Urls(document), document['basePath']]
  if (publicUrl !== undefined)
    return { server: server === undefined ? swagger2Server(publicUrl) : {}, tokenUrl: publicUrl + token }
  if (server !== undefined) return { server: {}, tokenUrl: tokenUrlAt(callable(server), paths, routes) }
  const root = toRoot(paths.document)
  return { server: {}, tokenUrl: root === '.' ? token.slice(1) : root + token }
}

/**
 * The servers and the token URL of the app's own document. They begin with `publicUrl`, or are relative, so that they
 * work behind any proxy. Servers that the host has set stay as they are.
 *
 * `Host`, `X-Forwarded-Host` and `X-Forwarded-Prefix` of requests are never used: a document is made once for all
 * readers, so the client that sent such a header would choose where other users send their passwords.
 *
 * @param routes the URLs of the app's routes
 * @see OpenAPI 3.1, section 4.6 (Relative References in URLs)
 */
export function appUrls(document: OpenApiDocument, paths: AppPaths, routes: readonly string[]): AppUrls {
  return document.swagger === undefined
    ? openApiUrls(document, paths, routes)
    : swagger2AppUrls(document, paths, routes)
}
