import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastifyCors from '@fastify/cors'
import t from 'tap'
import { parse } from 'yaml'
import type { Encoding } from '../../lib/docs/encoding/encode.ts'
import { encoder, MAX_WAITING_BYTES, SMALL_BYTES } from '../../lib/docs/encoding/encoder.ts'
import { listen, logIn, NAVIGATION, rawRequest, testApp } from '../helper.ts'
import { until } from '../until.ts'

/** A document of about 150 KB: its codings are made in the thread. */
const LARGE = {
  openapi: '3.1.0',
  info: { title: 'Large', version: '1' },
  paths: Object.fromEntries(
    [...Array(500).keys()].map((index) => [
      `/things/${index}`,
      { get: { summary: `MARKER ${index}`, description: 'Of no use. '.repeat(20), responses: {} } },
    ]),
  ),
}

const DECODE = { br: brotliDecompressSync, gzip: gunzipSync, identity: (body: Buffer): Buffer => body }
type Coding = keyof typeof DECODE

const sha = (body: Uint8Array): string => `"${createHash('sha256').update(body).digest('base64url')}"`

/** An answer off the wire. */
function readAnswer(answer: string) {
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const [status, ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return {
    status: Number(status?.split(' ')[1]),
    headers,
    body: Buffer.from(rest.join('\r\n\r\n'), 'latin1'),
  }
}

/** Sends a request with these header lines as they stand. */
async function ask(port: number, method: string, path: string, lines: readonly string[]) {
  const request = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines]
  return readAnswer(await rawRequest(port, `${request.join('\r\n')}\r\n\r\n`))
}

const ACCEPTED: readonly [string[], Coding | undefined][] = [
  [[], 'identity'],
  [['Accept-Encoding:'], 'identity'],
  [['Accept-Encoding: gzip, deflate, br, zstd'], 'br'],
  [['accept-encoding: gzip'], 'gzip'],
  [['Accept-Encoding: gzip', 'Accept-Encoding: br;q=0.5'], 'gzip'],
  [['Accept-Encoding: br;q=0.1, gzip;q=0.2, identity;q=0.3'], 'identity'],
  [['Accept-Encoding: deflate, compress'], 'identity'],
  [['Accept-Encoding: *'], 'br'],
  [['Accept-Encoding: identity;q=0, gzip'], 'gzip'],
  [['Accept-Encoding: identity;q=0'], undefined],
  [['Accept-Encoding: *;q=0'], undefined],
  [['Accept-Encoding: zstd, *;q=0'], undefined],
]

const FILES = [
  '/openapi.json',
  '/openapi.yaml',
  '/docs/static/swagger-ui.css',
  '/docs/static/oauth2-redirect.js',
]

t.test('each client gets a coding it accepts: GET, HEAD, 304, each with the ETag of its bytes', async (t) => {
  const app = await testApp(t)
  const { bearer } = await logIn(app)
  const port = await listen(app)
  const authorization = `Authorization: ${bearer}`
  for (const path of FILES) {
    const plain = await ask(port, 'GET', path, [authorization])
    const etags = new Map<string, string>()
    for (const [lines, coding] of ACCEPTED) {
      const name = `${path} ${lines.join('; ')}`
      const answer = await ask(port, 'GET', path, [authorization, ...lines])
      t.equal(answer.headers['vary'], 'Accept-Encoding', name)
      if (coding === undefined) {
        t.equal(answer.status, 406, name)
        t.equal(answer.headers['cache-control'], 'no-store')
        t.equal(answer.headers['etag'], undefined)
        t.equal(answer.body.length, 0)
        continue
      }
      t.equal(answer.status, 200, name)
      t.equal(answer.headers['content-encoding'], coding === 'identity' ? undefined : coding, name)
      t.equal(answer.headers['content-length'], String(answer.body.length))
      t.equal(answer.headers['content-type'], plain.headers['content-type'])
      t.equal(answer.headers['x-content-type-options'], 'nosniff')
      t.equal(answer.headers['etag'], sha(answer.body), 'a strong ETag, of these bytes')
      t.ok(DECODE[coding](answer.body).equals(plain.body), 'the same document')
      etags.set(coding, answer.headers['etag'] as string)

      const head = await ask(port, 'HEAD', path, [authorization, ...lines])
      t.equal(head.status, 200)
      t.equal(head.body.length, 0)
      for (const header of [
        'etag',
        'content-encoding',
        'content-length',
        'content-type',
        'vary',
        'cache-control',
      ])
        t.equal(head.headers[header], answer.headers[header], `HEAD: ${header}`)

      for (const method of ['GET', 'HEAD']) {
        const known = await ask(port, method, path, [
          authorization,
          ...lines,
          `If-None-Match: ${answer.headers['etag']}`,
        ])
        t.equal(known.status, 304, name)
        t.equal(known.body.length, 0)
        t.equal(known.headers['etag'], answer.headers['etag'])
        t.equal(known.headers['vary'], 'Accept-Encoding')
        t.equal(known.headers['content-encoding'], undefined)
        t.equal(known.headers['cache-control'], answer.headers['cache-control'])
      }
      const ranged = await ask(port, 'GET', path, [
        authorization,
        ...lines,
        'Range: bytes=0-9',
        `If-Range: ${answer.headers['etag']}`,
      ])
      t.equal(ranged.status, 200, 'a range is ignored')
      t.equal(ranged.headers['content-range'], undefined)
      t.ok(ranged.body.equals(answer.body))
    }
    t.equal(new Set(etags.values()).size, 3, 'an ETag for each coding')
    for (const [coding, etag] of etags) {
      for (const other of [...etags.keys()].filter((one) => one !== coding)) {
        const lines = [authorization, `Accept-Encoding: ${other}`, `If-None-Match: ${etag}`]
        t.equal((await ask(port, 'GET', path, lines)).status, 200, `${etag} is not of ${other}`)
      }
    }
    const pictures = await ask(port, 'GET', '/docs/static/favicon-32x32.png', [
      authorization,
      'Accept-Encoding: gzip, br',
    ])
    t.equal(pictures.headers['content-encoding'], undefined, 'pictures are compressed already')

    for (const etag of [...etags.values(), '*']) {
      for (const [lines] of ACCEPTED) {
        const anonymous = await ask(port, 'GET', path, [...lines, `If-None-Match: ${etag}`])
        t.equal(anonymous.status, 401, `anonymous with the ETag: ${path}`)
        t.equal(anonymous.headers['content-encoding'], undefined)
        t.equal(anonymous.headers['vary'], undefined, 'looks like everything else')
      }
    }
  }
})

t.test('a large document is sent plain at first, and with a coding when that is ready', async (t) => {
  const app = await testApp(t, { gate: { docs: { source: LARGE } } })
  const { bearer } = await logIn(app)
  const port = await listen(app)
  const read = (path: string, accept: string) =>
    ask(port, 'GET', path, [`Authorization: ${bearer}`, `Accept-Encoding: ${accept}`])
  const first = await read('/openapi.json', 'gzip, br')
  t.equal(first.headers['content-encoding'], undefined)
  t.same(JSON.parse(first.body.toString()), LARGE)
  const coded = await read('/openapi.json', 'br, identity;q=0')
  t.equal(coded.headers['content-encoding'], 'br', 'who takes nothing else waits')
  t.ok(brotliDecompressSync(coded.body).equals(first.body))
  t.ok(coded.body.length < first.body.length / 10)
  t.same(await read('/openapi.json', 'gzip, br'), { ...(await read('/openapi.json', 'br')) })
  t.equal((await read('/openapi.json', 'gzip, br')).headers['content-encoding'], 'br')
  const [a, b] = await Promise.all([read('/openapi.yaml', 'identity'), read('/openapi.yaml', 'identity')])
  t.same(parse(a.body.toString()), LARGE)
  t.ok(a.body.equals(b.body))
})

t.test(
  'values of other plugins in Vary stay, and @fastify/compress leaves the gate’s codings alone',
  async (t) => {
    const coded: string[] = []
    const app = await testApp(t, {
      before: async (app) => {
        await app.register(fastifyCors, { origin: ['https://a.example', 'https://b.example'] })
        app.addHook('onRequest', async (_request, reply) => {
          reply.header('vary', 'X-Tenant')
        })
        app.addHook('onRoute', ({ method, url, ...route }) => {
          if ((route as { compress?: unknown }).compress === false) coded.push(`${[method].flat()} ${url}`)
        })
      },
    })
    const { bearer: authorization } = await logIn(app)
    const { headers } = await app.inject({
      url: '/openapi.json',
      headers: { authorization, origin: 'https://a.example' },
    })
    t.equal(headers['vary'], 'X-Tenant, Accept-Encoding')
    for (const url of FILES) t.ok(coded.includes(`GET,HEAD ${url}`), url)
  },
)

t.test('the first reader of a document that was known at registration gets it compressed', async (t) => {
  const app = await testApp(t, { gate: { docs: { source: LARGE } } })
  const { bearer } = await logIn(app)
  const json = Buffer.from(JSON.stringify(LARGE))
  const { encode } = encoder
  const codings: string[] = []
  const made: Promise<unknown>[] = []
  t.intercept(encoder, 'encode', {
    value: (encoding: Encoding, bytes: Uint8Array) => {
      const pending = encode(encoding, bytes)
      if (json.equals(bytes)) codings.push(encoding)
      if (json.equals(bytes)) made.push(pending.encoded)
      return pending
    },
  })
  const port = await listen(app)
  await until(() => codings.length === 2)
  t.same(codings, ['br', 'gzip'], 'after listen, and before anybody asks')
  await Promise.all(made)
  const lines = [`Authorization: ${bearer}`, 'Accept-Encoding: gzip, deflate, br']
  const { headers, body } = await ask(port, 'GET', '/openapi.json', lines)
  t.equal(headers['content-encoding'], 'br')
  t.same(JSON.parse(brotliDecompressSync(body).toString()), LARGE)
})

t.test('YAML that cannot be made now is 503 with Retry-After, as a page in a browser', async (t) => {
  const paths = { ...LARGE.paths, '/large': { get: { description: 'x'.repeat(200_000), responses: {} } } }
  const app = await testApp(t, { gate: { docs: { source: { ...LARGE, paths } } } })
  const { bearer: authorization } = await logIn(app)
  const url = '/openapi.yaml'
  const json = await app.inject({ url: '/openapi.json', headers: { authorization } })
  t.equal(json.statusCode, 200)
  // So much waits for the thread that there is no room.
  const waiting = [SMALL_BYTES + 1, MAX_WAITING_BYTES].map((bytes) =>
    encoder.encode('gzip', Buffer.alloc(bytes)),
  )
  const program = await app.inject({ url, headers: { authorization } })
  t.equal(program.statusCode, 503)
  t.match(program.headers, { 'retry-after': '2', 'cache-control': 'no-store' })
  t.match(program.json(), { code: 'DOCS_GATE_BUSY', message: /still being prepared/ })
  const page = await app.inject({ url, headers: { ...NAVIGATION, authorization } })
  t.equal(page.statusCode, 503)
  t.match(page.headers, { 'retry-after': '2', 'content-type': /^text\/html/, 'cache-control': 'no-store' })
  t.match(page.body, 'This document is large and still being prepared.')
  for (const { expedite } of waiting) expedite()
  await Promise.all(waiting.map(({ encoded }) => encoded))
  const yaml = await app.inject({ url, headers: { authorization } })
  t.equal(yaml.statusCode, 200)
  t.same(parse(yaml.body), JSON.parse(json.body))
})
