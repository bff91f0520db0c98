import t from 'tap'
import { cookieHeader, FORM, listen, NAVIGATION, rawRequest, testApp } from './helper.ts'
import { nginx, withoutNginx } from './nginx.ts'

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
  const once = await nginx(t, `location / { proxy_pass http://127.0.0.1:${gate}/; }`)
  // A common mistake, which hands on the path decoded: the next proxy decodes it again.
  const twice = await nginx(t, `location / { proxy_pass http://127.0.0.1:${once}$uri; }`)
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
