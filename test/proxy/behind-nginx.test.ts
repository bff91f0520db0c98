import { join } from 'node:path'
import t from 'tap'
import { serving } from '../command.ts'
import { basic, cookieHeader, FORM, HASHES, listen, NAVIGATION, rawRequest, testApp } from '../helper.ts'
import { nginx, withoutNginx } from '../nginx.ts'

const skip = withoutNginx()

// Spelled so that a proxy that normalizes, or two of them, make `/auth/logout` of it.
const PAYLOADS = [
  '/.%2fauth/logout',
  '/docs;/..%2fauth/logout',
  '/docs%2f..%2fauth%2flogout',
  '/docs/..%2fauth%2flogout',
  '/%2561uth/logout',
  '/docs%252f..%252fauth%252flogout',
  '/docs/%252e%252e/auth/logout',
]

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly cookie: string
}

/** A browser's navigation, to a path as it is spelled: a client would resolve what a browser resolves. */
async function go(port: number, path: string, cookie = '', form?: Record<string, string>): Promise<Answer> {
  const body = form ? new URLSearchParams(form).toString() : ''
  const headers = {
    ...NAVIGATION,
    'sec-fetch-site': 'same-origin',
    host: 'localhost',
    connection: 'close',
    ...(cookie !== '' && { cookie }),
    ...(form && { ...FORM, 'content-length': String(body.length) }),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const answer = await rawRequest(
    port,
    `${form ? 'POST' : 'GET'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`,
  )
  const [head = ''] = answer.split('\r\n\r\n', 1)
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    location: /^location: (.*)$/im.exec(head)?.[1]?.trim(),
    cookie: cookieHeader([...head.matchAll(/^set-cookie: (.*)$/gim)].map(([, value]) => value as string)),
  }
}

t.test('no returnTo logs out whoever signs in behind an nginx that normalizes paths', { skip }, async (t) => {
  const app = await testApp(t, { gate: { login: { mode: 'form' } } })
  const gate = await listen(app)
  const { port: once } = await nginx(t, `location / { proxy_pass http://127.0.0.1:${gate}/; }`)
  // A common mistake, which hands on the path decoded: the next proxy decodes it again.
  const { port: twice } = await nginx(t, `location / { proxy_pass http://127.0.0.1:${once}$uri; }`)
  const reached = new Set<string>()
  const signIn = (port: number, returnTo: string) =>
    go(port, '/auth/login', '', { username: 'johndoe', password: 'secret', returnTo })

  for (const port of [once, twice]) {
    for (const payload of PAYLOADS) {
      const { status, location, cookie } = await signIn(port, payload)
      t.strictSame([status, location], [303, '../docs'], `${payload} is dropped for the default`)
      t.equal((await go(port, '/users/me', cookie)).status, 200, 'the session stands')
      const end = await go(port, payload, cookie)
      if (end.location?.endsWith('/auth/logged-out')) reached.add(payload)
    }
  }
  t.strictSame([...reached].sort(), [...PAYLOADS].sort(), 'each of them does log out behind one of the two')

  const { location } = await signIn(once, '/docs/a%2Fb?x=%2e')
  t.equal(location, '../docs/a%2Fb?x=%2e', 'a path that is meant is kept')
})

// What a proxy does: it hangs the address of its client behind what came, and says that it ended https. The client's own
// address is one of loopback here, so the test says which one it stands for.
const APPENDING = `
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For "$http_x_forwarded_for, $http_x_stands_for";
  proxy_set_header X-Forwarded-Proto https;`

const FLOOD = 51
const CLIENT = '198.51.100.7'

interface Try {
  readonly from: string
  readonly username?: string
  readonly password?: string
  readonly claims?: string
}

/** One login over a port; `claims` is what the client writes into X-Forwarded-For by itself. */
async function logInFrom(port: number, { from, username = 'jane', password = 'secret2', claims }: Try) {
  const response = await fetch(`http://127.0.0.1:${port}/auth/login`, {
    headers: {
      authorization: basic(username, password),
      'x-stands-for': from,
      ...(claims !== undefined && { 'x-forwarded-for': claims }),
    },
  })
  await response.text()
  return response
}

const eventsIn = (printed: string) =>
  printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event?: string; ip?: string; username?: string; reason?: string })
    .filter(({ event }) => event !== undefined)

t.test(
  'serve behind nginx: a flood of one client locks nobody else out, and what a client claims is not believed',
  { skip },
  async (t) => {
    const folder = t.testdir({
      'pets.json': '{"openapi":"3.1.0","paths":{}}',
      '.htpasswd': `jane:${HASHES.secret2}\njohndoe:${HASHES.secret}\n`,
    })
    const service = await serving(t, [join(folder, 'pets.json'), '--users', join(folder, '.htpasswd')])
    const { port: gate } = new URL(service.origin)
    const { port } = await nginx(t, `location / { ${APPENDING} proxy_pass http://127.0.0.1:${gate}; }`)
    const statusFrom = async (attempt: Try) => (await logInFrom(port, attempt)).status

    const first = await logInFrom(port, { from: '198.51.100.1' })
    t.equal(first.status, 200)
    t.match(
      first.headers.get('set-cookie'),
      /^__Host-docs-gate=.*; Secure/,
      'the scheme is that of the proxy',
    )
    const statuses: number[] = []
    for (let i = 0; i < FLOOD; i++) {
      // Each time another lie: an address of anybody, of this machine, of nobody.
      const claims = [`203.0.113.${i}`, '127.0.0.1', '::1', 'unknown, 127.0.0.1', undefined][i % 5]
      const lie = claims === undefined ? {} : { claims }
      statuses.push(await statusFrom({ from: CLIENT, username: `user${i}`, password: 'wrong', ...lie }))
    }
    t.equal(statuses.filter((status) => status === 401).length, FLOOD - 1)
    t.equal(statuses.at(-1), 429)
    t.equal(await statusFrom({ from: CLIENT }), 429, 'whoever floods is out')
    t.equal(await statusFrom({ from: CLIENT, claims: '198.51.100.1' }), 429, 'in the name of others too')
    t.equal(await statusFrom({ from: '198.51.100.1' }), 200, 'a known user is not')
    t.equal(
      await statusFrom({ from: '2001:db8::1', username: 'johndoe', password: 'secret' }),
      200,
      'nor anybody else',
    )
    const long = `127.0.0.1${', 127.0.0.1'.repeat(600)}`
    t.equal(await statusFrom({ from: CLIENT, claims: long }), 429, 'however long the list is')
    t.equal(await statusFrom({ from: '198.51.100.2', claims: 'x'.repeat(6000) }), 200)

    const events = eventsIn(service.printed())
    const failed = events.filter(({ event }) => event === 'login_failed')
    t.equal(failed.length, FLOOD - 1)
    t.ok(failed.every(({ ip, reason }) => ip === CLIENT && reason === 'wrong_credentials'))
    t.match(events[0], { event: 'login', username: 'jane', ip: '198.51.100.1', reason: 'basic' })
    t.match(
      events.find(({ event }) => event === 'login_throttled'),
      { ip: CLIENT },
    )
    t.notMatch(service.printed(), /incoming request|secret2|DeprecationWarning/)
    t.equal(await service.stop(), 0)
  },
)

t.test('serve --trust-proxy: forwarded headers of others are not believed', { skip }, async (t) => {
  const folder = t.testdir({
    'pets.json': '{"openapi":"3.1.0","paths":{}}',
    '.htpasswd': `jane:${HASHES.secret2}\n`,
  })
  for (const trusted of ['none', '192.0.2.0/24']) {
    const argv = [join(folder, 'pets.json'), '--users', join(folder, '.htpasswd'), '--trust-proxy', trusted]
    const service = await serving(t, argv)
    const { port: gate } = new URL(service.origin)
    const { port } = await nginx(t, `location / { ${APPENDING} proxy_pass http://127.0.0.1:${gate}; }`)
    const response = await logInFrom(port, { from: CLIENT, claims: '203.0.113.1' })
    t.match(response.headers.get('set-cookie'), /^docs-gate=/, trusted)
    t.notMatch(response.headers.get('set-cookie'), /Secure/)
    t.match(eventsIn(service.printed()), [{ event: 'login', ip: '127.0.0.1' }])
    t.equal(await service.stop(), 0)
  }
  const quiet = await serving(t, [join(folder, 'pets.json'), '--log-level', 'error'])
  await logInFrom(Number(new URL(quiet.origin).port), { from: CLIENT })
  t.strictSame(eventsIn(quiet.printed()), [])
  t.equal(await quiet.stop(), 0)
})
