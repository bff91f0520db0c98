import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { represent } from '../../http/representation.ts'
import { createResource, type Resource } from '../encoding/resource.ts'

// What a page needs of the package's folder; its stock index.html and initializer are not served.
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'oauth2-redirect.html': 'text/html; charset=utf-8',
  'oauth2-redirect.js': 'text/javascript; charset=utf-8',
}

/** The names of the files of Swagger UI that are served. */
export const UI_FILES: readonly string[] = Object.keys(FILES)

/** The files of Swagger UI, by name. */
export type UiAssets = ReadonlyMap<string, Resource>

let assets: Promise<UiAssets> | undefined

async function readAssets(): Promise<UiAssets> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
  async function read([name, contentType]: [string, string]): Promise<[string, Resource]> {
    const file = represent(await readFile(join(folder, name)), contentType)
    // Compressed in a fifth of a second, once: over a network the file as it is would take longer.
    return [name, createResource(file, { isAwaited: true })]
  }
  return new Map(await Promise.all(Object.entries(FILES).map(read)))
}

/** Reads the files of Swagger UI out of its package, once in a process, when they are first asked for. */
export function uiAssets(): Promise<UiAssets> {
  assets ??= readAssets().catch((error: unknown) => {
    assets = undefined
    throw error
  })
  return assets
}

/** What tells one version of a file from the next in its URL, so that it may be kept for ever. */
export const fingerprintOf = (assets: UiAssets, name: string): string =>
  (assets.get(name)?.plain.etag ?? '').slice(1, 11)
