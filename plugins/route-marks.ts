import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { takeRouteMarks, withoutMarkLines } from '../lib/app-routes/route-marks.ts'
import type { OpenApiDocument } from '../lib/openapi/document.ts'

type Swagger = (options?: { readonly yaml?: boolean }) => OpenApiDocument | string

// A scope inherits decorators by its prototype. This finds the scope that has the decorator itself.
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

/** Removes the marks of routes from the results of `app.swagger()`, for the host too. */
async function routeMarks(app: FastifyInstance): Promise<void> {
  app.addHook('onReady', async function docsGateTakeMarks() {
    const owner = ownerOf(app, 'swagger')
    if (owner) owner['swagger'] = unmarked(owner['swagger'] as Swagger)
  })
}

export default fp(routeMarks, { name: 'docs-gate-route-marks', fastify: '5.x' })
