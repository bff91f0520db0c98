import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { withReadableServers } from '../lib/docs/document/swagger-options.ts'
import { OptionsError } from '../lib/errors.ts'
import type { OpenApiDocument } from '../lib/openapi/document.ts'
import { warningLog } from '../lib/runtime/warnings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The app's own document, from the host's @fastify/swagger, or from the gate's if the host has none. */
    docsGateDocument(): OpenApiDocument
    /** Whether it is the gate's, which has only routes of the gate's scope. Known when the app is ready. */
    docsGateDocumentIsOurs(): boolean
  }
}

export interface SwaggerPluginOptions {
  /** The host's options for @fastify/swagger. */
  readonly swagger: object
  readonly title: string
}

// Without options, @fastify/swagger makes a Swagger 2 document.
function withDefaults({ swagger, title }: SwaggerPluginOptions): object {
  const openapi = { openapi: '3.1.0', info: { title, version: '1.0.0' } }
  return 'openapi' in swagger || 'swagger' in swagger || 'mode' in swagger ? swagger : { openapi, ...swagger }
}

const OURS = 'docsGateSwagger'

const UNREADABLE_SERVER =
  "openapi.servers of this app's own @fastify/swagger: it cannot read the relative URL of a server; leave servers out, so that the gate names the right one, or give it stripBasePath: false"

function warnOfUnused(app: FastifyInstance, { swagger }: SwaggerPluginOptions): void {
  if (Object.keys(swagger).length === 0) return
  const remedy = 'give them to your own, or leave that one to the gate'
  warningLog(app.log).warn(
    {},
    `docs-gate: the options in swagger are not used, as this app registers @fastify/swagger itself; ${remedy}`,
  )
}

type Decorated = FastifyInstance & { readonly [OURS]: FastifyInstance['swagger'] }

// `app.swagger` is assigned only when the app is ready, too late for a decorator: an earlier one would make the host's
// own registration fail. The returned function says afterwards whether the document is the gate's.
function shareDocument(app: FastifyInstance, options: SwaggerPluginOptions): () => boolean {
  let isOurs = false
  app.addHook('onReady', async function docsGateShareDocument() {
    if (app.hasDecorator('swagger')) return warnOfUnused(app, options)
    app.swagger = (app as Decorated)[OURS]
    isOurs = true
  })
  return () => isOurs
}

/**
 * The options of a host's own @fastify/swagger are not accessible, so the document is made at the start to see whether
 * it can read its servers. Any other error is left to the request of a reader, as without a gate.
 *
 * It is a scope of its own, because its hooks then run after those of the app, on which @fastify/swagger depends.
 */
const readableServers: FastifyPluginAsync = async (scope) => {
  scope.addHook('onReady', async function docsGateReadServers() {
    if (scope.docsGateDocumentIsOurs()) return
    try {
      scope.swagger()
    } catch (cause) {
      const { code } = cause as { readonly code?: unknown }
      if (code === 'ERR_INVALID_URL') throw new OptionsError(UNREADABLE_SERVER, { cause })
    }
  })
}

/**
 * Decorates the app with its document. The gate's @fastify/swagger has another decorator name, so that a host may
 * register its own before or after the gate. If the host does not, `app.swagger` becomes the gate's when the app is
 * ready.
 */
async function swagger(app: FastifyInstance, options: SwaggerPluginOptions): Promise<void> {
  let isOurs = () => false
  if (app.hasDecorator('swagger')) warnOfUnused(app, options)
  else {
    const readable = withReadableServers(withDefaults(options))
    await app.register(fastifySwagger, { ...readable, decorator: OURS } as object)
    isOurs = shareDocument(app, options)
  }
  app.decorate('docsGateDocumentIsOurs', isOurs)
  app.decorate('docsGateDocument', () => app.swagger() as OpenApiDocument)
  await app.register(readableServers)
}

export default fp(swagger, { name: 'docs-gate-swagger', fastify: '5.x' })
