import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { OpenApiDocument } from '../lib/docs/document.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The app's own document: the host's @fastify/swagger, or ours where there is none. */
    docsGateDocument(): OpenApiDocument
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

/**
 * Decorates the app with its document. Ours is registered under a name of its own, so that a host may register
 * @fastify/swagger before the gate or after it; where the host never does, `app.swagger` is ours in the end.
 */
async function swagger(app: FastifyInstance, options: SwaggerPluginOptions): Promise<void> {
  if (!app.hasDecorator('swagger')) {
    await app.register(fastifySwagger, { ...withDefaults(options), decorator: OURS } as object)
    app.addHook('onReady', async function docsGateShareDocument() {
      // Too late to decorate, and not before: a host's own registration would have found the name taken.
      if (!app.hasDecorator('swagger')) app.swagger = app.getDecorator<FastifyInstance['swagger']>(OURS)
    })
  }
  app.decorate('docsGateDocument', () => app.swagger() as OpenApiDocument)
}

export default fp(swagger, { name: 'docs-gate-swagger', fastify: '5.x' })
