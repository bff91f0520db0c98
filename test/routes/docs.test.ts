import { once } from 'node:events'
import { createServer, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { mock } from 'node:test'
import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifySwagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import docsGate from '../../plugins/index.ts'
import { HASHES, listen, logIn, NAVIGATION, setCookies, testApp, USERS } from '../helper.ts'

const MARKER = 'OPEN-OPERATION'
// The page's own files, and the one script that stands in it.
const ONE_SCRIPT = /^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self'; /
const JSON_CONTENT = { 'content-type': 'application/json' }
const PETS = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://pets.example/v1' }, { url: '/v1' }],
  paths: { '/pets': { get: { summary: 'PETS-OPERATION', responses: {} } } },
  components: {
    securitySchemes: {
      oauth: {
        type: 'oauth2',
        flows: { password: { tokenUrl: 'https://login.pets.example/token', scopes: {} } },
      },
    },
  },
}
const SWAGGER_2 = { swagger: '2.0', info: { title: 'Old', version: '1' }, host: 'old.example', paths: {} }

type Paths = { paths: Record<string, unknown>; info?: { title: string }; openapi?: string; swagger?: string }

/** The URLs that a docs page refers to, as a browser resolves them from where it loaded the page. */
function references(body: string, url: string): string[] {
  const found = body.matchAll(/(?:src|href|action)="(?!data:)([^"]+)"/g)
  return [...found].map(([, reference]) =>
    new URL((reference as string).replace(/&amp;/g, '&'), new URL(url, 'http://x')).href.slice(8),
  )
}

/** One request over a socket of its own. */
async function get(url: string, headers: Record<string, string>) {
  const outgoing = send(url, { headers, agent: false }).end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

/** Where a page's module, loaded from `start`, then looks for the document. */
function specFrom(page: string, start: string): string {
  const data = /<script type="application\/json" id="docs-gate-ui">(.*)<\/script>/.exec(page)?.[1] as string
  const { spec } = JSON.parse(data) as { spec: string }
  return new URL(spec, new URL('../../', new URL(start, 'http://x'))).href.slice(8)
}

t.test('a user reads the page, its files and the document; with every link as the page has it', async (t) => {
  const cases: [string, string, string][] = [
    ['', '/docs', '/openapi'],
    ['', '/docs/', '/openapi'],
    ['', '/docs?a=/b/c#d', '/openapi'],
    ['', '/docs/?a=/b/c', '/openapi'],
    ['/v1/api', '/v1/api/docs', '/v1/api/openapi'],
    ['/v1/api', '/v1/api/docs/', '/v1/api/openapi'],
  ]
  for (const [prefix, url, spec] of cases) {
    const app = Fastify() as unknown as FastifyInstance
    const headers = { authorization: '' }
    t.teardown(() => app.close())
    const mounted: FastifyPluginAsync = async (scope) => {
      await scope.register(docsGate, { users: USERS })
      scope.get('/open', { schema: { summary: MARKER } }, async () => 'open')
      const { access_token } = await scope.docsGate.signIn('johndoe')
      headers.authorization = `Bearer ${access_token}`
    }
    await app.register(mounted, { prefix })
    await app.ready()

    const page = await app.inject({ url, headers })
    t.equal(page.statusCode, 200, url)
    t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    t.equal(page.headers['cache-control'], 'no-store')
    t.match(page.body, 'Signed in as John Doe')
    t.notMatch(page.body, MARKER, 'the page holds nothing of the document')

    const found = references(page.body, url)
    const [style, barStyle, json, yaml, logout, login, sameJson, sameYaml, script, start] = found
    t.equal(found.length, 10)
    t.same([sameJson, sameYaml], [json, yaml], 'without scripts too')
    t.equal(login, `${prefix}/auth/login?returnTo=${encodeURIComponent(url.split('#', 1)[0] as string)}`)
    const modules = ['docs', 'draft', 'accessibility', 'menus', 'notice', 'plugin', 'session', 'tabs']
    const ours = modules.map((name) => new URL(`./${name}.js`, `http://x${barStyle}`).pathname)
    t.equal(logout, `${prefix}/auth/logout`)
    t.equal(json, `${spec}.json`)
    t.equal(yaml, `${spec}.yaml`)
    t.match(page.body, /<link rel="icon" href="data:image\/svg\+xml,%3Csvg[^"]+">/)
    t.equal(start, ours[0])
    t.equal(specFrom(page.body, start as string), `${spec}.json`)
    for (const asset of [style, script, barStyle, ...ours] as string[]) {
      const response = await app.inject({ url: asset, headers })
      t.equal(response.statusCode, 200, asset)
      t.match(asset, /\/docs\/static\/(?:[\w-]{10}\/[\w.-]+|[\w.-]+\?v=[\w-]{10})$/)
      t.equal(response.headers['cache-control'], 'private, max-age=31536000, immutable')
      t.equal(response.headers['x-content-type-options'], 'nosniff')
      t.equal(response.headers['set-cookie'], undefined)
    }
    const initializer = await app.inject({ url: `${prefix}/docs/static/swagger-initializer.js`, headers })
    t.match(initializer.headers, {
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/javascript; charset=utf-8',
    })
    const [, started = ''] = /from "(.+?)"/.exec(initializer.body) ?? []
    t.equal(new URL(started, `http://x${prefix}/docs/static/`).pathname, ours[0])
    t.match((await app.inject({ url: json as string, headers })).body, MARKER)
    t.match((await app.inject({ url: yaml as string, headers })).body, MARKER)
  }
})

t.test(
  'the page of the app’s own document has its token URLs, and says whether requests carry the session',
  async (t) => {
    const app = await testApp(t, { gate: { docs: [{ path: '/own' }, { path: '/pets', source: PETS }] } })
    const { bearer: authorization, cookie } = await logIn(app)
    const said = async (url: string, headers: Record<string, string>) => {
      const { body } = await app.inject({ url, headers })
      return [/ data-token="([^"]+)"/, / data-note="([^"]+)"/].map((pattern) => pattern.exec(body)?.[1])
    }
    const note =
      'You are signed in: requests from this page to this service carry your session, so nothing needs to be filled in here.'
    t.same(await said('/own', { cookie }), ['./auth/token', note])
    t.same(
      await said('/own', { authorization }),
      ['./auth/token', undefined],
      'a token goes with one request',
    )
    t.same(await said('/pets', { cookie }), [undefined, undefined], 'a document of others')
  },
)

t.test('the document has the names of the cookie on http and on https', async (t) => {
  const described = async (cookie: object) => {
    const app = await testApp(t, { gate: { session: { cookie } } })
    const { bearer: authorization } = await logIn(app)
    const document = (await app.inject({ url: '/openapi.json', headers: { authorization } })).json()
    const { name, description } = document.components.securitySchemes.cookie
    return [name, description]
  }
  const always = "A browser's session."
  t.same(await described({}), [
    '__Host-docs-gate',
    `${always} On plain http the cookie is called \`docs-gate\`.`,
  ])
  t.same(await described({ name: 'sid', domain: 'example.com' }), [
    '__Secure-sid',
    `${always} On plain http the cookie is called \`sid\`.`,
  ])
  t.same(await described({ secure: true }), ['__Host-docs-gate', always])
  t.same(await described({ secure: false }), ['docs-gate', always])
})

t.test('the redirect page for OAuth providers has its own policy', async (t) => {
  const app = await testApp(t)
  const { bearer: authorization } = await logIn(app)
  const page = await app.inject({ url: '/docs/static/oauth2-redirect.html', headers: { authorization } })
  t.match(page.headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': /^default-src 'none'; script-src 'self'; /,
    'referrer-policy': 'same-origin',
    'cache-control': 'private, no-store',
    'cross-origin-opener-policy': 'unsafe-none',
  })
  t.match(page.body, '<script src="oauth2-redirect.js">')
})

t.test('the document has a strong ETag: GET, HEAD and 304 for users who may read it', async (t) => {
  const app = await testApp(t)
  const { bearer: authorization, cookie } = await logIn(app)
  const etags = new Set<string>()
  const types = { json: 'application/json; charset=utf-8', yaml: 'application/yaml; charset=utf-8' }
  for (const [form, type] of Object.entries(types)) {
    const url = `/openapi.${form}`
    const get = await app.inject({ url, headers: { authorization } })
    const etag = get.headers['etag'] as string
    etags.add(etag)
    t.equal(get.statusCode, 200)
    t.equal(get.headers['content-type'], type)
    t.equal(get.headers['cache-control'], 'no-store')
    t.equal(get.headers['x-content-type-options'], 'nosniff')
    t.match(etag, /^"[\w-]{43}"$/, 'strong')
    const head = await app.inject({ method: 'HEAD', url, headers: { authorization } })
    t.equal(head.statusCode, 200)
    t.equal(head.body, '')
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control']) {
      t.equal(head.headers[name], get.headers[name], `HEAD: ${name}`)
    }
    t.equal(head.headers['content-length'], String(get.rawPayload.length))
    for (const method of ['GET', 'HEAD'] as const) {
      for (const match of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
        for (const who of [{ authorization }, { cookie }]) {
          const known = await app.inject({ method, url, headers: { ...who, 'if-none-match': match } })
          t.equal(known.statusCode, 304, `${method} ${match}`)
          t.equal(known.body, '')
          t.equal(known.headers['etag'], etag)
          t.equal(known.headers['cache-control'], 'no-store')
          t.equal(known.headers['content-type'], undefined)
        }
        const anonymous = await app.inject({ method, url, headers: { 'if-none-match': match } })
        t.equal(anonymous.statusCode, 401, `anonymous ${method} ${match}`)
        t.equal(anonymous.headers['etag'], undefined)
        const wrong = { authorization: 'Bearer wrong', 'if-none-match': match }
        t.equal((await app.inject({ method, url, headers: wrong })).statusCode, 401)
      }
      const other = { authorization, 'if-none-match': '"other"' }
      t.equal((await app.inject({ method, url, headers: other })).statusCode, 200)
    }
    t.equal((await app.inject({ url, headers: { authorization } })).headers['etag'], etag, 'built once')
  }
  t.equal(etags.size, 2)
  const json = (await app.inject({ url: '/openapi.json', headers: { authorization } })).json<Paths>()
  const yaml = (await app.inject({ url: '/openapi.yaml', headers: { authorization } })).body
  t.same(parse(yaml), json)
  t.equal(json.openapi, '3.1.0')
  t.same(Object.keys(json.paths).sort(), ['/admin', '/open', '/users/me'], 'no route of the gate is in it')
})

t.test('without a login, programs get 401 and navigations the login', async (t) => {
  const app = await testApp(t)
  const { bearer } = await logIn(app)
  const page = await app.inject({ url: '/docs', headers: { authorization: bearer } })
  const urls = [
    ...references(page.body, '/docs'),
    '/docs',
    '/docs/',
    '/docs/nope',
    '/openapi.xml',
    '/docs/static/',
    '/docs/static/session.json',
    '/docs/static/docs.js',
  ]
  for (const url of urls.filter((reference) => !reference.startsWith('/auth/'))) {
    const program = await app.inject(url)
    t.equal(program.statusCode, 401, url)
    t.equal(program.json<{ code: string }>().code, 'DOCS_GATE_UNAUTHENTICATED')
    t.equal(program.headers['www-authenticate'], 'Bearer realm="API documentation"')
    t.equal(program.headers['cache-control'], 'no-store')
    const browser = await app.inject({ url, headers: NAVIGATION })
    t.equal(browser.statusCode, 303, url)
    const location = new URL(browser.headers.location as string, `http://x${url}`)
    t.equal(location.pathname, '/auth/login')
    t.equal(location.searchParams.get('returnTo'), url)
    t.equal(browser.headers['cache-control'], 'no-store')
    t.equal(browser.body, '')
  }
})

t.test('a page behind a proxy that strips a path works without a setting', async (t) => {
  const app = await testApp(t)
  const port = await listen(app)
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url?.startsWith('/api/') ? incoming.url.slice('/api'.length) : '/outside'
    const { method, headers } = incoming
    const onward = send({ port, host: '127.0.0.1', path, method, headers }, (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode as number, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => proxy.close())
  const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const { cookie } = await logIn(app)

  for (const path of ['/api/docs', '/api/docs/', '/api/docs?x=1/2']) {
    const sent = await get(origin + path, NAVIGATION)
    t.equal(sent.status, 303)
    const login = new URL(sent.headers.location as string, origin + path)
    t.equal(login.pathname, '/api/auth/login')

    const page = await get(origin + path, { cookie })
    t.equal(page.status, 200)
    const links = [...page.body.matchAll(/(?:src|href|action)="(?!data:)([^"]+)"/g)]
    t.equal(links.length, 10)
    for (const [, link] of links) {
      const url = new URL(link as string, origin + path)
      const answer = await get(url.href, { cookie })
      // A program that brings no credentials to the login.
      t.equal(answer.status, url.pathname.endsWith('/auth/login') ? 401 : 200, url.pathname)
      if (url.pathname.endsWith('/docs.js')) t.equal(specFrom(page.body, url.pathname), '/api/openapi.json')
    }
  }
})

t.test(
  'files that a cache may store never set a cookie, even if the session is due for renewal',
  async (t) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() })
    t.teardown(() => mock.timers.reset())
    const app = await testApp(t)
    const { cookie } = await logIn(app)
    const { body } = await app.inject({ url: '/docs/static/swagger-initializer.js', headers: { cookie } })
    const [, docsScript = ''] = /from "\.\/(.+?)"/.exec(body) ?? []
    mock.timers.tick(1000 * 1000)
    for (const method of ['GET', 'HEAD'] as const) {
      for (const name of [
        'swagger-ui-bundle.js',
        'swagger-ui.css',
        'swagger-initializer.js',
        docsScript,
        'session.json',
      ]) {
        const response = await app.inject({ method, url: `/docs/static/${name}`, headers: { cookie } })
        t.equal(response.statusCode, 200, name)
        t.same(setCookies(response), [])
      }
    }
    for (const url of ['/docs', '/openapi.json', '/users/me']) {
      const response = await app.inject({ url, headers: { cookie } })
      t.equal(setCookies(response).length, 1, `${url} renews: the renewal was due`)
    }
  },
)

t.test('a file of the page is 304 for a user who has it, and 401 for anonymous clients', async (t) => {
  const app = await testApp(t)
  const { bearer: authorization } = await logIn(app)
  const url = '/docs/static/swagger-ui.css'
  const { headers } = await app.inject({ url, headers: { authorization } })
  const match = { 'if-none-match': headers['etag'] as string }
  const known = await app.inject({ url, headers: { authorization, ...match } })
  t.equal(known.statusCode, 304)
  t.equal(known.headers['cache-control'], 'private, max-age=31536000, immutable')
  t.equal((await app.inject({ url, headers: match })).statusCode, 401)
})

t.test('unknown paths are 404 for users and 401 for anonymous clients, with every method', async (t) => {
  const app = await testApp(t)
  const { bearer: authorization } = await logIn(app)
  const there = ['/docs', '/docs/', '/openapi.json', '/openapi.yaml', '/docs/static/swagger-ui.css']
  const absent = [
    '/docs/nope',
    '/docs/static/',
    '/docs/static/index.html',
    '/docs/json',
    '/openapi.xml',
    '/openapi.',
  ]
  for (const method of app.supportedMethods as 'GET'[]) {
    for (const url of [...there, ...absent]) {
      const anonymous = await app.inject({ method, url })
      t.equal(anonymous.statusCode, 401, `anonymous ${method} ${url}`)
      // QUERY without content is a bad request.
      const content = method === ('QUERY' as string) ? { payload: '{}', headers: JSON_CONTENT } : {}
      const headers = { authorization, ...content.headers }
      const user = await app.inject({ ...content, method, url, headers })
      const isRead = ['GET', 'HEAD'].includes(method) && there.includes(url)
      t.equal(user.statusCode, isRead ? 200 : 404, `${method} ${url}`)
      t.equal(
        user.headers['cache-control'] !== undefined,
        true,
        'nothing of the scope is without a cache rule',
      )
    }
  }
  const malformed = {
    method: 'POST',
    url: '/docs',
    payload: '{',
    headers: JSON_CONTENT,
  } as const
  t.equal((await app.inject(malformed)).statusCode, 401, 'the body is not looked at before the guard')
})

t.test(
  'preflights are left to the host: without CORS they are refused like all requests, with it the host responds',
  async (t) => {
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
    const targets = [
      '/docs',
      '/docs/',
      '/docs/nope',
      '/docs/static/swagger-ui.css',
      '/openapi.json',
      '/openapi.xml',
    ]
    const plain = await testApp(t)
    const { bearer: authorization } = await logIn(plain)
    for (const url of targets) {
      const anonymous = await plain.inject({ method: 'OPTIONS', url, headers: preflight })
      t.equal(anonymous.statusCode, 401, url)
      t.equal(anonymous.json<{ code: string }>().code, 'DOCS_GATE_UNAUTHENTICATED')
      const navigating = await plain.inject({
        method: 'OPTIONS',
        url,
        headers: { ...preflight, ...NAVIGATION },
      })
      t.equal(navigating.statusCode, 401, url)
      const user = await plain.inject({ method: 'OPTIONS', url, headers: { ...preflight, authorization } })
      t.equal(user.statusCode, 404, url)
      // Not preflights: the guard's.
      for (const headers of [{ origin: preflight.origin }, { 'access-control-request-method': 'GET' }]) {
        t.equal((await plain.inject({ method: 'OPTIONS', url, headers })).statusCode, 401)
      }
    }
    const get = await plain.inject({ url: '/openapi.json', headers: preflight })
    t.equal(get.statusCode, 401, 'only OPTIONS is a preflight')

    for (const order of ['before', 'after'] as const) {
      const options = { origin: 'https://app.example', credentials: true }
      const app = await testApp(t, { [order]: (app: FastifyInstance) => app.register(fastifyCors, options) })
      for (const url of targets) {
        const answer = await app.inject({ method: 'OPTIONS', url, headers: preflight })
        t.equal(answer.statusCode, 204, `${order}: ${url}`)
        t.equal(answer.headers['access-control-allow-origin'], 'https://app.example')
        t.equal(answer.body, '')
      }
    }
  },
)

t.test('the policy of a page names the servers and token endpoints of its document', async (t) => {
  const cases: [object, string][] = [
    [{}, "'self'"],
    [{ docs: { source: PETS } }, "'self' https://pets.example https://login.pets.example"],
    [{ docs: { source: SWAGGER_2 } }, "'self' https://old.example http://old.example"],
    [{ swagger: { openapi: { servers: [{ url: 'https://own.example' }] } } }, "'self' https://own.example"],
  ]
  for (const [gate, sources] of cases) {
    const app = await testApp(t, { gate })
    const { bearer: authorization } = await logIn(app)
    const { headers } = await app.inject({ url: '/docs', headers: { authorization } })
    const policy = (headers['content-security-policy'] as string).split('; ')
    t.equal(policy[0], "default-src 'none'")
    t.ok(policy.includes(`connect-src ${sources}`), policy.join('; '))
    t.ok(policy.includes("frame-ancestors 'none'"))
    t.match(headers['content-security-policy'], ONE_SCRIPT)
  }
})

t.test('the page keeps its policies beside a host’s @fastify/helmet', async (t) => {
  for (const order of ['before', 'after'] as const) {
    const app = await testApp(t, { [order]: (app: FastifyInstance) => app.register(fastifyHelmet) })
    const { bearer: authorization } = await logIn(app)
    const page = await app.inject({ url: '/docs', headers: { authorization } })
    t.equal(page.statusCode, 200)
    t.match(page.headers['content-security-policy'], ONE_SCRIPT, order)
    t.equal(page.headers['x-content-type-options'], 'nosniff')
    t.equal(page.headers['cross-origin-opener-policy'], 'unsafe-none')
    const signIn = await app.inject({ url: '/auth/login', headers: NAVIGATION })
    t.equal(signIn.headers['cross-origin-opener-policy'], 'unsafe-none')
    t.equal((await app.inject('/docs')).statusCode, 401)
  }
})

t.test('docs with scopes are 403 for users without them, on every path', async (t) => {
  const app = await testApp(t, { gate: { docs: { scopes: ['admin', 'read'] } } })
  const [john, jane] = [await logIn(app), await logIn(app, 'jane', 'secret2')]
  for (const url of [
    '/docs',
    '/docs/',
    '/docs/static/swagger-ui.css',
    '/openapi.json',
    '/openapi.yaml',
    '/docs/nope',
  ]) {
    const refused = await app.inject({ url, headers: { authorization: jane.bearer } })
    t.equal(refused.statusCode, 403, url)
    t.equal(refused.json<{ code: string }>().code, 'DOCS_GATE_FORBIDDEN')
    t.match(refused.headers['www-authenticate'], 'error="insufficient_scope", scope="admin read"')
    t.equal(refused.headers['cache-control'], 'no-store')
    t.equal((await app.inject({ url, headers: { cookie: jane.cookie, ...NAVIGATION } })).statusCode, 403)
    t.equal((await app.inject({ url })).statusCode, 401, 'anonymous')
    const let_in = await app.inject({ url, headers: { authorization: john.bearer } })
    t.equal(let_in.statusCode, url === '/docs/nope' ? 404 : 200, url)
  }
})

t.test('each entry of a list of docs has its own page, document and scopes', async (t) => {
  const folder = t.testdir({ 'old.json': JSON.stringify(SWAGGER_2) })
  const app = await testApp(t, {
    gate: {
      docs: [
        { path: '/docs/public' },
        { path: '/docs/pets', source: PETS, scopes: ['admin'], title: 'Our <pets>' },
        { path: '/old', spec: '/legacy/swagger', source: join(folder, 'old.json') },
      ],
    },
  })
  const { bearer: authorization } = await logIn(app)
  const jane = (await logIn(app, 'jane', 'secret2')).bearer
  const cases: [string, string, RegExp, RegExp, number][] = [
    ['/docs/public', '/docs/public/openapi', /"OPEN-OPERATION"/, /<title>[^<]+<\/title>/, 200],
    ['/docs/pets', '/docs/pets/openapi', /"PETS-OPERATION"/, /<title>Our &lt;pets&gt;<\/title>/, 403],
    ['/old', '/legacy/swagger', /"host":"old\.example"/, /<title>Old<\/title>/, 200],
  ]
  for (const [path, spec, content, title, forJane] of cases) {
    const page = await app.inject({ url: path, headers: { authorization } })
    t.match(page.body, title)
    const links = references(page.body, path)
    t.ok(links.includes(`${spec}.json`), links.join())
    const start = links.find((link) => link.endsWith('/docs.js')) as string
    t.equal(specFrom(page.body, start), `${spec}.json`)
    const document = await app.inject({ url: `${spec}.json`, headers: { authorization } })
    t.match(document.body, content)
    for (const url of [path, `${spec}.json`, `${spec}.yaml`, start]) {
      t.equal((await app.inject(url)).statusCode, 401, url)
      t.equal((await app.inject({ url, headers: { authorization: jane } })).statusCode, forJane, url)
    }
    t.equal((await app.inject(`${spec}.xml`)).statusCode, 401)
  }
  const own = await app.inject({ url: '/docs/public/openapi.json', headers: { authorization } })
  t.same(Object.keys(own.json<Paths>().paths).sort(), ['/admin', '/open', '/users/me'])
  t.equal((await app.inject({ url: '/docs', headers: { authorization } })).statusCode, 404, 'no docs there')
})

t.test('a source may be a file or an object; an invalid one makes register() reject', async (t) => {
  const folder = t.testdir({
    'pets.yaml': 'openapi: 3.0.0\ninfo: {title: From YAML, version: "1"}\npaths: {}\n',
  })
  const cases: [string | object, string][] = [
    [PETS, 'Pets'],
    [SWAGGER_2, 'Old'],
    [{ openapi: '3.1.0', paths: {} }, 'API documentation'],
    [join(folder, 'pets.yaml'), 'From YAML'],
  ]
  for (const [source, title] of cases) {
    const app = await testApp(t, { gate: { docs: { source } } })
    const { bearer: authorization } = await logIn(app)
    const document = (await app.inject({ url: '/openapi.json', headers: { authorization } })).json<Paths>()
    if (document.info) t.equal(document.info.title, title)
    if (typeof source === 'object') t.same(document, source)
    t.match((await app.inject({ url: '/docs', headers: { authorization } })).body, `<title>${title}</title>`)
    t.notOk(app.hasDecorator('swagger'), 'no generator where nothing is generated')
  }
  const list = [{ path: '/a' }, { path: '/b', source: join(folder, 'absent.yaml') }]
  const config = [{ path: '/a' }, { path: '/b', uiConfig: { filter: Math.max } }]
  for (const [docs, option] of [
    [list[1], 'docs.source'],
    [list, 'docs[1].source'],
    [{ source: {} }, 'docs.source'],
    [config, 'docs[1].uiConfig.filter'],
    [config[1], 'docs.uiConfig.filter'],
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    const registered = async () => {
      await app.register(docsGate, { users: USERS, docs: docs as object })
    }
    await t.rejects(registered(), {
      code: 'DOCS_GATE_OPTIONS',
      message: new RegExp(`^${option.replace(/[[\].]/g, '\\$&')}: `),
    })
  }
})

t.test('uiConfig, title and decoratorName reach the page', async (t) => {
  const docs = { title: 'Orders & co', uiConfig: { docExpansion: 'full', onComplete: () => 'done' } }
  const app = await testApp(t, { gate: { docs, decoratorName: 'reader' } })
  const authorization = (await logIn(app, 'jane', 'secret2')).bearer
  const page = await app.inject({ url: '/docs', headers: { authorization } })
  t.match(page.body, '<title>Orders &amp; co</title>')
  t.match(page.body, 'Signed in as jane')
  const { body } = await app.inject({
    url: '/docs/static/swagger-initializer.js',
    headers: { authorization },
  })
  t.match(body, '"docExpansion":"full"')
  t.match(body, "() => 'done'")
  t.match(page.body, /<script type="module" src=".\/docs\/static\/swagger-initializer\.js"><\/script>/)
  t.notMatch(page.body, 'docs-gate-ui', 'with functions in it, it is not in the page')
})

t.test('`docs: false`: no docs routes, no document, and the guards work', async (t) => {
  const app = await testApp(t, { gate: { docs: false } })
  const { bearer: authorization } = await logIn(app)
  for (const url of ['/docs', '/openapi.json', '/docs/static/swagger-ui.css']) {
    t.equal((await app.inject(url)).statusCode, 404, url)
    t.equal((await app.inject({ url, headers: { authorization } })).statusCode, 404, url)
  }
  t.equal((await app.inject({ url: '/users/me', headers: { authorization } })).statusCode, 200)
  t.notOk(app.hasDecorator('swagger'))
  const sent = await app.inject({
    url: '/auth/login',
    headers: { ...NAVIGATION, authorization: 'Basic am9obmRvZTpzZWNyZXQ=' },
  })
  t.equal(new URL(sent.headers.location as string, 'http://x/auth/login').pathname, '/')
})

/** What a user reads and what the host's own `app.swagger()` says. */
async function both(t: Test, app: FastifyInstance): Promise<[Paths, Paths]> {
  const { bearer: authorization } = await logIn(app)
  const read = await app.inject({ url: '/openapi.json', headers: { authorization } })
  t.equal(read.statusCode, 200)
  return [read.json<Paths>(), JSON.parse(JSON.stringify(app.swagger())) as Paths]
}

t.test(
  'the host’s own @fastify/swagger, registered before or after the gate, is the one whose document is shown',
  async (t) => {
    const own = { openapi: { openapi: '3.0.3', info: { title: 'The host’s', version: '7' } } }
    for (const order of ['before', 'after'] as const) {
      const register = (app: FastifyInstance) => app.register(fastifySwagger, own)
      const late = (app: FastifyInstance) => void app.get('/late', async () => '')
      const app = await testApp(
        t,
        order === 'before'
          ? { before: register, after: late }
          : {
              after: async (app) => {
                await register(app)
                late(app)
              },
            },
      )
      const [shown, said] = await both(t, app)
      t.equal(shown.info?.title, 'The host’s', order)
      t.match(shown, said, 'with what the guards say besides')
      t.ok('/late' in shown.paths)
      t.notOk(
        Object.keys(shown.paths).some((path) => /auth|docs|openapi/.test(path)),
        'none of our routes',
      )
      if (order === 'before')
        t.same(Object.keys(shown.paths).sort(), ['/admin', '/late', '/open', '/users/me'])
    }
  },
)

t.test(
  'without a @fastify/swagger of the host’s, app.swagger is there, with the `swagger` options',
  async (t) => {
    const [shown, said] = await both(t, await testApp(t))
    t.match(shown, said, 'with what the guards say besides')
    t.notMatch(JSON.stringify(said), 'x-docs-gate', 'and nothing of ours is in the host’s')
    t.equal(shown.openapi, '3.1.0', 'no options give OpenAPI 3.1')
    t.equal(shown.info?.title, 'API documentation')

    const titled = await testApp(t, {
      gate: { pages: { title: 'Orders' }, swagger: { hideUntagged: false } },
    })
    t.match((await both(t, titled))[0], { openapi: '3.1.0', info: { title: 'Orders' } })

    const openapi = { openapi: '3.0.3', info: { title: 'Mine', version: '3' } }
    const [mine] = await both(t, await testApp(t, { gate: { swagger: { openapi } } }))
    t.match(mine, openapi)

    const old = { swagger: { info: { title: 'Two', version: '2' } } }
    const [two] = await both(t, await testApp(t, { gate: { swagger: old } }))
    t.match(two, { swagger: '2.0', info: { title: 'Two' } })

    const fixed = { mode: 'static', specification: { document: PETS } }
    const app = await testApp(t, { gate: { swagger: fixed } })
    t.equal((await both(t, app))[0].info?.title, 'Pets')
  },
)

t.test(
  'a document that cannot be built is an error for users, and a 401 for anonymous clients',
  async (t) => {
    const broken = async (app: FastifyInstance) => {
      app.get('/broken', { schema: { security: [{ nowhere: [] }] } }, async () => '')
    }
    const throwing = {
      transformObject: () => {
        throw new Error('BROKEN')
      },
    }
    for (const options of [{ after: broken }, { gate: { swagger: throwing } }]) {
      const app = await testApp(t, options)
      const { bearer: authorization } = await logIn(app)
      for (const url of ['/docs', '/openapi.json', '/openapi.yaml']) {
        t.equal((await app.inject({ url, headers: { authorization } })).statusCode, 500, url)
        const anonymous = await app.inject(url)
        t.equal(anonymous.statusCode, 401, url)
        t.notMatch(anonymous.body, 'BROKEN')
      }
      t.equal(
        (await app.inject({ url: '/docs/static/swagger-ui.css', headers: { authorization } })).statusCode,
        200,
      )
      t.equal((await app.inject({ url: '/users/me', headers: { authorization } })).statusCode, 200)
    }
  },
)

t.test(
  'a route that was declared before the gate is named in the log and missing in the document',
  async (t) => {
    const lines: { level: number; msg: string; routes?: string[] }[] = []
    const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
    const app = await testApp(t, {
      server: { logger: { level: 'warn', stream } },
      before: async (app) => {
        await app.register(fastifyCors)
        app.post('/early/:id', async () => 'early')
        app.get('/early/files/*', async () => 'early')
      },
    })
    const early = lines.filter(({ routes }) => routes)
    t.equal(early.length, 1)
    t.equal(early[0]?.level, 40)
    t.same([...(early[0]?.routes ?? [])].sort(), ['GET /early/files/*', 'POST /early/:id'])
    const { bearer: authorization } = await logIn(app)
    t.notMatch((await app.inject({ url: '/openapi.json', headers: { authorization } })).body, 'early')

    lines.length = 0
    await testApp(t, {
      server: { logger: { level: 'warn', stream } },
      before: (app) => app.register(fastifyCors),
    })
    t.same(lines, [], 'a preflight route alone is nothing to warn of')
  },
)

t.test('the bar escapes its data, and has the data that its scripts need', async (t) => {
  const evil = '"><script>alert(1)</script>'
  const app = await testApp(t, {
    gate: {
      pages: { title: `Acme ${evil}` },
      docs: { title: `Pets ${evil}`, source: PETS },
      users: { [evil]: { password: HASHES.secret, scopes: ['a<b>&c'], name: `John ${evil}` } },
    },
  })
  const { access_token } = await app.docsGate.signIn(evil)
  const headers = { authorization: `Bearer ${access_token}` }
  const { body } = await app.inject({ url: '/docs?a=%22b', headers })
  t.notMatch(body, '<script>alert')
  t.notMatch(body, /<style|style=|\son\w+=/)
  t.equal(body.split('<script>').length, 2, 'one script stands in it')
  const escaped = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;'
  t.match(body, `<h1>Pets ${escaped}</h1>`)
  t.match(body, `<p>Acme ${escaped}</p>`)
  t.match(body, `Signed in as John ${escaped}`)
  t.match(body, 'Scopes: a&lt;b&gt;&amp;c')
  t.match(body, `data-user="docs-gate ${escaped}"`)
  t.match(body, 'data-document="/openapi.json"')
  t.match(body, 'data-session="./docs/static/session.json"')
  t.match(body, 'data-logged-out="./auth/logged-out"')
  t.match(body, /data-expires-in="180[01]"/)
  t.match(body, 'href="./auth/login?returnTo=%2Fdocs%3Fa%3D%2522b"')
  t.match(body, 'download="pets-script-alert-1-script.json"')
  t.match(body, '<div class="docs-gate-notice" role="alert"><div hidden>')
})

t.test('the menu lists the documents that the user may read, and marks the current one', async (t) => {
  const broken = async (app: FastifyInstance) => {
    app.get('/broken', { schema: { security: [{ nowhere: [] }] } }, async () => '')
  }
  const docs = [
    { path: '/pets', source: PETS, title: 'Our <pets>' },
    { path: '/old', source: SWAGGER_2, scopes: ['admin'] },
    { path: '/older', source: SWAGGER_2 },
    { path: '/own', scopes: ['read'] },
  ]
  for (const after of [undefined, broken]) {
    const app = await testApp(t, { gate: { docs, pages: { title: 'Acme' } }, ...(after && { after }) })
    const links = async (url: string, authorization: string) => {
      const { body } = await app.inject({ url, headers: { authorization } })
      const nav = /<nav.*<\/nav>/s.exec(body)?.[0] ?? ''
      return [...nav.matchAll(/<a href="([^"]+)"( aria-current="page")?>([^<]*)</g)].map(
        ([, href, current, title]) => [new URL(href as string, `http://x${url}`).pathname, title, !!current],
      )
    }
    const john = (await logIn(app)).bearer
    const jane = (await logIn(app, 'jane', 'secret2')).bearer
    for (const url of ['/pets', '/older', '/older/?x=1']) {
      const isOpen = (path: string) => url.startsWith(path)
      t.same(await links(url, john), [
        ['/pets', 'Our &lt;pets&gt;', isOpen('/pets')],
        ['/old', 'Old (/old)', false],
        ['/older', 'Old (/older)', isOpen('/older')],
        ['/own', 'Acme', false],
      ])
      t.same(await links(url, jane), [
        ['/pets', 'Our &lt;pets&gt;', isOpen('/pets')],
        ['/older', 'Old', isOpen('/older')],
      ])
    }
  }
  const one = await testApp(t, { gate: { pages: { title: 'Acme' } } })
  const { bearer: authorization } = await logIn(one)
  const { body } = await one.inject({ url: '/docs', headers: { authorization } })
  t.match(body, '<h1>Acme</h1>')
  t.notMatch(body, '<p>Acme</p>', 'one name is said once')
  t.notMatch(
    (await one.inject({ url: '/docs', headers: { authorization } })).body,
    '<nav',
    'one needs no switch',
  )
})

t.test('the bar’s texts are those of `pages.texts`', async (t) => {
  const texts = {
    download: 'Herunterladen',
    theme: 'Aussehen',
    noScopes: 'Keine Rechte',
    docsSessionEnded: 'Vorbei.',
  }
  const app = await testApp(t, { gate: { pages: { texts } } })
  const { bearer: authorization } = await logIn(app, 'jane', 'secret2')
  const { body } = await app.inject({ url: '/docs', headers: { authorization } })
  for (const text of Object.values(texts)) t.match(body, text)
  t.notMatch(body, /Download|>Theme|No scopes/)
})

t.test('the status of a session has its user and remaining time, for this user only', async (t) => {
  const app = await testApp(t)
  const { cookie } = await logIn(app)
  const url = '/docs/static/session.json'
  const status = await app.inject({ url, headers: { cookie } })
  t.equal(status.statusCode, 200)
  t.match(status.headers, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  t.match(status.json(), { user: 'docs-gate johndoe', expiresIn: /^180[01]$/ })
  t.same(Object.keys(status.json()), ['user', 'expiresIn'])
  await app.docsGate.endSessionsOf('johndoe')
  const over = await app.inject({ url, headers: { cookie } })
  t.equal(over.statusCode, 401)
  t.match(over.headers['www-authenticate'], /^Bearer /, 'no dialog')
})

t.test(
  'a browser that would show the cached document after a logout saves it as a download instead',
  async (t) => {
    const SAFARI =
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15'
    const IOS_CHROME =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/137.0.0.0 Mobile/15E148 Safari/604.1'
    const CHROME =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36'
    const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const app = await testApp(t, { server: { trustProxy: true } })
    const { bearer } = await logIn(app)
    const { 'sec-fetch-mode': _, ...plain } = NAVIGATION
    const rows = [
      ['http', SAFARI, NAVIGATION, 'attachment'],
      ['http', IOS_CHROME, plain, 'attachment'],
      ['https', SAFARI, NAVIGATION, undefined],
      ['http', CHROME, NAVIGATION, undefined],
      ['http', FIREFOX, NAVIGATION, undefined],
      ['http', undefined, NAVIGATION, undefined],
      ['http', SAFARI, { accept: 'application/json' }, undefined],
    ] as const
    for (const url of ['/openapi.json', '/openapi.yaml']) {
      for (const [scheme, agent, headers, expected] of rows) {
        const response = await app.inject({
          url,
          headers: { ...headers, 'user-agent': agent, 'x-forwarded-proto': scheme, authorization: bearer },
        })
        t.equal(response.statusCode, 200)
        t.equal(response.headers['content-disposition'], expected, `${scheme} ${agent}`)
        t.equal(response.headers['cache-control'], 'no-store')
      }
    }
  },
)
