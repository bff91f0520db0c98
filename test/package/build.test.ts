import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { posix, sep } from 'node:path'
import ts from '@typescript/typescript6'
import t, { type Test } from 'tap'
import { finished, start } from '../command.ts'
import { SECRET } from '../helper.ts'

// What `npm run build` writes, which is what is published. Paths are relative to the project, where tests run.

const BUILT = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .map((file) => `dist/${file.split(sep).join('/')}`)
  .filter((file) => !file.startsWith('dist/lib/browser/'))
const CODE = BUILT.filter((file) => file.endsWith('.js'))
const TYPES = BUILT.filter((file) => file.endsWith('.d.ts'))

const read = (file: string): Promise<string> => readFile(file, 'utf8')

/** The source files that a built file holds code of, with the text that its source map has of them. */
async function sourcesOf(file: string): Promise<ReadonlyMap<string, string>> {
  const map = JSON.parse(await read(`${file}.map`)) as { sources: string[]; sourcesContent: string[] }
  const pathOf = (source: string): string => posix.join(posix.dirname(file), source)
  return new Map(map.sources.map((source, index) => [pathOf(source), map.sourcesContent[index] ?? 'no text']))
}

const importsOf = async (file: string): Promise<readonly string[]> =>
  ts.preProcessFile(await read(file), true, true).importedFiles.map(({ fileName }) => fileName)

/** Adds a built file, and all that is loaded with it, to a set. */
async function addWithImports(loaded: Set<string>, file: string): Promise<void> {
  if (loaded.has(file)) return
  loaded.add(file)
  const relative = (await importsOf(file)).filter((path) => path.startsWith('.'))
  for (const path of relative) await addWithImports(loaded, posix.join(posix.dirname(file), path))
}

/** The source files whose code is loaded with one of these built files. */
async function sourcesLoadedWith(files: readonly string[]): Promise<readonly string[]> {
  const loaded = new Set<string>()
  for (const file of files) await addWithImports(loaded, file)
  const sources = await Promise.all([...loaded].map(sourcesOf))
  return sources.flatMap((ofFile) => [...ofFile.keys()])
}

const ofCommand = (sources: readonly string[]): readonly string[] =>
  sources.filter((source) => /^(?:bin|lib\/cli|lib\/probe)\//.test(source))

t.test(
  'each built file has a source map, and each source file stands in one of them, as it is',
  async (t) => {
    const seen: string[] = []
    const withoutCode: string[] = []
    for (const file of CODE) {
      t.match(await read(file), new RegExp(`\n//# sourceMappingURL=${posix.basename(file)}\\.map\n$`))
      const sources = await sourcesOf(file)
      for (const [source, text] of sources) t.equal(text, await read(source), source)
      seen.push(...sources.keys())
      if (sources.size === 0) withoutCode.push(file)
    }
    t.equal(new Set(seen).size, seen.length)
    t.ok(seen.includes('plugins/docs-gate.ts') && seen.includes('bin/docs-gate.ts'))
    t.same(withoutCode.sort(), ['dist/plugins/bare.js', 'dist/plugins/index.js'])
  },
)

t.test('the plugin loads no code of the command line and none of the scanner', async (t) => {
  const plugin = await sourcesLoadedWith(CODE.filter((file) => !file.startsWith('dist/bin/')))
  t.ok(plugin.includes('plugins/docs-gate.ts') && plugin.includes('lib/errors.ts'))
  t.ok(plugin.some((source) => source.endsWith('/encode-worker.ts')))
  t.same(ofCommand(plugin), [])

  // The command does load them, so they are found where they are.
  const command = ofCommand(await sourcesLoadedWith(['dist/bin/docs-gate.js']))
  for (const folder of ['bin/', 'lib/cli/', 'lib/probe/']) {
    t.ok(
      command.some((source) => source.startsWith(folder)),
      folder,
    )
  }
})

/** What a program that uses the built package prints, in a process of its own. */
async function printedBy(t: Test, program: string): Promise<string> {
  const folder = t.testdir({ 'program.mjs': program })
  const { code, output, errors } = await finished(start(process.execPath, ['program.mjs'], folder))
  t.equal(code, 0, errors)
  return output
}

t.test('the plugin finds the thread that compresses', async (t) => {
  const description = Array.from({ length: 10_000 }, (_, index) => index).join(' ')
  const source = { openapi: '3.1.0', info: { title: 'Long', version: '1', description }, paths: {} }
  const users = '{ verify: async () => null, find: async (username) => ({ username }) }'
  const printed = await printedBy(
    t,
    `
    import { setTimeout } from 'node:timers/promises'
    import Fastify from 'fastify'
    import docsGate from 'fastify-docs-gate'
    let warning
    process.once('warning', ({ message }) => { warning = message })
    const app = Fastify()
    const docs = { source: ${JSON.stringify(source)} }
    await app.register(docsGate, { users: ${users}, secret: '${SECRET}', docs })
    const { cookie } = await app.docsGate.signIn('jane')
    const headers = { cookie, 'accept-encoding': 'br' }
    const ask = async () => (await app.inject({ url: '/openapi.json', headers })).headers['content-encoding']
    let encoding
    for (let tries = 0; !encoding && !warning && tries < 1000; tries++) {
      encoding = await ask()
      await setTimeout(10)
    }
    console.log(warning ?? encoding)
    await app.close()
    `,
  )
  t.equal(printed, 'br\n')
})

/** The stack trace of an error that the built plugin throws. */
const traceOfError = (t: Test, hasSourceMaps: boolean): Promise<string> =>
  printedBy(
    t,
    // As `--enable-source-maps` does, which tap sets for all processes.
    `
    process.setSourceMapsEnabled(${hasSourceMaps})
    const { default: Fastify } = await import('fastify')
    const { default: docsGate } = await import('fastify-docs-gate')
    await Fastify().register(docsGate, { users: {}, nope: 1 }).ready().catch((error) => console.log(error.stack))
    `,
  )

t.test('a stack trace names the line of the source, or a built file that keeps its name', async (t) => {
  const inSource = /^ +at .*\/(lib\/[\w/-]+\.ts):(\d+):(\d+)\)$/m
  const [, source = '', line, column] = inSource.exec(await traceOfError(t, true)) ?? []
  const thrown = (await read(source)).split('\n')[Number(line) - 1]?.slice(Number(column) - 1)
  t.match(thrown, /^new OptionsError\(/)

  const plain = await traceOfError(t, false)
  t.notMatch(plain, inSource)
  t.match(plain, /^ +at .*\/dist\/lib\/shared\/docs-gate\.js:\d+:\d+\)$/m)
})

t.test('the types of an entry are in one file that needs Fastify and Node alone', async (t) => {
  const imports = await Promise.all(
    TYPES.sort().map(async (file) => [file, [...new Set(await importsOf(file))].sort()]),
  )
  t.same(imports, [
    ['dist/lib/errors.d.ts', []],
    ['dist/plugins/bare.d.ts', ['fastify', 'node:http']],
    // The same, and the type of `request.user`.
    ['dist/plugins/index.d.ts', ['./bare.js', 'fastify']],
  ])
})

t.test('an editor shows the documentation of what is exported, and of every option', async (t) => {
  const program = ts.createProgram(TYPES, { module: ts.ModuleKind.NodeNext, types: [] })
  const checker = program.getTypeChecker()
  const exportsOf = (file: string): readonly ts.Symbol[] => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol
    const isAlias = ({ flags }: ts.Symbol): boolean => (flags & ts.SymbolFlags.Alias) !== 0
    return checker
      .getExportsOfModule(module)
      .map((symbol) => (isAlias(symbol) ? checker.getAliasedSymbol(symbol) : symbol))
  }
  const optionsIn = (symbol: ts.Symbol): readonly ts.Symbol[] =>
    symbol.name.endsWith('Options') ? checker.getDeclaredTypeOfSymbol(symbol).getProperties() : []
  const undocumented = (symbols: readonly ts.Symbol[]): readonly string[] =>
    symbols.filter((symbol) => symbol.getDocumentationComment(checker).length === 0).map(({ name }) => name)

  for (const file of TYPES) {
    const exported = exportsOf(file)
    t.ok(exported.length > 10, file)
    t.same(undocumented(exported), [], file)
  }
  const options = exportsOf('dist/plugins/index.d.ts').flatMap(optionsIn)
  t.ok(options.some(({ name }) => name === 'allowEarlyRoutes'))
  t.same(undocumented(options), [])
})
