import type { FastifyInstance } from 'fastify'
import type { Audience, AudienceOptions } from '../lib/docs/audience.ts'
import { LiveDocument, liveAudience } from '../lib/docs/live-document.ts'
import type { GuardedDocument } from '../lib/docs/own-document.ts'
import type { RouteGuard } from '../lib/docs/route-guards.ts'
import { createViewCache, type ViewCache } from '../lib/docs/view-cache.ts'
import type { Gate } from '../lib/gate.ts'
import type { DocsSettings } from '../lib/options/docs-option.ts'

/** Gives a document, when it is first read. */
export type DocumentLoader = () => Promise<GuardedDocument>

// The host's start waits neither for a document nor for the modules that read documents: the first reader does.
const reading = {
  audience: () => import('../lib/docs/audience.ts'),
  documents: () => import('../lib/docs/own-document.ts'),
  sources: () => import('../lib/docs/source/source.ts'),
}

/** The loader of a document: of a source, which is refused here where it is bad, or of the app's own. */
export async function documentLoader(
  app: FastifyInstance,
  { paths, cookies }: Gate,
  routes: () => readonly RouteGuard[],
  { source }: DocsSettings,
  option: string,
): Promise<DocumentLoader> {
  if (source instanceof LiveDocument)
    return async () => (await reading.documents()).foreignDocument(source.current)
  if (source !== undefined) {
    const document = await (await reading.sources()).loadDocument(source, `${option}.source`)
    return async () => (await reading.documents()).foreignDocument(document)
  }
  const schemes = { tokenUrl: paths.token, cookieName: cookies.name, scopes: {} }
  return async () => (await reading.documents()).ownDocument(app.docsGateDocument(), routes(), schemes)
}

function lazyAudience(options: AudienceOptions): Audience {
  let loading: Promise<Audience> | undefined
  async function load(): Promise<Audience> {
    return (await reading.audience()).createAudience(options)
  }
  return async (user) => {
    loading ??= load()
    return (await loading)(user)
  }
}

/** The audience of a document, whose views are kept among those of the gate's other documents. */
export function documentAudience(
  { source, visible }: DocsSettings,
  name: string,
  load: DocumentLoader,
  views: ViewCache,
): Audience {
  const options = { name, load, visible }
  if (!(source instanceof LiveDocument)) return lazyAudience({ ...options, views })
  return liveAudience(source, () => lazyAudience({ ...options, views: createViewCache() }))
}
