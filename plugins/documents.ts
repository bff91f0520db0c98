import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { RouteGuard } from '../lib/app-routes/route-guards.ts'
import { foreignDocument, type GuardedDocument, ownDocument } from '../lib/docs/document/app-document.ts'
import { appUrls } from '../lib/docs/document/app-urls.ts'
import { LiveDocument } from '../lib/docs/document/live-document.ts'
import { loadDocument } from '../lib/docs/document/load-document.ts'
import type { ShelvedDocument } from '../lib/docs/page/document-list.ts'
import { currentAudience } from '../lib/docs/view/live-view.ts'
import { type Audience, createAudience } from '../lib/docs/view/reader-views.ts'
import { createViewCache, type ViewCache } from '../lib/docs/view/view-cache.ts'
import type { Gate } from '../lib/gate/gate.ts'
import { type OpenApiDocument, titleOf } from '../lib/openapi/document.ts'
import type { Operation } from '../lib/openapi/operations.ts'
import type { DocsSettings } from '../lib/options/docs-option.ts'
import { warningLog } from '../lib/runtime/warnings.ts'

// Of the operations that a warning is about.
const MAX_NAMED = 20

/** Where a document comes from. */
export interface DocumentSource {
  /** Gives the document, when it is first read. */
  load(): Promise<GuardedDocument>
  /** The title in it. */
  title(): string | undefined
}

function foreignSource(current: () => OpenApiDocument): DocumentSource {
  return {
    load: async () => foreignDocument(current()),
    title: () => titleOf(current()),
  }
}

function ownSource(
  app: FastifyInstance,
  { paths, cookies, settings }: Gate,
  routes: () => readonly RouteGuard[],
  { spec }: DocsSettings,
): DocumentSource {
  const { name, secure } = settings.session.cookie
  const plainCookieName = secure === 'auto' ? name : undefined
  const schemes = { tokenPath: paths.token, cookieName: cookies.name, plainCookieName, scopes: {} }
  const places = {
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
      const { server, tokenUrl } = appUrls(document, places, shown)
      return ownDocument({ ...document, ...server }, guards, { ...schemes, tokenUrl }, warn)
    },
    title: () => titleOf(app.docsGateDocument()),
  }
}

/** Where the document of these settings comes from. A bad `source` is refused here. */
export async function documentSource(
  app: FastifyInstance,
  gate: Gate,
  routes: () => readonly RouteGuard[],
  docs: DocsSettings,
): Promise<DocumentSource> {
  const { source, option } = docs
  if (source === undefined) return ownSource(app, gate, routes, docs)
  if (source instanceof LiveDocument) return foreignSource(() => source.current)
  const document = await loadDocument(source, `${option}.source`)
  return foreignSource(() => document)
}

// The page of one document names the others: one that cannot be built must not take the rest with it.
function titleIn(source: DocumentSource): string | undefined {
  try {
    return source.title()
  } catch {
    return undefined
  }
}

/** The document as the pages of the others name it. */
export function shelved(
  { prefix }: FastifyInstance,
  { pages }: Gate,
  { path, scopes, title }: DocsSettings,
  source: DocumentSource,
): ShelvedDocument {
  return { path: prefix + path, scopes, title: () => title ?? titleIn(source) ?? pages.title }
}

/**
 * The audience of a document, whose views are kept among those of the gate's other documents. What readers see of the app's
 * own changes when a guard shows itself that nobody could see.
 *
 * @param version of what is known of the app's routes
 */
export function documentAudience(
  { option: name, source, visible }: DocsSettings,
  { load }: DocumentSource,
  views: ViewCache,
  log: FastifyBaseLogger,
  version: () => number,
): Audience {
  const failed = (err: unknown): void =>
    log.error({ err }, `docs-gate: ${name}.visible failed; it hides every operation that it fails for`)
  const options = { name, load, visible, failed }
  if (source instanceof LiveDocument) {
    const create = () => createAudience({ ...options, views: createViewCache() })
    return currentAudience(() => source.current, create)
  }
  if (source !== undefined) return createAudience({ ...options, views })
  return currentAudience(version, (known) => createAudience({ ...options, name: `${name} ${known}`, views }))
}
