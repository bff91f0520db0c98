import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { browserFiles, CLASSIC_SCRIPTS, DOCS_MODULES } from '../../lib/pages/browser-files.ts'
import { classicScript } from '../../lib/pages/classic-script.ts'
import { ENGLISH, fill, fillWith, inWords } from '../../lib/pages/texts.ts'
import docsGate, { type DocsGateOptions } from '../../plugins/index.ts'
import { basic, browser, FORM, logIn, NAVIGATION, SECRET, testApp, USERS } from '../helper.ts'

type Pages = NonNullable<DocsGateOptions['pages']>

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
const PICTURE_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'
const PICTURES: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'image/png': [Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1')],
  'image/jpeg': [Buffer.from('\xff\xd8\xff\xe0....', 'latin1')],
  'image/gif': [Buffer.from('GIF87a'), Buffer.from('GIF89a')],
  'image/webp': [Buffer.from('RIFF\0\0\0\0WEBPVP8 ')],
  'image/svg+xml': [
    SVG,
    `\ufeff${SVG}`,
    `\n<?xml version="1.0" encoding="utf-8"?>\n<!-- <made> by hand -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [\n<!ENTITY a "b">\n]>\n<!---->${SVG}`,
  ],
}

const INTERNAL = {
  login: { mode: 'form' },
  docs: [{}, { path: '/internal', scopes: ['internal', 'read'] }],
} as const

const register = async (pages: unknown): Promise<unknown> => {
  const app = Fastify()
  try {
    await app.register(docsGate, { users: USERS, secret: SECRET, pages } as DocsGateOptions)
    return undefined
  } catch (error) {
    return error
  } finally {
    await app.close()
  }
}

/** The URLs that a page loads, as a browser resolves them. */
const loaded = (body: string, url: string): readonly string[] =>
  [...body.matchAll(/<(?:link|script|img)[^>]* (?:src|href)="([^"]+)"/g)].map(
    ([, reference]) => new URL(reference as string, `http://x${url}`).pathname,
  )

const headings = (body: string): readonly string[] =>
  [...body.matchAll(/<h1>([^<]*)<\/h1>/g)].map(([, heading]) => heading as string)

const signIn = (app: FastifyInstance, url = '/auth/login', headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { ...NAVIGATION, ...headers } })

const post = (app: FastifyInstance, fields: Record<string, string>, headers = {}) =>
  app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { ...NAVIGATION, 'sec-fetch-site': 'same-origin', ...FORM, ...headers },
    payload: new URLSearchParams(fields).toString(),
  })

t.test('what the pages load lies beside them, for everybody, and is never kept', async (t) => {
  const after = (app: FastifyInstance) => void app.addHook('onRequest', app.authorize('admin'))
  const app = await testApp(t, { gate: { routePrefix: '/a/b' }, after })
  const table: [url: string, contentType: string, content: RegExp, csp?: string][] = [
    ['/a/b/style.css', 'text/css; charset=utf-8', /--gate-accent: light-dark\(/],
    ['/a/b/page.js', 'text/javascript; charset=utf-8', /getModifierState/],
    ['/a/b/icon.svg', 'image/svg+xml', /^<svg /, PICTURE_CSP],
  ]
  for (const [url, contentType, content, csp] of table) {
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await app.inject({ method, url })
      t.equal(response.statusCode, 200, `${method} ${url}`)
      t.equal(response.headers['content-type'], contentType)
      t.equal(response.headers['cache-control'], 'no-store')
      t.equal(response.headers['x-content-type-options'], 'nosniff')
      t.equal(response.headers['content-security-policy'], csp)
      if (method === 'GET') t.match(response.body, content)
      else t.equal(response.body, '')
    }
  }
  for (const url of ['/a/b/logo', '/a/b/brand.css']) t.equal((await app.inject(url)).statusCode, 401, url)
  const page = await signIn(app, '/a/b/login')
  t.strictSame(loaded(page.body, '/a/b/login'), [
    '/a/b/icon.svg',
    '/a/b/style.css',
    '/a/b/page.js',
    '/a/b/icon.svg',
  ])
  t.equal(page.headers['content-security-policy'], CSP)
})

t.test('the scripts that set the theme are classic scripts, which need no other file', async (t) => {
  const files = await browserFiles()
  for (const name of Object.keys(CLASSIC_SCRIPTS) as (keyof typeof CLASSIC_SCRIPTS)[]) {
    const root = { dataset: {}, classList: { toggle: () => {} } }
    const browser = {
      AbortController,
      addEventListener: () => {},
      document: { documentElement: root, addEventListener: () => {} },
      localStorage: { getItem: (key: string) => (key === 'docs-gate:theme' ? 'dark' : null) },
      matchMedia: () => ({ matches: false, addEventListener: () => {} }),
    }
    t.notMatch(files[name], /\b(?:import|export)\b/, name)
    const names = Object.keys(browser)
    runInNewContext(files[name], browser)
    t.strictSame(root.dataset, { theme: 'dark' }, name)
    t.strictSame(Object.keys(browser), names, `${name} leaves no global variable`)
  }
})

t.test(
  'modules that import each other are joined to one script, however their imports are formatted',
  async (t) => {
    const dependency =
      'export const a = 1\nexport const b = 2\nexport function sum(x, y) {\n  return x + y\n}\n'
    const imports = [
      "import { a, b, sum } from './dependency.js'\n",
      "import {\n  a,\n  b,\n  sum,\n} from './dependency.js'\n",
      "import './dependency.js'\n",
    ]
    for (const statement of imports) {
      const report = `report(sum(a, b), 'import me')\n`
      const script = classicScript([dependency, `${statement}${report}`])
      t.notMatch(script, /^(?:import|export)|\.js'/m, statement)
      const reported: unknown[] = []
      runInNewContext(script, { report: (...values: unknown[]) => reported.push(...values) })
      t.strictSame(reported, [3, 'import me'], statement)
    }
  },
)

t.test('a docs page serves every module of its folder', async (t) => {
  const modules = readdirSync('lib/browser/docs').filter((name) => name.endsWith('.js'))
  t.strictSame([...DOCS_MODULES].sort(), modules.sort())
})

t.test('the sign-in page is under 15 KB in all', async (t) => {
  const app = await testApp(t, { gate: { login: { mode: 'form' } } })
  const page = await signIn(app, '/auth/login?returnTo=/docs')
  const all = [page]
  for (const url of loaded(page.body, '/auth/login')) all.push(await app.inject(url))
  const sizes = all.map(({ headers, rawPayload }) => {
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return rawPayload.length + Buffer.byteLength(`HTTP/1.1 200 OK\r\n${head.join('')}\r\n`)
  })
  const total = sizes.reduce((sum, size) => sum + size)
  t.equal(all.length, 5)
  t.ok(total < 15_000, `${total} bytes: ${sizes.join(' + ')}`)
})

t.test('a logo of any kind is shown on every page and as their icon, by its content', async (t) => {
  const folder = t.testdir({})
  for (const [contentType, pictures] of Object.entries(PICTURES)) {
    for (const picture of pictures) {
      const bytes = Buffer.from(picture as string)
      const path = join(folder, 'logo.bin')
      writeFileSync(path, bytes)
      const spellings: [string, Pages['logo']][] = [
        ['a path', path],
        ['a buffer', bytes],
        ['bytes', new Uint8Array(bytes)],
        ['a data URL', `data:application/octet-stream;base64,${bytes.toString('base64')}`],
      ]
      if (typeof picture === 'string')
        spellings.push([
          'a data URL in percent-encoding',
          `DATA:image/svg+xml,${encodeURIComponent(picture)}`,
        ])
      for (const [spelling, logo] of spellings) {
        const app = await testApp(t, { gate: { pages: { logo } } })
        const response = await app.inject('/auth/logo')
        t.equal(response.statusCode, 200, `${contentType} as ${spelling}`)
        t.equal(response.headers['content-type'], contentType)
        t.equal(response.headers['x-content-type-options'], 'nosniff')
        t.equal(response.headers['cache-control'], 'no-store')
        t.equal(response.headers['content-security-policy'], PICTURE_CSP, 'no script where it is opened')
        t.strictSame(response.rawPayload, bytes)
        for (const url of ['/auth/logged-out', '/auth/logout']) {
          const { body } = await app.inject(url)
          t.match(body, '<link rel="icon" href="../auth/logo">')
          t.match(body, '<header><img src="../auth/logo" alt="">')
        }
      }
    }
  }
})

t.test('a style sheet comes after ours, and may bring pictures and fonts', async (t) => {
  const folder = t.testdir({ 'brand.css': ':root { --gate-accent: teal; } /* ü */' })
  const path = join(folder, 'brand.css')
  const app = await testApp(t, { gate: { pages: { css: path } } })
  writeFileSync(path, 'changed')
  const response = await app.inject('/auth/brand.css')
  t.equal(response.statusCode, 200)
  t.equal(response.headers['content-type'], 'text/css; charset=utf-8')
  t.equal(response.headers['x-content-type-options'], 'nosniff')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.body, ':root { --gate-accent: teal; } /* ü */', 'as it was at registration')
  const page = await signIn(app)
  t.strictSame(
    loaded(page.body, '/auth/login').filter((url) => url.endsWith('.css')),
    ['/auth/style.css', '/auth/brand.css'],
  )
  t.match(
    page.headers['content-security-policy'],
    "; img-src 'self' data:; font-src 'self' data:; form-action",
  )
  const { bearer: authorization } = await logIn(app)
  const docs = await app.inject({ url: '/docs', headers: { authorization } })
  const styles = loaded(docs.body, '/docs').filter((url) => url.endsWith('.css'))
  t.equal(styles.at(-1), '/auth/brand.css', 'on the docs page too')
  t.match(docs.headers['content-security-policy'], "; font-src 'self' data:; ")
})

t.test('the logo stands in the bar of the docs, and is their icon', async (t) => {
  const app = await testApp(t, { gate: { pages: { logo: Buffer.from(SVG) } } })
  const { bearer: authorization } = await logIn(app)
  const { body, headers } = await app.inject({ url: '/docs', headers: { authorization } })
  t.match(body, '<img src="./auth/logo" alt="">')
  t.match(body, '<link rel="icon" href="./auth/logo">')
  t.notMatch(headers['content-security-policy'], 'font-src')
})

t.test('a brand that cannot be shown is refused, with the remedy', async (t) => {
  const big = 'x'.repeat(256 * 1024 + 1)
  const folder = t.testdir({
    empty: '',
    text: 'hello',
    'big.css': big,
    'big.svg': SVG + big,
    'latin.css': Buffer.from('/* \xfc */', 'latin1'),
    folder: {},
  })
  const at = (name: string): string => join(folder, name)
  const NOT_READABLE = /^pages\.\w+: write the path of /
  const NOT_A_PICTURE = /^pages\.logo: write a picture whose content is PNG, JPEG, GIF, WebP or SVG/
  const TOO_LARGE = /^pages\.\w+: write a file of at most 256 KB/
  const html = `<!doctype html><html><body>${SVG}</body></html>`
  const table: [label: string, pages: object, message: RegExp][] = [
    ...[1, true, null, {}, [], '', new URL('file:///x.png')].map((logo): [string, object, RegExp] => [
      `logo ${String(logo)}`,
      { logo },
      NOT_READABLE,
    ]),
    ['a logo that is not there', { logo: at('absent.png') }, NOT_READABLE],
    ['a logo of another site', { logo: 'https://example.com/logo.png' }, NOT_READABLE],
    ['a logo that is a folder', { logo: at('folder') }, NOT_READABLE],
    ['a logo that never ends', { logo: '/dev/zero' }, NOT_READABLE],
    ['an empty file', { logo: at('empty') }, NOT_A_PICTURE],
    ['a text', { logo: at('text') }, NOT_A_PICTURE],
    ['no bytes', { logo: Buffer.alloc(0) }, NOT_A_PICTURE],
    ['a page', { logo: Buffer.from(html) }, NOT_A_PICTURE],
    ['a page with a picture first', { logo: Buffer.from(`<!-- --><!DOCTYPE html>${html}`) }, NOT_A_PICTURE],
    // Each once took many seconds.
    ...['<?', '<!--', '<!DOCTYPE['].map((opening): [string, object, RegExp] => [
      `${opening} without an end`,
      { logo: Buffer.from(opening.repeat(262_144 / opening.length)) },
      NOT_A_PICTURE,
    ]),
    ['an SVG without its namespace', { logo: Buffer.from('<svg></svg>') }, NOT_A_PICTURE],
    ['an SVG as UTF-16', { logo: Buffer.from(SVG, 'utf16le') }, NOT_A_PICTURE],
    ['a sound', { logo: Buffer.from('RIFF\0\0\0\0WAVEfmt ') }, NOT_A_PICTURE],
    ['a bitmap', { logo: Buffer.from('BM....') }, NOT_A_PICTURE],
    ['a data URL without data', { logo: 'data:image/png;base64' }, NOT_A_PICTURE],
    ['a data URL of a text', { logo: 'data:image/png,hello' }, NOT_A_PICTURE],
    ['a data URL in broken percent-encoding', { logo: 'data:image/svg+xml,%E0%A4' }, NOT_A_PICTURE],
    ['a large logo', { logo: at('big.svg') }, TOO_LARGE],
    ['a large buffer', { logo: Buffer.from(SVG + big) }, TOO_LARGE],
    ['a large data URL', { logo: `data:,${big}` }, TOO_LARGE],
    ...[1, true, null, {}, [], '', Buffer.from('a {}')].map((css): [string, object, RegExp] => [
      `css ${String(css)}`,
      { css },
      NOT_READABLE,
    ]),
    ['a style sheet that is not there', { css: at('absent.css') }, NOT_READABLE],
    ['a style sheet that is a folder', { css: folder }, NOT_READABLE],
    ['a large style sheet', { css: at('big.css') }, TOO_LARGE],
    ['a style sheet in another encoding', { css: at('latin.css') }, /^pages\.css: write .* in UTF-8/],
    ['a language that is none', { texts: { language: 'x_y' } }, /^pages\.texts\.language: write the tag/],
    ['no language', { texts: { language: '' } }, /^pages\.texts\.language: write the tag/],
    ['an unknown part', { icon: 'x' }, /^pages\.icon is not an option; pages has title, logo, css, texts/],
  ]
  for (const [label, pages, message] of table) {
    const error = await register(pages)
    t.match(error, { code: 'DOCS_GATE_OPTIONS', message }, label)
    t.ok(error instanceof TypeError)
  }
  const exact = Buffer.concat([Buffer.from(SVG), Buffer.alloc(256 * 1024 - SVG.length, ' ')])
  t.equal(await register({ logo: exact }), undefined, '256 KB are not too many')
})

/** Every page of an app whose second document is not for jane, by name. */
async function allPages(app: FastifyInstance): Promise<Record<string, string>> {
  const { cookie } = await logIn(app, 'jane', 'secret2')
  const html = { accept: 'text/html' }
  const pages: Record<string, string> = {}
  const add = async (name: string, url: string, headers = {}) => {
    pages[name] = (await app.inject({ url, headers: { ...html, ...headers } })).body
  }
  await add('login', '/auth/login?returnTo=/users/%3Cme%3E')
  await add('signed out', '/auth/login', { cookie: 'docs-gate-logged-out=1' })
  await add('logout', '/auth/logout')
  await add('logged out', '/auth/logged-out')
  await add('denied', '/internal', { cookie })
  const { sessionId = '' } = (await app.inject({ url: '/auth/me', headers: { cookie } })).json()
  await app.docsGate.endSession(sessionId)
  await add('ended', '/auth/login', { cookie })
  for (const _ of [1, 2])
    pages['cookie'] = (await post(app, { username: 'johndoe', password: 'secret' })).body
  for (let i = 0; i < 5; i++)
    pages['failed'] = (await post(app, { username: '<i>"&', password: 'wrong' })).body
  pages['throttled'] = (await post(app, { username: '<i>"&', password: 'wrong' })).body
  return pages
}

const DOWN = () => Promise.reject(new Error('down'))

/** The pages of an app like that one while its sessions are out of reach, by name. */
async function outagePages(t: Test, like: FastifyInstance, gate: Partial<DocsGateOptions>) {
  const { cookie } = await logIn(like)
  const session = { store: { get: DOWN, set: DOWN, delete: DOWN, list: DOWN } }
  const app = await testApp(t, { gate: { ...gate, session } })
  const pages: Record<string, string> = {}
  for (const name of ['auth/login', 'auth/logout', 'docs'])
    pages[`down: ${name}`] = (await signIn(app, `/${name}`, { cookie })).body
  return pages
}

t.test('every page names its language and service, and has one heading', async (t) => {
  const gate = { ...INTERNAL, pages: { title: 'Fish & Chips' } }
  const app = await testApp(t, { gate })
  const expected: Readonly<Record<string, string>> = {
    login: 'Sign in to Fish &amp; Chips',
    'signed out': 'Sign in to Fish &amp; Chips',
    logout: 'Log out',
    'logged out': 'You are logged out',
    denied: 'You have no access to this page',
    ended: 'Sign in to Fish &amp; Chips',
    cookie: 'Your browser does not keep the session',
    failed: 'Sign in to Fish &amp; Chips',
    throttled: 'Sign in to Fish &amp; Chips',
    'down: auth/login': 'Sign in to Fish &amp; Chips',
    'down: auth/logout': 'This does not work right now',
    'down: docs': 'This does not work right now',
  }
  const pages = { ...(await allPages(app)), ...(await outagePages(t, app, gate)) }
  t.strictSame(Object.keys(pages), Object.keys(expected))
  for (const [name, body] of Object.entries(pages)) {
    const heading = expected[name] as string
    t.strictSame(headings(body), [heading], name)
    t.match(body, '<html lang="en">')
    const isNamed = heading.endsWith('Chips')
    t.match(body, `<title>${heading}${isNamed ? '' : ' · Fish &amp; Chips'}</title>`)
    t.equal(body.includes('alt=""><p>Fish &amp; Chips</p></header>'), !isNamed, 'the name is said once')
  }
})

t.test('every text can be replaced, and all that a page says is escaped', async (t) => {
  const names = Object.keys(ENGLISH).filter((name) => name !== 'language')
  const texts = Object.fromEntries(
    names.map((name) => [name, `<i>${name}</i> "'& {title}{path}{time}{username}`]),
  )
  const gate: Partial<DocsGateOptions> = {
    ...INTERNAL,
    pages: { title: '<i>"Title"</i>', texts: { ...texts, language: 'de-AT' } },
    users: { ...USERS, jane: { password: USERS.jane, name: '<i>Jane</i>' } },
    docs: [{}, { path: '/internal', scopes: ['<i>scope</i>&'] }],
  }
  const app = await testApp(t, { gate })
  const pages = { ...(await allPages(app)), ...(await outagePages(t, app, gate)) }
  for (const [username, password] of [
    ['johndoe', 'secret'],
    ['jane', 'secret2'],
  ] as const) {
    const { cookie } = await logIn(app, username, password)
    const { body } = await app.inject({ url: '/docs', headers: { cookie } })
    // Without the script in it, which no text reaches.
    pages[`docs of ${username}`] = body.replace(/<script>[^<]*<\/script>/, '')
  }
  const strict = await testApp(t, { gate: { ...gate, session: { cookie: { sameSite: 'strict' } } } })
  const fromElsewhere = { ...NAVIGATION, 'sec-fetch-site': 'cross-site' }
  pages['reload'] = (await strict.inject({ url: '/auth/login', headers: fromElsewhere })).body
  const all = Object.values(pages).join('\n')
  t.notMatch(all, /<i>|"<|&(?!(?:amp|lt|gt|quot|#39);)/)
  t.match(pages['denied'], '<code>&lt;i&gt;scope&lt;/i&gt;&amp;</code>')
  t.match(pages['denied'], '<b>&lt;i&gt;Jane&lt;/i&gt;</b>')
  t.match(pages['login'], '<b>/users/&lt;me&gt;</b>')
  t.match(pages['throttled'], 'value="&lt;i&gt;&quot;&amp;"')
  t.match(pages['throttled'], '>5 Minuten</span>', 'durations follow the language')
  t.match(pages['logout'], '<html lang="de-AT">')
  const elsewhere = ['busy', 'documents', 'documentBusy', 'tooManyScopes']
  for (const name of names.filter((one) => !elsewhere.includes(one)))
    t.match(all, `&lt;i&gt;${name}&lt;/i&gt; &quot;&#39;&amp; `, name)
})

t.test('texts are filled where they are known', async (t) => {
  t.equal(fill('{a} and {b}, {toString} {} {a}', { a: 'A' }), 'A and {b}, {toString} {} A')
  t.strictSame(fillWith('x {a}', { a: 1 }), ['x ', 1, ''])
  const table: [seconds: number, language: string, words: string][] = [
    [1, 'en', '1 second'],
    [59, 'en', '59 seconds'],
    [60, 'en', '1 minute'],
    [61, 'en', '2 minutes'],
    [3600, 'en', '60 minutes'],
    [1, 'de', '1 Sekunde'],
    [120, 'pl', '2 minuty'],
  ]
  for (const [seconds, language, words] of table) t.equal(inWords(seconds, language), words)
})

t.test('the page says why one has to sign in again, in both modes', async (t) => {
  const SIGNED_OUT = '<p class="notice" role="status">You were logged out.</p>'
  const ENDED = '<p class="notice" role="status">Your session ended. Sign in to go on.</p>'
  for (const mode of ['basic', 'form'] as const) {
    const app = await testApp(t, { gate: { login: { mode } } })
    const client = browser(app)
    const enter = () => client.go('/auth/login', {}, 'username=johndoe&password=secret')
    const credentials = mode === 'basic' ? { authorization: basic('johndoe', 'secret') } : {}
    t.notMatch((await client.go('/auth/login')).body, 'class="notice"', 'nothing to a newcomer')

    await enter()
    await client.go('/users/me')
    await client.go('/auth/logout', {}, '')
    t.match((await client.go('/auth/login', credentials)).body, SIGNED_OUT, mode)
    t.notMatch((await client.go('/auth/login')).body, 'class="notice"')

    await enter()
    const { sessionId } = (await client.go('/users/me')).json<{ sessionId: string }>()
    await app.docsGate.endSession(sessionId)
    t.equal((await client.go('/docs')).headers.location, './auth/login?returnTo=%2Fdocs')
    t.match((await client.go('/auth/login?returnTo=%2Fdocs', credentials)).body, ENDED, mode)
    const wrong = await client.go('/auth/login', {}, 'username=johndoe&password=wrong')
    t.notMatch(wrong.body, 'class="notice"', 'an error is all that is said')
    t.match(wrong.body, 'role="alert"')
  }
})

t.test('the page tells how long to wait, in words and for its script', async (t) => {
  const app = await testApp(t)
  const enter = () => post(app, { username: 'johndoe', password: 'wrong' })
  for (let i = 0; i < 5; i++) t.notMatch((await enter()).body, 'data-seconds')
  const page = await enter()
  t.equal(page.statusCode, 429)
  const seconds = Number(page.headers['retry-after'])
  t.ok(seconds > 0)
  t.match(page.body, `<p id="problem" role="alert" data-seconds="${seconds}">Too many failed attempts.`)
  t.match(page.body, '<span id="time" role="timer" aria-live="off">5 minutes</span>.</p>')
  t.match(page.body, '<p id="wait-over" role="status" data-text="You can try again now."></p>')
  t.match(page.body, /<input id="password"[^>]* autofocus aria-describedby="problem">/)

  const texts = { throttled: 'Warten.' }
  const terse = await testApp(t, { gate: { pages: { texts } } })
  for (let i = 0; i < 5; i++) await post(terse, { username: 'johndoe', password: 'wrong' })
  const without = await post(terse, { username: 'johndoe', password: 'wrong' })
  t.match(without.body, /data-seconds="\d+">Warten\.<\/p>/)
})

t.test('where one is going is said by its path, readable and nothing else', async (t) => {
  const app = await testApp(t)
  const long = `/${'a'.repeat(80)}`
  const table: [returnTo: string, said: string | undefined][] = [
    ['/docs', '/docs'],
    ['/docs/?a=1&b=2', '/docs/'],
    ['/caf%C3%A9', '/café'],
    ['/%F0%9F%90%9F', '/🐟'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%20b', '/a%20b'],
    ['/%E2%80%AEgpj.exe', '/%E2%80%AEgpj.exe'],
    ['/a%0Ab', undefined],
    [long, `${long.slice(0, 60)}…`],
    [`/${'%F0%9F%90%9F'.repeat(80)}`, `/${'🐟'.repeat(59)}…`],
    ['/%FF', undefined],
    ['https://evil.example/', undefined],
  ]
  for (const [returnTo, said] of table) {
    const { body } = await signIn(app, `/auth/login?returnTo=${encodeURIComponent(returnTo)}`)
    const [, place] = /You are going to <b>([^<]*)<\/b>/.exec(body) ?? []
    t.equal(place, said, returnTo)
  }
})

t.test('a user who lacks a scope gets a page in a browser, and the error elsewhere', async (t) => {
  const docs = [
    { path: '/a' },
    { path: '/internal', scopes: ['read', 'internal'] },
    { path: '/admin-docs', scopes: ['admin'] },
  ]
  const app = await testApp(t, { gate: { docs } })
  const { cookie, bearer } = await logIn(app)
  const asked = 'Bearer realm="API documentation", error="insufficient_scope", scope="read internal"'
  for (const [url, base, returnTo] of [
    ['/internal', './auth', '/internal'],
    ['/internal/?x=1&y', '../auth', '/internal/?x=1&amp;y'],
    ['/internal/static/swagger-ui.css', '../../auth', '/internal/static/swagger-ui.css'],
    ['/internal/openapi.json', '../auth', '/internal/openapi.json'],
    ['/internal/nothing/here', '../../auth', '/internal/nothing/here'],
  ] as const) {
    const response = await app.inject({ url, headers: { ...NAVIGATION, cookie } })
    t.equal(response.statusCode, 403, url)
    t.equal(response.headers['www-authenticate'], asked)
    t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers['content-security-policy'], CSP)
    t.equal(response.headers['referrer-policy'], 'same-origin')
    t.strictSame(headings(response.body), ['You have no access to this page'])
    t.match(response.body, 'You are signed in as <b>John Doe</b>')
    t.strictSame(
      [...response.body.matchAll(/<code>([^<]*)<\/code>/g)].map(([, scope]) => scope),
      ['internal'],
      'those that are missing',
    )
    t.match(response.body, `<form method="post" action="${base}/logout">`)
    t.match(response.body, `<input type="hidden" name="returnTo" value="${returnTo}">`)
    t.strictSame(
      new Set(loaded(response.body, url)),
      new Set(['/auth/icon.svg', '/auth/style.css', '/auth/page.js']),
    )
    t.match(response.body, `href="${base.slice(0, -5)}/a">Back to /a</a>`)
  }
  const head = await app.inject({ method: 'HEAD', url: '/internal', headers: { ...NAVIGATION, cookie } })
  t.strictSame([head.statusCode, head.body], [403, ''])

  const programs: Record<string, string>[] = [
    { authorization: bearer },
    { cookie },
    { ...NAVIGATION, 'sec-fetch-mode': 'cors', cookie },
    { accept: 'application/json', cookie },
  ]
  for (const headers of programs) {
    const response = await app.inject({ url: '/internal', headers })
    t.equal(response.statusCode, 403)
    t.equal(response.json().code, 'DOCS_GATE_FORBIDDEN')
    t.equal(response.headers['www-authenticate'], asked)
  }
  const jane = await logIn(app, 'jane', 'secret2')
  const hosts = await app.inject({ url: '/admin', headers: { ...NAVIGATION, cookie: jane.cookie } })
  t.equal(hosts.json().code, 'DOCS_GATE_FORBIDDEN', 'a route of the host: the host shapes what is said')
  const posted = await app.inject({ method: 'POST', url: '/internal', headers: { ...NAVIGATION, cookie } })
  t.equal(posted.json().code, 'DOCS_GATE_FORBIDDEN')
})

t.test('the way back leads where the user may be', async (t) => {
  const closed = [{ path: '/internal', scopes: ['internal'] }]
  const table: [gate: Partial<DocsGateOptions>, href: string, place: string][] = [
    [{ docs: closed }, './', '/'],
    [{ docs: [...closed, { path: '/open-docs', scopes: ['read'] }] }, './open-docs', '/open-docs'],
    [{ docs: closed, login: { redirectTo: '/home?x=1' } }, './home?x=1', '/home'],
    [{ docs: closed, login: { redirectTo: '/%FF' } }, './%FF', '/%FF'],
    [
      { docs: closed, login: { redirectTo: 'https://example.com/in?x=1' } },
      'https://example.com/in?x=1',
      'https://example.com/in',
    ],
  ]
  for (const [gate, href, place] of table) {
    const app = await testApp(t, { gate })
    const { cookie } = await logIn(app)
    const { body } = await app.inject({ url: '/internal', headers: { ...NAVIGATION, cookie } })
    t.match(body, `<a class="quiet" href="${href}">Back to ${place}</a>`)
  }
})

async function asSomebodyElse(t: Test, mode: 'basic' | 'form'): Promise<void> {
  const app = await testApp(t, { gate: { ...INTERNAL, login: { mode }, logout: { redirectTo: '/bye' } } })
  const client = browser(app)
  await client.go('/auth/login', {}, 'username=jane&password=secret2')
  t.equal((await client.go('/internal')).statusCode, 403)
  const out = await client.go('/auth/logout', {}, 'returnTo=/internal%3Fx%3D1')
  t.equal(out.statusCode, 303)
  t.equal(out.headers.location, '../auth/login?returnTo=%2Finternal%3Fx%3D1')
  const page = await client.go('/auth/login?returnTo=%2Finternal%3Fx%3D1', {
    ...(mode === 'basic' && { authorization: basic('jane', 'secret2') }),
  })
  t.equal(page.statusCode, mode === 'basic' ? 401 : 200, 'jane is not let in by herself')
  t.match(page.body, 'You were logged out.')
  const other = await client.go(
    '/auth/login',
    {},
    'username=johndoe&password=secret&returnTo=/internal%3Fx%3D1',
  )
  t.equal(other.headers.location, '../internal?x=1')
  for (const payload of [
    'returnTo=https://evil.example/',
    'returnTo=/auth/logout',
    'returnTo=//evil.example',
    '',
  ]) {
    const location = (await client.go('/auth/logout', {}, payload)).headers.location
    t.equal(location, '../bye', `${payload} leads nowhere`)
  }
}

t.test('somebody else may sign in instead, and comes back', async (t) => {
  await asSomebodyElse(t, 'basic')
  await asSomebodyElse(t, 'form')
})

t.test('who is asked whether to log out may stay', async (t) => {
  const app = await testApp(t)
  t.match((await app.inject('/auth/logout')).body, '<a class="quiet" href="../docs">Stay signed in</a>')
})

t.test('paths of the assets are the gate’s own', async (t) => {
  const gate = { routePrefix: '/', login: { mode: 'form' } } as const
  for (const path of ['/page.js', '/icon.svg', '/logo', '/brand.css', '/style.css']) {
    const app = Fastify()
    const registered = async () => {
      await app.register(docsGate, { users: USERS, secret: SECRET, ...gate, docs: { path } })
    }
    await t.rejects(registered(), { code: 'DOCS_GATE_OPTIONS' }, path)
    await app.close()
  }
  const app = await testApp(t, { gate })
  const { body } = await app.inject('/logged-out')
  t.match(body, '<link rel="stylesheet" href="./style.css">')
})
