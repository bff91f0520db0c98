import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import t, { type Test } from 'tap'
import { finished, type Result, start } from '../command.ts'
import { basic, HASHES, SECRET } from '../helper.ts'
import { mayBeMissing } from '../packages.ts'
import { freePort } from '../redis.ts'
import { until } from '../until.ts'

const ROOT = process.cwd()
const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const OPTIONS = JSON.stringify({ users: { jane: HASHES.secret2 }, secret: SECRET })

// What both kinds of consumer do: an app, a session, a guarded route, the document, an error by its class.
const USE = `
async function use(Fastify, docsGate, errors) {
  const app = Fastify()
  await app.register(docsGate, ${OPTIONS})
  app.get('/me', { onRequest: app.authenticate }, async (request) => request.user)
  const { cookie } = await app.docsGate.signIn('jane')
  const me = await app.inject({ url: '/me', headers: { cookie } })
  const stranger = await app.inject('/openapi.json')
  const document = await app.inject({ url: '/openapi.json', headers: { cookie } })
  const page = await app.inject({ url: '/docs', headers: { cookie } })
  const refused = await Fastify().register(docsGate, { users: {}, nope: 1 }).ready().then(() => null, (error) => error)
  await app.close()
  return {
    username: me.json().username,
    statuses: [me, stranger, document, page].map(({ statusCode }) => statusCode),
    code: refused.code,
    isOurs: refused instanceof errors.DocsGateError && refused instanceof errors.OptionsError,
  }
}
`
const USED = { username: 'jane', statuses: [200, 401, 200, 200], code: 'DOCS_GATE_OPTIONS', isOurs: true }

const ESM = `
import Fastify from 'fastify'
import docsGate, { docsGate as named } from 'fastify-docs-gate'
import bare, { docsGate as bareNamed } from 'fastify-docs-gate/bare'
import * as errors from 'fastify-docs-gate/errors'
import manifest from 'fastify-docs-gate/package.json' with { type: 'json' }
${USE}
const closed = await import('fastify-docs-gate/dist/lib/shared/docs-gate.js').then(() => 'open', (error) => error.code)
console.log(JSON.stringify({
  ...(await use(Fastify, docsGate, errors)),
  same: [named, bare, bareNamed].every((face) => face === docsGate),
  name: manifest.name,
  closed,
}))
`

const COMMONJS = `
const Fastify = require('fastify')
const face = require('fastify-docs-gate')
const bare = require('fastify-docs-gate/bare')
const errors = require('fastify-docs-gate/errors')
const { name } = require('fastify-docs-gate/package.json')
${USE}
const same = [face.docsGate, bare.default, bare.docsGate].every((one) => one === face.default)
const code = () => { try { return require('fastify-docs-gate/dist/lib/shared/docs-gate.js') && 'open' } catch (error) { return error.code } }
use(Fastify, face.docsGate, errors).then((used) => console.log(JSON.stringify({ ...used, same, name, closed: code() })))
`

const TYPED = `
import Fastify from 'fastify'
import docsGate, { type DocsGateOptions, docsGate as named, type Guard, type SessionStore, type User } from 'fastify-docs-gate'
import bareGate, { type DocsGateOptions as OptionsOfBare, type User as UserOfBare } from 'fastify-docs-gate/bare'
import { DocsGateError, type DocsGateErrorCode } from 'fastify-docs-gate/errors'

const options: DocsGateOptions = { users: { jane: { password: 'x', scopes: ['read'], name: undefined } }, secret: undefined }
const app = Fastify()
await app.register(docsGate, options)
await app.register(named, { users: { async verify(username) { return username === 'jane' ? { username } : null } } })
app.get('/me', { onRequest: app.authenticate }, async (request) => {
  const user: User | null = request.user
  // @ts-expect-error there may be no user
  request.user.username
  return user?.scopes.join(' ')
})
app.get('/admin', { onRequest: [app.authorize('a', 'b'), app.identify] }, async (request) => request.user?.name)
app.get('/config', { config: { docsGate: { scopes: ['a'] } } }, async () => '')
// @ts-expect-error scopes are a list
app.get('/config-text', { config: { docsGate: { scopes: 'a' } } }, async () => '')
// @ts-expect-error a misspelled key
app.get('/config-key', { config: { docsGate: { scope: ['a'] } } }, async () => '')
app.get('/to', { preHandler: app.authorize({ scopes: ['a'], redirectTo: '/x' }) }, async () => '')
const guard: Guard = app.authenticate
const cookie: string = (await app.docsGate.signIn('jane')).cookie
await app.docsGate.endSessionsOf({ issuer: 'a', subject: 'b' })
const codes: DocsGateErrorCode[] = [new DocsGateError('DOCS_GATE_FORBIDDEN', 403, 'no').code]

// Both entries speak of the same types.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export const same: Same<User, UserOfBare> & Same<DocsGateOptions, OptionsOfBare> & Same<typeof docsGate, typeof bareGate> = true
// @ts-expect-error of another type it says so
export const other: Same<User, SessionStore> = true

// @ts-expect-error scopes are asked for
app.authorize()
// @ts-expect-error a misspelled option
await app.register(docsGate, { users: {}, secrets: 'x' })
// @ts-expect-error users are asked for
const none: DocsGateOptions = {}
// @ts-expect-error no such user property
export const wrong = (user: User) => user.password
export const all: [Guard, string, DocsGateErrorCode[], unknown, SessionStore?] = [guard, cookie, codes, none]
`

const TYPED_COMMONJS = `
import Fastify from 'fastify'
import { docsGate } from 'fastify-docs-gate'

const app = Fastify()
app.register(docsGate, { users: {} })
app.get('/me', async (request) => request.user?.username)
`

const BARE = `
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import docsGate, {
  type DocsGateOptions, type RequestLike, type Secret, type Texts, type User, type Visible,
} from 'fastify-docs-gate/bare'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { id: number }
    user: { id: number; team: string }
  }
}

const options: DocsGateOptions = { users: {}, decoratorName: 'reader' }
const app = Fastify()
await app.register(fastifyJwt, { secret: 'x'.repeat(32) })
await app.register(docsGate, options)
app.get('/me', { onRequest: app.authorize('a') }, async (request) => {
  const team: string = request.user.team
  // @ts-expect-error the host's user has no name
  request.user.username
  return team
})
// @ts-expect-error scopes are a list
app.get('/config', { config: { docsGate: { scopes: 'a' } } }, async () => '')
export const signIn = app.docsGate.signIn
export type All = [RequestLike, Secret, Texts, User, Visible]
`

/** The built files: their names stay the same, whatever is in them. */
const TYPES = ['plugins/index', 'plugins/bare', 'lib/errors']
const SHARED = ['docs-gate', 'encode', 'encode-worker'].map((name) => `lib/shared/${name}`)
const CODE = [...TYPES, ...SHARED, 'bin/docs-gate']

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
}

const tsconfig = (file: string): string =>
  JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: [file] })

const run = (command: string, argv: readonly string[], cwd: string): Promise<Result> =>
  finished(start(command, argv, cwd))

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

const PACKED = await mkdtemp(join(tmpdir(), 'docs-gate-packed-'))
t.teardown(() => rm(PACKED, { recursive: true, force: true }))
// Without scripts: the build is already there, and other tests run it.
const packing = run(NPM, ['pack', '--json', '--ignore-scripts', '--pack-destination', PACKED], ROOT)

/** The package, packed once as it is published: the tarball, and the paths in it. */
async function pack(t: Test): Promise<[tarball: string, paths: readonly string[]]> {
  const { code, output, errors } = await packing
  t.equal(code, 0, errors)
  const [{ filename, files }] = JSON.parse(output) as [Packed]
  return [join(PACKED, filename), files.map(({ path }) => path)]
}

/** A consumer's folder, with the packed package in its node_modules, and the paths in the tarball. */
async function consumer(t: Test): Promise<[string, readonly string[]]> {
  const folder = t.testdir({
    esm: { 'package.json': '{ "type": "module" }', 'index.js': ESM },
    commonjs: { 'package.json': '{ "type": "commonjs" }', 'index.js': COMMONJS },
    typed: {
      'package.json': '{ "type": "module" }',
      'index.ts': TYPED,
      'tsconfig.json': tsconfig('index.ts'),
    },
    'typed-commonjs': {
      'package.json': '{ "type": "commonjs" }',
      'index.ts': TYPED_COMMONJS,
      'tsconfig.json': tsconfig('index.ts'),
    },
    bare: {
      'package.json': '{ "type": "module" }',
      'index.ts': BARE,
      'tsconfig.json': tsconfig('index.ts'),
    },
  })
  const [tarball, paths] = await pack(t)
  const target = join(folder, 'node_modules', 'fastify-docs-gate')
  await mkdir(target, { recursive: true })
  const unpacked = await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], folder)
  t.equal(unpacked.code, 0, unpacked.errors)
  return [folder, paths]
}

t.test('the packed tarball, installed, serves consumers of every kind', async (t) => {
  const [folder, paths] = await consumer(t)
  const [node, tsc] = [process.execPath, join(ROOT, 'node_modules', 'typescript', 'lib', 'tsc.js')]

  await t.test('it holds what is published and nothing else', async (t) => {
    const browser = await readdir(join(ROOT, 'lib', 'browser'), { recursive: true, withFileTypes: true })
    const browserFiles = browser
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    const expected = [
      ...CODE.flatMap((file) => [`dist/${file}.js`, `dist/${file}.js.map`]),
      ...TYPES.map((file) => `dist/${file}.d.ts`),
      ...browserFiles.map((file) => `dist/${file}`),
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
    ]
    t.same([...paths].sort(), expected.sort())
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, string | { types: string; default: string }>
      bin: Record<string, string>
    }
    const faces = Object.values(manifest.exports).flatMap((face) =>
      typeof face === 'string' ? [face] : Object.values(face),
    )
    for (const path of [...faces, ...Object.values(manifest.bin)]) {
      t.ok(paths.includes(path.replace(/^\.\//, '')), path)
    }
  })

  await t.test('its code is ASCII: one other character makes V8 hold a file in two bytes each', async (t) => {
    const code = paths.filter((path) => path.endsWith('.js') && !path.startsWith('dist/lib/browser/'))
    t.ok(code.length > 0)
    for (const path of code) t.notMatch(await readFile(join(ROOT, path), 'utf8'), /\P{ASCII}/u, path)
  })

  for (const kind of ['esm', 'commonjs']) {
    await t.test(`a program of kind ${kind} loads all of its faces`, async (t) => {
      const { code, output, errors } = await run(node, ['index.js'], join(folder, kind))
      t.equal(code, 0, errors)
      const expected = {
        ...USED,
        same: true,
        name: 'fastify-docs-gate',
        closed: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
      }
      t.same(JSON.parse(output), expected)
      t.notMatch(errors, /Error/)
    })
  }

  for (const kind of ['typed', 'typed-commonjs', 'bare']) {
    await t.test(`a TypeScript program compiles, libraries checked: ${kind}`, async (t) => {
      const { code, output, errors } = await run(node, [tsc, '-p', join(folder, kind)], folder)
      t.equal(output + errors, '')
      t.equal(code, 0)
    })
  }

  await t.test('the command is there', async (t) => {
    const bin = join(folder, 'node_modules', 'fastify-docs-gate', 'dist', 'bin', 'docs-gate.js')
    const { code, output, errors } = await run(node, [bin, '--help'], folder)
    t.equal(code, 0, errors)
    t.match(output, 'fastify-docs-gate serve')
  })
})

const NO_REGISTRY = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED/
const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

/** A new project, outside of this one, as `npm init -y` makes it, and the tarball beside it. */
async function emptyProject(t: Test): Promise<{ folder: string; tarball: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'docs-gate-project-'))
  t.teardown(() => rm(parent, { recursive: true, force: true }))
  const [tarball] = await pack(t)
  const folder = join(parent, 'service')
  await mkdir(folder)
  const { code, errors } = await run(NPM, ['init', '-y'], folder)
  t.equal(code, 0, errors)
  return { folder, tarball }
}

/** The first code block of the README in this language. */
async function quickStart(language: string): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [, code = ''] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(readme) ?? []
  return code
}

/** Starts a program that listens on port 3000, on another port, and resolves to its origin when it does. */
async function started(t: Test, folder: string, file: string, code: string): Promise<string> {
  t.match(code, 'port: 3000')
  const port = await freePort()
  await writeFile(join(folder, file), code.replace('port: 3000', `port: ${port}`))
  const environment = { JOHNDOE_HASH: HASHES.secret, DOCS_GATE_SECRET: SECRET }
  const child = start(process.execPath, [file], folder, environment)
  t.teardown(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const origin = `http://127.0.0.1:${port}`
  const isUp = () => fetch(origin).then(Boolean, () => child.exitCode !== null)
  await until(isUp)
  t.equal(child.exitCode, null, errors)
  return origin
}

t.test('in an empty folder, both quick starts work as they stand, beside any redis', async (t) => {
  const { folder, tarball } = await emptyProject(t)
  const installed = await run(NPM, [...INSTALL, 'fastify', tarball, 'redis@4'], folder)
  if (installed.code !== 0 && NO_REGISTRY.test(installed.errors) && mayBeMissing(t, 'fastify')) return
  t.equal(installed.code, 0, installed.errors)
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  t.not(manifest.type, 'module', 'npm init -y makes a CommonJS project')
  t.match(manifest.dependencies.redis, /^\^4\./)
  for (const redis of ['redis@5', 'redis@6']) {
    const { code, errors } = await run(NPM, [...INSTALL, '--dry-run', redis], folder)
    t.equal(code, 0, `${redis}: ${errors}`)
  }

  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  for (const name of ['fastify-docs-gate', 'docs-gate']) {
    const { code, output } = await run(NPM, ['exec', '--no', '--', name, '--version'], folder)
    t.strictSame([code, output.trim()], [0, version])
  }

  for (const [file, language] of [
    ['server.mjs', 'js'],
    ['server.js', 'cjs'],
  ] as const) {
    await t.test(file, async (t) => {
      const origin = await started(t, folder, file, await quickStart(language))
      const stranger = await fetch(`${origin}/users/me`)
      t.equal(stranger.status, 401)
      t.match(await stranger.json(), { code: 'DOCS_GATE_UNAUTHENTICATED' })
      const login = await fetch(`${origin}/auth/login`, {
        headers: { authorization: basic('johndoe', 'secret') },
      })
      t.equal(login.status, 200)
      const { access_token: token } = (await login.json()) as { access_token: string }
      const headers = { authorization: `Bearer ${token}` }
      const me = await fetch(`${origin}/users/me`, { headers })
      t.match(await me.json(), { username: 'johndoe' })
      const document = (await (await fetch(`${origin}/openapi.json`, { headers })).json()) as {
        paths: object
      }
      t.strictSame(Object.keys(document.paths), ['/users/me'])
    })
  }

  await t.test('the obvious code without await does not start', async (t) => {
    const code = `
const app = require('fastify')()
const docsGate = require('fastify-docs-gate')
app.register(docsGate, { users: { johndoe: process.env.JOHNDOE_HASH }, secret: process.env.DOCS_GATE_SECRET })
app.get('/users/me', { onRequest: GUARD }, async (request) => request.user)
app.listen({ port: 3000 })
`
    await writeFile(join(folder, 'wrong.js'), code.replace('GUARD', 'app.authenticate').replace('3000', '0'))
    const environment = { JOHNDOE_HASH: HASHES.secret, DOCS_GATE_SECRET: SECRET }
    const { code: status, errors } = await finished(
      start(process.execPath, ['wrong.js'], folder, environment),
    )
    t.equal(status, 1)
    t.match(errors, /DOCS_GATE_EARLY_ROUTES/)
    const origin = await started(t, folder, 'right.js', code.replace('GUARD', 'docsGate.authenticate'))
    t.equal((await fetch(`${origin}/users/me`)).status, 401)
  })
})
