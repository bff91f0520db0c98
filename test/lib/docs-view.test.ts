import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { type Encoded, type Encoding, encode } from '../../lib/docs/encoding/encode.ts'
import type { End, Job, JobResult } from '../../lib/docs/encoding/encode-worker.ts'
import {
  createEncoder,
  type Encoder,
  EncoderFullError,
  SMALL_BYTES,
} from '../../lib/docs/encoding/encoder.ts'
import { jsonSlices, representJson, representSlices } from '../../lib/docs/encoding/json-slices.ts'
import { createResource, resourceResponse } from '../../lib/docs/encoding/resource.ts'
import { createReaderViews } from '../../lib/docs/view/reader-views.ts'
import { createView, type View } from '../../lib/docs/view/view.ts'
import { createViewCache } from '../../lib/docs/view/view-cache.ts'
import { represent } from '../../lib/http/representation.ts'
import { ExactNumber } from '../../lib/openapi/exact-number.ts'
import type { User } from '../../lib/session/user.ts'

const PETS = { openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths: {} }

const sha = (body: Uint8Array): string => `"${createHash('sha256').update(body).digest('base64url')}"`

/** A document of as many operations as asked for; 250 are 100 KB. */
function documentOf(operations: number): Record<string, unknown> & { paths: Record<string, unknown> } {
  const operation = (index: number) => ({
    summary: `Operation ${index} – “é”`,
    description: 'Of no use\n\n  but long. '.repeat(8),
    responses: {
      200: {
        description: 'Fine',
        content: { 'application/json': { schema: { $ref: `#/components/schemas/S${index}` } } },
      },
    },
  })
  const indexes = [...Array(operations).keys()]
  return {
    ...PETS,
    paths: Object.fromEntries(indexes.map((index) => [`/things/${index}`, { get: operation(index) }])),
    components: {
      schemas: Object.fromEntries(
        indexes.map((index) => [`S${index}`, { type: 'string', example: index % 2 ? 'yes' : null }]),
      ),
    },
  }
}

const LARGE = documentOf(250)
const DECODE = { br: brotliDecompressSync, gzip: gunzipSync }

/** An encoder that keeps each job until the test lets it go. */
function heldEncoder() {
  const jobs: { encoding: string; finish(): void; fail(error?: Error): void }[] = []
  const encoder: Encoder = {
    encode: (encoding, bytes) => ({
      encoded: new Promise((resolve, reject) => {
        jobs.push({
          encoding,
          finish: () => resolve(encode(encoding, bytes)),
          fail: (error = new Error('no')) => reject(error),
        })
      }),
      expedite() {},
    }),
  }
  return { encoder, jobs }
}

/** Encodes for somebody who waits. */
function awaited(encoder: Encoder, encoding: Encoding, bytes: Uint8Array): Promise<Encoded> {
  const { encoded, expedite } = encoder.encode(encoding, bytes)
  expedite()
  return encoded
}

/** Starts a thread of plain JavaScript: without what this runner loads into each. */
const plainWorker = (path: string) => () =>
  new Worker(pathToFileURL(path), { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } })

/** Without anybody to wait for them, neither the thread nor its jobs keep the process. */
function stayAlive(t: Test): void {
  const stay = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(stay))
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('a view holds one document as JSON and YAML, each with a strong ETag of its bytes', async (t) => {
  const shared = { type: 'object' }
  const document = {
    ...PETS,
    'x-a': shared,
    'x-b': shared,
    'x-text': 'ü: "no"\n- y',
    'x-yes': 'yes',
    x: undefined,
  }
  const view = createView(document)
  t.equal(view.title, 'Pets')
  t.equal(view.bytes, 0, 'nothing is made before somebody asks')
  const [json, yaml] = [await view.json(), await view.yaml()]
  t.equal(json.plain.contentType, 'application/json; charset=utf-8')
  t.equal(yaml.plain.contentType, 'application/yaml; charset=utf-8')
  t.equal(json.plain.body.toString(), JSON.stringify(document))
  t.same(parse(yaml.plain.body.toString()), JSON.parse(JSON.stringify(document)))
  t.notMatch(yaml.plain.body.toString(), /[&*]a\d/, 'no aliases')
  t.equal(await view.json(), json, 'the JSON is made once')
  t.equal(await view.yaml(), yaml, 'the YAML is made once')
  for (const { body, etag } of [json.plain, yaml.plain]) t.equal(etag, sha(body))
  t.not(json.plain.etag, yaml.plain.etag)
  t.equal(view.bytes, json.plain.body.length + yaml.plain.body.length)
  t.equal(
    (await createView({ ...document }).json()).plain.etag,
    json.plain.etag,
    'the same bytes, the same ETag',
  )
  t.equal(represent('x', 'text/plain').etag, represent(Buffer.from('x'), 'text/css').etag)
  t.same(createView({ servers: [{ url: 'https://a.example' }] }).connectSources, ['https://a.example'])
})

t.test('concurrent readers wait for the same bytes; a view that cannot be made is tried again', async (t) => {
  const view = createView(LARGE)
  const [a, b] = await Promise.all([view.json(), view.json()])
  t.equal(a, b)
  const document: Record<string, unknown> = { ...PETS }
  document['x-big'] = document
  const bad = createView(document)
  await t.rejects(bad.json(), TypeError)
  await t.rejects(bad.yaml(), TypeError)
  document['x-big'] = 1
  t.equal((await bad.json()).plain.body.toString(), JSON.stringify(document))
  t.match((await bad.yaml()).plain.body.toString(), 'x-big: 1')
})

t.test('JSON in slices is identical to the result of JSON.stringify', async (t) => {
  class Own {
    a = 1
    hidden = undefined
  }
  const many = (value: unknown) =>
    Object.fromEntries([...Array(4100).keys()].map((key) => [`k${key}`, value]))
  const values: object[] = [
    {},
    [],
    PETS,
    LARGE,
    many(1),
    many(undefined),
    many(() => 1),
    [many('x'), undefined, () => 1, Symbol('s'), new Date(0), null, Number.NaN, [], {}, many({ a: [1] })],
    {
      a: many(new Date(0)),
      b: undefined,
      c: 'ü\u2028\ud800"',
      7: 'first',
      toString: 'x',
      d: many([undefined]),
    },
    { own: Object.assign(new Own(), { many: many(1) }), n: Object.assign(Object.create(null), many(2)) },
    { toJSON: () => ({ instead: 1 }), many: many(1) },
    { long: 'x'.repeat(300_000), longer: ['y'.repeat(300_000)] },
    { undefined: undefined, all: many(undefined), last: { none: many(undefined) } },
    Object.assign([], { length: 5000 }),
  ]
  for (const [index, value] of values.entries()) {
    t.equal([...jsonSlices(value)].join(''), JSON.stringify(value), `value ${index}`)
  }
  t.ok([...jsonSlices(LARGE)].length > 20, 'in many slices')
  t.equal([...jsonSlices(PETS)].length, 1, 'what is small is one')
  fc.assert(
    fc.property(
      fc.object({ maxDepth: 3, withDate: true, withNullPrototype: true, withSparseArray: true }),
      (value) => {
        const padded = { ...many(value), value }
        return [...jsonSlices(padded)].join('') === JSON.stringify(padded)
      },
    ),
    { numRuns: 20 },
  )
  const exact = new ExactNumber('9223372036854775807')
  const odd = {
    big: 2n ** 64n,
    exact,
    list: [exact, [-1n], { n: exact, none: undefined }],
    __proto__: null,
    json: { toJSON: (key: string) => ({ key, n: 1n, toJSON: 2 }) },
    object: new (class {
      n = 1n
    })(),
    boxed: [Object(1), Object('a'), Object(false)],
    date: new Date(0),
  }
  const digits =
    '{"big":18446744073709551616,"exact":9223372036854775807,"list":[9223372036854775807,[-1],{"n":9223372036854775807}],' +
    '"json":{"key":"json","n":1,"toJSON":2},"object":{"n":1},"boxed":[1,"a",false],"date":"1970-01-01T00:00:00.000Z"}'
  t.equal([...jsonSlices(odd)].join(''), digits, 'numbers to the digit')
  t.equal([...jsonSlices({ toJSON: () => odd })].join(''), digits)
  const large = { many: many(odd), odd }
  t.equal(
    [...jsonSlices(large)].join(''),
    JSON.stringify({ many: many('ODD'), odd: 'ODD' }).replaceAll('"ODD"', digits),
    'in a large document too',
  )
  const circle: Record<string, unknown> = many(1)
  circle['self'] = circle
  t.throws(() => [...jsonSlices(circle)], TypeError)
})

t.test('the event loop stays free while a large document is made', async (t) => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  function* slow() {
    for (let i = 0; i < 20; i++) {
      const end = performance.now() + 6
      while (performance.now() < end);
      yield `${i};`
    }
  }
  const { body, etag } = await representSlices(slow(), 'text/plain')
  clearInterval(timer)
  t.ok(turns >= 15, `${turns} turns`)
  t.equal(body.toString(), [...Array(20).keys()].map((i) => `${i};`).join(''))
  t.equal(etag, sha(body))
})

t.test('large documents are made one after the other, and a failure does not stop the next', async (t) => {
  const order: string[] = []
  const named = (name: string) => {
    // Longer than a turn, so that another one would begin here.
    const slow = {
      toJSON() {
        order.push(name)
        for (const begun = performance.now(); performance.now() - begun < 20; );
      },
    }
    return { ...LARGE, 'x-first': slow, 'x-last': slow }
  }
  const circle: Record<string, unknown> = { ...LARGE }
  circle['x-circle'] = circle
  const bad = representJson(circle, 'text/plain')
  const [a, b, small] = ['a', 'b', 'small'].map((name) =>
    representJson(name === 'small' ? { x: { toJSON: () => order.push(name) } } : named(name), 'text/plain'),
  )
  await t.rejects(bad, TypeError)
  await Promise.all([a, b, small])
  t.same(order, ['small', 'a', 'a', 'b', 'b'])
})

t.test(
  'the first reader of a large document gets plain bytes, later ones the codings that were made meanwhile',
  async (t) => {
    const { encoder, jobs } = heldEncoder()
    let grown = 0
    const view = createView(LARGE, { encoder, grown: () => grown++ })
    const json = await view.json()
    t.equal(grown, 1)
    t.ok(json.plain.body.length > SMALL_BYTES)
    t.equal(await json.select('gzip, br'), json.plain)
    t.equal(await json.select('gzip, br'), json.plain, 'until it is there')
    t.same(
      jobs.map(({ encoding }) => encoding),
      ['br'],
      'made once, the best only',
    )
    t.equal(await json.select('gzip'), json.plain)
    t.same(
      jobs.map(({ encoding }) => encoding),
      ['br', 'gzip'],
    )
    t.equal(view.bytes, json.plain.body.length)
    jobs[1]?.finish()
    await turn()
    t.equal((await json.select('gzip, br'))?.contentCoding, 'gzip', 'what is there')
    jobs[0]?.finish()
    await turn()
    for (const coding of ['br', 'gzip'] as const) {
      const coded = await json.select(coding)
      t.match(coded, { contentCoding: coding, contentType: json.plain.contentType })
      t.same(DECODE[coding](coded?.body as Buffer), json.plain.body)
      t.equal(coded?.etag, sha(coded?.body as Buffer), 'an ETag of its own bytes')
    }
    t.equal((await json.select('gzip, br'))?.contentCoding, 'br')
    t.equal(grown, 3)
    t.ok(view.bytes > json.plain.body.length)
  },
)

t.test(
  'if a coding cannot be made, readers get the plain bytes, and YAML is made on the main thread',
  async (t) => {
    const { encoder, jobs } = heldEncoder()
    const view = createView(LARGE, { encoder })
    const json = await view.json()
    await json.select('br')
    jobs.pop()?.fail()
    await turn()
    t.equal(await json.select('br'), json.plain)
    t.equal(jobs.length, 0, 'not tried again')
    const refused = json.select('gzip;q=0.5, identity;q=0')
    jobs.pop()?.fail()
    t.equal(await refused, undefined)
    const yaml = view.yaml()
    await turn()
    jobs.pop()?.fail()
    t.same(parse((await yaml).plain.body.toString()), LARGE)
  },
)

t.test('the coding is the available one that the client prefers', async (t) => {
  const resource = createResource(represent('x'.repeat(2000), 'text/plain'))
  const cases: [string | undefined, string | undefined][] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0, gzip;q=0.1', 'gzip'],
    ['identity, br;q=0.9', 'identity'],
    ['zstd', 'identity'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=nonsense', 'identity'],
    ['gzip, identity;q=0', 'gzip'],
    ['*;q=0', undefined],
    ['identity;q=0', undefined],
    ['identity;q=0, *', 'br'],
    ['*;q=0, identity;q=0.1', 'identity'],
    ['zstd, *;q=0', undefined],
    [', ,;q=1', 'identity'],
  ]
  for (const [header, expected] of cases) {
    const selected = await resource.select(header)
    t.equal(selected && (selected.contentCoding ?? 'identity'), expected, `${header}`)
  }
})

t.test('a response names its coding, and is 406 only if no coding is acceptable', async (t) => {
  const resource = createResource(represent('x'.repeat(2000), 'text/plain'))
  const ask = (headers: Record<string, string>) =>
    resourceResponse(
      { method: 'GET', url: '/', protocol: 'http', host: 'h', ip: '', headers, raw: { rawHeaders: [] } },
      resource,
      { 'cache-control': 'private', vary: 'Accept-Encoding' },
    )
  const coded = await ask({ 'accept-encoding': 'gzip' })
  t.match(coded, { status: 200, headers: { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } })
  const { etag } = coded.headers as { etag: string }
  const known = { 'cache-control': 'private', vary: 'Accept-Encoding', etag }
  t.strictSame(await ask({ 'accept-encoding': 'gzip', 'if-none-match': etag }), {
    status: 304,
    headers: known,
  })
  t.match(await ask({ 'if-none-match': etag }), { status: 200 }, 'the ETag of another coding')
  t.strictSame(await ask({ 'accept-encoding': '*;q=0' }), {
    status: 406,
    headers: { 'cache-control': 'no-store', vary: 'Accept-Encoding' },
  })
})

t.test('the worker gives the same bytes as the main thread, awaited jobs first', async (t) => {
  stayAlive(t)
  const encoder = createEncoder()
  const json = Buffer.from(JSON.stringify(LARGE))
  const order: string[] = []
  const run = async (encoding: 'br' | 'gzip' | 'yaml') => {
    const made = await (encoding === 'yaml'
      ? awaited(encoder, encoding, json)
      : encoder.encode(encoding, json).encoded)
    order.push(encoding)
    const here = encode(encoding, json)
    t.equal(Buffer.compare(made.body, here.body), 0, encoding)
    t.equal(made.etag, here.etag)
  }
  await Promise.all([run('br'), run('gzip'), run('yaml')])
  t.same(order, ['br', 'yaml', 'gzip'])
  const bad = Buffer.from(`{${' '.repeat(SMALL_BYTES)}`)
  await t.rejects(awaited(encoder, 'yaml', bad), SyntaxError)
  await run('gzip')
  t.equal(gunzipSync((await awaited(encoder, 'gzip', Buffer.from('small'))).body).toString(), 'small')
})

t.test('a job that is awaited later comes first from then on', async (t) => {
  stayAlive(t)
  const encoder = createEncoder()
  const bytes = Buffer.alloc(SMALL_BYTES + 1)
  const order: number[] = []
  const jobs = [1, 2, 3].map((number) => {
    const { encoded, expedite } = encoder.encode('gzip', bytes)
    return { done: encoded.then(() => order.push(number)), expedite }
  })
  jobs[2]?.expedite()
  await Promise.all(jobs.map(({ done }) => done))
  t.same(order, [1, 3, 2])
})

t.test('the bytes that wait for the worker are limited; a job that was refused is tried again', async (t) => {
  stayAlive(t)
  const encoder = createEncoder({ maxWaitingBytes: 3 * SMALL_BYTES })
  const bytes = Buffer.alloc(SMALL_BYTES + 1)
  const jobs = [1, 2, 3].map(() => encoder.encode('br', bytes).encoded)
  await t.rejects(encoder.encode('br', bytes).encoded, EncoderFullError)
  const resource = createResource(represent(bytes, 'text/plain'), { encoder })
  t.equal(await resource.select('br'), resource.plain)
  const view = createView(LARGE, { encoder })
  t.same(parse((await view.yaml()).plain.body.toString()), LARGE, 'what is not large is made here')
  await Promise.all(jobs)
  while ((await resource.select('br')) === resource.plain) await turn()
  t.equal((await resource.select('br'))?.contentCoding, 'br')
})

t.test('a process ends when its awaited bytes are ready, and not before', async (t) => {
  const folder = t.testdir({
    'late.mjs': `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', (job) => {
        if (job === 'end') return parentPort.close()
        setTimeout(() => parentPort.postMessage({ body: new Uint8Array(1), etag: 'e' }), 200)
      })`,
  })
  const script = `
    const { createEncoder } = await import(${JSON.stringify(new URL('../../lib/docs/encoding/encoder.ts', import.meta.url).href)})
    const { Worker } = await import('node:worker_threads')
    const start = () => new Worker(new URL(${JSON.stringify(pathToFileURL(`${folder}/late.mjs`).href)}), { execArgv: [], env: {} })
    const { encode } = createEncoder({ start })
    const bytes = Buffer.alloc(100_000)
    void encode('br', bytes)
    const yaml = encode('yaml', bytes)
    if (process.argv[1] === 'awaited') yaml.expedite()
    await yaml.encoded
    console.log('made')`
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '-e', script, ...args], {
      encoding: 'utf8',
    })
  t.match(run('awaited'), { status: 0, stdout: 'made\n' })
  t.equal(run('unawaited').stdout, '', 'nobody waits: the process may end')
})

t.test('a request for YAML that takes long gets 503 with a time to retry, and the YAML then', async (t) => {
  const { encoder, jobs } = heldEncoder()
  const view = createView(documentOf(1000), { encoder, patienceMilliseconds: 20 })
  const busy = { code: 'DOCS_GATE_BUSY', statusCode: 503, retryAfterSeconds: 2 }
  const first = view.yaml()
  await t.rejects(first, busy)
  await t.rejects(view.yaml(), busy, 'the next one too')
  t.equal(jobs.length, 1, 'made once')
  jobs.pop()?.finish()
  const yaml = await view.yaml()
  t.equal(yaml.plain.contentType, 'application/yaml; charset=utf-8')

  const failing = createView(documentOf(1000), { encoder })
  const refused = failing.yaml()
  while (jobs.length === 0) await turn()
  jobs.pop()?.fail()
  await t.rejects(refused, { ...busy, cause: { message: 'no' } }, 'a large one is never made here')
})

t.test('a document that is known at registration has its codings before the first request', async (t) => {
  stayAlive(t)
  const views = createViewCache()
  const load = async () => ({ document: LARGE, requiresScopes: false, scopesOf: () => [] })
  const viewOf = createReaderViews({ name: 'docs', load, visible: undefined, views })
  await viewOf.prepare()
  const user = { username: 'johndoe', issuer: 'i', subject: 's', scopes: [] } as unknown as User
  const json = await (await viewOf(user)).json()
  const { length } = json.plain.body
  while ((await viewOf(user)).bytes < length + 1) await turn()
  t.equal((await json.select('br'))?.contentCoding, 'br', 'the first reader gets Brotli')
  while ((await json.select('gzip'))?.contentCoding !== 'gzip') await turn()

  let asked = 0
  const visible = () => ++asked > 0
  const filtered = createReaderViews({ name: 'filtered', load, visible, views })
  await filtered.prepare()
  t.equal(asked, 0, 'who will read what is not known')
})

t.test('the worker replies to each job, also with errors, until it is told to end', async (t) => {
  const file = new URL('../../lib/docs/encoding/encode-worker.ts', import.meta.url)
  const worker = new Worker(file)
  const ask = async (job: Job | End) => {
    worker.postMessage(job)
    return ((await once(worker, 'message')) as [JobResult])[0]
  }
  const { body, etag } = (await ask({ encoding: 'gzip', bytes: Buffer.from('text') })) as Encoded
  t.equal(gunzipSync(body).toString(), 'text')
  t.equal(etag, sha(body))
  t.match(await ask({ encoding: 'yaml', bytes: Buffer.from('{') }), { error: SyntaxError })
  worker.postMessage('end' satisfies End)
  t.same(await once(worker, 'exit'), [0])
})

t.test('the worker ends when it is idle, and another one starts on demand', async (t) => {
  stayAlive(t)
  const folder = t.testdir({
    'named.mjs': `import { parentPort, threadId } from 'node:worker_threads'
      parentPort.on('message', (job) => {
        if (job === 'end') parentPort.close()
        else parentPort.postMessage({ body: job.bytes, etag: String(threadId) })
      })`,
  })
  const encoder = createEncoder({ start: plainWorker(`${folder}/named.mjs`), idleMilliseconds: 1 })
  const bytes = Buffer.alloc(SMALL_BYTES + 1)
  const threadOf = async () => (await awaited(encoder, 'gzip', bytes)).etag
  t.equal(new Set(await Promise.all([threadOf(), threadOf(), threadOf()])).size, 1, 'one for all')
  const first = await threadOf()
  let next = first
  for (let tries = 0; next === first && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    next = await threadOf()
  }
  t.not(next, first)
})

t.test('jobs of a failed worker are rejected, and the next job starts another worker', async (t) => {
  stayAlive(t)
  const folder = t.testdir({
    'throws.mjs': 'throw new Error("broken")',
    'exits.mjs': 'process.exit(3)',
    'dies.mjs':
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new Error("broken") })',
    'once.mjs': `import { parentPort } from "node:worker_threads"
      parentPort.once("message", () => { parentPort.postMessage({ body: new Uint8Array(1), etag: "e" }); setTimeout(() => process.exit(), 50) })`,
  })
  const worker = (name: string) => plainWorker(`${folder}/${name}`)
  const bytes = Buffer.alloc(SMALL_BYTES + 1)
  for (const start of [
    worker('throws.mjs'),
    worker('exits.mjs'),
    worker('dies.mjs'),
    worker('absent.mjs'),
    () => new Worker(new URL('http://127.0.0.1/x.js')),
  ]) {
    const encoder = createEncoder({ start })
    const [warning] = await Promise.all([
      once(process, 'warning'),
      t.rejects(awaited(encoder, 'gzip', bytes), String(start)),
      t.rejects(awaited(encoder, 'br', bytes), 'the next one is tried, too'),
    ])
    t.match(warning[0], { message: /^docs-gate: the thread that compresses documents failed: / })
  }
  const encoder = createEncoder({ start: worker('once.mjs') })
  t.equal((await awaited(encoder, 'gzip', bytes)).etag, 'e')
  await once(process, 'warning')
  t.equal((await awaited(encoder, 'gzip', bytes)).etag, 'e', 'another thread after one that ended by itself')
  const view = createView(LARGE, { encoder: createEncoder({ start: worker('throws.mjs') }) })
  t.same(parse((await view.yaml()).plain.body.toString()), LARGE)
})

t.test('views are cached by key, limited in number and bytes, least recently used first out', async (t) => {
  const made: string[] = []
  const growing = new Map<string, () => void>()
  const sizes = new Map<string, number>()
  const cache = createViewCache({ maxViews: 3, maxBytes: 100 })
  const get = (key: string, bytes = 0) =>
    cache.get(key, async (grown) => {
      made.push(key)
      growing.set(key, grown)
      sizes.set(key, bytes)
      return {
        get bytes() {
          return sizes.get(key)
        },
      } as View
    })
  const first = await get('a')
  t.equal(await get('a'), first)
  for (const key of ['b', 'c', 'a', 'd']) await get(key)
  t.same(made, ['a', 'b', 'c', 'd'])
  await get('b')
  t.same(made, ['a', 'b', 'c', 'd', 'b'], 'b had to go, not a, which was read later')
  made.length = 0
  sizes.set('b', 60).set('d', 60)
  growing.get('b')?.()
  for (const key of ['b', 'a', 'd']) await get(key)
  t.same(made, ['a', 'd'], 'too many bytes: the ones before b went')
  made.length = 0
  await get('huge', 1000)
  await get('huge')
  t.same(made, ['huge'], 'one may be larger')
  await get('b')
  await get('huge')
  t.same(made, ['huge', 'b', 'huge'])
  const usual = createViewCache()
  const view = createView(PETS)
  t.equal(await usual.get('all', async () => view), view)
})

t.test('a view is made once for concurrent requests, and again if that failed', async (t) => {
  const cache = createViewCache()
  let tries = 0
  const ask = () =>
    cache.get('a', async () => {
      tries++
      if (tries === 1) throw new Error('not yet')
      return createView(PETS)
    })
  const failed = await Promise.allSettled([ask(), ask()])
  t.strictSame(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  t.equal(tries, 1)
  const [first, second] = await Promise.all([ask(), ask()])
  t.equal(first, second)
  t.equal(tries, 2)
})

t.test('a request that waits for a view gets it even if the cache has removed it', async (t) => {
  const cache = createViewCache({ maxViews: 1 })
  const reading = (await cache.get('a', async (grown) => createView(LARGE, { grown }))).json()
  await cache.get('b', async (grown) => createView(PETS, { grown }))
  t.same(JSON.parse((await reading).plain.body.toString()), LARGE)
})
