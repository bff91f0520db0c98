import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { run } from '../../lib/cli/run.ts'
import { isRefusal, isThere, reveals, revealsByRefusing } from '../../lib/probe/classify.ts'
import { createProbeClient, UnreachableError } from '../../lib/probe/client.ts'
import { linksOf } from '../../lib/probe/links.ts'
import { probeService } from '../../lib/probe/probe.ts'
import type { Service } from '../../lib/probe/request.ts'
import { labelOf, type ProbeRequest, requestText } from '../../lib/probe/request.ts'
import { type ProbeResponse, parseResponse } from '../../lib/probe/response.ts'
import { type Exchange, exchangeWithin } from '../../lib/probe/socket.ts'
import { plainRequest, variationsOf } from '../../lib/probe/variations.ts'
import {
  baselinePath,
  isDocumentPath,
  mayNameDocumentation,
  namesDocumentation,
  usualPaths,
  wellKnownPaths,
} from '../../lib/probe/well-known-paths.ts'
import { fakeIo } from '../fake-io.ts'
import { SERVICE } from '../probe-services.ts'

const answer = (status: number, over: Partial<ProbeResponse> = {}): ProbeResponse => ({
  status,
  contentType: '',
  location: '',
  link: '',
  text: '',
  ...over,
})

type Respond = (request: { method: string; target: string; text: string }) => string

/** A service in memory. */
function service(respond: Respond) {
  const asked: string[] = []
  let [atOnce, most] = [0, 0]
  const services = new Set<Service>()
  const exchange: Exchange = async (at, text) => {
    services.add(at)
    asked.push(text)
    most = Math.max(most, ++atOnce)
    await new Promise((resolve) => setImmediate(resolve))
    atOnce--
    const [method = '', target = ''] = text.split(' ', 2)
    return { bytes: Buffer.from(respond({ method, target, text }), 'latin1'), isLate: false }
  }
  return { exchange, asked, services, most: () => most }
}

const say = (status: number, body = '', head = ''): string => `HTTP/1.1 ${status} X\r\n${head}\r\n${body}`
const DOCUMENT = '{"openapi":"3.0.0","info":{},"paths":{}}'

t.test('a wrong argument is an error with exit code 2: 1 would mean an open service', async (t) => {
  const table: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /Which service\? Write: npx fastify-docs-gate probe http/],
    [['http://a', 'http://b'], /One service at a time: http:\/\/b/],
    [['127.0.0.1:3000'], /"127\.0\.0\.1:3000" is no URL of a service/],
    [['ftp://127.0.0.1'], /"ftp:\/\/127\.0\.0\.1" is no URL/],
    [['http://johndoe:secret@127.0.0.1'], /without a user and a password/],
    [['http://johndoe@127.0.0.1'], /without a user and a password/],
    [['--fly'], /There is no option --fly/],
  ]
  for (const [words, message] of table) {
    const io = fakeIo({ exchange: service(() => '').exchange })
    t.equal(await run(['probe', ...words], io, '1.2.3'), 2, words.join(' '))
    t.match(io.errors(), message)
    t.equal(io.output(), '')
  }
})

t.test('requests go to the service of the URL and to no other host', async (t) => {
  const table: readonly (readonly [string, Partial<Service>])[] = [
    ['http://127.0.0.1:3000', SERVICE],
    ['http://127.0.0.1:3000/', SERVICE],
    [
      'http://Example.test/api/v1/',
      { hostname: 'example.test', port: 80, host: 'example.test', base: '/api/v1' },
    ],
    ['https://example.test', { isTls: true, port: 443, origin: 'https://example.test', base: '' }],
    ['http://[::1]:8080/docs?x#y', { hostname: '::1', port: 8080, host: '[::1]:8080', base: '/docs' }],
  ]
  for (const [url, expected] of table) {
    const page = say(200, '<a href="http://other.test/openapi.json">', 'content-type: text/html\r\n')
    const { exchange, services, asked } = service(() => page)
    t.equal(await run(['probe', url], fakeIo({ exchange }), '1.2.3'), 0, url)
    const [only] = services
    t.match(only, expected, url)
    t.equal(new Set([...services].map(({ origin }) => origin)).size, 1)
    t.notOk(asked.some((text) => text.includes('other.test')))
  }
})

t.test('a bug is thrown with its stack trace', async (t) => {
  const io = fakeIo({ exchange: service(() => say(404)).exchange })
  const failure = new Error('a defect')
  const broken = {
    ...io,
    out: () => {
      throw failure
    },
  }
  await t.rejects(run(['probe', 'http://127.0.0.1:3000'], broken, '1.2.3'), failure)
})

t.test('a request is sent exactly as described, and its label describes it', async (t) => {
  const plain = plainRequest(SERVICE, '/docs')
  const usual = 'Host: 127.0.0.1:3000\r\nConnection: close\r\nUser-Agent: docs-gate probe\r\n'
  const table: readonly (readonly [Partial<ProbeRequest>, string, string])[] = [
    [{}, `GET /docs HTTP/1.1\r\n${usual}\r\n`, 'GET /docs'],
    [{ method: 'POST' }, `POST /docs HTTP/1.1\r\n${usual}Content-Length: 0\r\n\r\n`, 'POST /docs'],
    [
      { headers: ['A: b', 'C: d'] },
      `GET /docs HTTP/1.1\r\n${usual}A: b\r\nC: d\r\n\r\n`,
      'GET /docs  (A: b; C: d)',
    ],
    [
      { host: null, version: '1.0' },
      'GET /docs HTTP/1.0\r\nConnection: close\r\nUser-Agent: docs-gate probe\r\n\r\n',
      'GET /docs  (HTTP/1.0; no Host)',
    ],
    [
      { host: 'localhost', target: '*' },
      'GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: docs-gate probe\r\n\r\n',
      'GET *  (Host: localhost)',
    ],
  ]
  for (const [over, text, label] of table) {
    t.equal(requestText({ ...plain, ...over }), text)
    t.equal(labelOf({ ...plain, ...over }, SERVICE.host), label)
  }
})

t.test('a response is parsed from complete, cut off and invalid bytes', async (t) => {
  const zipped = gzipSync('hello').toString('latin1')
  const table: readonly (readonly [string, string, Partial<ProbeResponse> | undefined])[] = [
    [
      'with a body',
      say(200, 'hello', 'Content-Type: text/html; charset=utf-8\r\n'),
      { status: 200, contentType: 'text/html; charset=utf-8', text: 'hello' },
    ],
    ['a redirect', say(303, '', 'location:./docs\r\n'), { status: 303, location: './docs', text: '' }],
    ['a refresh', say(200, '', 'Refresh: 0; URL="/docs"\r\n'), { location: '/docs' }],
    ['a refresh of itself', say(200, '', 'refresh: 30\r\n'), { location: '' }],
    ['a link', say(200, '', 'Link: </x>; rel="service-desc"\r\n'), { link: '</x>; rel="service-desc"' }],
    [
      'in chunks',
      say(200, '5\r\nhello\r\n3;x=y\r\n, x\r\n0\r\n\r\n', 'Transfer-Encoding: chunked\r\n'),
      { text: 'hello, x' },
    ],
    ['in chunks, cut off', say(200, '5\r\nhel', 'Transfer-Encoding: chunked\r\n'), { text: 'hel' }],
    ['in invalid chunks', say(200, 'hello', 'Transfer-Encoding: chunked\r\n'), { text: '' }],
    ['compressed', say(200, zipped, 'Content-Encoding: gzip\r\n'), { text: 'hello' }],
    [
      'after interim ones',
      say(100) + say(103, '', 'link: x\r\n') + say(404, 'x'),
      { status: 404, text: 'x' },
    ],
    ['without a reason', 'HTTP/1.0 204\r\n\r\n', { status: 204 }],
    ['with an empty reason', 'HTTP/1.0 204 \r\n\r\n', { status: 204 }],
    ['line feeds alone', 'HTTP/1.1 200 OK\na: b\n\nx', { status: 200, text: 'x' }],
    ['an interim one alone', say(100), undefined],
    ['no head', 'hello', undefined],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-type: text', undefined],
    ['nothing', '', undefined],
  ]
  for (const [name, text, expected] of table) {
    const parsed = parseResponse(Buffer.from(text, 'latin1'))
    if (expected) t.match(parsed, expected, name)
    else t.equal(parsed, undefined, name)
  }
})

t.test('the paths are below the base and at the root, each once, the base itself first', async (t) => {
  const places = wellKnownPaths('')
  const paths = places.map(({ path }) => path)
  for (const path of [
    '/',
    '/docs',
    '/documentation/json',
    '/openapi.json',
    '/swagger.json',
    '/v2/api-docs',
    '/v3/api-docs',
    '/redoc',
    '/reference',
    '/json',
    '/static/swagger-initializer.js',
  ])
    t.ok(paths.includes(path), path)
  t.equal(new Set(paths).size, paths.length)
  t.ok(paths.length > 600 && paths.length < 750, `${paths.length}`)
  t.match(
    places.find(({ path }) => path === '/docs/json'),
    { root: '/docs' },
  )
  t.equal(places.find(({ path }) => path === '/openapi.json')?.root, undefined)

  const based = wellKnownPaths('/api/v1')
  t.strictSame(based[0], { path: '/api/v1', root: '/api/v1' })
  for (const path of ['/api/v1/json', '/api/v1/docs', '/docs', '/api/v1/openapi.json'])
    t.ok(
      based.some((place) => place.path === path),
      path,
    )
  t.equal(new Set(based.map(({ path }) => path)).size, based.length)
  t.ok(based.length < 1000)
  t.strictSame(
    wellKnownPaths('/docs').find(({ path }) => path === '/docs/json'),
    { path: '/docs/json', root: '/docs' },
  )
  t.ok(usualPaths('/api').every((path) => path.startsWith('/api/')))
})

t.test('the baseline of a path has the same folder and extension', async (t) => {
  for (const [path, beside] of [
    ['/docs', '/word'],
    ['/docs/', '/docs/word'],
    ['/docs/json', '/docs/word'],
    ['/openapi.json', '/word.json'],
    ['/docs/static/swagger-ui.css', '/docs/static/word.css'],
    ['/.well-known/openapi', '/.well-known/word'],
    ['/a/.hidden', '/a/word'],
  ] as const) {
    t.equal(baselinePath(path, 'word'), beside)
  }
  t.equal(namesDocumentation('/v3/api-docs'), true)
  t.equal(namesDocumentation('/docs'), false)
  for (const path of ['/docs', '/docs/json', '/api/spec', '/schema.json', '/v2/documentation', '/swagger'])
    t.equal(mayNameDocumentation(path), true, path)
  for (const path of ['/', '/api', '/json', '/documents', '/inspect'])
    t.equal(mayNameDocumentation(path), false, path)
  for (const path of ['/a.json', '/a/yaml', '/a-json', '/a.yml']) t.equal(isDocumentPath(path), true, path)
  for (const path of ['/a.html', '/a', '/json5']) t.equal(isDocumentPath(path), false, path)
})

t.test(
  'a path has about a hundred variations, each a different request without line breaks in it',
  async (t) => {
    for (const at of [SERVICE, { ...SERVICE, isTls: true }]) {
      const variations = variationsOf(at)
      t.ok(variations.length > 90 && variations.length < 130, `${variations.length}`)
      t.equal(new Set(variations.map(({ name }) => name)).size, variations.length)
      for (const path of ['/docs', '/documentation/json', '/docs/static/swagger-initializer.js', '/a']) {
        const requests = variations.map(({ request }) => request(path))
        for (const { target, headers, host, method } of requests) {
          t.notMatch([target, ...headers, host ?? '', method].join(''), /[\r\n ]{2}|[\r\n]/)
          t.notMatch(target, ' ')
          const elsewhere = /^[a-z]+:\/\/(?:[^/]*@)?([^/]+)/i.exec(target)?.[1]
          t.ok(elsewhere === undefined || elsewhere === SERVICE.host, target)
        }
        t.ok(new Set(requests.map(requestText)).size > 85, path)
      }
    }
    const targets = variationsOf(SERVICE).map(({ request }) => request('/docs/json').target)
    for (const target of [
      '/%64ocs/json',
      '//docs/json',
      '/docs//json',
      '/DOCS/JSON',
      '/docs/json/',
      '/docs/json;',
      '/docs;a/json',
      '/./docs/json',
      '/x/..;/docs/json',
      '/\\docs/json',
      '/docs%2fjson',
      'http://127.0.0.1:3000/docs/json',
      '*docs/json',
      '*/docs/json',
      'docs/json',
      '/%2564ocs/json',
      '/docs\\json',
    ])
      t.ok(targets.includes(target), target)
  },
)

t.test('only links to documentation of the same service are followed', async (t) => {
  const page = `
    <a href="/swagger.json">x</a> <a href="guide.html">x</a> <script src='./static/swagger-ui-bundle.js?v=1&amp;w=2'></script>
    <a href="http://127.0.0.1:3000/api-docs">x</a> <a href="http://other.test/openapi.json">x</a> <a href="//other.test/docs">x</a>
    <redoc spec-url="../spec.yaml"> const ui = SwaggerUIBundle({ "url": "./json", urls: [{ url: "/b/openapi.yml" }] })
    <a href="javascript:docs()">x</a> <a href="http://[/docs">x</a>`
  t.strictSame(linksOf(answer(200, { text: page }), '/a/docs/', SERVICE), [
    '/swagger.json',
    '/a/docs/static/swagger-ui-bundle.js?v=1&w=2',
    '/api-docs',
    '/a/spec.yaml',
    '/a/docs/json',
    '/b/openapi.yml',
  ])
  t.strictSame(linksOf(answer(302, { location: './static/index.html' }), '/docs/', SERVICE), [
    '/docs/static/index.html',
  ])
  t.strictSame(linksOf(answer(302, { location: 'https://127.0.0.1:3000/docs' }), '/docs', SERVICE), [])
  const follows: readonly (readonly [string, string | undefined])[] = [
    ['<meta http-equiv="refresh" content="0; url=/x">', '/x'],
    ["<meta content='0;URL=x/y' http-equiv='Refresh'>", '/a/x/y'],
    ['<META HTTP-EQUIV=refresh CONTENT="5, /x">', '/x'],
    [`<meta http-equiv="refresh" content="0; url='/x?a=b&amp;c'">`, '/x?a=b&c'],
    ['<meta http-equiv="refresh" content="30">', undefined],
    ['<meta name="description" content="0; url=/x">', undefined],
    ["window.location = '/x'", '/x'],
    ['location.href="/x"', '/x'],
    ['top.location.replace(`/x`)', '/x'],
    ["document.location.assign( '/x' )", '/x'],
    ["window.location.pathname = '/x'", '/x'],
    ["allocation = '/x'", undefined],
    ["location.href = 'https://other.test/x'", undefined],
    ['{"documentation":"/x","docs_url":"/y"}', '/x'],
    ['{"_links":{"service-desc":{"href":"/x"}}}', '/x'],
    ['User-agent: *\nDisallow: /x/docs\nAllow: /y', '/x/docs'],
    ['<loc>http://127.0.0.1:3000/x/docs</loc>', '/x/docs'],
    ['<a href=/x/docs>', '/x/docs'],
    ['JSON.parse("{\\"url\\":\\"v1/swagger.json\\"}")', '/a/v1/swagger.json'],
  ]
  for (const [text, path] of follows)
    t.strictSame(linksOf(answer(200, { text }), '/a/', SERVICE), path === undefined ? [] : [path], text)
  const link = '</x.yaml>; rel="service-desc", <https://other.test/docs>; rel="service-doc"'
  t.strictSame(linksOf(answer(200, { link }), '/', SERVICE), ['/x.yaml'])
  const many = Array.from({ length: 99 }, (_, index) => `<a href="/docs/${index}">`).join('')
  t.equal(linksOf(answer(200, { text: many }), '/', SERVICE).length, 40)
})

t.test('the status of a response tells whether something is there, refused or revealed', async (t) => {
  for (const status of [200, 204, 206, 304, 400, 405, 406, 412, 415, 416, 500, 503])
    t.ok(isThere(answer(status)), `${status}`)
  for (const status of [301, 303, 401, 403, 404, 410, 429]) t.notOk(isThere(answer(status)), `${status}`)
  for (const status of [301, 302, 303, 307, 401, 403, 407]) t.ok(isRefusal(answer(status)), `${status}`)
  for (const status of [200, 304, 404, 405, 500]) t.notOk(isRefusal(answer(status)), `${status}`)
  t.equal(reveals(answer(405), answer(404)), true)
  t.equal(reveals(answer(405), answer(405)), false)
  t.equal(reveals(answer(401), answer(404)), false)
  t.equal(reveals(answer(404), answer(401)), false)
  t.equal(revealsByRefusing(answer(401), answer(404)), true)
  t.equal(revealsByRefusing(answer(302), answer(410)), true)
  t.equal(revealsByRefusing(answer(401), answer(401)), false)
  t.equal(revealsByRefusing(answer(200), answer(404)), false)
})

t.test('the client stops at 2,000 requests, or at 20 that time out', async (t) => {
  const plain = plainRequest(SERVICE, '/')
  const { exchange, asked } = service(() => say(404))
  const client = createProbeClient(SERVICE, exchange)
  for (let i = 0; i < 2010; i++) await client.request(plain)
  t.equal(asked.length, 2000)
  t.equal(client.remaining(), 0)
  t.match(client.counts, { requests: 2000, unanswered: 0, hasStopped: true })

  const late = createProbeClient(SERVICE, async () => ({ bytes: Buffer.from(say(200, 'x')), isLate: true }))
  t.match(await late.request(plain), { status: 200, text: 'x' }, 'the bytes that came are read')
  for (let i = 0; i < 30; i++) await late.request(plain)
  t.match(late.counts, { requests: 20, hasStopped: true })
})

t.test('a request whose response is needed is tried twice', async (t) => {
  const plain = plainRequest(SERVICE, '/')
  const table: readonly (readonly [string, readonly string[], number | undefined, number])[] = [
    ['a response', [say(404)], 404, 0],
    ['nothing, then a response', ['', say(404)], 404, 0],
    ['too many requests, then a response', [say(429), say(200)], 200, 0],
    ['nothing', ['', ''], undefined, 1],
    ['unavailable twice', [say(503), say(503)], undefined, 1],
  ]
  for (const [name, answers, status, unanswered] of table) {
    const left = [...answers]
    const client = createProbeClient(SERVICE, service(() => left.shift() ?? '').exchange)
    t.equal((await client.requestWithRetry(plain))?.status, status, name)
    t.match(client.counts, { requests: answers.length, unanswered, hasStopped: false }, name)
  }
})

t.test(
  'a service that cannot be reached at first is an error with the reason; later it counts as unanswered',
  async (t) => {
    const plain = plainRequest(SERVICE, '/')
    const gone = createProbeClient(SERVICE, async () => {
      throw Object.assign(new Error(''), { code: 'ECONNREFUSED' })
    })
    await t.rejects(gone.request(plain), new UnreachableError('ECONNREFUSED'))
    const { exchange } = service(() => say(404))
    let isFirst = true
    const dies = createProbeClient(SERVICE, async (...request) => {
      if (!isFirst) throw new Error('gone')
      isFirst = false
      return exchange(...request)
    })
    t.equal((await dies.request(plain))?.status, 404)
    t.equal(await dies.requestWithRetry(plain), undefined)
    t.match(dies.counts, { requests: 3, unanswered: 1 })
  },
)

const isPlain = (text: string): boolean => text.startsWith('GET ') && text.split('\r\n').length === 6

t.test('nothing is found in services that are closed in different ways', async (t) => {
  const table: Readonly<Record<string, Respond>> = {
    '404 everywhere': () => say(404),
    '401 everywhere': () => say(401),
    'a redirect everywhere': () => say(302, '', 'location: /login\r\n'),
    'one page everywhere': () => say(200, '<html><div id="app"></div>', 'content-type: text/html\r\n'),
    'a guarded page, and its folder': ({ target }) => say(/^\/docs(?:[/?;#]|$)/.test(target) ? 401 : 404),
    'a route of that name that is something else': ({ target }) =>
      say(target === '/docs' ? 200 : 404, 'for people'),
    'a page that forbids all methods but GET': ({ method }) => say(method === 'GET' ? 404 : 405),
  }
  for (const [name, respond] of Object.entries(table)) {
    const { exchange, asked, most } = service(respond)
    const result = await probeService(SERVICE, exchange)
    t.strictSame(result.findings, [], name)
    t.match(result, { unanswered: 0, hasStopped: false }, name)
    t.ok(asked.length > 500 && asked.length <= 2000, `${name}: ${asked.length}`)
    t.ok(most() <= 6, name)
  }
})

t.test('endless chains of links are followed up to a limit', async (t) => {
  const { exchange, asked } = service(({ target }) => {
    const [, depth] = /^\/maze\/(\d+)-/.exec(target) ?? []
    if (target !== '/' && depth === undefined) return say(404)
    const links = Array.from({ length: 40 }, (_, i) => `<a href="/maze/${Number(depth ?? 0) + 1}-${i}/docs">`)
    return say(200, links.join(''))
  })
  const result = await probeService(SERVICE, exchange)
  t.strictSame(result.findings, [])
  t.equal(result.hasStopped, false)
  t.equal(
    new Set(asked.map((text) => text.split(' ', 2)[1]).filter((target) => target?.startsWith('/maze/'))).size,
    200,
  )
})

t.test('services that are open in different ways are found', async (t) => {
  const isDocs = (target: string): boolean => /^\/docs(?:[/?;#]|$)/.test(target)
  const table: Readonly<Record<string, readonly [Respond, string, number, string, number?]>> = {
    'a document': [
      ({ target }) => (target === '/swagger.json' ? say(200, DOCUMENT) : say(404)),
      'GET /swagger.json',
      200,
      'document',
    ],
    'a document that a page leads to, beside a place that does not answer': [
      ({ target }) => {
        if (target === '/') return say(200, '<a href="/silent/docs"><a href="/hidden/docs.yaml">')
        if (target === '/silent/docs') return ''
        return target === '/hidden/docs.yaml' ? say(200, DOCUMENT) : say(404)
      },
      'GET /hidden/docs.yaml',
      200,
      'document',
    ],
    'a document that a page leads to': [
      ({ target }) =>
        target === '/'
          ? say(200, '<a href="/hidden/place.yaml">')
          : target === '/hidden/place.yaml'
            ? say(200, DOCUMENT)
            : say(404),
      'GET /hidden/place.yaml',
      200,
      'document',
    ],
    'a page that sends on to its document': [
      ({ target }) =>
        target === '/docs'
          ? say(302, '', 'location: /hidden\r\n')
          : target === '/hidden'
            ? say(200, DOCUMENT)
            : say(404),
      'GET /hidden',
      200,
      'document',
    ],
    'a portal that sends on to another, whose page names its document': [
      ({ target }) => {
        if (target === '/') return say(302, '', 'location: /portal\r\n')
        if (target === '/portal') return say(302, '', 'location: /portal/ui\r\n')
        if (target === '/portal/ui') return say(200, '<a href="api/docs.yaml">')
        return target === '/portal/api/docs.yaml' ? say(200, DOCUMENT) : say(404)
      },
      'GET /portal/api/docs.yaml',
      200,
      'document',
    ],
    'a document beside a guarded page': [
      ({ target }) => (target === '/docs-json' ? say(200, DOCUMENT) : say(isDocs(target) ? 401 : 404)),
      'GET /docs-json',
      200,
      'document',
    ],
    'a document by the name of its version': [
      ({ target }) => (target === '/openapi/v1.json' ? say(200, DOCUMENT) : say(404)),
      'GET /openapi/v1.json',
      200,
      'document',
    ],
    'a method that is not allowed': [
      ({ target }) => say(target === '/openapi.json' ? 405 : 404),
      'GET /openapi.json',
      405,
      'exists',
      404,
    ],
    HEAD: [
      ({ method, target }) => say(isDocs(target) ? (method === 'HEAD' ? 200 : 401) : 404),
      'HEAD /docs',
      200,
      'exists',
      404,
    ],
    'a conditional request': [
      ({ target, text }) => say(isDocs(target) ? (text.includes('If-None-Match') ? 304 : 401) : 404),
      'GET /docs  (If-None-Match: *)',
      304,
      'exists',
      404,
    ],
    'a range': [
      ({ target, text }) =>
        isDocs(target) ? (text.includes('bytes=0-') ? say(206, DOCUMENT.slice(0, 30)) : say(401)) : say(404),
      'GET /docs  (Range: bytes=0-199)',
      206,
      'document',
    ],
    'a header that replaces the path': [
      ({ target, text }) =>
        target === '/' && text.includes('X-Original-URL: /docs\r')
          ? say(200, DOCUMENT)
          : say(isDocs(target) ? 401 : 404),
      'GET /  (X-Original-URL: /docs)',
      200,
      'document',
    ],
    'an address that is trusted': [
      ({ target, text }) =>
        isDocs(target) && text.includes('X-Forwarded-For: 127.0.0.1')
          ? say(200, '<redoc >')
          : say(isDocs(target) ? 403 : 404),
      'GET /docs  (X-Forwarded-For: 127.0.0.1; X-Real-IP: 127.0.0.1; Forwarded: for=127.0.0.1)',
      200,
      'page',
    ],
    'any credential': [
      ({ target, text }) =>
        isDocs(target) && text.includes('Bearer null') ? say(200, DOCUMENT) : say(isDocs(target) ? 401 : 404),
      'GET /docs  (Authorization: Bearer null)',
      200,
      'document',
    ],
    'an old version without Host': [
      ({ target, text }) =>
        isDocs(target) && text.includes('HTTP/1.0') && !text.includes('Host:')
          ? say(200, DOCUMENT)
          : say(isDocs(target) ? 401 : 404),
      'GET /docs  (HTTP/1.0; no Host)',
      200,
      'document',
    ],
    'an error of the handler': [
      ({ target }) => say(target === '/swagger.json' ? 500 : 404),
      'GET /swagger.json',
      500,
      'exists',
      404,
    ],
    'a part that is refused': [
      ({ target }) => say(target === '/docs' || target === '/docs/json' ? 401 : 404),
      'GET /docs/json',
      401,
      'exists',
      404,
    ],
    'a page at the end of the base': [
      ({ target }) =>
        target === '/docs/' ? say(200, '<redoc >') : target === '/docs/json' ? say(403) : say(404),
      'GET /docs/json',
      403,
      'exists',
      404,
    ],
  }
  for (const [name, [respond, request, status, leak, baseline]] of Object.entries(table)) {
    const { findings } = await probeService(SERVICE, service(respond).exchange)
    const finding = { request, status, leak, ...(baseline !== undefined && { baseline }) }
    t.ok(
      findings.some((found) => JSON.stringify(found) === JSON.stringify(finding)),
      `${name}: ${JSON.stringify(findings)}`,
    )
  }
})

t.test('a response that a second request does not confirm is not a finding', async (t) => {
  const said = new Set<string>()
  const { exchange } = service(({ target, text, method }) => {
    const isMeant = target === '/swagger.json' || (target === '/docs' && method === 'PUT')
    if (!isMeant || said.has(text)) return say(target === '/docs' ? 401 : 404)
    said.add(text)
    return say(500)
  })
  t.strictSame((await probeService(SERVICE, exchange)).findings, [])
  t.ok(said.size >= 2, `${said.size}`)
})

t.test('a service that leaves too many requests unanswered does not count as closed', async (t) => {
  const silent: Readonly<Record<string, Respond>> = {
    'one path without a response': ({ target }) => (target === '/docs' ? '' : say(404)),
    'too many requests': () => say(429),
    'baselines without a response': ({ target }) => (/docs|swagger|openapi/.test(target) ? say(405) : ''),
  }
  for (const [name, respond] of Object.entries(silent)) {
    const io = fakeIo({ exchange: service(respond).exchange })
    t.equal(await run(['probe', SERVICE.origin], io, '1.2.3'), 2, name)
    t.match(
      io.errors(),
      /^docs-gate: http:\/\/127\.0\.0\.1:3000 did not answer often enough to tell\. It was asked /,
    )
    t.equal(io.output(), '')
  }
  const odd = fakeIo({ exchange: service(({ text }) => (isPlain(text) ? say(404) : '')).exchange })
  t.equal(await run(['probe', SERVICE.origin], odd, '1.2.3'), 0, 'variations need no response')
})

t.test('every line of the output has a request, its status and what it exposes, in columns', async (t) => {
  const respond: Respond = ({ target }) => {
    if (target === '/openapi.json') return say(200, DOCUMENT)
    if (target === '/redoc') return say(200, '<redoc >')
    if (target === '/swagger-ui.css') return say(200, '.swagger-ui .x{}')
    return say(target === '/v3/api-docs' ? 405 : 404)
  }
  const io = fakeIo({ exchange: service(respond).exchange })
  t.equal(await run(['probe', `${SERVICE.origin}/`], io, '1.2.3'), 1)
  const lines = io.output().trimEnd().split('\n')
  t.strictSame(lines.slice(0, -1).sort(), [
    'GET /openapi.json    200  gives an API document',
    'GET /redoc           200  gives a page of API documentation',
    'GET /swagger-ui.css  200  gives a file of a documentation page',
    'GET /v3/api-docs     405  reveals that it exists (a neighbouring path answers 404)',
  ])
  t.match(
    lines.at(-1),
    /^Open: http:\/\/127\.0\.0\.1:3000 gives its documentation away to 4 requests\. It was asked /,
  )
  t.equal(io.errors(), '')
})

async function tcp(t: Test, onSocket: (socket: Socket) => void): Promise<Service> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { ...SERVICE, port: (server.address() as AddressInfo).port }
}

t.test('a socket sends the bytes, and reads until the end, the deadline or the size limit', async (t) => {
  const exchange = exchangeWithin(60_000)
  const echo = await tcp(t, (socket) => socket.on('data', (text) => socket.end(text)))
  t.match(await exchange(echo, '\xff\x00x'), { bytes: Buffer.from([255, 0, 120]), isLate: false })

  const mute = await tcp(t, (socket) => socket.resume())
  t.match(await exchangeWithin(200)(mute, 'x'), { bytes: Buffer.alloc(0), isLate: true })
  const half = await tcp(t, (socket) => socket.resume().write('half'))
  t.match(await exchangeWithin(1000)(half, 'x'), { bytes: Buffer.from('half'), isLate: true })
  const reset = await tcp(t, (socket) => socket.once('data', () => socket.resetAndDestroy()))
  t.match(await exchange(reset, 'x'), { bytes: Buffer.alloc(0), isLate: false })

  const flood = await tcp(t, (socket) => {
    const pour = (): void => void (socket.writable && socket.write(Buffer.alloc(100_000), pour))
    socket.resume().once('close', () => {})
    pour()
  })
  const { bytes } = await exchange(flood, 'x')
  t.ok(bytes.length > 512 * 1024 && bytes.length < 2 * 1024 * 1024)

  for (const hostname of ['127.0.0.1', 'localhost']) {
    await t.rejects(exchangeWithin(200)({ ...mute, hostname, isTls: true }, 'x'), {
      message: 'no connection within 200 ms',
    })
    await t.rejects(exchange({ ...echo, hostname, isTls: true }, 'x'), { code: /^E/ })
  }
  await t.rejects(exchange({ ...echo, port: 1 }, 'x'), { code: 'ECONNREFUSED' })
})
