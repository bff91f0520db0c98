import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mock } from 'node:test'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import {
  basic,
  browser,
  cookieHeader,
  decodeToken,
  FORM,
  HASHES,
  listen,
  logIn,
  NAVIGATION,
  rawRequest,
  setCookies,
  testApp,
  USERS,
} from '../helper.ts'

const BASIC = 'Basic realm="API documentation", charset="UTF-8"'
const BEARER = 'Bearer realm="API documentation"'
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
const FAILED = {
  statusCode: 401,
  code: 'DOCS_GATE_INVALID_CREDENTIALS',
  error: 'Unauthorized',
  message: 'The user name or the password is wrong.',
}
const ASKED = {
  statusCode: 401,
  code: 'DOCS_GATE_UNAUTHENTICATED',
  error: 'Unauthorized',
  message: 'You have to log in first.',
}
const CROSS_ORIGIN = {
  statusCode: 403,
  code: 'DOCS_GATE_CROSS_ORIGIN',
  error: 'Forbidden',
  message: 'This request came from another origin and is not allowed to.',
}
const SESSION_COOKIE = /^docs-gate=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/

type Headers = Record<string, string>
type Response = Awaited<ReturnType<FastifyInstance['inject']>>

const FETCH = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
const START = Date.UTC(2030, 0, 1)

function stopClock(t: { teardown(run: () => unknown): unknown }): void {
  mock.timers.enable({ apis: ['Date'], now: START })
  t.teardown(() => mock.timers.reset())
}

const good = { authorization: basic('johndoe', 'secret') }
const wrong = { authorization: basic('johndoe', 'wrong') }

const post = (app: FastifyInstance, fields: Record<string, string>, headers: Headers = {}) =>
  app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { ...FORM, ...headers },
    payload: new URLSearchParams(fields).toString(),
  })

/** What every page of ours is. */
function isPage(t: Test, response: Response, heading: string): void {
  t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers['referrer-policy'], 'same-origin')
  t.equal(response.headers['content-security-policy'], CSP)
  t.equal(response.headers['x-content-type-options'], 'nosniff')
  const { body } = response
  t.match(body, /^<!doctype html>\n<html lang="en">/)
  t.strictSame(body.match(/<h1>[^<]*<\/h1>/g), [`<h1>${heading}</h1>`], 'one first heading')
  t.equal(body.match(/<main>/g)?.length, 1)
  t.notMatch(
    body,
    /<script(?! src="\.\.\/auth\/page\.js"><\/script>)|<style|\son\w+=|\sstyle=|javascript:/i,
    'nothing inline',
  )
  for (const [, id] of body.matchAll(/<input id="([^"]+)"/g)) {
    t.match(body, new RegExp(`<label for="${id}">[^<]+</label>`), `${id} is labelled`)
  }
  const shown = body.match(/<input (?!type="hidden")/g)?.length ?? 0
  t.equal(body.match(/<label /g)?.length ?? 0, shown, 'each field has its label')
}

type Answer = [
  status: number,
  challenge: string | undefined,
  body: 'page' | 'failed' | 'asked' | 'token' | 'redirect',
]

t.test('who gets what at the login', async (t) => {
  const clients: Record<string, Headers> = {
    navigation: NAVIGATION,
    'navigation on plain http': { accept: NAVIGATION.accept },
    fetch: FETCH,
    'fetch of html': { ...FETCH, accept: 'text/html' },
    program: {},
    'program of json': { accept: 'application/json' },
  }
  const page = (mode: 'basic' | 'form'): Record<string, Answer> => ({
    none: mode === 'basic' ? [401, BASIC, 'page'] : [200, undefined, 'page'],
    wrong: [401, mode === 'basic' ? BASIC : BEARER, 'page'],
    good: [303, undefined, 'redirect'],
    'wrong form': [401, BEARER, 'page'],
    'good form': [303, undefined, 'redirect'],
  })
  const json = (challenge: string): Record<string, Answer> => ({
    none: [401, challenge, 'asked'],
    wrong: [401, challenge, 'failed'],
    good: [200, undefined, 'token'],
    'wrong form': [401, challenge, 'failed'],
    'good form': [200, undefined, 'token'],
  })
  for (const mode of ['basic', 'form'] as const) {
    const answers: Record<string, Record<string, Answer>> = {
      navigation: page(mode),
      'navigation on plain http': page(mode),
      fetch: json(BEARER),
      'fetch of html': json(BEARER),
      program: json(BASIC),
      'program of json': json(BASIC),
    }
    const app = await testApp(t, { gate: { login: { mode } } })
    const ask: Record<string, (headers: Headers) => Promise<Response>> = {
      none: (headers) => app.inject({ url: '/auth/login', headers }),
      wrong: (headers) => app.inject({ url: '/auth/login', headers: { ...headers, ...wrong } }),
      good: (headers) => app.inject({ url: '/auth/login', headers: { ...headers, ...good } }),
      'wrong form': (headers) => post(app, { username: 'jane', password: 'wrong' }, headers),
      'good form': (headers) => post(app, { username: 'jane', password: 'secret2' }, headers),
    }
    for (const [client, headers] of Object.entries(clients)) {
      for (const [credentials, [status, challenge, kind]] of Object.entries(answers[client] ?? {})) {
        const response = (await ask[credentials]?.(headers)) as Response
        t.comment(`${mode}: ${client}, ${credentials}`)
        t.equal(response.statusCode, status)
        t.equal(response.headers['www-authenticate'], challenge)
        t.equal(response.headers['cache-control'], 'no-store')
        const isIn = kind === 'token' || kind === 'redirect'
        t.equal(setCookies(response).length, isIn ? 1 : 0)
        if (isIn) t.match(setCookies(response)[0], SESSION_COOKIE)
        if (kind === 'page') isPage(t, response, 'Sign in to API documentation')
        if (kind === 'asked') t.same(response.json(), ASKED)
        if (kind === 'failed') t.same(response.json(), FAILED)
        if (kind === 'redirect') {
          t.equal(response.headers.location, '../docs')
          t.equal(response.body, '', 'no token in the body')
        }
        if (kind === 'token') {
          const { access_token: token, ...rest } = response.json()
          const scope = credentials === 'good' ? 'admin read' : ''
          t.same(rest, { token_type: 'Bearer', expires_in: 1800, scope })
          t.equal(response.headers['content-type'], 'application/json; charset=utf-8')
          t.equal(`docs-gate=${token}`, cookieHeader(setCookies(response)))
        }
        // So that a login of the same address after it makes no circle.
        if (isIn)
          await app.inject({ url: '/users/me', headers: { cookie: cookieHeader(setCookies(response)) } })
      }
    }
  }
})

t.test('Basic credentials are read as RFC 7617 has it, and a broken header is one more 401', async (t) => {
  const app = await testApp(t, {
    gate: {
      users: {
        verify: (username, password) => (password === `pw:${username}` ? { username } : null),
      },
    },
  })
  const b64 = (bytes: string | Buffer) => Buffer.from(bytes as string).toString('base64')
  const port = await listen(app)
  const ask = (lines: readonly string[]) =>
    rawRequest(
      port,
      ['GET /auth/login HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''].join('\r\n'),
    )
  const accepted: [header: string, username: string][] = [
    [`Basic ${b64('john:pw:john')}`, 'john'],
    [`basic ${b64('john:pw:john')}`, 'john'],
    [`BASIC    ${b64('john:pw:john')}`, 'john'],
    [`Basic ${b64('jürgen:pw:jürgen')}`, 'jürgen'],
    [`Basic ${b64('ju\u0308rgen:pw:ju\u0308rgen')}`, 'jürgen'],
    [`Basic ${b64('日本:pw:日本')}`, '日本'],
    [`Basic ${b64('a b:pw:a b')}`, 'a b'],
    [`Basic ${b64(`${'n'.repeat(256)}:pw:${'n'.repeat(256)}`)}`, 'n'.repeat(256)],
  ]
  for (const [header, username] of accepted) {
    const answer = await ask([`Authorization: ${header}`])
    t.match(answer, /^HTTP\/1\.1 200 /, username.slice(0, 20))
    const token = /"access_token":"([^"]+)"/.exec(answer)?.[1] ?? ''
    t.equal(decodeToken(token).claims['sub'], username, 'the name is NFC')
  }
  const refused: Record<string, string> = {
    'nothing after the scheme': 'Basic',
    'nothing after the space': 'Basic ',
    'no base64': 'Basic !!!!',
    base64url: 'Basic am9objpwdzpqb2hu_-',
    'no padding': `Basic ${b64('john2:pw:john2').replace(/=+$/, '')}`,
    'too much padding': `Basic ${b64('john:pw:john')}====`,
    'white space inside': `Basic ${b64('john:pw:john').replace(/^(....)/, '$1 ')}`,
    'two values': `Basic ${b64('john:pw:john')}, Basic ${b64('john:pw:john')}`,
    'stray bits': 'Basic am9objpwdzpqb2hl=',
    'no colon': `Basic ${b64('john')}`,
    'no name': `Basic ${b64(':pw:')}`,
    'no password': `Basic ${b64('john:')}`,
    'only a colon': `Basic ${b64(':')}`,
    NUL: `Basic ${b64('john:pw:john\0')}`,
    'a control character in the name': `Basic ${b64('jo\u0007hn:pw:jo\u0007hn')}`,
    'a line break': `Basic ${b64('john\r\n:pw:john\r\n')}`,
    'a C1 control character': `Basic ${b64('jo\u0085hn:pw:jo\u0085hn')}`,
    'no UTF-8': `Basic ${b64(Buffer.from([0x6a, 0xff, 0x3a, 0x70]))}`,
    'ISO 8859-1': `Basic ${b64(Buffer.from('jürgen:pw:jürgen', 'latin1'))}`,
    'an encoded surrogate': `Basic ${b64(Buffer.from([0xed, 0xa0, 0x80, 0x3a, 0x70]))}`,
    'a byte order mark': `Basic ${b64('\uFEFFjohn:pw:john')}`,
    'a name that is too long': `Basic ${b64(`${'n'.repeat(257)}:pw:${'n'.repeat(257)}`)}`,
    'a password that is too long': `Basic ${b64(`john:${'p'.repeat(1025)}`)}`,
    'a header of 10 KB': `Basic ${b64(`john:${'p'.repeat(7500)}`)}`,
    'another password': `Basic ${b64('john:pw:jane')}`,
    'another case': `Basic ${b64('john:PW:john')}`,
    'white space at the end': `Basic ${b64('john:pw:john ')}`,
  }
  const withoutDate = (answer: string) => answer.replace(/\r\ndate: [^\r]*/i, '')
  const expected = withoutDate(await ask([`Authorization: Basic ${b64('john:wrong')}`]))
  t.match(expected, /^HTTP\/1\.1 401 /)
  t.match(expected, `www-authenticate: ${BASIC}`)
  t.match(expected, FAILED.message)
  for (const [name, header] of Object.entries(refused)) {
    t.equal(withoutDate(await ask([`Authorization: ${header}`])), expected, name)
  }
  const line = `Authorization: Basic ${b64('john:pw:john')}`
  t.equal(withoutDate(await ask([line, line])), expected, 'two headers, the same twice')
  t.equal(withoutDate(await ask([line, `authorization: Bearer x`])), expected, 'two headers of two schemes')
  const other = await ask(['Authorization: Digest username="john"'])
  t.match(
    other,
    /^HTTP\/1\.1 401 [\s\S]*"code":"DOCS_GATE_UNAUTHENTICATED"/,
    'another scheme is no credential',
  )
})

t.test('unknown, disabled and wrong get one answer, by Basic and by form', async (t) => {
  const app = await testApp(t, {
    gate: { users: { ...USERS, Zoë: HASHES.secret }, login: { throttle: false } },
  })
  const table = [
    ['johndoe', 'wrong'],
    ['nobody', 'secret'],
    ['alice', 'wonderland'],
    ['alice', 'wrong'],
    ['JOHNDOE', 'secret'],
    ['johndoe', 'SECRET'],
    ['__proto__', 'secret'],
    ['constructor', 'secret'],
    ['johndoe', 'secret '],
  ] as const
  const strip = ({ statusCode, headers: { date, ...headers }, body }: Response) => ({
    statusCode,
    headers,
    body,
  })
  const expected = strip(await app.inject({ url: '/auth/login', headers: wrong }))
  t.same(JSON.parse(expected.body), FAILED)
  for (const [username, password] of table) {
    const headers = { authorization: basic(username, password) }
    t.same(strip(await app.inject({ url: '/auth/login', headers })), expected, username)
    t.same(strip(await post(app, { username, password })), expected, `${username}, by form`)
  }
  const zoe = await app.inject({
    url: '/auth/login',
    headers: { authorization: basic('Zoe\u0308', 'secret') },
  })
  t.equal(zoe.statusCode, 200, 'a name is one name in every normalization form')
})

t.test('a login other than a navigation is for this site only', async (t) => {
  const app = await testApp(t, { gate: { trustedOrigins: ['https://app.example.com'] } })
  for (const site of ['cross-site', 'same-site', 'nonsense']) {
    for (const mode of ['cors', 'no-cors', undefined]) {
      const headers = {
        'sec-fetch-site': site,
        ...(mode !== undefined && { 'sec-fetch-mode': mode }),
        ...good,
      }
      const response = await app.inject({ url: '/auth/login', headers })
      t.equal(response.statusCode, 403, `${site} ${mode}`)
      t.same(response.json(), CROSS_ORIGIN)
      t.equal(response.headers['www-authenticate'], undefined, 'no dialog')
      t.strictSame(setCookies(response), [])
    }
    const navigation = await app.inject({
      url: '/auth/login',
      headers: { ...NAVIGATION, 'sec-fetch-site': site, ...good },
      remoteAddress: `10.0.0.${site.length}`,
    })
    t.equal(navigation.statusCode, 303, 'a link from elsewhere may lead here')
  }
  for (const site of ['same-origin', 'none']) {
    const response = await app.inject({
      url: '/auth/login',
      headers: { ...FETCH, 'sec-fetch-site': site, ...good },
    })
    t.equal(response.statusCode, 200, site)
  }
  const fields = { username: 'johndoe', password: 'secret' }
  const posts: [headers: Headers, status: number][] = [
    [{}, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ ...NAVIGATION, 'sec-fetch-site': 'cross-site' }, 403],
    [{ ...NAVIGATION, 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:80' }, 200],
    [{ origin: 'https://app.example.com' }, 200],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' }, 200],
  ]
  for (const [headers, status] of posts) {
    const response = await post(app, fields, headers)
    t.equal(response.statusCode, status, JSON.stringify(headers))
    t.equal(setCookies(response).length, status === 200 ? 1 : 0)
    if (status === 403) t.same(response.json(), CROSS_ORIGIN)
  }
})

t.test('a good session needs no login, and only a navigation is sent on by it', async (t) => {
  stopClock(t)
  for (const mode of ['basic', 'form'] as const) {
    const app = await testApp(t, { gate: { login: { mode } } })
    const { cookie } = await logIn(app)
    const url = '/auth/login?returnTo=%2Fusers%2Fme'
    const navigation = await app.inject({ url, headers: { ...NAVIGATION, cookie } })
    t.equal(navigation.statusCode, 303)
    t.equal(navigation.headers.location, '../users/me')
    t.strictSame(setCookies(navigation), [])
    const program = await app.inject({ url, headers: { cookie } })
    t.same(program.json(), ASKED)
    mock.timers.tick(900_000)
    const renewed = await app.inject({ url, headers: { ...NAVIGATION, cookie } })
    t.equal(renewed.statusCode, 303)
    t.match(setCookies(renewed)[0], SESSION_COOKIE, 'a session that is used is renewed')
  }
})

t.test('a login makes a new session and ends the one that the cookie carried', async (t) => {
  const app = await testApp(t)
  const ids = async (username: string) => (await app.docsGate.sessionsOf(username)).map(({ id }) => id)
  const first = await logIn(app)
  const [firstId] = await ids('johndoe')
  await app.inject({ url: '/auth/login', headers: { ...wrong, cookie: first.cookie } })
  t.strictSame(await ids('johndoe'), [firstId], 'a failed login ends nothing')

  const again = await app.inject({ url: '/auth/login', headers: { ...good, cookie: first.cookie } })
  const [secondId, ...others] = await ids('johndoe')
  t.strictSame(others, [])
  t.not(secondId, firstId)
  const old = await app.inject({ url: '/users/me', headers: { cookie: first.cookie } })
  t.equal(old.statusCode, 401)

  const asJane = await post(
    app,
    { username: 'jane', password: 'secret2' },
    { cookie: `docs-gate=junk; ${cookieHeader(setCookies(again))}` },
  )
  t.equal(asJane.statusCode, 200)
  t.strictSame(await ids('johndoe'), [], "the other user's session ends too")
  t.equal((await ids('jane')).length, 1)

  await logIn(app, 'jane', 'secret2')
  t.equal((await ids('jane')).length, 2, 'without a cookie there is nothing to end')
})

t.test(
  'after a session the cached credentials do not log in by themselves: one 401, then they do',
  async (t) => {
    stopClock(t)
    const app = await testApp(t)
    const endings: Record<string, (client: ReturnType<typeof browser>) => Promise<unknown>> = {
      'a logout': (client) => client.go('/auth/logout', {}, ''),
      'a logout by link': (client) => client.go('/auth/logout'),
      expiry: async () => mock.timers.tick(1_800_000),
      endSession: async (client) => {
        const { claims } = decodeToken(client.jar.get('docs-gate') as string)
        await app.docsGate.endSession(claims['sid'] as string)
      },
      endSessionsOf: () => app.docsGate.endSessionsOf('johndoe'),
      'a logout whose cookie stayed': async (client) => {
        const cookie = client.jar.get('docs-gate') as string
        await client.go('/auth/logout', {}, '')
        client.jar.set('docs-gate', cookie)
      },
    }
    for (const [ending, end] of Object.entries(endings)) {
      for (const [name, credentials] of Object.entries({ 'with credentials': good, without: {}, wrong })) {
        const client = browser(app)
        t.equal((await client.go('/auth/login', good)).statusCode, 303, `${ending}, ${name}`)
        t.equal((await client.go('/users/me')).statusCode, 200)
        await end(client)
        t.ok(client.jar.size > 0, 'something is left in the browser to tell of the end')

        const forced = await client.go('/auth/login?returnTo=/open', credentials)
        t.equal(forced.statusCode, 401)
        t.equal(forced.headers['www-authenticate'], BASIC)
        isPage(t, forced, 'Sign in to API documentation')
        t.match(forced.body, 'name="returnTo" value="/open"')
        t.notMatch(forced.body, 'role="alert"', 'nothing is said to be wrong')
        t.notMatch(forced.body, 'johndoe')
        t.equal(client.jar.size, 0, 'marker and cookie are cleared')
        t.strictSame(
          setCookies(forced).map((line) => line.split('=', 1)[0]),
          ['docs-gate', 'docs-gate-logged-out'],
        )
        for (const line of setCookies(forced))
          t.match(
            line,
            /=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax$/,
          )

        const next = await client.go('/auth/login?returnTo=/open', good)
        t.equal(next.statusCode, 303, 'exactly one')
        t.equal(next.headers.location, '../open')
        await client.go('/users/me')
      }
    }

    const client = browser(app)
    await client.go('/auth/login', good)
    await client.go('/users/me')
    await client.go('/auth/logout', {}, '')
    t.strictSame([...client.jar.keys()], ['docs-gate-logged-out'])
    const program = await client.go('/auth/login', { ...good, ...FETCH })
    t.equal(program.statusCode, 200, 'a fetch sends what its page was given')
    t.strictSame([...client.jar.keys()], ['docs-gate'], 'and the marker goes with any login')

    const live = browser(app)
    await live.go('/auth/login', good)
    const over = await logIn(app)
    await app.docsGate.endSession(decodeToken(over.token).claims['sid'] as string)
    const both = await app.inject({
      url: '/auth/login',
      headers: { ...NAVIGATION, cookie: `${over.cookie}; docs-gate=${live.jar.get('docs-gate')}` },
    })
    t.equal(both.statusCode, 303, 'a session that stands outweighs one that is over')
    const foreign = await app.inject({
      url: '/auth/login',
      headers: { ...NAVIGATION, ...good, cookie: 'docs-gate=junk' },
      remoteAddress: '10.0.0.1',
    })
    t.equal(foreign.statusCode, 303, 'a cookie that never was ours tells of no session')
  },
)

t.test(
  'form mode asks no browser by dialog, unless it brings cached credentials after a session',
  async (t) => {
    const app = await testApp(t, { gate: { login: { mode: 'form' } } })
    const client = browser(app)
    await client.go('/auth/login', {}, 'username=johndoe&password=secret')
    await client.go('/users/me')
    const over = client.jar.get('docs-gate') as string
    await client.go('/auth/logout', {}, '')
    t.strictSame([...client.jar.keys()], ['docs-gate-logged-out'])
    const told = await client.go('/auth/login')
    t.equal(told.statusCode, 200)
    t.match(told.body, '<p class="notice" role="status">You were logged out.</p>')
    t.equal(client.jar.size, 0, 'it is said once')
    t.notMatch((await client.go('/auth/login')).body, 'role="status">You')

    client.jar.set('docs-gate', over)
    for (let i = 0; i < 2; i++) {
      const page = await client.go('/auth/login')
      t.equal(page.statusCode, 200)
      t.equal(page.headers['www-authenticate'], undefined)
      t.match(page.body, 'role="status">Your session ended. Sign in to go on.</p>', 'until the next login')
      t.strictSame([...client.jar.keys()], ['docs-gate'])
    }
    const forced = await client.go('/auth/login', good)
    t.equal(forced.statusCode, 401)
    t.equal(forced.headers['www-authenticate'], BASIC)
    t.equal((await client.go('/auth/login', good)).statusCode, 303)
  },
)

t.test('a browser that does not keep the cookie is told so at its second login', async (t) => {
  stopClock(t)
  const app = await testApp(t)
  const enter = (
    headers: Headers = good,
    remoteAddress = '127.0.0.1',
    url = '/auth/login?returnTo=/users/me',
  ) => app.inject({ url, headers: { ...NAVIGATION, ...headers }, remoteAddress })
  const forget = () => mock.timers.tick(10_001)

  t.equal((await enter()).statusCode, 303)
  const circle = await enter()
  t.equal(circle.statusCode, 200)
  isPage(t, circle, 'Your browser does not keep the session')
  t.match(circle.body, '“docs-gate”', 'the cookie by its name')
  t.equal(circle.body.match(/<li>/g)?.length, 4)
  t.match(circle.body, '<a class="button" href="../users/me">')
  t.equal(circle.headers['www-authenticate'], undefined)
  t.match(setCookies(circle)[0], SESSION_COOKIE)

  forget()
  t.equal((await enter()).statusCode, 303)
  mock.timers.tick(9_999)
  t.equal((await enter()).statusCode, 200, 'within ten seconds')
  forget()
  t.equal((await enter()).statusCode, 303, 'and not after')
  t.equal((await enter(good, '10.0.0.2')).statusCode, 303, 'another address is another browser')
  const jane = { authorization: basic('jane', 'secret2') }
  t.equal((await enter(jane)).statusCode, 303, 'another user is another login')
  forget()
  const form = () => post(app, { username: 'johndoe', password: 'secret' }, NAVIGATION)
  t.equal((await form()).statusCode, 303)
  t.equal((await form()).statusCode, 200, 'by the form too')

  const uses: Record<string, (cookie: string) => Promise<Response>> = {
    'a guarded route': (cookie) => app.inject({ url: '/users/me', headers: { cookie } }),
    'the docs': (cookie) => app.inject({ url: '/docs', headers: { cookie } }),
    '/me': (cookie) => app.inject({ url: '/auth/me', headers: { cookie } }),
    'the login itself': (cookie) => enter({ cookie }),
    'another login': (cookie) => app.inject({ url: '/auth/login', headers: { ...good, cookie } }),
    'a logout': (cookie) => app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } }),
  }
  for (const [name, use] of Object.entries(uses)) {
    forget()
    const first = await enter()
    t.equal(first.statusCode, 303)
    await use(cookieHeader(setCookies(first)))
    t.equal((await enter()).statusCode, 303, `${name} shows that the cookie is kept`)
  }
})

t.test('a login leads back to where it was asked for, and nowhere else', async (t) => {
  const app = await testApp(t)
  const table: [returnTo: string, location: string | null][] = [
    ['/users/me', '../users/me'],
    ['/', '../'],
    ['/users/me?a=1&b=%20', '../users/me?a=1&b=%20'],
    ['/users/me#part', '../users/me'],
    ['/authors', '../authors'],
    ['/users/./me', '../users/me'],
    ['/users/../me', '../me'],
    ['/é', '../%C3%A9'],
    ['/@evil.example', '../@evil.example'],
    ['/x//y', '../x//y'],
    ['/search?q=https://evil.example/', '../search?q=https://evil.example/'],
    ['/"><script>', '../%22%3E%3Cscript%3E'],
    ['/a\r\nset-cookie: x=1', '../aset-cookie:%20x=1'],
    ['', null],
    ['users/me', null],
    ['//evil.example', null],
    ['///evil.example', null],
    ['/\\evil.example', null],
    ['\\\\evil.example', null],
    ['\\/evil.example', null],
    ['/\t/evil.example', null],
    ['/\n/evil.example', null],
    ['\t//evil.example', null],
    [' //evil.example', null],
    [' /users/me', null],
    ['/..//evil.example', null],
    ['/.//evil.example', null],
    ['/users/..//evil.example', null],
    ['/%2e%2e//evil.example', null],
    ['https://evil.example/', null],
    ['https:evil.example', null],
    ['HTTP://localhost/users/me', null],
    ['//user:pw@evil.example/', null],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['?x=1', null],
    ['#x', null],
    ['.', null],
    ['/%', null],
    ['/%ff', null],
    ['/auth', null],
    ['/auth/', null],
    ['/auth/logout', null],
    ['/auth/login?returnTo=/auth/logout', null],
    ['/AUTH/logout', null],
    ['/%61uth/logout', null],
    ['/auth%2Flogout', null],
    ['/users/../auth/logout', null],
    ['/users/%2e%2e/auth/logout', null],
    ['/auth//logout', null],
    ['/auth;x=1/logout', null],
    ['/auth\\logout', null],
    [`/${'x'.repeat(2048)}`, null],
  ]
  let address = 0
  for (const [returnTo, location] of table) {
    const title = JSON.stringify(returnTo.slice(0, 40))
    const expected = location ?? '../docs'
    const remoteAddress = `10.0.1.${address++}`
    const query = `/auth/login?returnTo=${encodeURIComponent(returnTo)}`
    const byBasic = await app.inject({ url: query, headers: { ...NAVIGATION, ...good }, remoteAddress })
    t.equal(byBasic.statusCode, 303, title)
    t.equal(byBasic.headers.location, expected, title)
    t.equal(setCookies(byBasic).length, 1)
    await app.inject({ url: '/users/me', headers: { cookie: cookieHeader(setCookies(byBasic)) } })
    const byForm = await post(app, { username: 'johndoe', password: 'secret', returnTo }, NAVIGATION)
    t.equal(byForm.headers.location, expected, `${title}, by form`)
    const cookie = cookieHeader(setCookies(byForm))
    await app.inject({ url: '/users/me', headers: { cookie } })
    const bySession = await app.inject({ url: query, headers: { ...NAVIGATION, cookie } })
    t.equal(bySession.headers.location, expected, `${title}, by session`)
    const target = new URL(expected, 'http://localhost/auth/login')
    t.equal(target.origin, 'http://localhost')

    const page = await app.inject({ url: query, headers: NAVIGATION })
    t.notMatch(page.body, /<script(?! src="\.\.\/auth)|<b>(?!\/)/)
    if (location === null) t.notMatch(page.body, 'name="returnTo"', title)
    else t.match(page.body, `name="returnTo" value="${location.slice(2).replaceAll('&', '&amp;')}"`, title)
  }
  const twice = await app.inject({
    url: '/auth/login?returnTo=/open&returnTo=/users/me',
    headers: { ...NAVIGATION, ...good },
    remoteAddress: '10.0.2.1',
  })
  t.equal(twice.headers.location, '../docs', 'two of them are none')
})

t.test('redirects are relative to the path that was asked for', async (t) => {
  const at = async (options: Parameters<typeof testApp>[1], url: string) => {
    const app = await testApp(t, options)
    return app.inject({ url, headers: { ...NAVIGATION, ...good } })
  }
  const nested = await at({ gate: { routePrefix: '/a/b/c' } }, '/a/b/c/login?returnTo=/users/me')
  t.equal(nested.headers.location, '../../../users/me')
  const root = await at({ gate: { routePrefix: '/', login: { mode: 'form' } } }, '/login?returnTo=/users/me')
  t.equal(root.headers.location, './users/me')
  const rootLoop = await at(
    { gate: { routePrefix: '/', login: { mode: 'form' } } },
    '/login?returnTo=/logout',
  )
  t.equal(rootLoop.headers.location, './docs', 'at the root each route of ours is no way back')
  const inside = await at({ gate: { login: { redirectTo: '/welcome?x=1#top' } } }, '/auth/login')
  t.equal(inside.headers.location, '../welcome?x=1#top')
  const away = await at({ gate: { login: { redirectTo: 'https://app.example.com/in' } } }, '/auth/login')
  t.equal(away.headers.location, 'https://app.example.com/in')
  const page = await at({ gate: { login: { redirectTo: 'https://app.example.com/in' } } }, '/auth/logged-out')
  t.match(page.headers['content-security-policy'], "; form-action 'self' https://app.example.com; ")
  const undocumented = await at({ gate: { docs: false } }, '/auth/login')
  t.equal(undocumented.headers.location, '../')
})

t.test('the sign-in page works without a script and repeats only what is harmless', async (t) => {
  const app = await testApp(t, {
    gate: { pages: { title: 'Fish & <b>Chips</b>' }, login: { realm: 'a "quoted\\" realm' } },
  })
  const page = await app.inject({
    url: '/auth/login?returnTo=/users/me?a=1%26b=%3Cx%3E',
    headers: NAVIGATION,
  })
  isPage(t, page, 'Sign in to Fish &amp; &lt;b&gt;Chips&lt;/b&gt;')
  t.equal(page.headers['www-authenticate'], 'Basic realm="a \\"quoted\\\\\\" realm", charset="UTF-8"')
  t.match(page.body, '<form method="post">', 'to the URL of the page, with its fragment')
  t.match(page.body, '<input type="hidden" name="returnTo" value="/users/me?a=1&amp;b=%3Cx%3E">')
  t.match(page.body, 'You are going to <b>/users/me</b></p>', 'without the query')
  t.match(
    page.body,
    /<input id="username" name="username" value="" autocomplete="username"[^>]* required autofocus>/,
  )
  t.match(
    page.body,
    /<input id="password" name="password" type="password" autocomplete="current-password" required>/,
  )
  t.notMatch(page.body, 'role="alert"')

  const username = `"><script>alert('x')</script>&`
  for (const failed of [
    await post(app, { username, password: 'wrong', returnTo: '/users/me' }, NAVIGATION),
    await app.inject({
      url: '/auth/login?returnTo=/users/me',
      headers: { ...NAVIGATION, authorization: basic(username, 'wrong') },
    }),
  ]) {
    t.equal(failed.statusCode, 401)
    isPage(t, failed, 'Sign in to Fish &amp; &lt;b&gt;Chips&lt;/b&gt;')
    t.match(failed.body, 'value="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"')
    t.match(failed.body, '<p id="problem" role="alert">The user name or the password is wrong.</p>')
    t.equal(failed.body.match(/aria-invalid="true" aria-describedby="problem"/g)?.length, 2)
    t.match(failed.body, /type="password"[^>]* required autofocus /, 'the password is what is typed again')
    t.match(failed.body, 'name="returnTo" value="/users/me"')
    t.notMatch(failed.body, 'wrong"', 'the password is not repeated')
  }
  const byForm = await post(app, { username: 'johndoe', password: 'wrong' }, NAVIGATION)
  t.match(byForm.headers['www-authenticate'], /^Bearer /, 'no dialog over the page')
})

t.test('a form that is none is a failed login or refused by its type, never a 5xx', async (t) => {
  const app = await testApp(t)
  const send = (payload: string | Buffer, headers: Headers = FORM) =>
    app.inject({ method: 'POST', url: '/auth/login', headers, payload })
  const failed: (string | Buffer)[] = [
    '',
    'username=johndoe',
    'password=secret',
    'username=&password=secret',
    'username=johndoe&password=',
    'username=johndoe&username=jane&password=secret',
    'username=johndoe&password=secret&password=secret',
    'username=john%00doe&password=secret',
    'username=johndoe%FF&password=secret',
    Buffer.from([0x75, 0xff, 0xfe]),
    `username=johndoe&password=${'x'.repeat(1025)}`,
    'username[]=johndoe&password[]=secret',
    '{"username":"johndoe","password":"secret"}',
    '%%%',
    '&&&===',
  ]
  for (const payload of failed) {
    const response = await send(payload)
    t.equal(response.statusCode, 401, payload.toString().slice(0, 50))
    t.same(response.json(), FAILED)
  }
  const accepted = 'username=johndoe&password=secret'
  for (const type of [
    'application/x-www-form-urlencoded; charset=utf-8',
    'APPLICATION/X-WWW-FORM-URLENCODED',
    'application/x-www-form-urlencoded;charset="utf-8"',
  ]) {
    t.equal((await send(accepted, { 'content-type': type })).statusCode, 200, type)
  }
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'nonsense',
    '*/*',
  ]) {
    const response = await send(accepted, { 'content-type': type })
    t.equal(response.statusCode, 415, type)
    t.equal(response.headers['cache-control'], 'no-store')
    t.strictSame(setCookies(response), [])
  }
  const long = await send(`${accepted}&x=${'x'.repeat(16_384)}`)
  t.equal(long.statusCode, 413)
  t.equal(long.json().code, 'FST_ERR_CTP_BODY_TOO_LARGE')
  const without = await app.inject({ method: 'POST', url: '/auth/login' })
  t.same(without.json(), FAILED)
  for (const method of ['PUT', 'DELETE', 'PATCH'] as const) {
    t.equal((await app.inject({ method, url: '/auth/login', headers: good })).statusCode, 404)
  }
})

t.test('a form is spoiled by name and password alone: a damaged returnTo leads to the default', async (t) => {
  const app = await testApp(t)
  const credentials = 'username=johndoe&password=secret'
  const raw = (text: string) => Buffer.from(text, 'latin1')
  const table: [name: string, payload: string | Buffer, location: string][] = [
    ['a returnTo that is not UTF-8', `${credentials}&returnTo=/open%ff`, '../docs'],
    ['the same in raw bytes', raw(`${credentials}&returnTo=/open\xff`), '../docs'],
    ['a truncated sequence', `returnTo=/open%e2%82&${credentials}`, '../docs'],
    ['an overlong sequence', `${credentials}&returnTo=%c0%af`, '../docs'],
    ['a surrogate', `${credentials}&returnTo=/%ed%a0%80`, '../docs'],
    ['a damaged byte before the name', raw(`x=\xe2&${credentials}&returnTo=/open`), '../open'],
    ['two of it', `${credentials}&returnTo=/open&returnTo=/users/me`, '../docs'],
    ['two of it that are the same', `${credentials}&returnTo=/open&returnTo=/open`, '../docs'],
    ['another field twice', `${credentials}&x=1&x=2&returnTo=/open`, '../open'],
    ['another field that is not UTF-8', `${credentials}&x=%ff&returnTo=/open`, '../open'],
    ['another name that is not UTF-8', `${credentials}&%ff=1&%ff=2&returnTo=/open`, '../open'],
  ]
  for (const [name, payload, location] of table) {
    const response = await app.inject({
      method: 'POST',
      url: '/auth/login',
      headers: { ...NAVIGATION, ...FORM, 'sec-fetch-site': 'same-origin' },
      remoteAddress: `10.0.1.${table.findIndex(([other]) => other === name)}`,
      payload,
    })
    t.strictSame([response.statusCode, response.headers.location], [303, location], name)
    t.equal(setCookies(response).length, 1, name)
  }
  const logout = await app.inject({
    method: 'POST',
    url: '/auth/logout',
    headers: FORM,
    payload: 'x=%ff&returnTo=/open',
  })
  t.equal(logout.headers.location, '../auth/login?returnTo=%2Fopen', 'a logout too')
})

t.test('a prefetch begins no session, ends none, and leaves the one 401 to whoever comes', async (t) => {
  const app = await testApp(t)
  const events: string[] = []
  const listening = ['login', 'login_failed', 'session_ended', 'logout'].map((event) => {
    const hear = () => events.push(event)
    subscribe(`docs-gate:${event}`, hear)
    return () => unsubscribe(`docs-gate:${event}`, hear)
  })
  t.teardown(() => {
    for (const stop of listening) stop()
  })
  const purposes: Headers[] = [
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { 'sec-purpose': 'prefetch;anonymous-client-ip' },
    { purpose: 'prefetch' },
    { purpose: 'preview' },
  ]
  const url = '/auth/login?returnTo=/open'
  for (const purpose of purposes) {
    const name = JSON.stringify(purpose)
    const client = browser(app)
    const refuses = async (headers: Headers) => {
      const before = JSON.stringify([...client.jar])
      const response = await client.go(url, { ...headers, ...purpose })
      t.equal(response.statusCode, 403, name)
      t.equal(response.headers['cache-control'], 'no-store')
      t.equal(response.headers['www-authenticate'], undefined)
      t.equal(response.body, '')
      t.strictSame(setCookies(response), [])
      t.equal(JSON.stringify([...client.jar]), before)
    }
    await refuses(good)
    await refuses(wrong)
    await refuses({})
    await refuses({ ...good, ...FETCH })
    t.strictSame(events, [], 'nothing was tried')

    await client.go(url, good)
    const session = client.jar.get('docs-gate')
    for (const credentials of [good, wrong, {}]) {
      const there = await client.go(url, { ...credentials, ...purpose })
      t.strictSame([there.statusCode, there.headers.location], [303, '../open'], 'who is in goes on')
      t.strictSame(setCookies(there), [])
    }
    t.equal(client.jar.get('docs-gate'), session)
    t.equal((await client.go('/users/me', purpose)).statusCode, 200)
    t.strictSame(events.splice(0), ['login'])

    await client.go('/auth/logout', {}, '')
    events.length = 0
    await refuses(good)
    await refuses({})
    t.equal((await client.go(url, good)).statusCode, 401, 'the one 401 is still there')
    t.equal((await client.go(url, good)).statusCode, 303, 'and is one')
    t.strictSame(events.splice(0), ['login'])
    if ('purpose' in purpose) {
      const offered = await client.go('/auth/logout', purpose)
      t.equal(offered.statusCode, 200, 'nor is anybody logged out')
    }
  }
  for (const [index, purpose] of ['', 'x', 'not-prefetch'].entries()) {
    const headers = { ...NAVIGATION, ...good, purpose }
    const response = await app.inject({ url, headers, remoteAddress: `10.0.0.${index + 1}` })
    t.equal(response.statusCode, 303, `Purpose: ${purpose}`)
  }

  const form = await testApp(t, { gate: { login: { mode: 'form' } } })
  const visitor = browser(form)
  visitor.jar.set('docs-gate-logged-out', '1')
  t.equal((await visitor.go('/auth/login', { 'sec-purpose': 'prefetch' })).statusCode, 403)
  t.match(
    (await visitor.go('/auth/login')).body,
    'You were logged out.',
    'what is said once is not said to it',
  )
})

t.test('HEAD is answered as GET is, without a body', async (t) => {
  const app = await testApp(t)
  const head = (headers: Headers) => app.inject({ method: 'HEAD', url: '/auth/login', headers })
  const page = await head(NAVIGATION)
  t.equal(page.statusCode, 401)
  t.equal(page.headers['www-authenticate'], BASIC)
  t.equal(page.body, '')
  const navigation = await head({ ...NAVIGATION, ...good })
  t.equal(navigation.statusCode, 303)
  t.equal(navigation.headers.location, '../docs')
  const program = await head(good)
  t.equal(program.statusCode, 200)
  t.equal(program.body, '')
  t.match(setCookies(program)[0], SESSION_COOKIE)
  t.equal((await head(wrong)).statusCode, 401)
})

t.test('the ways in and out are in no document and under no CORS of the host', async (t) => {
  const seen: { url: string; config: unknown; hide: unknown }[] = []
  await testApp(t, {
    before(app) {
      app.addHook('onRoute', ({ url, config, schema }) => {
        if (url.startsWith('/auth')) seen.push({ url, config, hide: (schema as { hide?: unknown })?.hide })
      })
    },
  })
  t.ok(seen.length >= 7)
  for (const { url, config, hide } of seen) {
    t.equal((config as { cors: unknown }).cors, false, url)
    t.equal(hide, true, url)
  }
})

t.test('another site’s link to who has a strict cookie', async (t) => {
  const FROM_ELSEWHERE = { ...NAVIGATION, 'sec-fetch-site': 'cross-site' }
  const { 'sec-fetch-site': _site, 'sec-fetch-mode': _mode, ...plain } = NAVIGATION
  const strict = { session: { cookie: { sameSite: 'strict' } } } as const
  const nextOf = (body: string) => {
    const [link, refresh] = [
      /id="continue" href="([^"]+)"/.exec(body)?.[1],
      /content="0; url=([^"]+)"/.exec(body)?.[1],
    ]
    t.equal(refresh, link, 'with a script and without')
    return link?.replaceAll('&amp;', '&') ?? ''
  }
  const follow = (url: string, reference: string) => {
    const { pathname, search } = new URL(reference, `http://x${url}`)
    return pathname + search
  }

  await t.test('is loaded once more before it is judged', async (t) => {
    for (const mode of ['form', 'basic'] as const) {
      const app = await testApp(t, { gate: { ...strict, login: { mode } } })
      const { cookie } = await logIn(app)
      for (const [url, from] of [
        ['/docs?a=b', FROM_ELSEWHERE],
        ['/users/me', FROM_ELSEWHERE],
        ['/users/me', { ...plain, referer: 'https://wiki.example/page' }],
      ] as const) {
        const sent = await app.inject({ url, headers: from })
        t.equal(sent.statusCode, 303)
        const login = follow(url, sent.headers.location as string)
        t.equal(login, `/auth/login?returnTo=${encodeURIComponent(url)}`)
        // The browser sends the credentials that it has cached along.
        const page = await app.inject({
          url: login,
          headers: { ...from, authorization: basic('johndoe', 'secret') },
        })
        t.equal(page.statusCode, 200)
        t.match(page.headers, {
          'cache-control': 'no-store',
          'content-security-policy': /^default-src 'none';/,
        })
        t.equal(page.headers['set-cookie'], undefined)
        const again = follow(login, nextOf(page.body))
        t.equal(again, `${login}&reloaded=`)
        const headers = { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }
        const known = await app.inject({ url: again, headers: { ...headers, cookie } })
        t.equal(known.statusCode, 303)
        t.equal(follow(again, known.headers.location as string), url)
        const stranger = await app.inject({ url: again, headers })
        t.equal(stranger.statusCode, mode === 'form' ? 200 : 401)
        t.match(stranger.body, /id="username"/)
        const isolated = await app.inject({ url: again, headers: from })
        t.match(isolated.body, /id="username"/, 'once: a page in a sandbox is of another site for ever')
      }
    }
  })

  await t.test('or by the guard itself, where that sends strangers elsewhere', async (t) => {
    const app = await testApp(t, {
      gate: strict,
      after: (app) => {
        const onRequest = app.authorize({ scopes: ['admin'], redirectTo: '/welcome' })
        app.get('/shop', { onRequest }, async () => 'shop')
      },
    })
    const sent = await app.inject({ url: '/shop', headers: FROM_ELSEWHERE })
    const login = follow('/shop', sent.headers.location as string)
    t.equal(login, '/auth/login?return=&returnTo=%2Fshop')
    const page = await app.inject({ url: login, headers: FROM_ELSEWHERE })
    t.equal(page.statusCode, 200)
    const again = follow(login, nextOf(page.body))
    const sameOrigin = { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }
    const back = await app.inject({ url: again, headers: sameOrigin })
    t.equal(back.statusCode, 303)
    t.equal(follow(again, back.headers.location as string), '/shop')
    const judged = await app.inject({ url: '/shop', headers: sameOrigin })
    t.equal(judged.headers.location, './welcome?returnTo=%2Fshop')
    const isolated = await app.inject({ url: again, headers: FROM_ELSEWHERE })
    t.equal(isolated.statusCode, 401, 'never back and forth')
    const { cookie } = await logIn(app, 'jane', 'secret2')
    const lacking = await app.inject({ url: '/shop', headers: { ...sameOrigin, cookie } })
    t.equal(lacking.headers.location, './welcome?returnTo=%2Fshop')
    const nowhere = await app.inject({
      url: '/auth/login?return=&reloaded=&returnTo=//evil.example',
      headers: sameOrigin,
    })
    t.equal(nowhere.statusCode, 401)
  })

  await t.test('is judged at once in every other case', async (t) => {
    const app = await testApp(t, { gate: strict })
    const { cookie } = await logIn(app)
    const lax = await testApp(t)
    const rows = [
      ['of this site', app, NAVIGATION, 401],
      ['of a subdomain: the cookie comes along', app, { ...NAVIGATION, 'sec-fetch-site': 'same-site' }, 401],
      ['with a cookie', app, { ...FROM_ELSEWHERE, cookie }, 303],
      ['no navigation', app, { accept: 'application/json', 'sec-fetch-site': 'cross-site' }, 403],
      ['a Referer of this host', app, { ...plain, host: 'a.example', referer: 'http://a.example/x' }, 401],
      ['nothing said', app, plain, 401],
      ['a lax cookie', lax, FROM_ELSEWHERE, 401],
    ] as const
    for (const [name, where, headers, status] of rows)
      t.equal((await where.inject({ url: '/auth/login', headers })).statusCode, status, name)
  })
})
