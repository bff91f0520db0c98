import { mock } from 'node:test'
import t from 'tap'
import { BusyError, InvalidTokenError, StoreUnavailableError, ThrottledError } from '../../lib/errors.ts'
import { basicChallenge, bearerChallenges } from '../../lib/http/challenge.ts'
import { isCrossOrigin, isSameOriginFetchSite } from '../../lib/http/cross-origin.ts'
import { isNavigation, prefersHtml, wantsPage } from '../../lib/http/navigation.ts'
import { isRetryable, refusal, retryAfter, writeOutcome } from '../../lib/http/outcome.ts'
import { locationFrom, relativeReference, withQuery } from '../../lib/http/relative-reference.ts'
import { representationResponse } from '../../lib/http/representation.ts'
import {
  countHeader,
  header,
  isPromise,
  isSafeMethod,
  originForm,
  pathOf,
  type RequestLike,
} from '../../lib/http/request.ts'
import {
  type HttpResponse,
  NO_STORE,
  redirect,
  withVary,
  writeCookies,
  writeHeaders,
  writeResponse,
} from '../../lib/http/response.ts'
import { withDeadline } from '../../lib/runtime/deadline.ts'

const requestOf = (headers: RequestLike['headers'] = {}, over: Partial<RequestLike> = {}): RequestLike => ({
  method: 'GET',
  url: '/',
  protocol: 'http',
  host: 'docs.example.com',
  ip: '127.0.0.1',
  headers,
  raw: { rawHeaders: [] },
  ...over,
})

/** A reply that notes what it is told. */
function notingReply() {
  const noted = { status: 0, headers: [] as string[][], bodies: [] as unknown[] }
  const reply = {
    code: (status: number) => {
      noted.status = status
    },
    header: (name: string, value: string) => noted.headers.push([name, value]),
    send: (body?: unknown) => noted.bodies.push(body),
  }
  return { reply, noted }
}

t.test('a response is written with its status, headers, body, and one header per cookie', async (t) => {
  const bytes = Buffer.from([1, 2, 3])
  const json = ['content-type', 'application/json; charset=utf-8']
  const table: [string, HttpResponse, object][] = [
    [
      'a text',
      { status: 401, headers: { 'x-a': '1', 'x-b': '2' }, body: 'text' },
      {
        status: 401,
        headers: [
          ['x-a', '1'],
          ['x-b', '2'],
        ],
        bodies: ['text'],
      },
    ],
    ['bytes', { status: 200, headers: {}, body: bytes }, { status: 200, headers: [], bodies: [bytes] }],
    ['nothing', { status: 204, headers: {} }, { status: 204, headers: [], bodies: [undefined] }],
    [
      'JSON as text',
      { status: 200, headers: {}, body: { a: 'ü' } },
      { status: 200, headers: [json], bodies: ['{"a":"ü"}'] },
    ],
    ['a list', { status: 200, headers: {}, body: [1] }, { status: 200, headers: [json], bodies: ['[1]'] }],
    [
      'cookies',
      { status: 303, headers: { location: '/' }, cookies: ['a=1', 'b=2'] },
      {
        status: 303,
        headers: [
          ['location', '/'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
        bodies: [undefined],
      },
    ],
  ]
  for (const [name, answer, expected] of table) {
    const { reply, noted } = notingReply()
    t.equal(writeResponse(reply, answer), undefined, 'a reply is thenable: nothing is returned')
    t.strictSame(noted, expected, name)
  }
  const { reply, noted } = notingReply()
  writeHeaders(reply, NO_STORE)
  writeCookies(reply, ['c=3'])
  t.strictSame(noted.headers, [
    ['cache-control', 'no-store'],
    ['set-cookie', 'c=3'],
  ])
})

t.test('a redirect is a 303 with no-store', async (t) => {
  const headers = { 'cache-control': 'no-store', location: '../docs' }
  t.strictSame(redirect('../docs'), { status: 303, headers, cookies: [] })
  t.strictSame(redirect('../docs', ['a=1']), { status: 303, headers, cookies: ['a=1'] })
})

t.test('a refusal writes its headers and throws its error, so that the app shapes the body', async (t) => {
  const error = new InvalidTokenError()
  const table = [
    ['headers', refusal(error, { 'www-authenticate': 'Bearer' }), [['www-authenticate', 'Bearer']]],
    ['none', refusal(error), []],
    ['the error alone', { error }, []],
    [
      'headers and cookies',
      { error, headers: { 'x-a': '1' }, cookies: ['a=1'] },
      [
        ['x-a', '1'],
        ['set-cookie', 'a=1'],
      ],
    ],
  ] as const
  for (const [name, outcome, headers] of table) {
    const { reply, noted } = notingReply()
    try {
      writeOutcome(reply, outcome)
      t.fail(`${name}: nothing thrown`)
    } catch (thrown) {
      t.equal(thrown, error, name)
    }
    t.strictSame(noted, { status: 0, headers, bodies: [] }, name)
  }
  const { reply, noted } = notingReply()
  writeOutcome(reply, { status: 204, headers: {} })
  t.equal(noted.status, 204, 'an answer is an outcome too')
})

t.test('Retry-After is a number of seconds', async (t) => {
  t.strictSame(retryAfter(new ThrottledError(90_001)), { 'retry-after': '91' })
  t.strictSame(retryAfter(new BusyError()), { 'retry-after': String(new BusyError().retryAfterSeconds) })
})

t.test('challenges quote the realm, so that no realm can end its own string', async (t) => {
  t.equal(basicChallenge('API documentation'), 'Basic realm="API documentation", charset="UTF-8"')
  t.equal(basicChallenge('a "b" \\ c'), 'Basic realm="a \\"b\\" \\\\ c", charset="UTF-8"')
  const { missing, invalidToken, insufficientScope } = bearerChallenges('a"\\')
  t.equal(missing, 'Bearer realm="a\\"\\\\"')
  t.equal(invalidToken, 'Bearer realm="a\\"\\\\", error="invalid_token"')
  t.equal(
    insufficientScope(['read', 'admin']),
    'Bearer realm="a\\"\\\\", error="insufficient_scope", scope="read admin"',
  )
})

t.test('a request with a cookie is checked by Sec-Fetch-Site, then by Origin', async (t) => {
  const trusted = new Set(['https://app.example.com', 'https://docs.example.com:444'])
  const own = 'http://docs.example.com'
  const table: [boolean, string, Record<string, string>, string?][] = [
    [false, 'neither header: no browser', {}],
    [false, 'same-origin', { 'sec-fetch-site': 'same-origin' }],
    [false, 'the address bar', { 'sec-fetch-site': 'none' }],
    [true, 'same-site', { 'sec-fetch-site': 'same-site' }],
    [true, 'cross-site', { 'sec-fetch-site': 'cross-site' }],
    [true, 'an empty value', { 'sec-fetch-site': '' }],
    [true, 'a value twice', { 'sec-fetch-site': 'same-origin, cross-site' }],
    [true, 'in capitals', { 'sec-fetch-site': 'SAME-ORIGIN' }],
    [true, 'cross-site, though Origin names this host', { 'sec-fetch-site': 'cross-site', origin: own }],
    [false, 'same-origin, whatever Origin says', { 'sec-fetch-site': 'same-origin', origin: 'null' }],
    [
      false,
      'cross-site from a trusted origin',
      { 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' },
    ],
    [
      false,
      'same-site from a trusted origin',
      { 'sec-fetch-site': 'same-site', origin: 'https://app.example.com' },
    ],
    [true, 'a trusted host over http', { 'sec-fetch-site': 'cross-site', origin: 'http://app.example.com' }],
    [
      true,
      'more than a trusted origin',
      { 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com.evil' },
    ],
    [false, 'Origin of this host', { origin: own }],
    [false, 'with the default port written out', { origin: own }, 'docs.example.com:80'],
    [false, 'over a proxy that ends https', { origin: 'https://docs.example.com' }],
    [false, 'https, its port written out', { origin: 'https://docs.example.com' }, 'docs.example.com:443'],
    [false, 'Host in capitals', { origin: own }, 'DOCS.example.com'],
    [false, 'the port of both', { origin: `${own}:8080` }, 'docs.example.com:8080'],
    [true, 'another port', { origin: `${own}:8080` }],
    [true, 'no port where Host has one', { origin: own }, 'docs.example.com:8080'],
    [false, 'a trusted Origin', { origin: 'https://app.example.com' }],
    [false, 'a trusted port', { origin: 'https://docs.example.com:444' }],
    [true, 'an untrusted Origin', { origin: 'https://evil.example.com' }],
    [true, 'this host as a user name', { origin: 'https://docs.example.com@evil.com' }],
    [true, 'this host as a label', { origin: 'https://docs.example.com.evil.com' }],
    [true, 'Origin: null', { origin: 'null' }],
    [true, 'an empty Origin', { origin: '' }],
    [true, 'two Origins', { origin: `${own}, https://evil.com` }],
    [true, 'a scheme without a host', { origin: 'file://' }],
    [true, 'no Host', { origin: own }, ''],
    [true, 'a Host that is none', { origin: own }, 'a b'],
  ]
  for (const [expected, name, headers, host = 'docs.example.com'] of table) {
    t.equal(isCrossOrigin(requestOf(headers, { method: 'POST', host }), trusted), expected, name)
  }
  const overTls: [boolean, string][] = [
    [false, 'https://docs.example.com'],
    [true, own],
    [true, 'http://docs.example.com:443'],
    [false, 'https://app.example.com'],
  ]
  for (const [expected, origin] of overTls) {
    const request = requestOf({ origin }, { method: 'POST', protocol: 'https' })
    t.equal(isCrossOrigin(request, trusted), expected, `over https, from ${origin}`)
  }
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.com' }
  const handshakes: RequestLike['headers'][] = [
    { upgrade: 'websocket' },
    { upgrade: 'WebSocket' },
    { upgrade: 'h2c, websocket' },
    { 'sec-fetch-mode': 'websocket' },
  ]
  for (const handshake of handshakes) {
    const judge = (headers: RequestLike['headers']) =>
      isCrossOrigin(requestOf({ ...handshake, ...headers }), trusted)
    t.equal(judge(foreign), true, JSON.stringify(handshake))
    t.equal(judge({ origin: 'https://evil.com' }), true)
    t.equal(judge({ origin: own }), false)
    t.equal(judge({ 'sec-fetch-site': 'same-origin', origin: own }), false)
    t.equal(judge({ 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' }), false)
    t.equal(judge({}), false, 'no browser')
  }
  t.equal(isCrossOrigin(requestOf({ ...foreign, upgrade: 'h2c' }), trusted), false, 'another upgrade')
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
    t.equal(isCrossOrigin(requestOf(foreign, { method }), trusted), false, method)
    t.equal(isSafeMethod(method), true, method)
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'get']) {
    t.equal(isCrossOrigin(requestOf(foreign, { method }), trusted), true, method)
    t.equal(isSafeMethod(method), false, method)
  }
  const sites = ['same-origin', 'none', 'same-site', 'cross-site', '', undefined]
  t.strictSame(sites.map(isSameOriginFetchSite), [true, true, false, false, false, false])
})

t.test('only errors that say nothing about the credentials are retryable', async (t) => {
  for (const error of [new BusyError(), new ThrottledError(1)]) t.equal(isRetryable(error), true)
  for (const error of [new InvalidTokenError(), new StoreUnavailableError(), null, undefined, 'x'])
    t.equal(isRetryable(error), false)
})

t.test('code of the app can neither hang nor throw errors of its own', async (t) => {
  const fail = (options: ErrorOptions): Error => new StoreUnavailableError(options)
  const cause = new Error('theirs')
  // Those of this process are tap's too.
  const starting = mock.method(globalThis, 'setTimeout')
  const stopping = mock.method(globalThis, 'clearTimeout')
  t.teardown(() => mock.restoreAll())

  t.equal(
    withDeadline(() => 7, 1000, fail),
    7,
    'a value stays one',
  )
  t.equal(
    withDeadline(() => null, 1000, fail),
    null,
  )
  const trap = Object.defineProperty({}, 'then', {
    get() {
      throw cause
    },
  })
  t.throws(() => withDeadline(() => trap, 1000, fail), { code: 'DOCS_GATE_STORE_UNAVAILABLE', cause })
  t.equal(await withDeadline(async () => 7, 60_000, fail), 7)
  await t.rejects(
    async () => withDeadline(() => Promise.reject(cause), 60_000, fail),
    { code: 'DOCS_GATE_STORE_UNAVAILABLE', cause },
    'a rejection',
  )
  const stopped = new Set<unknown>(stopping.mock.calls.map(({ arguments: [timer] }) => timer))
  const deadlines = starting.mock.calls.filter(({ arguments: [, milliseconds] }) => milliseconds === 60_000)
  t.equal(deadlines.length, 2)
  t.ok(
    deadlines.every(({ result }) => stopped.has(result)),
    'no timer is left behind',
  )
  mock.restoreAll()
  t.throws(
    () =>
      withDeadline(
        () => {
          throw cause
        },
        1000,
        fail,
      ),
    { code: 'DOCS_GATE_STORE_UNAVAILABLE', cause },
    'what is thrown at once',
  )

  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let settled = false
  const hanging = Promise.resolve(withDeadline(() => new Promise(() => {}), 1500, fail)).finally(() => {
    settled = true
  })
  hanging.catch(() => {})
  mock.timers.tick(1499)
  for (let i = 0; i < 10; i++) await null
  t.equal(settled, false, 'not before the deadline')
  mock.timers.tick(1)
  await t.rejects(hanging, {
    code: 'DOCS_GATE_STORE_UNAVAILABLE',
    cause: { message: 'no answer within 1500 ms' },
  })
})

t.test('a browser that loads a page is distinguished from a program', async (t) => {
  const chrome = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
  const accepts: [string | undefined, boolean][] = [
    [chrome, true],
    ['text/html', true],
    ['TEXT/HTML', true],
    ['text/*', true],
    ['text/html;q=0.5, application/json;q=0.4', true],
    ['text/html;q=0.4, application/json;q=0.5', false],
    ['application/json, text/html;q=0.9', false],
    ['application/json', false],
    ['*/*', false],
    [undefined, false],
    ['', false],
    ['text/html;q=0', false],
    ['text/html;q=0, */*', false],
    ['image/avif,image/webp,*/*;q=0.8', false],
    ['text/plain', false],
    [';;;,,,', false],
  ]
  for (const [accept, expected] of accepts) {
    const headers = accept === undefined ? {} : { accept }
    t.equal(prefersHtml(requestOf(headers)), expected, `${accept}`)
    t.equal(isNavigation(requestOf(headers)), expected, `${accept}`)
  }
  const modes: [string | undefined, boolean][] = [
    [undefined, true],
    ['navigate', true],
    ['cors', false],
    ['no-cors', false],
    ['same-origin', false],
    ['websocket', false],
    ['', false],
    ['navigate, cors', false],
  ]
  for (const [mode, expected] of modes) {
    const headers = { accept: chrome, ...(mode !== undefined && { 'sec-fetch-mode': mode }) }
    t.equal(wantsPage(requestOf(headers)), expected, `${mode}`)
    t.equal(wantsPage(requestOf(headers, { method: 'POST' })), expected, `a form's POST, ${mode}`)
    t.equal(isNavigation(requestOf(headers)), expected, `${mode}`)
    t.equal(isNavigation(requestOf(headers, { method: 'HEAD' })), expected, `HEAD, ${mode}`)
    t.equal(isNavigation(requestOf(headers, { method: 'POST' })), false, `POST, ${mode}`)
  }
  t.equal(wantsPage(requestOf({ 'sec-fetch-mode': 'navigate' })), false, 'a navigation that takes no HTML')
})

t.test(
  'redirects between the gate’s routes are relative, and lead where the absolute path would',
  async (t) => {
    const table = [
      ['/login', '/docs', './docs'],
      ['/auth/login', '/docs', '../docs'],
      ['/auth/login?returnTo=/a/b/c', '/docs', '../docs'],
      ['/auth/login#/a/b', '/docs', '../docs'],
      ['/v1/auth/login', '/v1/docs?a=/b', '../../v1/docs?a=/b'],
      ['/docs/', '/auth/login', '../auth/login'],
      ['/auth//login', '/docs', '../../docs'],
      ['http://docs.example.com/auth/login', '/docs', '../docs'],
      ['/', '/', './'],
      ['*', '/docs', './docs'],
      ['/auth/login', '//evil.com', '..//evil.com'],
      ['/login', '//evil.com', './/evil.com'],
    ] as const
    for (const [target, path, expected] of table) {
      const reference = relativeReference(target, path)
      t.equal(reference, expected, `${path} from ${target}`)
      t.equal(locationFrom(target, path), expected)
      const resolved = new URL(reference, new URL(target === '*' ? '/' : target, 'http://docs.example.com'))
      t.equal(resolved.href, `http://docs.example.com${path}`, `${reference} from ${target}`)
    }
    t.equal(
      new URL(relativeReference('/auth/login', '/docs'), 'https://example.com/service/auth/login').pathname,
      '/service/docs',
      'behind a proxy that strips a prefix',
    )
    t.equal(locationFrom('/auth/login', 'https://example.com/bye'), 'https://example.com/bye')
  },
)

t.test('a query parameter is added before the fragment, and its value cannot add another', async (t) => {
  const table = [
    ['../login', '/docs?a=1&b=2#c', '../login?returnTo=%2Fdocs%3Fa%3D1%26b%3D2%23c'],
    ['../login?x=1', '/docs', '../login?x=1&returnTo=%2Fdocs'],
    ['../denied#why', '/docs', '../denied?returnTo=%2Fdocs#why'],
    ['../denied?x=1#why?', '/docs', '../denied?x=1&returnTo=%2Fdocs#why?'],
    ['../denied#why?', '/docs', '../denied?returnTo=%2Fdocs#why?'],
    ['../login', '', '../login?returnTo='],
    ['../login', undefined, '../login'],
  ] as const
  for (const [location, value, expected] of table) {
    t.equal(withQuery(location, 'returnTo', value), expected, location)
  }
})

t.test('a representation is sent with its ETag, or as 304 if the client has it', async (t) => {
  const body = Buffer.from('{}')
  const representation = { body, etag: '"abc"', contentType: 'application/json' }
  const headers = { 'cache-control': 'no-store' }
  const full = {
    status: 200,
    headers: {
      'cache-control': 'no-store',
      etag: '"abc"',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    },
    body,
  }
  const notModified = { status: 304, headers: { 'cache-control': 'no-store', etag: '"abc"' } }
  const table = [
    [{}, full],
    [{ 'if-none-match': '"abc"' }, notModified],
    [{ 'if-none-match': 'W/"abc"' }, notModified],
    [{ 'if-none-match': '"x", "abc"' }, notModified],
    [{ 'if-none-match': '*' }, notModified],
    [{ 'if-none-match': '"x"' }, full],
    [{ 'if-none-match': 'abc' }, full],
    [{ 'if-none-match': '' }, full],
    [{ 'if-none-match': '"abc"', 'cache-control': 'no-cache' }, full],
    [{ 'if-modified-since': 'Tue, 01 Jan 2999 00:00:00 GMT' }, full],
  ] as const
  for (const [sent, expected] of table) {
    t.strictSame(
      representationResponse(requestOf(sent), representation, headers),
      expected,
      JSON.stringify(sent),
    )
  }
})

t.test('a field is added to Vary only once, after those of others', async (t) => {
  const table = [
    [undefined, 'Accept-Encoding'],
    ['', 'Accept-Encoding'],
    ['Origin', 'Origin, Accept-Encoding'],
    [['Origin', 'X-A,X-B'], 'Origin, X-A, X-B, Accept-Encoding'],
    ['accept-encoding, Origin', 'accept-encoding, Origin'],
    ['*', '*'],
    [7, '7, Accept-Encoding'],
  ] as const
  for (const [value, expected] of table) {
    t.equal(withVary(value as string | string[] | number | undefined, 'Accept-Encoding'), expected)
  }
})

t.test('repeated headers are counted, and only single values are read', async (t) => {
  const rawHeaders = ['Authorization', 'a', 'X-Authorization', 'authorization', 'AUTHORIZATION', 'b']
  const request = requestOf({ origin: 'o', 'set-cookie': ['a', 'b'] }, { raw: { rawHeaders } })
  t.equal(countHeader(request, 'authorization'), 2, 'names, not values')
  t.equal(countHeader(request, 'x-authorization'), 1)
  t.equal(countHeader(request, 'cookie'), 0)
  t.equal(header(request, 'origin'), 'o')
  t.equal(header(request, 'set-cookie'), undefined, 'a list is not a single value')
  t.equal(header(request, 'host'), undefined)
})

t.test('the path of a request target is found in every form', async (t) => {
  const table = [
    ['/docs', '/docs', '/docs'],
    ['/docs?a=b#c', '/docs?a=b#c', '/docs'],
    ['/docs#c?a', '/docs#c?a', '/docs'],
    ['http://example.com/docs?a', '/docs?a', '/docs'],
    ['HTTPS://user@example.com:80/docs', '/docs', '/docs'],
    ['http://example.com?a', '?a', ''],
    ['http://example.com', '', ''],
    ['/http://example.com/docs', '/http://example.com/docs', '/http://example.com/docs'],
    ['//example.com/docs', '//example.com/docs', '//example.com/docs'],
    ['*', '*', '*'],
    ['*docs', '*docs', '*docs'],
  ] as const
  for (const [target, form, path] of table) {
    t.equal(originForm(target), form, target)
    t.equal(pathOf(target), path, target)
  }
})

t.test(
  'promises of async functions are recognized even if the app has replaced globalThis.Promise',
  async (t) => {
    const { Promise: original } = globalThis
    t.teardown(() => {
      globalThis.Promise = original
    })
    globalThis.Promise = class Replaced<T> extends original<T> {} as PromiseConstructor
    t.equal(isPromise((async () => 7)()), true)
  },
)

t.test('the app may return any thenable; the result is a promise', async (t) => {
  const failure = (options: ErrorOptions) => new Error('closed', options)
  const thenable = Object.fromEntries([['then', (resolve: (value: string) => void) => resolve('late')]])
  const rejected = Object.fromEntries([['then', (_: unknown, reject: (why: string) => void) => reject('no')]])
  for (const value of [Promise.resolve('late'), thenable]) {
    const given = withDeadline<unknown>(() => value, 1000, failure)
    t.equal(isPromise(given), true)
    t.equal(await given, 'late')
  }
  const refused = withDeadline<unknown>(() => rejected, 1000, failure)
  t.equal(isPromise(refused), true)
  await t.rejects(async () => refused, { message: 'closed', cause: 'no' })
  for (const value of [null, undefined, 0, '', 'then', {}, Object.fromEntries([['then', 1]]), () => {}]) {
    const given = withDeadline<unknown>(() => value, 1000, failure)
    t.equal(isPromise(given), false)
    t.equal(given, value)
  }
})
