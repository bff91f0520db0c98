import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { fileNameOf } from '../../lib/docs/page/bar.ts'
import { docsPage, docsPageHeaders } from '../../lib/docs/page/docs-page.ts'
import { initializer } from '../../lib/docs/page/initializer.ts'
import { inlineScript } from '../../lib/docs/page/inline-script.ts'
import { sessionExpiry } from '../../lib/docs/page/session-expiry.ts'
import { fingerprintOf, UI_FILES, uiAssets } from '../../lib/docs/page/ui-assets.ts'
import { scriptSource } from '../../lib/docs/page/ui-config.ts'
import { assetPaths } from '../../lib/pages/assets.ts'
import { browserFiles } from '../../lib/pages/browser-files.ts'
import { ENGLISH } from '../../lib/pages/texts.ts'
import type { User } from '../../lib/session/user.ts'
import { rejection } from './fixtures.ts'

type Config = Record<string, unknown>

t.test('uiConfig reaches the browser as JavaScript that evaluates to the same values', async (t) => {
  const config = {
    text: 'a "quoted" </script> line\u2028end',
    number: 1.5,
    yes: true,
    nothing: null,
    absent: undefined,
    list: [1, 'two', [null], { three: 3 }],
    nested: { 'a-b': { c: 'd' }, __proto_: 1 },
    pattern: /a\/b+/gi,
    arrow: (value: number) => value + 1,
    plain: function plain(value: number) {
      return value * 2
    },
    onComplete() {
      return 'method'
    },
    async 'quoted-name'() {
      return 'async'
    },
    *generator() {
      yield 'generated'
    },
    Class: class Named {
      readonly kind = 'class'
    },
  }
  type Evaluated = Omit<typeof config, 'absent'>
  const source = scriptSource('docs.uiConfig', config)
  const evaluated = runInNewContext(`(${source})`) as Evaluated
  const { arrow, plain, onComplete, generator, Class, pattern, ...data } = evaluated
  t.equal(arrow(1), 2)
  t.equal(plain(4), 8)
  t.equal(onComplete(), 'method')
  t.equal(await evaluated['quoted-name'](), 'async')
  t.same([...generator()], ['generated'])
  t.equal(new Class().kind, 'class')
  t.equal(pattern.source, 'a\\/b+')
  t.equal(pattern.flags, 'gi')
  t.same(JSON.parse(JSON.stringify(data)), {
    text: config.text,
    number: 1.5,
    yes: true,
    nothing: null,
    list: config.list,
    nested: { 'a-b': { c: 'd' }, __proto_: 1 },
  })
  t.notOk('absent' in evaluated)
  const twice = { id: 1 }
  t.equal(scriptSource('docs.uiConfig', [twice, { twice }]), '[{"id":1},{"twice":{"id":1}}]', 'no circle')
})

t.test('a value in uiConfig that cannot be sent is an error with its name', async (t) => {
  const circle: Record<string, unknown> = {}
  circle['circle'] = circle
  const cases: [string, unknown, RegExp][] = [
    ['docs.uiConfig.native', { native: Math.max }, /an arrow function/],
    ['docs.uiConfig.bound', { bound: (() => 1).bind(null) }, /an arrow function/],
    ['docs.uiConfig.list[1].id', { list: [1, { id: Symbol('x') }] }, /write data/],
    ['docs.uiConfig.list[0]', { list: [undefined] }, /write data/],
    ['docs.uiConfig.big', { big: 1n }, /write data/],
    ['docs.uiConfig.a[0].circle', { a: [circle] }, /does not contain itself/],
  ]
  for (const [option, config, remedy] of cases) {
    const error = await rejection((async () => scriptSource('docs.uiConfig', config))())
    t.equal(error.code, 'DOCS_GATE_OPTIONS')
    t.ok(error.message.startsWith(`${option}: `), `${error.message} names ${option}`)
    t.match(error.message, remedy)
  }
})

/** Loads an initializer as the browser does, beside what it starts: what Swagger UI would be started with. */
async function start(
  t: Test,
  spec: string,
  uiConfig: Config = {},
  query = '',
): Promise<{ root: string; config: Config }> {
  const { script } = initializer('./abc/docs.js', spec, uiConfig, 'docs')
  const folder = t.testdir({
    static: {
      'swagger-initializer.js': script,
      abc: {
        'config.js': (await browserFiles())['config.js'],
        'docs.js':
          "import { configOf } from './config.js'\nexport const start = (...given) => { globalThis.started = configOf(...given, ['the apis']) }",
      },
    },
  })
  await import(pathToFileURL(join(folder, 'static', 'swagger-initializer.js')).href + query)
  const { started } = globalThis as unknown as { started: Config }
  return { root: pathToFileURL(`${folder}/`).href, config: started }
}

t.test('the page finds the document relative to its own folder, behind any prefix', async (t) => {
  for (const [spec, query] of [
    ['../openapi.json', ''],
    ['../../openapi.json', '?a=1#b'],
    ['../docs/openapi.json', ''],
  ] as const) {
    await t.test(spec, async (t) => {
      const { root, config } = await start(t, spec, {}, query)
      t.equal(config['url'], new URL(spec, root).href)
      t.equal(config['oauth2RedirectUrl'], new URL('static/oauth2-redirect.html', root).href)
      t.match(config, { dom_id: '#swagger-ui', layout: 'BaseLayout', deepLinking: true, validatorUrl: null })
      t.same(config['presets'], ['the apis'])
    })
  }
})

t.test('uiConfig overrides the defaults, except those that the page needs', async (t) => {
  const uiConfig = { deepLinking: false, docExpansion: 'full', url: 'http://evil.example/', dom_id: '#other' }
  const { root, config } = await start(t, '../openapi.json', uiConfig)
  t.match(config, { deepLinking: false, docExpansion: 'full', dom_id: '#swagger-ui' })
  t.equal(config['url'], new URL('../openapi.json', root).href)
  const error = await rejection(
    (async () => initializer('./docs.js', 'x', { filter: Math.max }, 'docs[2]'))(),
  )
  t.ok(error.message.startsWith('docs[2].uiConfig.filter: '))
})

t.test('a configuration without code is inside the page, one with code is not', async (t) => {
  const dataOf = (uiConfig: Config) => initializer('./docs.js', '../x.json', uiConfig, 'docs').data
  const uiConfig = { filter: 'a</script><b', layout: undefined, list: [1, null, { id: true }] }
  t.same(JSON.parse(String(dataOf(uiConfig))), {
    spec: '../x.json',
    uiConfig: { filter: 'a</script><b', list: [1, null, { id: true }] },
  })
  for (const code of [() => 1, /x/, [{ deep: () => 1 }]]) t.equal(dataOf({ code }), undefined)
})

t.test('the page escapes its data, and its policy allows its own files and the servers', async (t) => {
  const assets = assetPaths('/auth', { logo: undefined, css: undefined })
  const context = { title: 'T', texts: ENGLISH, assets, formAction: "'self' https://idp.example" }
  const evil = '"><script>alert(1)</script>'
  const page = {
    title: '<b>Pets</b>',
    service: undefined,
    logo: undefined,
    brandStyle: undefined,
    username: evil,
    scopes: [],
    documents: [],
    logoutAction: './auth/logout',
    app: { tokenUrls: [evil], token: evil, root: evil, isCarried: true },
    policyOptions: { connectSources: evil, imageSources: evil },
    session: { user: evil, document: evil, expiresIn: 1, status: evil, login: evil, loggedOut: evil },
    script: './docs/static/a.js',
    style: './docs/static/a.css',
    barStyle: './docs/static/b.css',
    theme: inlineScript('let theme'),
    icon: './docs/static/a.png',
    start: './docs/static/i.js',
    data: '{"uiConfig":{"filter":"</script><script>alert(2)</script>"}}',
    json: './openapi.json',
    yaml: './openapi.yaml',
  }
  const body = docsPage(context, page)
  t.match(body, '<title>&lt;b&gt;Pets&lt;/b&gt;</title>')
  t.match(body, 'Signed in as &quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
  t.same(body.match(/<script>.*?<\/script>/g), ['<script>let theme</script>'], 'one script stands in it')
  t.notMatch(body, /<style|style=|onclick/)
  const [, data = ''] =
    /<script type="application\/json" id="docs-gate-ui">([^<]*)<\/script>/.exec(body) ?? []
  t.same(JSON.parse(data), JSON.parse(page.data))
  t.match(body, '<form method="post" action="./auth/logout">')
  t.match(body, '<noscript><p>')
  t.notMatch(body, '<img')
  const branded = docsPage(context, { ...page, service: 'Acme', logo: './logo', brandStyle: './brand.css' })
  t.match(branded, '<img src="./logo" alt="">')
  t.match(branded, '<p>Acme</p>')
  t.ok(branded.indexOf('./brand.css') > branded.indexOf('./docs/static/b.css'), 'the host’s style comes last')
  const headers = docsPageHeaders(context, page.theme, {
    connect: ['https://a.example', 'http://b.example:81'],
    image: ['https://c.example', 'https:'],
  })
  t.match(headers, { 'cache-control': 'no-store', 'referrer-policy': 'same-origin' })
  const policy = headers['content-security-policy']
  t.ok(policy.startsWith("default-src 'none'; "), policy)
  t.match(policy, "; connect-src 'self' https://a.example http://b.example:81; ")
  t.match(policy, "; form-action 'self' https://idp.example; ")
  t.notMatch(policy, /unsafe|\*/)
  const digest = createHash('sha256').update('let theme').digest('base64')
  t.match(policy, `; script-src 'self' 'sha256-${digest}'; `, 'that script, and no other')
  t.match(
    docsPageHeaders(context, page.theme, { connect: [], image: [] })['content-security-policy'],
    "; connect-src 'self'; ",
  )
})

t.test('the files of Swagger UI come from its package, read once, each with a fingerprint', async (t) => {
  const { readFile } = fs
  t.teardown(() => {
    fs.readFile = readFile
    syncBuiltinESMExports()
  })
  fs.readFile = async () => {
    throw new Error('not now')
  }
  syncBuiltinESMExports()
  await t.rejects(uiAssets(), { message: 'not now' })
  fs.readFile = readFile
  syncBuiltinESMExports()
  const assets = await uiAssets()
  t.equal(await uiAssets(), assets)
  t.same([...assets.keys()], UI_FILES)
  t.ok(assets.has('swagger-ui-bundle.js'))
  t.ok(assets.has('swagger-ui.css'))
  for (const [name, { plain }] of assets) {
    const { body, contentType } = plain
    t.ok(body.length > 0, name)
    t.match(contentType, /^(?:text\/(?:javascript|css|html); charset=utf-8|image\/png)$/, name)
  }
  for (const stock of ['index.html', 'swagger-initializer.js', 'logo.svg']) t.notOk(assets.has(stock), stock)
  const fingerprint = fingerprintOf(assets, 'swagger-ui.css')
  t.match(fingerprint, /^[\w-]{10}$/)
  t.not(fingerprintOf(assets, 'swagger-ui-bundle.js'), fingerprint)
  t.equal(fingerprintOf(assets, 'absent.js'), '')
})

t.test('the files of Swagger UI are named so that tools which trace files find them', async (t) => {
  const source = readFileSync(new URL('../../lib/docs/page/ui-assets.ts', import.meta.url), 'utf8')
  for (const name of (await uiAssets()).keys())
    t.match(source, `import.meta.resolve('@fastify/swagger-ui/static/${name}')`)
})

t.test('the file name of a downloaded document is made of its title', async (t) => {
  for (const [title, name] of [
    ['Pet store & friends', 'pet-store-friends'],
    ['../../etc/passwd', 'etc-passwd'],
    ['Bücher – 図書', 'bücher-図書'],
    ['"; x="', 'x'],
    ['!?', 'openapi'],
    ['a'.repeat(200), 'a'.repeat(80)],
  ] as const) {
    t.equal(fileNameOf(title), name)
  }
})

t.test('the remaining time of a session is in whole seconds, rounded up', async (t) => {
  const user = { issuer: 'docs-gate', subject: 'johndoe', expiresAt: 10_000 } as User
  for (const [now, expiresIn] of [
    [0, 10],
    [1, 10],
    [9_999, 1],
    [10_000, 0],
    [99_000, 0],
  ] as const) {
    t.same(sessionExpiry(user, now), { user: 'docs-gate johndoe', expiresIn })
  }
})
