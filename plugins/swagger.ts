import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { withReadableServers } from '../lib/docs/document/swagger-options.ts'
import { OptionsError } from '../lib/errors.ts'
import type { OpenApiDocument } from '../lib/openapi/document.ts'
import { warningLog } from '../lib/runtime/warnings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The app's own document: the host's @fastify/swagger, or ours where there is none. */
    docsGateDocument(): OpenApiDocument
    /** Whether it is ours, which has the routes of the scope where the gate is registered. Known when the app is ready. */
    docsGateDocumentIsOurs(): boolean
  }
}

export interface SwaggerPluginOptions {
  /** The host's options of @fastify/swagger. */
  readonly swagger: object
  readonly title: string
}

// No options would give a Swagger 2 document.
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

// Too late to decorate, and not before: a host's own registration would have found the name taken. What is returned says
// afterwards whether the document is ours.
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
 * The options of a host's own @fastify/swagger cannot be seen: whether it can read its servers shows when it makes the
 * document, which it does once. Whatever else fails there is told to the reader's request, as without a gate.
 *
 * In a scope of its own, whose hooks run after those of the app: @fastify/swagger waits for its own.
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
 * Decorates the app with its document. Ours is registered under a name of its own, so that a host may register
 * @fastify/swagger before the gate or after it; where the host never does, `app.swagger` is ours in the end.
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
