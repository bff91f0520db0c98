import t from 'tap'
import { parseReturnTo } from '../../lib/http/return-to.ts'

const RESERVED = ['/auth']

/** Percent-encodes every byte of a text, and then the percent signs, so many times in all. */
function encodeTimes(text: string, times: number): string {
  const bytes = [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  return bytes.replaceAll('%', `%${'25'.repeat(times - 1)}`)
}

t.test('a returnTo on this site is kept, as the browser would spell it', async (t) => {
  const table: [string, string][] = [
    ['/', '/'],
    ['/docs', '/docs'],
    ['/docs/?a=1&b=%20c', '/docs/?a=1&b=%20c'],
    ['/docs?next=//evil.com', '/docs?next=//evil.com'],
    ['/docs?next=/auth/logout', '/docs?next=/auth/logout'],
    ['/docs#/pets/get', '/docs'],
    ['/docs#//evil.com', '/docs'],
    ['/a b', '/a%20b'],
    ['/ümlaut', '/%C3%BCmlaut'],
    ['/a/../b', '/b'],
    ['/a/./b', '/a/b'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%2E./b', '/b'],
    ['/../../docs', '/docs'],
    ['/a//b', '/a//b'],
    ['/a\\b', '/a/b'],
    ['/a\tb\n', '/ab'],
    ['/user@host', '/user@host'],
    ['/http://evil.com', '/http://evil.com'],
    ['/%2f%2fevil.com', '/%2f%2fevil.com'],
    ['/%5cevil.com', '/%5cevil.com'],
    ['/.evil.com', '/.evil.com'],
    ['/..evil.com', '/..evil.com'],
    ['/\ud800', '/%EF%BF%BD'],
    ['/authors', '/authors'],
    ['/auth.html', '/auth.html'],
    ['/auth-x', '/auth-x'],
    ['/x/auth', '/x/auth'],
    ['/x/auth/logout', '/x/auth/logout'],
    ['/auth/../docs', '/docs'],
    ['/docs;/auth', '/docs;/auth'],
    ['/%25', '/%25'],
    [`/${'a'.repeat(2047)}`, `/${'a'.repeat(2047)}`],
  ]
  for (const [value, expected] of table)
    t.equal(parseReturnTo(value, RESERVED), expected, JSON.stringify(value))
})

t.test('a returnTo that leads elsewhere in any spelling is dropped', async (t) => {
  const table: unknown[] = [
    '',
    'docs',
    './docs',
    '../docs',
    '?a',
    '#a',
    '//evil.com',
    '///evil.com',
    '////evil.com',
    '//evil.com/%2f..',
    '//user@evil.com',
    '//user:pass@docs-gate.invalid',
    '//docs-gate.invalid/docs',
    '//evil.com:80',
    '//[::1]/',
    '/\\evil.com',
    '/\\/evil.com',
    '\\/evil.com',
    '\\\\evil.com',
    '/\t/evil.com',
    '/\n/evil.com',
    '/\r\n/evil.com',
    '/\t\\evil.com',
    '\t//evil.com',
    '\t/docs',
    ' /docs',
    '\u00a0/docs',
    '\u0000/docs',
    '\n/docs',
    '/.//evil.com',
    '/..//evil.com',
    '/./\\evil.com',
    '/.\\/evil.com',
    '/%2e//evil.com',
    '/%2e%2e//evil.com',
    '/%2E%2e/%2e/\\evil.com',
    '/a/..//evil.com',
    '/a/../\\evil.com',
    '/a/b/../..//evil.com',
    '/.\t//evil.com',
    'http://evil.com',
    'https:evil.com',
    'https:/evil.com',
    'https:///evil.com',
    'http://docs-gate.invalid/docs',
    'https://docs.example.com@evil.com/',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'mailto:a@b.c',
    '//',
    '/\\',
    '//[',
    '//%',
    '/%',
    '/%zz',
    '/%c3',
    '/%ff%fe',
    `/${'a'.repeat(2048)}`,
    `/${'é'.repeat(1000)}`,
    undefined,
    null,
    1,
    {},
    ['/docs'],
    ['/docs', '/docs'],
  ]
  for (const value of table)
    t.equal(parseReturnTo(value, RESERVED), undefined, JSON.stringify(value)?.slice(0, 60))
})

t.test('a returnTo to a route of the gate is dropped, however the router may read it', async (t) => {
  const table = [
    '/auth',
    '/auth/',
    '/auth/logout',
    '/auth/logout?x=/docs',
    '/auth?x',
    '/auth#x',
    '/AUTH/logout',
    '/Auth',
    '/%61uth/logout',
    '/%41uth/logout',
    '/aut%68/logout',
    '/auth%2flogout',
    '/auth%2Flogout',
    '/%2fauth/logout',
    '/a/%2e%2e/auth/logout',
    '/docs/../auth/logout',
    '/docs/..\\auth\\logout',
    '/./auth/logout',
    '/auth/./logout',
    '/auth//logout',
    '/auth;x',
    '/auth;x/logout',
    '/auth/logout;jsessionid=1',
    '/auth%3bx',
    '/a\tuth/logout',
    '/auth\\logout',
  ]
  for (const value of table) t.equal(parseReturnTo(value, RESERVED), undefined, value)
  t.equal(parseReturnTo('/a/%2e%2e//auth/logout', RESERVED), undefined, 'doubled slashes')
  t.equal(parseReturnTo('/x//auth', ['/x/auth']), undefined, 'doubled slashes within')
  t.equal(parseReturnTo('/API/auth/me', ['/Api/Auth']), undefined, 'a prefix in capitals')
  for (const value of ['/login', '/LOGOUT', '/token/', '/me;x']) {
    t.equal(parseReturnTo(value, ['/login', '/logout', '/token', '/me']), undefined, `${value} at the root`)
  }
  t.equal(parseReturnTo('/docs', ['/login', '/logout']), '/docs')
  t.equal(parseReturnTo('/auth/logout', []), '/auth/logout')
})

t.test('a returnTo that a proxy or a router turns into a route of the gate is dropped', async (t) => {
  const table: [string, string][] = [
    ['decoded once', '/docs%2f..%2fauth%2flogout'],
    ['decoded twice', '/docs%252f..%252fauth%252flogout'],
    ['decoded five times', `/${encodeTimes('auth', 5)}/logout`],
    ['a dot segment that a slash hides', '/.%2fauth/logout'],
    ['the same in capitals', '/.%2Fauth/logout'],
    ['a dot segment behind a parameter', '/docs;/..%2fauth/logout'],
    ['a dot segment within a parameter', '/docs;x=%2f..%2f..%2fauth/logout'],
    ['a dot segment with a parameter', '/docs/..;/auth/logout'],
    ['the same with a value', '/docs/..;x=1/auth/logout'],
    ['the same, encoded', '/docs/..%3bx/auth/logout'],
    ['a parameter instead of a name', '/;x/auth/logout'],
    ['a slash within such a parameter', '/;%2fx/auth/logout'],
    ['a backslash', '/docs%5c..%5cauth%5clogout'],
    ['a backslash, encoded twice', '/docs/..%255cauth/logout'],
    ['doubled slashes', '/%2f%2fauth//logout'],
    ['doubled slashes and dots', '/docs/%2f..%2f..//auth/logout'],
    ['another case', '/docs%2F..%2fAuTh/LOGOUT'],
    ['an encoded percent sign', '/%2561uth/logout'],
    ['letters of another width', '/\uff41uth/logout'],
    ['the same within an encoding', `/${encodeTimes('\uff41uth', 2)}/logout`],
    ['a long s and a dotless i', '/\u017fIgn\u0131n'],
    ['a slash of another width', '/docs\uff0f..\uff0fauth/logout'],
    ['the slashes of mathematics', '/docs\u2215..\u2044auth/logout'],
    ['dots of another width', '/docs/\uff0e\uff0e/auth/logout'],
    ['a leader of two dots', '/docs/\u2025/auth/logout'],
    ['a percent sign of another width', '/docs\uff052f..\uff052fauth/logout'],
    ['a zero-width space', '/au\u200bth/logout'],
    ['a soft hyphen, encoded twice', '/au%25C2%25ADth/logout'],
    ['a combining accent', '/au\u0301th/logout'],
    ['a query that is encoded', '/auth%3fx'],
    ['a fragment that is encoded', '/auth%23x'],
    ['a dot at the end of a name', '/auth./logout'],
    ['spaces at the end of a name', '/auth%20%20/logout'],
    ['an escape of one server alone', '/docs%25u002f..%25u002fauth/logout'],
    ['an overlong slash', '/docs%c0%af..%c0%afauth/logout'],
    ['an overlong slash, encoded twice', '/docs%25c0%25af..%25c0%25afauth/logout'],
  ]
  for (const [name, value] of table)
    t.equal(parseReturnTo(value, ['/auth', '/signin']), undefined, `${name}: ${value}`)
  t.equal(parseReturnTo('/api;v=1/auth/me', ['/api/auth']), undefined, 'a parameter within the prefix')
  t.equal(parseReturnTo('/api;%2fx/auth/me', ['/api/auth']), undefined, 'a slash within that')
  t.equal(parseReturnTo('/login%3fx', ['/login']), undefined, 'a query at the root')
  t.equal(
    parseReturnTo('/100%25/auth.', ['/100%/auth']),
    undefined,
    "a parent's prefix that cannot be decoded",
  )
})

t.test('a returnTo that is no path to anybody is dropped, wherever it leads', async (t) => {
  const table: [string, string][] = [
    ['a hidden dot segment', '/docs/..%2fother'],
    ['one that is hidden twice', '/docs/%252e%252e/other'],
    ['a NUL', '/docs%00'],
    ['a NUL, encoded twice', '/docs%2500.html'],
    ['a tab', '/docs%09'],
    ['a line feed', '/docs%0a'],
    ['a C1 control', '/docs%c2%85'],
    ['bytes that are not UTF-8', '/docs%25ff'],
    ['a surrogate', '/docs%25ed%25a0%2580'],
    ['what does not settle', `/${encodeTimes('a', 7)}`],
    ['what would take long', `/%${'25'.repeat(1000)}`],
  ]
  for (const [name, value] of table) t.equal(parseReturnTo(value, RESERVED), undefined, name)
  for (const value of [
    '/a%2Fb',
    '/items/100%25',
    '/100%25zz',
    '/files/%252f',
    '/docs;v=1.0/pets',
    '/docs;v=%20/pets',
    '/r%C3%A9sum%C3%A9.pdf',
    '/x%2fauth',
    '/v1.0/...',
    '/~ada/@me:x',
  ])
    t.equal(parseReturnTo(value, RESERVED), value, `${value} is a path like any other`)
})

t.test('whatever is kept resolves to this site, as a redirect does it', async (t) => {
  const pieces = [
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '\t',
    '\n',
    ' ',
    '@',
    ':',
    '?',
    '#',
    ';',
    'evil.com',
    'auth',
  ]
  let kept = 0
  for (const a of pieces) {
    for (const b of pieces) {
      for (const c of pieces) {
        const value = `/${a}${b}${c}`
        const path = parseReturnTo(value, RESERVED)
        if (path === undefined) continue
        kept++
        const { origin } = new URL(path, 'https://docs.example.com')
        if (origin !== 'https://docs.example.com') t.fail(`${JSON.stringify(value)} leads to ${origin}`)
        if (parseReturnTo(path, RESERVED) !== path) t.fail(`${JSON.stringify(value)} is not stable: ${path}`)
      }
    }
  }
  t.ok(kept > 1000, `${kept} kept`)
})
