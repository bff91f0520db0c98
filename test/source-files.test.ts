import { access, readdir, readFile } from 'node:fs/promises'
import { extname, join, posix, relative, sep } from 'node:path'
import ts from '@typescript/typescript6'
import t from 'tap'

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

/**
 * The floors of lib, from the top down. A folder imports from floors below its own: neither from one above it, nor from
 * one beside it.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['flows'],
  ['gate'],
  ['cli'],
  ['options'],
  ['docs'],
  ['probe'],
  ['throttle', 'session', 'exposure'],
  ['users', 'redis', 'app-routes'],
  ['openapi'],
  ['pages', 'runtime'],
  ['http', 'validation'],
  ['errors.ts', 'events.ts'],
]

/** The folder of lib that a file is in, or the file where it lies at the top of lib; undefined outside lib. */
function roomOf(path: string): string | undefined {
  const [folder, room] = path.split('/')
  return folder === 'lib' ? room : undefined
}

const floorOf = (room: string): number => FLOORS.findIndex((rooms) => rooms.includes(room))

/** Every import within lib that does not run down a floor, and every folder that has none. */
function badFloors(imports: Imports): readonly string[] {
  const bad: string[] = []
  for (const [file, targets] of imports) {
    const from = roomOf(file)
    if (from === undefined) continue
    if (floorOf(from) === -1) bad.push(`${file}: lib/${from} has no floor`)
    for (const target of targets) {
      const to = roomOf(target)
      const isDown = to === undefined || to === from || floorOf(to) > floorOf(from)
      if (!isDown) bad.push(`${file} -> ${target}`)
    }
  }
  return bad
}

/** Every import that leads out of lib/openapi to the rest of lib: it could be published as a package of its own. */
const outOfToolkit = (imports: Imports): readonly string[] =>
  [...imports].flatMap(([file, targets]) =>
    targets
      .filter((to) => roomOf(file) === 'openapi' && ![undefined, 'openapi'].includes(roomOf(to)))
      .map((to) => `${file} -> ${to}`),
  )

/** Each list of folders of lib that all lead to each other: nobody could read one of them without the others. */
function knots(imports: Imports): readonly (readonly string[])[] {
  const reached = new Map<string, Set<string>>()
  for (const [file, targets] of imports) {
    const from = roomOf(file)
    if (from === undefined) continue
    const to = targets.map(roomOf).filter((room) => room !== undefined && room !== from)
    reached.set(from, new Set([...(reached.get(from) ?? []), ...(to as string[])]))
  }
  const rooms = [...reached.keys()]
  for (const middle of rooms)
    for (const [from, to] of reached)
      if (to.has(middle)) for (const room of reached.get(middle) as Set<string>) reached.get(from)?.add(room)
  const together = (room: string) =>
    rooms.filter((other) => reached.get(room)?.has(other) && reached.get(other)?.has(room))
  return [...new Set(rooms.map((room) => together(room).sort().join(' ')))]
    .filter((names) => names !== '')
    .map((names) => names.split(' '))
}

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

t.test('the check sees an import that runs up a floor or along it, and every knot of folders', async (t) => {
  const planted = (file: string, target: string): Imports =>
    new Map([
      [file, [target]],
      [target, []],
    ])
  for (const [file, target] of [
    ['lib/session/a.ts', 'lib/gate/a.ts'],
    ['lib/openapi/filter/a.ts', 'lib/docs/a.ts'],
    ['lib/errors.ts', 'lib/http/a.ts'],
    ['lib/session/token/a.ts', 'lib/throttle/a.ts'],
    ['lib/errors.ts', 'lib/events.ts'],
  ] as const)
    t.same(badFloors(planted(file, target)), [`${file} -> ${target}`])
  for (const [file, target] of [
    ['lib/flows/a.ts', 'lib/errors.ts'],
    ['lib/session/token/a.ts', 'lib/session/b.ts'],
    ['lib/session/a.ts', 'lru-cache'],
    ['plugins/a.ts', 'lib/http/a.ts'],
  ] as const)
    t.same(badFloors(planted(file, target)), [])
  t.same(outOfToolkit(planted('lib/openapi/source/a.ts', 'lib/errors.ts')), [
    'lib/openapi/source/a.ts -> lib/errors.ts',
  ])
  for (const [file, target] of [
    ['lib/openapi/filter/a.ts', 'lib/openapi/json.ts'],
    ['lib/openapi/a.ts', 'yaml'],
    ['lib/docs/a.ts', 'lib/openapi/a.ts'],
  ] as const)
    t.same(outOfToolkit(planted(file, target)), [])
  t.same(badFloors(planted('lib/cellar/a.ts', 'lib/cellar/b.ts')), [
    'lib/cellar/a.ts: lib/cellar has no floor',
    'lib/cellar/b.ts: lib/cellar has no floor',
  ])
  const knotted = new Map([
    ['lib/a/1.ts', ['lib/b/1.ts']],
    ['lib/b/2.ts', ['lib/c/1.ts']],
    ['lib/c/2.ts', ['lib/a/2.ts', 'lib/d/1.ts']],
    ['lib/d/1.ts', ['lib/d/2.ts', 'fastify']],
  ])
  t.same(knots(knotted), [['a', 'b', 'c']])
  t.same(knots(new Map([...knotted].slice(0, 2))), [])
})

t.test('folders of lib import downwards only, and no two of them need each other', async (t) => {
  const imports = await readSources()
  t.same(badFloors(imports), [])
  t.same(knots(imports), [])
  t.same(outOfToolkit(imports), [])
  const rooms = new Set([...imports.keys()].map(roomOf))
  t.same(
    FLOORS.flat().filter((room) => !rooms.has(room)),
    [],
    'every floor has a room',
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

t.test('docs/architecture.md names files that are there, and every folder of lib', async (t) => {
  const text = await readFile(join(ROOT, 'docs/architecture.md'), 'utf8')
  const named = [...text.matchAll(/`([\w-]+\/[\w./-]+\.[jt]s)`/g)].map(([, file]) => file as string)
  t.ok(named.length > 30, `${named.length} files`)
  for (const file of named) await t.resolves(access(join(ROOT, file)), file)
  const steps = [...text.matchAll(/^\d\. `([\w./-]+)`: ((?:`\w+`(?:, )?)+) - /gm)]
  t.equal(steps.length, 12, 'two requests in six files each')
  for (const [, file = '', functions = ''] of steps) {
    const source = await readFile(join(ROOT, file), 'utf8')
    for (const [, name = ''] of functions.matchAll(/`(\w+)`/g))
      t.match(source, new RegExp(`\\b${name}\\b`), file)
  }
  const entries = await readdir(join(ROOT, 'lib'), { withFileTypes: true })
  const missing = entries
    .map(({ name }) => (name.endsWith('.ts') ? `lib/${name}` : `lib/${name}/`))
    .filter((path) => !text.includes(`\`${path}\``))
  t.same(missing, [])
})
