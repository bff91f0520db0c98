/**
 * The gate without the type of `request.user`, for hosts whose @fastify/jwt declares its own.
 *
 * @module
 */
export {
  type DocsGate,
  type DocsGateOptions,
  docsGate,
  docsGate as default,
  type Guard,
} from './docs-gate.ts'
