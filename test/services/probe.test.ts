import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import fastifyCors from '@fastify/cors'
import type { FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { run } from '../../lib/cli/run.ts'
import type { DocsGateOptions } from '../../plugins/index.ts'
import { fakeIo } from '../fake-io.ts'
import { listen, testApp } from '../helper.ts'
import { fromRecipe, PLANTED, RECIPES } from '../recipes.ts'

async function probe(url: string) {
  const io = fakeIo()
  const code = await run(['probe', url], io, '1.2.3')
  return { code, output: io.output(), errors: io.errors() }
}

const FOLDER = {
  'index.html': '<p>hello</p>',
  'openapi.yaml': `openapi: 3.0.3\ninfo: { title: ${PLANTED}, version: '1' }\npaths: {}\n`,
}

/** Of each recipe, lines that the probe has to print. */
const HOLES: Readonly<Record<string, readonly RegExp[]>> = {
  'no guard at all': [/^GET \/docs\/json +200 +gives an API document$/m, /^GET \/docs +200 +gives a page/m],
  'uiHooks with basic-auth': [
    /^GET \/documentation\/static\/swagger-ui\.css +200 +gives a file/m,
    /^GET \/documentation\/static\/csp\.json +200 +reveals that it exists \(a neighbouring path answers 404\)$/m,
    /^GET \/documentation\/json +401 +reveals that it exists \(a neighbouring path answers 404\)$/m,
  ],
  'uiHooks with jwt': [/^GET \/docs\/static\/swagger-ui-bundle\.js +200 +gives a file/m],
  'uiHooks and baseDir': [/^GET \/docs\/static\/openapi\.yaml +200 +gives an API document$/m],
  'a hook that uiHooks does not know': [/^GET \/docs\/yaml +200 +gives an API document$/m],
  'a hand-made route over app.swagger()': [/^GET \/api\/openapi\.json +200 +gives an API document$/m],
  'a check of the URL on the root': [
    /^GET \/%64ocs\/json +200 +gives an API document$/m,
    /^GET \/%64ocs +200 +gives a page/m,
    /^GET \*docs\/json +200 +gives an API document$/m,
    /^GET http:\/\/127\.0\.0\.1:\d+\/docs\/json +200 +gives an API document$/m,
  ],
  'a guard that is not there yet, because its plugin was not awaited': [
    /^GET \/documentation\/json +200 +gives an API document$/m,
  ],
  'a guard that says 401 and goes on': [/^GET \/docs\/json +401 +gives an API document$/m],
  'a guarded scope, which says of what is not there that it is not': [
    /^GET \/docs\/json +401 +reveals that it exists \(a neighbouring path answers 404\)$/m,
  ],
}

const ROUTERS: Readonly<Record<string, readonly [FastifyServerOptions, RegExp]>> = {
  ignoreDuplicateSlashes: [
    { routerOptions: { ignoreDuplicateSlashes: true } },
    /^GET \/\/docs +200 +gives a page/m,
  ],
  'caseSensitive: false': [{ routerOptions: { caseSensitive: false } }, /^GET \/DOCS +200 +gives a page/m],
}

t.test('the holes of every stock recipe are found', async (t) => {
  t.strictSame(Object.keys(HOLES), Object.keys(RECIPES))
  for (const [name, lines] of Object.entries(HOLES)) {
    const app = await fromRecipe(name, t.testdir(FOLDER))
    const { code, output, errors } = await probe(`http://127.0.0.1:${await listen(app)}`)
    await app.close()
    t.equal(code, 1, name)
    t.equal(errors, '', name)
    for (const line of lines) t.match(output, line, name)
    t.match(
      output,
      /^Open: http:\S+ gives its documentation away to \d+ requests?\. It was asked [\d,]+ times\.$/m,
    )
  }
})

t.test('the spellings that a router makes equal get past a check of the URL, and are found', async (t) => {
  for (const [name, [server, line]] of Object.entries(ROUTERS)) {
    const app = await fromRecipe('a check of the URL on the root', t.testdir(FOLDER), server)
    const { code, output } = await probe(`http://127.0.0.1:${await listen(app)}`)
    await app.close()
    t.equal(code, 1, name)
    t.match(output, line, name)
  }
})

async function gated(
  t: Test,
  gate: Partial<DocsGateOptions>,
  server: Omit<FastifyServerOptions, 'logger'>,
  after = false,
) {
  const app = await testApp(t, {
    gate,
    server,
    after: (inner) => after && inner.register(fastifyCors),
  })
  // Each request is one to look at, and 1,500 of them are.
  return `http://127.0.0.1:${await listen(app)}`
}

t.test('nothing is found in a gate, however it is set up and wherever the probe starts', async (t) => {
  const everything = {
    ignoreTrailingSlash: true,
    ignoreDuplicateSlashes: true,
    caseSensitive: false,
    useSemicolonDelimiter: true,
  }
  const cases: readonly (readonly [
    string,
    string,
    Partial<DocsGateOptions>,
    FastifyServerOptions,
    boolean?,
  ])[] = [
    ['the defaults', '', {}, {}],
    ['from its page', '/docs', {}, {}],
    ['from its document', '/openapi.json', {}, {}],
    ['a router that takes every spelling', '', {}, { routerOptions: everything } as FastifyServerOptions],
    ['no HEAD routes', '', { login: { mode: 'form' } }, { exposeHeadRoutes: false }],
    ['other paths', '', { docs: { path: '/documentation', spec: '/api-docs', scopes: ['admin'] } }, {}],
    ['other paths, below the page', '/api/docs', { docs: [{ path: '/api/docs' }, { path: '/swagger' }] }, {}],
    ['the CORS of the host', '', {}, {}, true],
  ]
  for (const [name, path, gate, server, hasCors] of cases) {
    const { code, output, errors } = await probe((await gated(t, gate, server, hasCors)) + path)
    t.equal(code, 0, `${name}: ${output}`)
    t.equal(errors, '', name)
    const [, asked = ''] =
      /^Nothing found at [\d,]+ places of http:\S+\. It was asked ([\d,]+) times\.\n$/.exec(output) ?? []
    const times = Number(asked.replace(',', ''))
    t.ok(times > 900 && times <= 2000, `${name}: asked ${asked} times`)
  }
})

t.test('a service that is not there, or speaks no HTTP, is none that is closed: exit code 2', async (t) => {
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .resume()
      .end('SSH-2.0-x\r\n')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const mute = await probe(`http://127.0.0.1:${port}`)
  t.match(mute, { code: 2, output: '', errors: /^docs-gate: http:\S+ did not answer often enough to tell\./ })
  const noTls = await probe(`https://127.0.0.1:${port}`)
  t.match(noTls, { code: 2, output: '', errors: /^docs-gate: https:\S+ cannot be asked: \S/ })
  await new Promise((resolve) => server.close(resolve))
  for (const host of ['127.0.0.1', 'localhost'])
    t.match(await probe(`http://${host}:${port}`), {
      code: 2,
      output: '',
      errors: /cannot be asked: .*ECONNREFUSED/,
    })
})
