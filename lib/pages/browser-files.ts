import { readFile } from 'node:fs/promises'
import { classicScript } from './classic-script.ts'

const FOLDER = new URL('../browser/', import.meta.url)

/** The modules of a docs page. They import each other, so a page serves all of them from one folder. */
export const DOCS_MODULES = [
  'accessibility.js',
  'authorization.js',
  'blocked.js',
  'carried.js',
  'config.js',
  'dialog.js',
  'docs.js',
  'draft.js',
  'event-names.js',
  'forget-session.js',
  'menus.js',
  'notice.js',
  'plugin.js',
  'session.js',
  'storage-keys.js',
  'tabs.js',
  'urls.js',
  'veil.js',
] as const

/** The scripts that set the theme before the first paint, and their modules: each after those that it imports. */
export const CLASSIC_SCRIPTS = {
  'page.js': ['docs/storage-keys.js', 'docs/forget-session.js', 'page.js'],
  'theme.js': ['docs/event-names.js', 'docs/storage-keys.js', 'theme.js'],
} as const

const STYLES_AND_ICON = {
  'style.css': ['colours.css', 'page.css'],
  'bar.css': ['colours.css', 'bar.css', 'docs/swagger-ui.css', 'docs/operation.css', 'docs/media.css'],
  'icon.svg': ['icon.svg'],
} as const

type FileName = (typeof DOCS_MODULES)[number] | keyof typeof CLASSIC_SCRIPTS | keyof typeof STYLES_AND_ICON

/** The styles, scripts and icons of the gate's pages, by file name. */
export type BrowserFiles = { readonly [name in FileName]: string }

let files: Promise<BrowserFiles> | undefined

// Lines that contain only a comment. They are removed, so that browsers do not have to load them.
const COMMENT_LINES = /^[ \t]*(?:\/\/.*|\/\*(?:[^*]|\*(?!\/))*\*\/)[ \t]*\n/gm

async function read(path: string): Promise<string> {
  const text = await readFile(new URL(path, FOLDER), 'utf8')
  return text.replace(COMMENT_LINES, '')
}

/** Reads the parts of each file, and joins them. */
function readJoined(
  files: Readonly<Record<string, readonly string[]>>,
  join: (texts: readonly string[]) => string,
) {
  return Object.entries(files).map(
    async ([name, parts]) => [name, join(await Promise.all(parts.map(read)))] as const,
  )
}

async function readAll(): Promise<BrowserFiles> {
  const entries = await Promise.all([
    ...DOCS_MODULES.map(async (name) => [name, await read(`docs/${name}`)] as const),
    ...readJoined(CLASSIC_SCRIPTS, classicScript),
    ...readJoined(STYLES_AND_ICON, (texts) => texts.join('\n')),
  ])
  return Object.fromEntries(entries) as BrowserFiles
}

/** Reads the files of the pages, once per process. */
export function browserFiles(): Promise<BrowserFiles> {
  files ??= readAll()
  return files
}
