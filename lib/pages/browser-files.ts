import { readFile } from 'node:fs/promises'

const FOLDER = new URL('../browser/', import.meta.url)
const PARTS = {
  'style.css': ['colours.css', 'page.css'],
  'page.js': ['docs/storage-keys.js', 'docs/forget-session.js', 'page.js'],
  'icon.svg': ['icon.svg'],
  'bar.css': ['colours.css', 'bar.css', 'docs/swagger-ui.css', 'docs/operation.css', 'docs/media.css'],
  'theme.js': ['docs/storage-keys.js', 'theme.js'],
  'accessibility.js': ['docs/accessibility.js'],
  'authorization.js': ['docs/authorization.js'],
  'blocked.js': ['docs/blocked.js'],
  'carried.js': ['docs/carried.js'],
  'config.js': ['docs/config.js'],
  'dialog.js': ['docs/dialog.js'],
  'docs.js': ['docs/docs.js'],
  'draft.js': ['docs/draft.js'],
  'forget-session.js': ['docs/forget-session.js'],
  'menus.js': ['docs/menus.js'],
  'notice.js': ['docs/notice.js'],
  'plugin.js': ['docs/plugin.js'],
  'session.js': ['docs/session.js'],
  'storage-keys.js': ['docs/storage-keys.js'],
  'tabs.js': ['docs/tabs.js'],
  'urls.js': ['docs/urls.js'],
  'veil.js': ['docs/veil.js'],
} as const

// These set the theme before the first paint. A module script runs after the whole document is parsed, which is too late,
// so these two are served as classic scripts: their modules joined, in a function of their own.
const CLASSIC_SCRIPTS: ReadonlySet<string> = new Set(['page.js', 'theme.js'])

/** The styles, scripts and icons of the gate's pages, by file name. */
export type BrowserFiles = { readonly [name in keyof typeof PARTS]: string }

let files: Promise<BrowserFiles> | undefined

// Lines that contain only a comment. They are removed, so that browsers do not have to load them.
const COMMENT_LINES = /^[ \t]*(?:\/\/.*|\/\*(?:[^*]|\*(?!\/))*\*\/)[ \t]*\n/gm

// What the joined modules import from each other stands in the same function.
const IMPORTS_AND_EXPORTS = /^(?:import .*\n|export )/gm

const classicScript = (modules: string): string =>
  `(() => {\n'use strict'\n${modules.replace(IMPORTS_AND_EXPORTS, '')}})()\n`

async function read(name: string, parts: readonly string[]): Promise<string> {
  const texts = await Promise.all(parts.map((part) => readFile(new URL(part, FOLDER), 'utf8')))
  const text = texts.join('\n').replace(COMMENT_LINES, '')
  return CLASSIC_SCRIPTS.has(name) ? classicScript(text) : text
}

async function readAll(): Promise<BrowserFiles> {
  const entries = Object.entries(PARTS).map(async ([name, parts]) => [name, await read(name, parts)] as const)
  return Object.fromEntries(await Promise.all(entries)) as BrowserFiles
}

/** Reads the files of the pages, once per process. */
export function browserFiles(): Promise<BrowserFiles> {
  files ??= readAll()
  return files
}
