import { readFile } from 'node:fs/promises'

const FOLDER = new URL('../browser/', import.meta.url)
const PARTS = {
  'style.css': ['colours.css', 'page.css'],
  'page.js': ['page.js'],
  'icon.svg': ['icon.svg'],
  'bar.css': ['colours.css', 'bar.css', 'docs/swagger-ui.css', 'docs/operation.css', 'docs/media.css'],
  'theme.js': ['theme.js'],
  'authorization.js': ['docs/authorization.js'],
  'blocked.js': ['docs/blocked.js'],
  'carried.js': ['docs/carried.js'],
  'config.js': ['docs/config.js'],
  'dialog.js': ['docs/dialog.js'],
  'docs.js': ['docs/docs.js'],
  'draft.js': ['docs/draft.js'],
  'mend.js': ['docs/mend.js'],
  'menus.js': ['docs/menus.js'],
  'notice.js': ['docs/notice.js'],
  'plugin.js': ['docs/plugin.js'],
  'session.js': ['docs/session.js'],
  'tabs.js': ['docs/tabs.js'],
  'urls.js': ['docs/urls.js'],
  'veil.js': ['docs/veil.js'],
} as const

/** The styles, scripts and icons of the gate's pages, by file name. */
export type BrowserFiles = { readonly [name in keyof typeof PARTS]: string }

let files: Promise<BrowserFiles> | undefined

// Lines that contain only a comment. They are removed, so that browsers do not have to load them.
const COMMENT_LINES = /^[ \t]*(?:\/\/.*|\/\*(?:[^*]|\*(?!\/))*\*\/)[ \t]*\n/gm

async function read(names: readonly string[]): Promise<string> {
  const parts = await Promise.all(names.map((name) => readFile(new URL(name, FOLDER), 'utf8')))
  return parts.join('\n').replace(COMMENT_LINES, '')
}

async function readAll(): Promise<BrowserFiles> {
  const entries = Object.entries(PARTS).map(async ([name, parts]) => [name, await read(parts)] as const)
  return Object.fromEntries(await Promise.all(entries)) as BrowserFiles
}

/** Reads the files of the pages, once per process. */
export function browserFiles(): Promise<BrowserFiles> {
  files ??= readAll()
  return files
}
