import t from 'tap'
import { basic, browser, cookieHeader, FORM, logIn, NAVIGATION, setCookies, testApp } from '../helper.ts'

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
const CLEARED = 'docs-gate=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'
const MARKED = 'docs-gate-logged-out=1; Path=/; HttpOnly; SameSite=Lax'
const BY_LINK = { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }

type Headers = Record<string, string>

t.test('POST /logout ends the session, clears the cookie and sends the browser on', async (t) => {
  for (const mode of ['basic', 'form'] as const) {
    const app = await testApp(t, { gate: { login: { mode } } })
    const { bearer, cookie } = await logIn(app)
    const other = await logIn(app)
    const response = await app.inject({
      method: 'POST',
      url: '/auth/logout',
      headers: { cookie },
      payload: '',
    })
    t.equal(response.statusCode, 303)
    t.equal(response.headers.location, '../auth/logged-out')
    t.equal(response.headers['cache-control'], 'no-store')
    t.strictSame(setCookies(response), [CLEARED, MARKED])
    t.equal(response.body, '')
    for (const headers of [{ cookie }, { authorization: bearer }] as Headers[]) {
      for (const url of ['/users/me', '/docs', '/openapi.json', '/auth/me']) {
        t.equal((await app.inject({ url, headers })).statusCode, 401, `${url} after logout`)
      }
    }
    t.equal((await app.inject({ url: '/users/me', headers: { cookie: other.cookie } })).statusCode, 200)
    const form = await app.inject({
      method: 'POST',
      url: '/auth/logout',
      headers: { ...FORM, cookie: other.cookie },
      payload: 'x=1',
    })
    t.equal(form.statusCode, 303)
    t.strictSame(await app.docsGate.sessionsOf('johndoe'), [])
  }
})

t.test('a logout ends every session that it is shown, and needs none', async (t) => {
  const app = await testApp(t)
  const [one, two, three] = [await logIn(app), await logIn(app), await logIn(app)]
  const response = await app.inject({
    method: 'POST',
    url: '/auth/logout',
    headers: { cookie: `docs-gate=junk; ${one.cookie}; ${two.cookie}`, authorization: three.bearer },
  })
  t.equal(response.statusCode, 303)
  t.strictSame(await app.docsGate.sessionsOf('johndoe'), [])

  const kept = await logIn(app)
  const nothings: Headers[] = [
    {},
    { cookie: 'docs-gate=junk' },
    { cookie: one.cookie },
    { authorization: 'Bearer' },
    { authorization: 'Bearer junk' },
    { authorization: basic('johndoe', 'secret') },
  ]
  for (const headers of nothings) {
    const response = await app.inject({ method: 'POST', url: '/auth/logout', headers })
    t.equal(response.statusCode, 303, JSON.stringify(headers).slice(0, 40))
    t.strictSame(setCookies(response), [CLEARED, MARKED])
  }
  t.equal((await app.inject({ url: '/users/me', headers: { cookie: kept.cookie } })).statusCode, 200)
})

t.test('a logout that another site sends is refused', async (t) => {
  const app = await testApp(t, { gate: { trustedOrigins: ['https://app.example.com'] } })
  const table: [headers: Headers, passes: boolean][] = [
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ origin: 'http://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' }, true],
    [{ origin: 'https://app.example.com' }, true],
    [{ origin: 'http://localhost:80' }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{}, true],
  ]
  for (const [headers, passes] of table) {
    const { cookie } = await logIn(app)
    const title = JSON.stringify(headers)
    const response = await app.inject({
      method: 'POST',
      url: '/auth/logout',
      headers: { ...headers, cookie },
    })
    t.equal(response.statusCode, passes ? 303 : 403, title)
    const me = await app.inject({ url: '/users/me', headers: { cookie } })
    t.equal(me.statusCode, passes ? 401 : 200)
    if (passes) continue
    t.equal(response.json().code, 'DOCS_GATE_CROSS_ORIGIN')
    t.strictSame(setCookies(response), [])
    t.equal(response.headers['cache-control'], 'no-store')
  }
})

t.test('GET /logout logs out whom a person sends there, and shows one button otherwise', async (t) => {
  const app = await testApp(t)
  const table: [headers: Headers, logsOut: boolean][] = [
    [NAVIGATION, true],
    [BY_LINK, true],
    [{ ...NAVIGATION, 'sec-fetch-site': 'cross-site' }, false],
    [{ ...NAVIGATION, 'sec-fetch-site': 'same-site' }, false],
    [{ ...BY_LINK, 'sec-fetch-dest': 'iframe' }, false],
    [{ ...BY_LINK, 'sec-fetch-dest': 'image' }, false],
    [{ ...BY_LINK, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, false],
    [{ ...BY_LINK, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, false],
    [{ ...BY_LINK, 'sec-purpose': 'prefetch' }, false],
    [{ ...BY_LINK, 'sec-purpose': 'prefetch;prerender' }, false],
    [{ ...BY_LINK, 'sec-purpose': '' }, false],
    [{ ...BY_LINK, accept: '*/*' }, false],
    [{ accept: NAVIGATION.accept }, false],
    [{ accept: NAVIGATION.accept, 'sec-fetch-site': 'none' }, false],
    [{ accept: NAVIGATION.accept, 'sec-fetch-dest': 'document' }, false],
    [{}, false],
  ]
  for (const [headers, logsOut] of table) {
    const { cookie } = await logIn(app)
    const title = JSON.stringify(headers)
    const response = await app.inject({ url: '/auth/logout', headers: { ...headers, cookie } })
    const me = await app.inject({ url: '/users/me', headers: { cookie } })
    t.equal(response.headers['cache-control'], 'no-store', title)
    if (logsOut) {
      t.equal(response.statusCode, 303)
      t.equal(response.headers.location, '../auth/logged-out')
      t.strictSame(setCookies(response), [CLEARED, MARKED])
      t.equal(me.statusCode, 401)
      continue
    }
    t.equal(response.statusCode, 200)
    t.strictSame(setCookies(response), [])
    t.equal(me.statusCode, 200, 'still in')
    t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
    t.equal(response.headers['referrer-policy'], 'same-origin')
    t.equal(response.headers['content-security-policy'], CSP)
    t.strictSame(response.body.match(/<h1>[^<]*<\/h1>/g), ['<h1>Log out</h1>'])
    t.strictSame(response.body.match(/<button[^>]*>/g), ['<button type="submit">'])
    t.match(response.body, '<form method="post" action="../auth/logout">')
    t.notMatch(response.body, /<script(?! src="\.\.\/auth\/page\.js"><\/script>)|<style|\sstyle=/)
  }
})

t.test('a logout leads where the host says', async (t) => {
  const table: [redirectTo: string, location: string][] = [
    ['/goodbye', '../goodbye'],
    ['/goodbye?x=1#y', '../goodbye?x=1#y'],
    ['https://www.example.com/bye', 'https://www.example.com/bye'],
  ]
  for (const [redirectTo, location] of table) {
    const app = await testApp(t, { gate: { logout: { redirectTo } } })
    const byPost = await app.inject({ method: 'POST', url: '/auth/logout' })
    t.equal(byPost.headers.location, location)
    const byLink = await app.inject({ url: '/auth/logout', headers: BY_LINK })
    t.equal(byLink.headers.location, location)
  }
  const nested = await testApp(t, { gate: { routePrefix: '/a/b' } })
  const response = await nested.inject({ method: 'POST', url: '/a/b/logout' })
  t.equal(response.headers.location, '../../a/b/logged-out')
  const root = await testApp(t, { gate: { routePrefix: '/', login: { mode: 'form' } } })
  t.equal((await root.inject({ method: 'POST', url: '/logout' })).headers.location, './logged-out')
})

t.test('GET /logged-out is a page with the way back in', async (t) => {
  const app = await testApp(t)
  for (const headers of [NAVIGATION, {}] as Headers[]) {
    const response = await app.inject({ url: '/auth/logged-out', headers })
    t.equal(response.statusCode, 200)
    t.equal(response.headers['content-type'], 'text/html; charset=utf-8')
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers['referrer-policy'], 'same-origin')
    t.equal(response.headers['content-security-policy'], CSP)
    t.strictSame(response.body.match(/<h1>[^<]*<\/h1>/g), ['<h1>You are logged out</h1>'])
    t.match(response.body, '<a class="button" href="../auth/login">')
    t.notMatch(response.body, /<script(?! src="\.\.\/auth\/page\.js"><\/script>)|<style|\sstyle=/)
  }
})

t.test('every text of the pages can be replaced, and is escaped', async (t) => {
  const app = await testApp(t, {
    gate: {
      pages: {
        title: 'Dienst',
        texts: {
          language: 'de',
          logOutTitle: 'Abmelden',
          logOutQuestion: 'Wirklich <abmelden>?',
          loggedOutTitle: 'Abgemeldet',
          signInTo: 'Anmelden bei {title} {nothing}',
        },
      },
    },
  })
  const logout = await app.inject('/auth/logout')
  t.match(logout.body, '<html lang="de">')
  t.match(logout.body, '<title>Abmelden · Dienst</title>')
  t.match(logout.body, 'Wirklich &lt;abmelden&gt;?')
  t.match((await app.inject('/auth/logged-out')).body, '<h1>Abgemeldet</h1>')
  const login = await app.inject({ url: '/auth/login', headers: NAVIGATION })
  t.match(login.body, '<h1>Anmelden bei Dienst {nothing}</h1>')
})

t.test('a stateless logout clears the cookie', async (t) => {
  const app = await testApp(t, { gate: { session: { store: 'stateless' } } })
  const { cookie } = await logIn(app)
  const response = await app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie } })
  t.equal(response.statusCode, 303)
  t.strictSame(setCookies(response), [CLEARED, MARKED])
  t.equal(cookieHeader(setCookies(response)), 'docs-gate-logged-out=1')
})

t.test('one browser: in, out, asked again, in as somebody else', async (t) => {
  const app = await testApp(t)
  const client = browser(app)
  const credentials = { authorization: basic('johndoe', 'secret') }
  t.equal((await client.go('/docs')).headers.location, './auth/login?returnTo=%2Fdocs')
  t.equal((await client.go('/auth/login?returnTo=%2Fdocs')).statusCode, 401)
  t.equal((await client.go('/auth/login?returnTo=%2Fdocs', credentials)).headers.location, '../docs')
  t.equal((await client.go('/docs')).statusCode, 200)
  // The browser sends what it has cached to the whole directory, unasked.
  t.equal((await client.go('/auth/logout', credentials, '')).headers.location, '../auth/logged-out')
  t.equal((await client.go('/auth/logged-out', credentials)).statusCode, 200)
  t.equal((await client.go('/docs')).statusCode, 303)
  t.equal((await client.go('/auth/login?returnTo=%2Fdocs', credentials)).statusCode, 401)
  const jane = { authorization: basic('jane', 'secret2') }
  t.equal((await client.go('/auth/login?returnTo=%2Fdocs', jane)).statusCode, 303)
  t.equal((await client.go('/auth/me', jane)).json().username, 'jane')
})
