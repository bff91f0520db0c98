import t from 'tap'
import { type CookieSettings, cookieValues, gateCookies } from '../../lib/session/cookie.ts'
import { SECRET } from '../helper.ts'
import { COOKIE, ISSUER, realTools, requestOf } from './fixtures.ts'

// ---- cookies

t.test('every value of a cookie is read, and no other cookie is taken for it', async (t) => {
  const long = 'x'.repeat(10_000)
  const table: [string | undefined, string[]][] = [
    [undefined, []],
    ['', []],
    ['docs-gate', []],
    ['docs-gate=', []],
    ['docs-gate=; docs-gate=a', ['a']],
    ['docs-gate= \t', []],
    ['docs-gate=a', ['a']],
    ['docs-gate=a; ', ['a']],
    ['docs-gate=a;b=c', ['a']],
    ['b=c;docs-gate=a', ['a']],
    ['b=c; docs-gate=a; d=e', ['a']],
    ['b=c;   \t docs-gate=a', ['a']],
    ['  docs-gate=a', ['a']],
    ['docs-gate=a; docs-gate=b; docs-gate=c', ['a', 'b', 'c']],
    ['docs-gate=junk; docs-gate=a', ['junk', 'a']],
    ['docs-gate=a=b', ['a=b']],
    ['docs-gate==', ['=']],
    ['docs-gate=docs-gate=a', ['docs-gate=a']],
    ['docs-gate="a"', ['"a"']],
    ['docs-gate="a; docs-gate=b"', ['"a', 'b"']],
    ['docs-gate=%61', ['%61']],
    ['docs-gate= a b ', ['a b']],
    ['%64ocs-gate=a', []],
    ['xdocs-gate=a', []],
    ['x-docs-gate=a', []],
    ['__Host-docs-gate=a', []],
    ['__Secure-docs-gate=a', []],
    ['docs-gatex=a', []],
    ['docs-gate-logged-out=1', []],
    ['docs-gate =a', []],
    ['Docs-Gate=a', []],
    ['a=docs-gate=b', []],
    ['a=b docs-gate=c', []],
    ['a="; docs-gate=c"', ['c"']],
    [';;;docs-gate=a;;;', ['a']],
    ['docs-gate=a, docs-gate=b', ['a, docs-gate=b']],
    [`docs-gate=${long}`, [long]],
    [`junk=${long}; docs-gate=a`, ['a']],
  ]
  for (const [sent, expected] of table) {
    t.strictSame(cookieValues(sent, 'docs-gate'), expected, String(sent).slice(0, 60))
  }
  t.strictSame(cookieValues('a.c=1; abc=2', 'a.c'), ['1'], 'a name is no pattern')
  t.strictSame(cookieValues('__Host-docs-gate=a; docs-gate=b', '__Host-docs-gate'), ['a'])
})

t.test('the cookie has the name and the attributes of its scheme', async (t) => {
  const { serializeCookie } = await realTools(ISSUER, SECRET)
  const [http, https] = [{ protocol: 'http' }, { protocol: 'https' }]
  const table: [string, Partial<CookieSettings>, object | undefined, string, string][] = [
    ['http', {}, http, 'docs-gate', '; Path=/; HttpOnly; SameSite=Lax'],
    ['https', {}, https, '__Host-docs-gate', '; Path=/; HttpOnly; Secure; SameSite=Lax'],
    ['no request', {}, undefined, 'docs-gate', '; Path=/; HttpOnly; SameSite=Lax'],
    ['always', { secure: true }, http, '__Host-docs-gate', '; Path=/; HttpOnly; Secure; SameSite=Lax'],
    [
      'always, no request',
      { secure: true },
      undefined,
      '__Host-docs-gate',
      '; Path=/; HttpOnly; Secure; SameSite=Lax',
    ],
    ['never', { secure: false }, https, 'docs-gate', '; Path=/; HttpOnly; SameSite=Lax'],
    [
      'strict',
      { sameSite: 'strict' },
      https,
      '__Host-docs-gate',
      '; Path=/; HttpOnly; Secure; SameSite=Strict',
    ],
    [
      'a domain',
      { domain: 'example.com' },
      https,
      '__Secure-docs-gate',
      '; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax',
    ],
    [
      'a domain on http',
      { domain: 'example.com' },
      http,
      'docs-gate',
      '; Domain=example.com; Path=/; HttpOnly; SameSite=Lax',
    ],
    ['a name', { name: 'sid' }, https, '__Host-sid', '; Path=/; HttpOnly; Secure; SameSite=Lax'],
  ]
  const gone = '; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
  for (const [name, settings, scheme, cookie, attributes] of table) {
    const cookies = gateCookies({ ...COOKIE, ...settings }, serializeCookie)
    const request = scheme && requestOf({}, scheme)
    const attributesOf = (value: string) => value.slice(value.indexOf(';')).split('; ').sort()
    const expected = attributes.split('; ').sort()
    const carried = cookies.setSession('a.b-c_d', request)
    t.equal(carried.split(';', 1)[0], `${cookie}=a.b-c_d`, name)
    t.strictSame(attributesOf(carried), expected, `${name}: no Max-Age`)
    if (!request) continue
    const marked = cookies.setLoggedOut(request)
    t.equal(marked.split(';', 1)[0], `${cookie}-logged-out=1`, name)
    t.strictSame(attributesOf(marked), expected, name)
    const expectedGone = `; Max-Age=0${attributes}${gone}`.split('; ').sort()
    for (const [made, key] of [
      [cookies.clearSession(request), cookie],
      [cookies.clearLoggedOut(request), `${cookie}-logged-out`],
    ] as const) {
      t.equal(made.split(';', 1)[0], `${key}=`, name)
      t.strictSame(attributesOf(made), expectedGone, name)
    }
    const names = ['docs-gate', '__Host-docs-gate', '__Secure-docs-gate', 'sid', '__Host-sid']
    const sent = names.flatMap((key) => [`${key}=${key}`, `${key}-logged-out=${key}`]).join('; ')
    const back = requestOf({ cookie: sent }, scheme)
    t.strictSame(cookies.read(back), [cookie], `${name}: no other name is read`)
    t.equal(cookies.isLoggedOut(back), true, name)
    t.equal(cookies.isLoggedOut(requestOf({ cookie: `${cookie}=a` }, scheme)), false, name)
    t.equal(cookies.isLoggedOut(requestOf({}, scheme)), false, name)
    const others = names.filter((key) => key !== cookie).map((key) => `${key}-logged-out=1`)
    t.equal(cookies.isLoggedOut(requestOf({ cookie: others.join('; ') }, scheme)), false, name)
  }
})
