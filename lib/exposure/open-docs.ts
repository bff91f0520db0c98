import type { RouteGuard } from '../app-routes/route-guards.ts'
import { shapesOf } from './patterns.ts'

// Names that a document, or the files of a page that shows one, have everywhere.
const DOCUMENT = /^(?:openapi|swagger|api-docs)\.(?:json|ya?ml)$/i
const UI_FILE =
  /^(?:swagger-ui(?:[.-][\w.-]+)?\.(?:js|css|html)|swagger-ui\.html|swagger-initializer\.js|redoc\.standalone\.js|scalar\.js)$/i
// A folder whose files cannot be seen: its name has to speak.
const UI_FOLDER = /\/(?:swagger(?:-ui)?(?:-dist)?|redoc|openapi|api-docs)\/\*$/i

const nameOf = (url: string): string => url.replace(/\/+$/, '').replace(/^.*\//, '')
const isReadable = ({ method }: RouteGuard): boolean => method === 'GET'

const INITIALIZER = /^(.*?)(?:\/static)?\/swagger-initializer\.js$/i

/** What lies below a page of @fastify/swagger-ui, and of what was modelled on it. */
const MEMBER = /^\/?$|^\/(?:json|yaml|static\/.*|\*|uiConfig|initOAuth)$/

const hasPairAndFiles = (root: string, urls: ReadonlySet<string>): boolean =>
  urls.has(`${root}/yaml`) && urls.has(`${root}/static/*`)

/** Where pages of Swagger UI are, by the routes that they have in common. */
function uiRoots(urls: ReadonlySet<string>): readonly string[] {
  const roots = [...urls].flatMap((url) => {
    const initializer = INITIALIZER.exec(url)
    if (initializer) return initializer[1] as string
    const root = url.endsWith('/json') ? url.slice(0, -'/json'.length) : undefined
    return root !== undefined && hasPairAndFiles(root, urls) ? root : []
  })
  return [...new Set(roots)]
}

// What @nestjs/swagger adds beside its page, with `ui: false` too: `/api-json` and `/api-yaml`.
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
 * The URLs at which, by the shape of the routes, an OpenAPI document or a page that shows one lies open: no guard of the
 * gate stands before them. Which routes belong to a page is read off all routes, the guarded ones too: a page of which
 * some routes are guarded is open all the same.
 */
export function openDocs(routes: readonly RouteGuard[]): readonly string[] {
  const readable = routes.filter(isReadable)
  const urls = new Set(readable.map(({ url }) => url))
  const roots = uiRoots(urls)
  // Of the routes of one URL, told apart by constraints, one is guarded: the others are pages of other hosts. A document
  // is one on every host.
  const guarded = new Set(readable.flatMap(({ url, scopes }) => (scopes === null ? [] : url)))
  const isPage = (url: string): boolean => !guarded.has(url) && roots.some((root) => isMember(url, root))
  const open = readable.filter(
    ({ url, scopes }) => scopes === null && (hasName(url) || isOfPair(url, urls) || isPage(url)),
  )
  return [...new Set(open.map(({ url }) => url))]
}
