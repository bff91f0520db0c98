import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { takeRouteMarks, withoutMarkLines } from '../lib/app-routes/route-marks.ts'
import type { OpenApiDocument } from '../lib/openapi/document.ts'

type Swagger = (options?: { readonly yaml?: boolean }) => OpenApiDocument | string

// A scope inherits its decorators from the scope that has them.
function ownerOf(scope: object, name: string): Record<string, unknown> | undefined {
  if (Object.hasOwn(scope, name)) return scope as Record<string, unknown>
  const parent: object | null = Object.getPrototypeOf(scope)
  return parent ? ownerOf(parent, name) : undefined
}

function unmarked(swagger: Swagger): Swagger {
  return function docsGateUnmarked(options) {
    const document = swagger(options)
    if (typeof document === 'string') return withoutMarkLines(document)
    takeRouteMarks(document)
    return document
  }
}

/** Whoever asks for the app's document, the host included, gets it without the marks by which we know its routes. */
async function routeMarks(app: FastifyInstance): Promise<void> {
  app.addHook('onReady', async function docsGateTakeMarks() {
    const owner = ownerOf(app, 'swagger')
    if (owner) owner['swagger'] = unmarked(owner['swagger'] as Swagger)
  })
}

export default fp(routeMarks, { name: 'docs-gate-route-marks', fastify: '5.x' })
