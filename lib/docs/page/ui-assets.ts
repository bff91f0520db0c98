import { readFile } from 'node:fs/promises'
import { represent } from '../../http/representation.ts'
import { createResource, type Resource } from '../encoding/resource.ts'

// The files of Swagger UI that a page needs; its own index.html and initializer are not served. Each name is written
// out for tools that trace which files a service needs (@vercel/nft).
const FILES: Readonly<Record<string, readonly [contentType: string, url: () => string]>> = {
  'swagger-ui-bundle.js': [
    'text/javascript; charset=utf-8',
    () => import.meta.resolve('@fastify/swagger-ui/static/swagger-ui-bundle.js'),
  ],
  'swagger-ui.css': [
    'text/css; charset=utf-8',
    () => import.meta.resolve('@fastify/swagger-ui/static/swagger-ui.css'),
  ],
  'oauth2-redirect.html': [
    'text/html; charset=utf-8',
    () => import.meta.resolve('@fastify/swagger-ui/static/oauth2-redirect.html'),
  ],
  'oauth2-redirect.js': [
    'text/javascript; charset=utf-8',
    () => import.meta.resolve('@fastify/swagger-ui/static/oauth2-redirect.js'),
  ],
}

/** The names of the files of Swagger UI that are served. */
export const UI_FILES: readonly string[] = Object.keys(FILES)

/** The files of Swagger UI, by name. */
export type UiAssets = ReadonlyMap<string, Resource>

let assets: Promise<UiAssets> | undefined

type File = readonly [name: string, found: (typeof FILES)[string]]

async function readAsset([name, [contentType, url]]: File): Promise<[string, Resource]> {
  const file = represent(await readFile(new URL(url())), contentType)
  // Clients wait for the compression: it takes a fifth of a second, once, and sending the plain file would take longer.
  return [name, createResource(file, { isAwaited: true })]
}

async function readAssets(): Promise<UiAssets> {
  return new Map(await Promise.all(Object.entries(FILES).map(readAsset)))
}

/** Reads the files of Swagger UI from its package, once per process, when they are first requested. */
export function uiAssets(): Promise<UiAssets> {
  assets ??= readAssets().catch((error: unknown) => {
    assets = undefined
    throw error
  })
  return assets
}

/** The part of a file's URL that changes with its content, so that browsers may cache it for ever. */
export const fingerprintOf = (assets: UiAssets, name: string): string =>
  (assets.get(name)?.plain.etag ?? '').slice(1, 11)
