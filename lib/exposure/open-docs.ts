import type { RouteGuard } from '../app-routes/route-guards.ts'
import { shapesOf } from './patterns.ts'

// Usual file names of documents, and of the pages that show them.
const DOCUMENT = /^(?:openapi|swagger|api-docs)\.(?:json|ya?ml)$/i
const UI_FILE =
  /^(?:swagger-ui(?:[.-][\w.-]+)?\.(?:js|css|html)|swagger-ui\.html|swagger-initializer\.js|redoc\.standalone\.js|scalar\.js)$/i
// The route of a folder does not tell its files, so only the folder's name can be matched.
const UI_FOLDER = /\/(?:swagger(?:-ui)?(?:-dist)?|redoc|openapi|api-docs)\/\*$/i

const nameOf = (url: string): string => url.replace(/\/+$/, '').replace(/^.*\//, '')
const isReadable = ({ method }: RouteGuard): boolean => method === 'GET'

const INITIALIZER = /^(.*?)(?:\/static)?\/swagger-initializer\.js$/i

/** The routes below a page of @fastify/swagger-ui, and of plugins modelled on it. */
const MEMBER = /^\/?$|^\/(?:json|yaml|static\/.*|\*|uiConfig|initOAuth)$/

const hasPairAndFiles = (root: string, urls: ReadonlySet<string>): boolean =>
  urls.has(`${root}/yaml`) && urls.has(`${root}/static/*`)

/** The URLs of Swagger UI pages, recognised by the routes below them. */
function uiRoots(urls: ReadonlySet<string>): readonly string[] {
  const roots = [...urls].flatMap((url) => {
    const initializer = INITIALIZER.exec(url)
    if (initializer) return initializer[1] as string
    const root = url.endsWith('/json') ? url.slice(0, -'/json'.length) : undefined
    return root !== undefined && hasPairAndFiles(root, urls) ? root : []
  })
  return [...new Set(roots)]
}

// @nestjs/swagger adds `/api-json` and `/api-yaml` for the page `/api`, even with `ui: false`.
const PAIR = /^(.*)-(?:json|yaml)$/

function isOfPair(url: string, urls: ReadonlySet<string>): boolean {
  const stem = PAIR.exec(url)?.[1]
  return stem !== undefined && urls.has(`${stem}-json`) && urls.has(`${stem}-yaml`)
}

const isMember = (url: string, root: string): boolean =>
  url.startsWith(root) && MEMBER.test(url.slice(root.length))

const hasName = (pattern: string): boolean =>
  shapesOf(pattern).some(
    (url) => DOCUMENT.test(nameOf(url)) || UI_FILE.test(nameOf(url)) || UI_FOLDER.test(url),
  )

/**
 * The URLs of routes that look like an OpenAPI document, or a page that shows one, and have no guard of the gate.
 * Guarded routes help to recognise a page too: if some of its routes are guarded, the others are still open.
 */
export function openDocs(routes: readonly RouteGuard[]): readonly string[] {
  const readable = routes.filter(isReadable)
  const urls = new Set(readable.map(({ url }) => url))
  const roots = uiRoots(urls)
  // If a URL has several routes that differ by constraints and one is guarded, the others are taken for unrelated pages
  // of other hosts. A document is recognised by its name on every host.
  const guarded = new Set(readable.flatMap(({ url, scopes }) => (scopes === null ? [] : url)))
  const isPage = (url: string): boolean => !guarded.has(url) && roots.some((root) => isMember(url, root))
  const open = readable.filter(
    ({ url, scopes }) => scopes === null && (hasName(url) || isOfPair(url, urls) || isPage(url)),
  )
  return [...new Set(open.map(({ url }) => url))]
}
