import t from 'tap'
import {
  type Constraints,
  constraintsText,
  headersMeeting,
  readConstraints,
} from '../../lib/app-routes/constraints.ts'
import type { RouteGuard } from '../../lib/app-routes/route-guards.ts'
import { audit, auditRequests, type SendRequest } from '../../lib/exposure/audit.ts'
import type { AuditResponse } from '../../lib/exposure/audit-response.ts'

const open = (url: string, constraints?: Constraints, method = 'GET'): RouteGuard => ({
  id: undefined,
  method,
  url,
  scopes: null,
  isHidden: false,
  constraints,
})
const guarded = (url: string, constraints?: Constraints): RouteGuard => ({
  ...open(url, constraints),
  scopes: [],
})

const urlsOf = (...routes: readonly RouteGuard[]): readonly string[] =>
  auditRequests(routes).map(({ url }) => url)

t.test('the audit requests routes without parameters, with and without a trailing slash', async (t) => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['/a', ['/a', '/a/']],
    ['/a/', ['/a/', '/a']],
    ['/', ['/']],
    ['', ['/']],
    ['/a/:id', []],
    ['/:a/b', []],
    ['/a/:id?', ['/a', '/a/']],
    ['/:id?', ['/']],
    ['/a::b', ['/a:b', '/a:b/']],
    ['/a/:file(^\\d+).png', []],
    ['/a-:b-:c', []],
    ['/:version/users', []],
    ['/:id(^[0-9a-f]+$)', []],
    ['/:version/*', []],
    ['/a/:x(b', []],
  ]
  for (const [url, urls] of table) t.strictSame(urlsOf(open(url)), urls, url)
  t.strictSame(urlsOf(open('/a', undefined, 'POST'), open('/a', undefined, 'HEAD')), [])
  t.strictSame(urlsOf(open('/a'), guarded('/a/')), ['/a', '/a/'])
  for (const [url, file] of [
    ['/files/*', '/files/swagger-ui.css'],
    ['/files*', '/filesopenapi.json'],
    ['*', '/swagger.json'],
    ['/*', '/index.html'],
  ] as const) {
    t.ok(urlsOf(open(url)).includes(file), url)
  }
})

t.test('the audit replaces parameters by values that a document may be served under', async (t) => {
  const table: readonly (readonly [string, string, string?])[] = [
    ['/openapi.:ext(^json|yaml$)', '/openapi.yaml', '/openapi.yml'],
    ['/things.:ext', '/things.yaml'],
    ['/things.:ext(^json|csv$)', '/things.json', '/things.csv'],
    ['/:name.json', '/swagger.json', '/docs.json'],
    ['/:name.:ext', '/openapi.yaml'],
    ['/docs/:file', '/docs/openapi.json'],
    ['/docs/:file?', '/docs/v1'],
    ['/docs/:file(^v\\d$)', '/docs/v3', '/docs/latest'],
    ['/:version/openapi', '/v1/openapi', '/openapi/openapi'],
    ['/openapi/:version.json', '/openapi/v1.json'],
    ['/:file(^openapi\\.json$)', '/openapi.json', '/swagger.json'],
    ['/:file(^(?:openapi|x\\))\\.json$)', '/openapi.json'],
    ['/docs/:version/*', '/docs/v1/swagger-ui.css'],
  ]
  for (const [pattern, asked, not] of table) {
    const urls = urlsOf(open(pattern))
    t.ok(urls.includes(asked), `${pattern}: ${urls}`)
    t.notOk(not !== undefined && urls.includes(not), `${pattern}: ${urls}`)
  }
  t.ok(urlsOf(open('/docs/:a/:b/:c/:d')).length <= 80, 'a bound')
})

t.test('a request gets the headers that constraints need, where they can be known', async (t) => {
  const table: readonly (readonly [Constraints, Readonly<Record<string, string>> | undefined])[] = [
    [{}, {}],
    [{ host: 'a.example' }, { host: 'a.example' }],
    [{ version: '1.2.0' }, { 'accept-version': '1.2.0' }],
    [
      { host: 'a.example', version: '2.x' },
      { host: 'a.example', 'accept-version': '2.x' },
    ],
    [{ host: /.*\.example\.com/ }, { host: 'api.example.com' }],
    [{ host: /^(?:api|docs)\.example\.(com|org)$/ }, { host: 'api.example.com' }],
    [{ host: /^\w+-\d{1,3}\.example$/g }, { host: '1-1.example' }],
    [{ host: /^[a-z]$|x/ }, { host: 'a' }],
    [{ host: /^a(?=b)b{7}$/ }, undefined],
    [{ secret: 'x' }, undefined],
    [{ secret: undefined, host: undefined }, {}],
  ]
  for (const [constraints, headers] of table)
    t.strictSame(headersMeeting(constraints), headers, constraintsText(constraints))
})

t.test('declared and printed constraints are the same if they mean the same', async (t) => {
  const host = /.*\.example/i
  t.equal(constraintsText(undefined), constraintsText({}))
  t.equal(constraintsText({ host, version: '1' }), constraintsText({ version: '1', host: /.*\.example/i }))
  t.not(constraintsText({ host }), constraintsText({ host: /.*\.example/ }))
  t.strictSame(readConstraints('{"host":"/.*\\\\.example/i","version":"1"}'), { host, version: '1' })
  t.strictSame(readConstraints('{"host":"a.example"}'), { host: 'a.example' })
  t.strictSame(readConstraints('{"version":"1"}'), { version: '1' })
})

const answer = (status: number, over: Partial<AuditResponse> = {}): AuditResponse => ({
  status,
  contentType: '',
  location: '',
  text: '',
  isWhole: true,
  limit: undefined,
  remaining: undefined,
  ...over,
})
const to = (location: string): AuditResponse => answer(302, { location })
const DOCUMENT = answer(200, { text: '{"openapi":"3.0.0","paths":{}}' })

// What an app answers, by URL; 404 elsewhere.
const app =
  (answers: Readonly<Record<string, AuditResponse | undefined>>): SendRequest =>
  async (url) =>
    url in answers ? answers[url] : answer(404)

const CONTROL = '/auth/logged-out'
const PUBLIC = { [CONTROL]: answer(200) }

t.test('a response that says nothing is listed with the reason', async (t) => {
  const table: readonly (readonly [string, AuditResponse | undefined, RegExp | undefined])[] = [
    ['no response', undefined, /^Not checked: no answer came in time\.$/],
    ['a rate limit', answer(429), /rate limit answered/],
    ['another host', answer(421), /does not answer for this host/],
    ['an error', answer(500), /the server failed/],
    ['unavailable', answer(503), /the server failed/],
    ['a timeout', answer(408), /the server failed/],
    ['half of a response', answer(200, { isWhole: false }), /did not end in time/],
    ['events', answer(200, { isWhole: false, contentType: 'text/event-stream; charset=utf-8' }), undefined],
    ['the same at https', to('https://localhost/x'), /redirects to another scheme or host/],
    ['the same at another host', to('http://www.example.com/v1/x/?a'), /redirects to another scheme or host/],
    ['a page of another site', to('https://sso.example.com/login?next=/x'), undefined],
    ['the same path', to('/x'), /redirects do not end/],
    ['another path', to('http://localhost/elsewhere'), undefined],
    ['an invalid location', to('http://['), undefined],
    ['a redirect without a location', answer(302), undefined],
    ['not modified', answer(304, { location: 'https://localhost/x' }), /redirects to another/],
    ['not found', answer(404), undefined],
    ['a login', answer(401), undefined],
    ['forbidden', answer(403), undefined],
    ['a bad request', answer(400), undefined],
    ['content', answer(200, { text: 'hello' }), undefined],
  ]
  for (const [name, one, reason] of table) {
    const found = await audit([open('/x')], app({ ...PUBLIC, '/x': one }), CONTROL)
    t.equal(found.length, reason ? 1 : 0, name)
    if (!reason) continue
    t.match(found, [{ method: 'GET', url: '/x', status: one?.status ?? 0, reason }], name)
    t.strictSame(Object.keys(found[0] ?? {}), ['method', 'url', 'status', 'reason'])
  }
})

t.test('redirects within the app are followed to their target, up to a limit', async (t) => {
  const leads = app({ ...PUBLIC, '/x': to('./y?a=b'), '/y?a=b': to('http://localhost/z'), '/z': DOCUMENT })
  t.match(await audit([open('/x')], leads, CONTROL), [{ url: '/z', status: 200, reason: /document is sent/ }])

  const loop = app({ ...PUBLIC, '/x': to('/y'), '/y': to('/x') })
  t.match(await audit([open('/x')], loop, CONTROL), [{ url: '/x', status: 302, reason: /do not end/ }])

  let asked = 0
  const endless: SendRequest = async (url) => (url === CONTROL ? answer(200) : to(`/n${++asked}`))
  t.match(await audit([guarded('/x')], endless, CONTROL), [
    { reason: /do not end/ },
    { reason: /do not end/ },
  ])
  t.equal(asked, 12)

  const home = app({ ...PUBLIC, '/': to('https://localhost/docs') })
  t.strictSame(await audit([open('/')], home, CONTROL), [], 'a page of its own on https')
  const secure = app({ ...PUBLIC, '/': to('https://localhost/') })
  t.match(await audit([open('/')], secure, CONTROL), [{ url: '/', reason: /another scheme/ }])
})

t.test('a refusal or redirect of every request says nothing about a route', async (t) => {
  for (const status of [400, 403, 404]) {
    const found = await audit([open('/x')], async () => answer(status), CONTROL)
    t.match(found, [{ url: '/x', status, reason: /refuses every request/ }, { url: '/x/' }], `${status}`)
  }
  t.strictSame(
    await audit([open('/x')], async () => answer(401), CONTROL),
    [],
    'a guard in front of all routes',
  )
  const moved = await audit([open('/x')], async () => to('https://www.example.com/'), CONTROL)
  t.match(moved, [{ url: '/x', status: 302, reason: /another scheme or host/ }, { url: '/x/' }])
  const silent = app({ [CONTROL]: undefined, '/x': answer(403) })
  t.strictSame(await audit([open('/x')], silent, CONTROL), [], 'no response for the public page')
  const login = app({ ...PUBLIC, [CONTROL]: to('/login'), '/x': to('https://sso.example.com/') })
  t.strictSame(await audit([open('/x')], login, CONTROL), [], 'a login of the app')
})

t.test('constrained routes are requested with the headers they need, or else listed', async (t) => {
  const asked: Readonly<Record<string, string>>[] = []
  const ask: SendRequest = async (_url, headers) => {
    asked.push(headers)
    return headers['host'] === 'a.example' ? DOCUMENT : answer(200)
  }
  const routes = [
    open('/x'),
    guarded('/x', { host: 'a.example', version: '1' }),
    open('/y', { secret: 'x' }),
    guarded('/z', { secret: 'x' }),
  ]
  const found = await audit(routes, ask, CONTROL, { 'x-forwarded-proto': 'https' })
  const reason = 'An API document is sent to everybody. (accept-version: 1, host: a.example)'
  t.strictSame(found, [
    { method: 'GET', url: '/x', status: 200, reason },
    { method: 'GET', url: '/x/', status: 200, reason },
    {
      method: 'GET',
      url: '/y',
      status: 0,
      reason: 'Not checked: only the app knows which requests meet the constraints of this route.',
    },
  ])
  t.ok(asked.every((headers) => headers['x-forwarded-proto'] === 'https'))
})

t.test('a rate limit that counts all requests together is not used up', async (t) => {
  let [asked, left] = [0, 20]
  const shared: SendRequest = async () => {
    asked++
    return answer(200, { limit: 20, remaining: --left })
  }
  const routes = Array.from({ length: 30 }, (_, index) => open(`/${index}`))
  const found = await audit(routes, shared, CONTROL)
  t.ok(asked >= 10 && asked <= 18, `${asked}`)
  t.equal(found.length, 60 - asked + 1)
  t.match(found.at(-1), { url: '/29/', status: 429, reason: /^Not checked: the rate limit counts/ })
  const busy: SendRequest = async (url) =>
    answer(url === '/1' ? 429 : 200, { limit: 9, remaining: url === '/1' ? 0 : 8 })
  t.match(await audit(routes, busy, CONTROL), [{ url: '/1', status: 429, reason: /a rate limit answered/ }])
  for (const limit of [1, 2, 100]) {
    const separate: SendRequest = async () => answer(200, { limit, remaining: limit - 1 })
    t.strictSame(await audit(routes, separate, CONTROL), [], `${limit}`)
  }
})

t.test(
  'the audit requests each URL once, a few at a time, and lists findings in the order of the routes',
  async (t) => {
    let [atOnce, most] = [0, 0]
    const asked: string[] = []
    async function ask(url: string): Promise<AuditResponse | undefined> {
      asked.push(url)
      most = Math.max(most, ++atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      if (url === '/1') await new Promise((resolve) => setImmediate(resolve))
      atOnce--
      const answers: Record<string, AuditResponse> = {
        '/1': DOCUMENT,
        '/2': answer(401, { text: '.swagger-ui .x' }),
        '/4/': answer(200, { text: '<redoc>' }),
        '/5': to('/login'),
        '/6': to('/login'),
        '/7/': to('/1'),
      }
      return answers[url] ?? answer(200, { text: 'hello' })
    }
    const routes = Array.from({ length: 30 }, (_, index) => open(`/${index}`))
    t.strictSame(await audit(routes, ask, CONTROL), [
      { method: 'GET', url: '/1', status: 200, reason: 'An API document is sent to everybody.' },
      {
        method: 'GET',
        url: '/2',
        status: 401,
        reason: 'A file of a page that shows API documentation is sent to everybody.',
      },
      {
        method: 'GET',
        url: '/4/',
        status: 200,
        reason: 'A page that shows API documentation is sent to everybody.',
      },
    ])
    t.equal(asked.length, 62)
    t.equal(new Set(asked).size, 62)
    t.equal(most, 8)
  },
)
