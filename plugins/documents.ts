import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { RouteGuard } from '../lib/app-routes/route-guards.ts'
import { appDocument, externalDocument, type GuardedDocument } from '../lib/docs/document/app-document.ts'
import { appUrls } from '../lib/docs/document/app-urls.ts'
import { LiveDocument } from '../lib/docs/document/live-document.ts'
import { loadDocument } from '../lib/docs/document/load-document.ts'
import type { DocumentSummary } from '../lib/docs/page/document-list.ts'
import { liveViews } from '../lib/docs/view/live-view.ts'
import { createReaderViews, type ViewOfUser } from '../lib/docs/view/reader-views.ts'
import { createViewCache, type ViewCache } from '../lib/docs/view/view-cache.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { type OpenApiDocument, titleOf } from '../lib/openapi/document.ts'
import type { Operation } from '../lib/openapi/operations.ts'
import type { DocsSettings } from '../lib/options/docs-option.ts'
import { warningLog } from '../lib/runtime/warnings.ts'

// How many operations a warning names.
const MAX_NAMED = 20

/** Loads one document of the gate. */
export interface DocumentSource {
  /** Called when the document is first read. */
  load(): Promise<GuardedDocument>
  /** The title in the document. */
  title(): string | undefined
}

function externalSource(current: () => OpenApiDocument): DocumentSource {
  return {
    load: async () => externalDocument(current()),
    title: () => titleOf(current()),
  }
}

function appSource(
  app: FastifyInstance,
  { paths, cookies, settings }: Gate,
  routes: () => readonly RouteGuard[],
  { spec }: DocsSettings,
): DocumentSource {
  const { name, secure } = settings.session.cookie
  const plainCookieName = secure === 'auto' ? name : undefined
  const schemes = { tokenPath: paths.token, cookieName: cookies.name, plainCookieName, scopes: {} }
  const appPaths = {
    document: `${paths.prefix}${spec}.json`,
    token: paths.token,
    publicUrl: settings.publicUrl,
  }
  const warn = (operations: readonly Operation[], scopes: readonly string[]): void =>
    warningLog(app.log).warn(
      {
        operations: operations
          .slice(0, MAX_NAMED)
          .map(({ method, path }) => `${method.toUpperCase()} ${path}`),
        scopes,
      },
      'docs-gate: these operations of the document have lost the mark of their route and may be of routes that ask for scopes and are missing from it; only who holds those scopes sees them. Keep the field x-docs-gate-route in what transform and transformObject return, or decide with docs.visible',
    )
  return {
    async load() {
      const [document, guards] = [app.docsGateDocument(), routes()]
      const shown = guards.filter(({ isHidden }) => !isHidden).map(({ url }) => url)
      const { server, tokenUrl } = appUrls(document, appPaths, shown)
      return appDocument({ ...document, ...server }, guards, { ...schemes, tokenUrl }, warn)
    },
    title: () => titleOf(app.docsGateDocument()),
  }
}

/** The source of the document in these settings. An invalid `source` rejects here. */
export async function documentSource(
  app: FastifyInstance,
  gate: Gate,
  routes: () => readonly RouteGuard[],
  docs: DocsSettings,
): Promise<DocumentSource> {
  const { source, option } = docs
  if (source === undefined) return appSource(app, gate, routes, docs)
  if (source instanceof LiveDocument) return externalSource(() => source.current)
  const document = await loadDocument(source, `${option}.source`)
  return externalSource(() => document)
}

// The page of one document lists all others. One that cannot be built must not break the pages of the rest.
function titleIn(source: DocumentSource): string | undefined {
  try {
    return source.title()
  } catch {
    return undefined
  }
}

/** The document as the pages of the others list it. */
export function documentSummary(
  { prefix }: FastifyInstance,
  { pages }: Gate,
  { path, scopes, title }: DocsSettings,
  source: DocumentSource,
): DocumentSummary {
  return { path: prefix + path, scopes, title: () => title ?? titleIn(source) ?? pages.title }
}

/**
 * The views of a document for each user. All documents of the gate share the cache `views`. The views of the app's own
 * document are made again when a guard runs that had not been detected.
 *
 * @param version how often such a guard was recorded
 */
export function documentViews(
  { option: name, source, visible }: DocsSettings,
  { load }: DocumentSource,
  views: ViewCache,
  log: FastifyBaseLogger,
  version: () => number,
): ViewOfUser {
  const failed = (err: unknown): void =>
    log.error({ err }, `docs-gate: ${name}.visible failed; it hides every operation that it fails for`)
  const options = { name, load, visible, failed }
  if (source instanceof LiveDocument) {
    const create = () => createReaderViews({ ...options, views: createViewCache() })
    return liveViews(() => source.current, create)
  }
  if (source !== undefined) return createReaderViews({ ...options, views })
  return liveViews(version, (known) => createReaderViews({ ...options, name: `${name} ${known}`, views }))
}
