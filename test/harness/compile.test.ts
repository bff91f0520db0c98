import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { Session } from 'node:inspector/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { DocsGateError } from '../../lib/errors.ts'

const ROOT = process.cwd()
const HERE = 'test/harness/compile.test.ts'

interface Compiler {
  compileChanged(): void
  compiledPath(path: string): string
}

/** A project with a compiler of its own. */
function project(t: Test, files: Readonly<Record<string, string>>) {
  const folder = t.testdir({ lib: files, plugins: {}, routes: {}, test: { harness: {} } })
  for (const name of ['compile.cjs', 'identity-map.cjs'])
    copyFileSync(join(ROOT, 'test/harness', name), join(folder, 'test/harness', name))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const { compileChanged, compiledPath } = createRequire(import.meta.url)(
    join(folder, 'test/harness/compile.cjs'),
  ) as Compiler
  return {
    compileChanged,
    pathOf: (name: string) => join(folder, 'lib', name),
    compiled: (name: string) => readFileSync(compiledPath(join(folder, 'lib', name)), 'utf8'),
    isCompiled: (name: string) => existsSync(compiledPath(join(folder, 'lib', name))),
  }
}

t.test('a stack trace has the line and the column of the source', async (t) => {
  const given: { readonly error: Error } = { error: new Error('here') }
  const lines = readFileSync(join(ROOT, HERE), 'utf8').split('\n')
  const line = lines.findIndex((text) => text.includes("new Error('here')"))
  const column = lines[line]?.indexOf('new Error') as number
  t.match(given.error.stack, `${HERE}:${line + 1}:${column + 1}`)
})

t.test('coverage is that of the sources', async (t) => {
  t.type(DocsGateError, 'function')
  const session = new Session()
  session.connect()
  const { result } = await session
    .post('Profiler.enable')
    .then(() => session.post('Profiler.getBestEffortCoverage'))
  session.disconnect()
  const urls = result.map(({ url }) => url)
  const url = (file: string) => String(pathToFileURL(join(ROOT, file)))
  t.ok(urls.includes(url('lib/errors.ts')))
  t.notOk(urls.some((name) => name.startsWith(url('.tap/compiled/lib'))))
})

t.test('types become spaces, and imports are of what is compiled', async (t) => {
  const source = `import { type A, b } from './b.ts'
export * from '../c.ts'
type D = import('./d.ts').D
export const e = (given: A): D => b(given as never) satisfies D
export const f = () => import('./f.ts')
export const worker = new URL('./worker.ts', import.meta.url)
export const text = \`import './text.ts'\`, other = './other.ts', word = import('word.ts')
`
  const { compileChanged, compiled } = project(t, { 'a.ts': source, 'beside.css': 'b { color: red }' })
  compileChanged()
  t.equal(compiled('beside.css'), 'b { color: red }')
  const code = compiled('a.ts').slice(0, source.length)
  t.strictSame(
    code.split('\n').map(({ length }) => length),
    source.split('\n').map(({ length }) => length),
  )
  t.equal(
    code.replace(/ +/g, ' '),
    `import { b } from './b.js'
export * from '../c.js'
 
export const e = (given ) => b(given ) 
export const f = () => import('./f.js')
export const worker = new URL('./worker.js', import.meta.url)
export const text = \`import './text.ts'\`, other = './other.ts', word = import('word.ts')
`,
  )
})

t.test('what has changed is compiled again, however old it looks, and what is gone is removed', async (t) => {
  const { compileChanged, compiled, isCompiled, pathOf } = project(t, { 'a.ts': '1\n', 'b.ts': '2\n' })
  compileChanged()
  t.match(compiled('a.ts'), /^1\n/)
  writeFileSync(pathOf('a.ts'), '3\n')
  utimesSync(pathOf('a.ts'), new Date(0), new Date(0))
  rmSync(pathOf('b.ts'))
  compileChanged()
  t.match(compiled('a.ts'), /^3\n/)
  t.notOk(isCompiled('b.ts'))
})

t.test('what is wrong, or more than a type, is an error that says where', async (t) => {
  const { compileChanged, pathOf } = project(t, { 'a.ts': 'const a: = 1\n' })
  t.throws(compileChanged, { name: 'SyntaxError', message: /^lib\/a\.ts:1:9: Unexpected token/ })
  writeFileSync(pathOf('a.ts'), '\nenum No { Way }\n')
  t.throws(compileChanged, { name: 'SyntaxError', message: /^lib\/a\.ts:2:0: .*enum/ })
})
