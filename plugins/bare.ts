/**
 * The gate without the type of `request.user`, for hosts whose @fastify/jwt declares its own.
 *
 * @module
 */
export { type DocsGateOptions, docsGate, docsGate as default } from './docs-gate.ts'
export type { Guard } from './guard.ts'
