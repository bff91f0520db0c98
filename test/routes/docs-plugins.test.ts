import fastifyCompress from '@fastify/compress'
import fastifyCors from '@fastify/cors'
import fastifyEtag from '@fastify/etag'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { listen, logIn, NAVIGATION, rawRequest, testApp } from '../helper.ts'

type Plugin = (app: FastifyInstance) => unknown

const PLUGINS: Readonly<Record<string, Plugin>> = {
  compress: (app) => app.register(fastifyCompress, { threshold: 1 }),
  'rate-limit': (app) => app.register(fastifyRateLimit, { max: 1_000_000 }),
  helmet: (app) => app.register(fastifyHelmet),
  cors: (app) => app.register(fastifyCors),
  etag: (app) => app.register(fastifyEtag),
  // What a plugin of the host's own may do: show what each route was declared with.
  'the options of the route': (app) => {
    app.addHook('onRoute', (route) => {
      const { method, url, path, routePath, handler, schema, onRequest, exposeHeadRoute, ...options } =
        route as typeof route & Record<string, unknown>
      const shown = JSON.stringify(options)
      route.onSend = async (_request, reply) => void reply.header('x-route', shown)
    })
  },
}

// What is there, and a place of the same form where nothing is.
const PAIRS = [
  ['/docs', '/docs/nope'],
  ['/docs/', '/docs/nope/'],
  ['/docs/static/swagger-ui.css', '/docs/static/nope.css'],
  ['/docs/static/swagger-ui-bundle.js', '/docs/static/nope.js'],
  ['/docs/static/swagger-initializer.js', '/docs/nope.js'],
  ['/docs/static/session.json', '/docs/static/nope.json'],
  ['/docs/static/oauth2-redirect.html', '/docs/static/nope.html'],
  ['/openapi.json', '/openapi.nope'],
  ['/openapi.yaml', '/openapi.yml'],
] as const

const navigation = Object.entries(NAVIGATION)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'TRACE']

const HEADERS = [
  'Accept-Encoding: gzip\r\n',
  'Accept-Encoding: br\r\nOrigin: https://other.example\r\n',
  `${navigation}Accept-Encoding: gzip\r\n`,
  'Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n',
]

// The time and what is counted down go on by themselves; a login's returnTo is the path that was asked for.
const comparable = (answer: string, path: string): string =>
  answer
    .replace(/^(?:date|x-ratelimit-[a-z]+): .*\r\n/gim, '')
    .replaceAll(encodeURIComponent(path), '{path}')
    .replace(/^location: (?:\.\.?\/)*/im, 'location: ')

for (const [name, plugin] of Object.entries(PLUGINS)) {
  for (const order of ['before', 'after'] as const) {
    t.test(`anonymous clients cannot tell which paths exist: ${name}, ${order} the gate`, async (t) => {
      const app = await testApp(t, { [order]: plugin })
      const port = await listen(app)
      const ask = async (method: string, path: string, headers: string): Promise<string> => {
        const content = headers.includes('Content-Length') ? '{}' : ''
        const request = `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n${headers}\r\n`
        return comparable(await rawRequest(port, request + content), path)
      }
      const differences: string[] = []
      let compared = 0
      async function compare(method: string, headers: string, there: string, absent: string): Promise<void> {
        const [one, other] = await Promise.all([ask(method, there, headers), ask(method, absent, headers)])
        compared++
        const isAnswer = /^HTTP\/1\.1 \d{3} /.test(one)
        if (!isAnswer || one !== other) differences.push(`${method} ${there}, ${headers}: ${one}${other}`)
      }
      for (const [there, absent] of PAIRS)
        for (const headers of HEADERS)
          await Promise.all(METHODS.map((method) => compare(method, headers, there, absent)))
      t.strictSame(differences, [])
      t.equal(compared, PAIRS.length * HEADERS.length * METHODS.length)
    })
  }
}

t.test('with @fastify/compress, users still get documents and files in the gate’s codings', async (t) => {
  const app = await testApp(t, { before: (inner) => inner.register(fastifyCompress, { threshold: 1 }) })
  const { cookie } = await logIn(app)
  for (const url of ['/openapi.json', '/docs/static/swagger-ui.css']) {
    const headers = { cookie, 'accept-encoding': 'gzip' }
    const { statusCode, headers: answered } = await app.inject({ url, headers })
    t.equal(statusCode, 200)
    t.match(answered, { 'content-encoding': 'gzip', vary: /accept-encoding/i, etag: /^"/ }, url)
  }
})
