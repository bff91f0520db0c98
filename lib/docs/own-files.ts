import { browserFiles } from '../pages/browser-files.ts'

/** A file that a docs page loads, beside those of Swagger UI. */
export interface OwnFile {
  readonly name: string
  readonly contentType: string
  readonly body: string
}

const SCRIPT = 'text/javascript; charset=utf-8'
const SCRIPTS = [
  'theme.js',
  'docs.js',
  'draft.js',
  'mend.js',
  'menus.js',
  'notice.js',
  'plugin.js',
  'session.js',
  'tabs.js',
] as const

/** The files of a docs page that are ours. */
export async function ownFiles(initializer: string): Promise<readonly OwnFile[]> {
  const browser = await browserFiles()
  return [
    { name: 'swagger-initializer.js', contentType: SCRIPT, body: initializer },
    { name: 'bar.css', contentType: 'text/css; charset=utf-8', body: browser['bar.css'] },
    ...SCRIPTS.map((name) => ({ name, contentType: SCRIPT, body: browser[name] })),
  ]
}
