import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { FORM, logIn, type TestAppOptions, testApp, USERS } from '../helper.ts'

const TRUSTED = 'https://app.example.com'
const OF_HOST = 'https://of-the-host.example'
const STRANGERS = [
  'https://evil.example',
  'null',
  `${TRUSTED}.evil.example`,
  `${TRUSTED}:443`,
  'http://app.example.com',
  '*',
]

const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
}
const ROUTES = { '/auth/token': 'POST', '/auth/revoke': 'POST', '/auth/me': 'GET' } as const

const GRANT = 'grant_type=password&username=johndoe&password='

type Answer = Awaited<ReturnType<FastifyInstance['inject']>>

const corsOf = ({ headers }: Answer) => ({
  origin: headers['access-control-allow-origin'],
  credentials: headers['access-control-allow-credentials'],
})

const OPEN = { origin: TRUSTED, credentials: 'true' }
const SHUT = { origin: undefined, credentials: undefined }

const variesOnce = (t: Test, { headers }: Answer, message: string): void => {
  const fields = String(headers['vary'])
    .split(', ')
    .filter((field) => field.toLowerCase() === 'origin')
  t.equal(fields.length, 1, `${message}: Vary: ${headers['vary']}`)
}

const cors = (app: FastifyInstance) =>
  app.register(fastifyCors, { origin: [OF_HOST], credentials: true, maxAge: 5 })

const HOSTS: Readonly<Record<string, Omit<TestAppOptions, 'gate'>>> = {
  'no CORS of the host': {},
  '@fastify/cors before the gate': { before: cors },
  '@fastify/cors after the gate': { after: cors },
  '@fastify/cors for every origin': { before: (app) => app.register(fastifyCors, { origin: '*' }) },
  '@fastify/helmet': { before: (app) => app.register(fastifyHelmet) },
}

const trusting = (t: Test, host: Omit<TestAppOptions, 'gate'> = {}, gate: TestAppOptions['gate'] = {}) =>
  testApp(t, { ...host, gate: { trustedOrigins: [TRUSTED, 'https://other.example'], ...gate } })

t.test('pages of a trusted origin read token, me and revoke, and no others do', async (t) => {
  for (const [name, host] of Object.entries(HOSTS)) {
    const app = await trusting(t, host)
    const post = (url: string, origin: string, payload: string) =>
      app.inject({
        method: 'POST',
        url,
        headers: { ...FORM, origin, 'sec-fetch-site': 'same-site' },
        payload,
      })

    const granted = await post('/auth/token', TRUSTED, `${GRANT}secret`)
    t.equal(granted.statusCode, 200, name)
    t.strictSame(corsOf(granted), OPEN, name)
    variesOnce(t, granted, name)
    const { access_token: token } = granted.json()
    const me = (origin: string) =>
      app.inject({ url: '/auth/me', headers: { origin, authorization: `Bearer ${token}` } })
    t.strictSame(corsOf(await me(TRUSTED)), OPEN, name)
    t.equal((await me(TRUSTED)).json().username, 'johndoe', name)
    for (const origin of [...STRANGERS, OF_HOST]) {
      const answer = await me(origin)
      t.strictSame(corsOf(answer), SHUT, `${name}: ${origin}`)
      variesOnce(t, answer, `${name}: ${origin}`)
      t.strictSame(corsOf(await post('/auth/token', origin, `${GRANT}secret`)), SHUT, `${name}: ${origin}`)
    }
    const revoked = await post('/auth/revoke', TRUSTED, `token=${token}`)
    t.equal(revoked.statusCode, 200, name)
    t.strictSame(corsOf(revoked), OPEN, name)
    t.equal((await me(TRUSTED)).statusCode, 401, name)

    const { cookie } = await logIn(app)
    for (const url of [
      '/auth/login',
      '/auth/logout',
      '/auth/logged-out',
      '/docs',
      '/openapi.json',
      '/auth/style.css',
    ]) {
      const answer = await app.inject({ url, headers: { origin: TRUSTED, cookie } })
      t.strictSame(corsOf(answer), SHUT, `${name}: ${url}`)
    }
  }
})

t.test('what is refused can be read too', async (t) => {
  const busy = { verify: async () => Promise.reject(new Error('down')) }
  const table: [status: number, gate: TestAppOptions['gate'], payload: string, headers: object][] = [
    [400, {}, `${GRANT}wrong`, {}],
    [400, {}, 'nonsense', {}],
    [400, {}, GRANT, { 'content-type': 'application/json' }],
    [413, {}, `${GRANT}${'x'.repeat(20_000)}`, {}],
    [503, { users: busy }, `${GRANT}secret`, {}],
  ]
  for (const [status, gate, payload, more] of table) {
    const app = await trusting(t, {}, gate)
    const headers = { ...FORM, origin: TRUSTED, ...more }
    const answer = await app.inject({ method: 'POST', url: '/auth/token', headers, payload })
    t.equal(answer.statusCode, status)
    t.strictSame(corsOf(answer), OPEN, String(status))
  }
  const app = await trusting(t, {
    before: (app) =>
      app.setErrorHandler((error, _request, reply) =>
        reply.code(418).send({ problem: (error as Error).name }),
      ),
  })
  const stranger = await app.inject({ url: '/auth/me', headers: { origin: TRUSTED } })
  t.equal(stranger.statusCode, 418)
  t.strictSame(corsOf(stranger), OPEN, "401, in the host's words")

  const throttled = await trusting(t, {}, { users: USERS })
  let last: Answer | undefined
  for (let i = 0; i < 7; i++) {
    const headers = { ...FORM, origin: TRUSTED }
    last = await throttled.inject({ method: 'POST', url: '/auth/token', headers, payload: `${GRANT}wrong` })
  }
  t.equal(last?.statusCode, 429)
  t.strictSame(corsOf(last as Answer), OPEN)
  t.match(last?.headers['access-control-expose-headers'], 'Retry-After')
})

t.test('preflights of trusted origins are answered, those of others as ever', async (t) => {
  for (const [name, host] of Object.entries(HOSTS)) {
    const [app, plain] = [await trusting(t, host), await testApp(t, host)]
    for (const [url, method] of Object.entries(ROUTES)) {
      const ask = (app: FastifyInstance, origin: string) =>
        app.inject({ method: 'OPTIONS', url, headers: { ...PREFLIGHT, origin } })
      const answer = await ask(app, TRUSTED)
      t.equal(answer.statusCode, 204, `${name}: ${url}`)
      t.equal(answer.body, '')
      t.strictSame(corsOf(answer), OPEN, `${name}: ${url}`)
      t.equal(answer.headers['access-control-allow-methods'], method)
      t.equal(answer.headers['access-control-allow-headers'], 'Authorization, Content-Type')
      variesOnce(t, answer, `${name}: ${url}`)

      for (const origin of [...STRANGERS, OF_HOST]) {
        const [mine, today] = [await ask(app, origin), await ask(plain, origin)]
        t.equal(mine.statusCode, today.statusCode, `${name}: ${origin} ${url}`)
        t.strictSame(corsOf(mine), corsOf(today), `${name}: ${origin} ${url}`)
      }
      const bare = await app.inject({ method: 'OPTIONS', url, headers: { origin: TRUSTED } })
      const today = await plain.inject({ method: 'OPTIONS', url, headers: { origin: TRUSTED } })
      t.equal(bare.statusCode, today.statusCode, `${name}: no preflight ${url}`)
    }
    const other = await app.inject({
      method: 'OPTIONS',
      url: '/auth/login',
      headers: { ...PREFLIGHT, origin: TRUSTED },
    })
    t.not(other.headers['access-control-allow-origin'], TRUSTED, name)
  }
})

t.test('a guard on the root lets preflights pass, and null is no origin to trust', async (t) => {
  const app = await trusting(t, { after: (app) => void app.addHook('onRequest', app.authenticate) })
  const answer = await app.inject({
    method: 'OPTIONS',
    url: '/auth/token',
    headers: { ...PREFLIGHT, origin: TRUSTED },
  })
  t.equal(answer.statusCode, 204)
  for (const origin of ['null', '*', 'https://*.example.com'])
    await t.rejects(testApp(t, { gate: { trustedOrigins: [origin] } }), { code: 'DOCS_GATE_OPTIONS' }, origin)
})
