import { readdir, readFile } from 'node:fs/promises'
import { extname, join, posix, relative, sep } from 'node:path'
import t from 'tap'
import ts from 'typescript-6'

const ROOT = process.cwd()
const FOLDERS = ['lib', 'plugins', 'routes', 'bin']
/** Where plugins and routes are put together. */
const COMPOSING = ['plugins/docs-gate.ts', 'plugins/index.ts', 'plugins/bare.ts']

/** What each source file imports, in any form, types included: paths of this project, or names of packages. */
type Imports = ReadonlyMap<string, readonly string[]>

function importsOf(file: string, text: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? posix.join(posix.dirname(file), fileName) : fileName,
  )
}

async function readSources(): Promise<Imports> {
  const listed = await Promise.all(
    FOLDERS.map((folder) => readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })),
  )
  const files = listed
    .flat()
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
  const read = async (file: string) =>
    [file, importsOf(file, await readFile(join(ROOT, file), 'utf8'))] as const
  return new Map(await Promise.all(files.sort().map(read)))
}

const isFastify = (name: string): boolean => /^(?:@fastify\/|fastify(?:$|[-/]))/.test(name)
const folderOf = (path: string): string => path.split('/', 1)[0] as string
const isOurs = (imports: Imports, path: string): boolean => imports.has(path)

/** A circle of imports, as a list that ends where it begins; undefined where there is none. */
function cycleIn(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>()
  function visit(file: string, trail: readonly string[]): readonly string[] | undefined {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next, [...trail, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return undefined
}

/** Every arrow that points where none may. */
function badArrows(imports: Imports): readonly string[] {
  const bad: string[] = []
  for (const [file, targets] of imports) {
    const from = folderOf(file)
    for (const target of targets) {
      const isOwn = target.includes('/') && FOLDERS.includes(folderOf(target))
      const to = isOwn ? folderOf(target) : isFastify(target) ? 'fastify' : 'package'
      const isAllowed =
        to === 'package' ||
        (to === 'fastify' && from !== 'lib') ||
        to === 'lib' ||
        (COMPOSING.includes(file) && (to === 'plugins' || to === 'routes')) ||
        (from === 'bin' && target === 'plugins/index.ts')
      if (!isAllowed) bad.push(`${file} -> ${target}`)
      if (isOwn && !isOurs(imports, target)) bad.push(`${file} -> ${target}, which is not there`)
    }
  }
  return bad
}

t.test('the check sees every form of import, every bad arrow and every circle', async (t) => {
  const forms = `
    import type { A } from 'fastify'
    import { b } from '@fastify/jwt'
    import '../plugins/x.ts'
    export * from './d.ts'
    export type { E } from '../routes/e.ts'
    type F = import('fastify').FastifyInstance
    const g = await import('fastify-plugin')
    const h = require('../h.ts')
    declare module 'fastify' {}
    // import 'comment'
    const text = "import 'text'"
  `
  t.same([...importsOf('lib/docs/x.ts', forms)].sort(), [
    '@fastify/jwt',
    'fastify',
    'fastify',
    'fastify',
    'fastify-plugin',
    'lib/docs/d.ts',
    'lib/h.ts',
    'lib/plugins/x.ts',
    'lib/routes/e.ts',
  ])
  const bad: readonly [string, string][] = [
    ['lib/a.ts', 'fastify'],
    ['lib/a.ts', 'fastify/lib/errors.js'],
    ['lib/a.ts', '@fastify/error'],
    ['lib/a.ts', 'fastify-plugin'],
    ['lib/a.ts', 'plugins/a.ts'],
    ['lib/a.ts', 'routes/a.ts'],
    ['lib/a.ts', 'bin/a.ts'],
    ['plugins/a.ts', 'plugins/b.ts'],
    ['plugins/a.ts', 'routes/a.ts'],
    ['routes/a.ts', 'routes/b.ts'],
    ['routes/a.ts', 'plugins/a.ts'],
    ['bin/a.ts', 'plugins/a.ts'],
    ['bin/a.ts', 'routes/a.ts'],
    ['plugins/index.ts', 'bin/a.ts'],
    ['routes/a.ts', 'lib/absent.ts'],
  ]
  for (const [file, target] of bad) {
    const there = new Map<string, string[]>([[target === 'lib/absent.ts' ? 'x' : target, []]])
    t.equal(badArrows(there.set(file, [target])).length, 1, `${file} -> ${target}`)
  }
  const circle = new Map([
    ['a', ['b', 'c']],
    ['b', []],
    ['c', ['d']],
    ['d', ['c']],
  ])
  t.same(cycleIn(circle), ['c', 'd', 'c'])
  t.equal(
    cycleIn(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['c']],
        ['c', []],
      ] as [string, string[]][]),
    ),
    undefined,
  )
})

t.test(
  'imports point where they may: routes and plugins to lib, lib to no Fastify, nothing in a circle',
  async (t) => {
    const imports = await readSources()
    t.ok(imports.size > 40, `${imports.size} files`)
    t.ok(imports.get('plugins/docs-gate.ts')?.includes('fastify'), 'the check reads imports')
    t.same(badArrows(imports), [])
    t.same(cycleIn(imports), undefined)
  },
)

t.test('every source file loads by itself', async (t) => {
  const imports = await readSources()
  // The one in bin runs when it is loaded.
  for (const file of [...imports.keys()].filter((path) => folderOf(path) !== 'bin')) {
    const compiled = file.replace(/\.ts$/, extname(import.meta.url))
    const loaded: unknown = await import(new URL(`../${compiled}`, import.meta.url).href)
    t.type(loaded, 'object', file)
  }
})
