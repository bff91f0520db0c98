import { mock } from 'node:test'
import t from 'tap'
import { isBasic, parseBasicCredentials, readCredentials } from '../../lib/http/basic-credentials.ts'
import { isForm, parseForm } from '../../lib/http/form.ts'
import { parseReturnTo } from '../../lib/http/return-to.ts'
import { loginLoopDetector } from '../../lib/session/login-loop.ts'

const base64 = (text: string | Buffer): string => Buffer.from(text as string).toString('base64')
const basic = (text: string | Buffer): string => `Basic ${base64(text)}`

t.test('good Basic headers give a name and a password', async (t) => {
  const table: [string, string, string, string][] = [
    ['plain', basic('johndoe:secret'), 'johndoe', 'secret'],
    ['the first colon splits', basic('johndoe:a:b::'), 'johndoe', 'a:b::'],
    ['a password that is a colon', basic('johndoe::'), 'johndoe', ':'],
    ['scheme in lower case', `basic ${base64('johndoe:secret')}`, 'johndoe', 'secret'],
    ['scheme in capitals', `BASIC ${base64('johndoe:secret')}`, 'johndoe', 'secret'],
    ['several spaces', `Basic   ${base64('johndoe:secret')}`, 'johndoe', 'secret'],
    ['UTF-8', basic('jörg:pässwörd£'), 'jörg', 'pässwörd£'],
    ['beyond the first plane', basic('😀:🔑🔑'), '😀', '🔑🔑'],
    ['NFD becomes NFC', basic('jo\u0308rg:pa\u0308ss'), 'j\u00f6rg', 'p\u00e4ss'],
    ['a singleton becomes NFC', basic('\u212bngstrom:\u2126'), '\u00c5ngstrom', '\u03a9'],
    ['NFC, not NFKC', basic('ﬁ:①'), 'ﬁ', '①'],
    ['spaces are part of both', basic(' john doe : secret '), ' john doe ', ' secret '],
    ['a byte order mark is a character', basic('\ufeffjohndoe:\ufeff'), '\ufeffjohndoe', '\ufeff'],
    ['one padding character', basic('ab:cd'), 'ab', 'cd'],
    ['two padding characters', basic('a:cd'), 'a', 'cd'],
    ['plus and slash', `Basic ${base64('a:~~~???>>>')}`, 'a', '~~~???>>>'],
    ['256 bytes of name', basic(`${'ü'.repeat(128)}:x`), 'ü'.repeat(128), 'x'],
    ['1,024 bytes of password', basic(`x:${'ü'.repeat(512)}`), 'x', 'ü'.repeat(512)],
  ]
  for (const [name, header, username, password] of table) {
    t.equal(isBasic(header), true, name)
    t.strictSame(parseBasicCredentials(header), { username, password }, name)
  }
  t.match(base64('a:~~~???>>>'), /[+/]/, 'the table means what it says')
})

t.test('malformed Basic headers are Basic all the same, and give nothing', async (t) => {
  const control = (code: number) => String.fromCharCode(code)
  const controls = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, i) => 127 + i)]
  const table: [string, string][] = [
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['no colon', basic('johndoe')],
    ['an empty text', `Basic ${base64('')}`],
    ['a colon alone', basic(':')],
    ['an empty user', basic(':secret')],
    ['an empty password', basic('johndoe:')],
    ['missing padding', 'Basic YTpjZA'],
    ['half of the padding', 'Basic YTpjZA='],
    ['too much padding', 'Basic YTpjZA==='],
    ['padding in the middle', 'Basic YTo=Y2Q='],
    ['stray bits', 'Basic YTpjZB=='],
    ['more stray bits', 'Basic YTpjZP=='],
    ['base64url', `Basic ${base64('a:~~~???>>>').replace(/\+/g, '-').replace(/\//g, '_')}`],
    ['not base64', 'Basic !!!!'],
    ['plain text', 'Basic johndoe:secret'],
    ['a space within', 'Basic YTpj ZGU='],
    ['white space at the end', 'Basic YTpjZA== '],
    ['a second value', 'Basic YTpjZA==, Basic YTpjZA=='],
    ['an auth-param', 'Basic YTpjZA==,charset=UTF-8'],
    ['one character', 'Basic Y'],
    ['invalid UTF-8', basic(Buffer.from([0x61, 0x3a, 0xff]))],
    ['ISO 8859-1', basic(Buffer.from('jörg:secret', 'latin1'))],
    ['a truncated sequence', basic(Buffer.from([0x61, 0x3a, 0xe2, 0x82]))],
    ['an overlong sequence', basic(Buffer.from([0x61, 0x3a, 0xc0, 0xaf]))],
    ['a lone surrogate', basic(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0x80]))],
    ['a surrogate pair (CESU-8)', basic(Buffer.from([0x61, 0x3a, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]))],
    ['257 bytes of name', basic(`${'ü'.repeat(128)}x:y`)],
    ['1,025 bytes of password', basic(`x:${'ü'.repeat(512)}y`)],
    ['a megabyte', basic(`x:${'y'.repeat(1_000_000)}`)],
    ...controls.map((code): [string, string] => [
      `control ${code} in the name`,
      basic(`a${control(code)}:b`),
    ]),
    ...controls.map((code): [string, string] => [
      `control ${code} in the password`,
      basic(`a:b${control(code)}`),
    ]),
  ]
  for (const [name, header] of table) {
    t.equal(isBasic(header), true, name)
    t.equal(parseBasicCredentials(header), null, name)
  }
  t.ok(parseBasicCredentials('Basic YTpjZA=='), 'the good spelling of what is bad above')
})

t.test('another scheme is not Basic', async (t) => {
  const table = [
    undefined,
    '',
    'Bearer YTpjZA==',
    'BasicYTpjZA==',
    'Basic\tYTpjZA==',
    'XBasic YTpjZA==',
    ' Basic YTpjZA==',
  ]
  for (const header of table) t.equal(isBasic(header), false, String(header))
  t.equal(parseBasicCredentials('Bearer YTpjZA=='), null)
})

t.test('credentials of a form and of /token keep the same rules', async (t) => {
  t.strictSame(readCredentials('a:b', 'c'), { username: 'a:b', password: 'c' })
  t.strictSame(readCredentials('jo\u0308rg', 'e\u0301'), { username: 'jörg', password: 'é' })
  const table: [unknown, unknown][] = [
    [undefined, 'x'],
    ['x', undefined],
    [null, 'x'],
    [1, 'x'],
    ['x', ['x']],
    [{}, 'x'],
    ['', 'x'],
    ['x', ''],
    ['x\u0000', 'x'],
    ['x', 'x\u0085'],
    ['x', 'x\r\n'],
    ['\ud800', 'x'],
    ['x', 'a\udfff'],
    ['x', '\udc00\ud800'],
    ['x'.repeat(257), 'x'],
    ['x', 'x'.repeat(1025)],
  ]
  for (const [username, password] of table) {
    t.equal(readCredentials(username, password), null, JSON.stringify([username, password]).slice(0, 60))
  }
})

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

t.test('a form is known by its media type', async (t) => {
  const table: [string | undefined, boolean][] = [
    ['application/x-www-form-urlencoded', true],
    ['application/x-www-form-urlencoded; charset=utf-8', true],
    ['Application/X-WWW-Form-Urlencoded ;x', true],
    ['application/json', false],
    ['application/x-www-form-urlencoded-not', false],
    ['text/plain; application/x-www-form-urlencoded', false],
    ['', false],
    [undefined, false],
  ]
  for (const [type, expected] of table) t.equal(isForm(type), expected, String(type))
})

t.test('a form body is read once for each parameter, in UTF-8', async (t) => {
  const table: [string, unknown, [string, string][] | null][] = [
    [
      'parameters',
      Buffer.from('a=1&b=2'),
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['plus and percent', Buffer.from('a=b+c%20d%26'), [['a', 'b c d&']]],
    [
      'UTF-8, raw and encoded',
      Buffer.from('a=ü&b=%C3%BC'),
      [
        ['a', 'ü'],
        ['b', 'ü'],
      ],
    ],
    ['a byte order mark is a character', Buffer.from('\ufeffa=1'), [['\ufeffa', '1']]],
    [
      'names without values',
      Buffer.from('a&b='),
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['nothing', Buffer.from(''), []],
    ['ampersands alone', Buffer.from('&&'), []],
    ['a parameter twice', Buffer.from('a=1&a=2'), null],
    ['the same twice', Buffer.from('a=1&a=1'), null],
    ['twice in two spellings', Buffer.from('a=1&%61=2'), null],
    ['not UTF-8', Buffer.from([0x61, 0x3d, 0xff]), null],
    ['no body', undefined, []],
    ['null', null, []],
    ['an object', { username: 'x' }, []],
    ['a string', 'a=1', []],
    [
      'prototype names are names',
      Buffer.from('__proto__=1&constructor=2'),
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ]
  for (const [name, body, expected] of table) {
    const form = parseForm(body)
    t.strictSame(form && [...form], expected, name)
  }
})

t.test('a browser that does not keep the cookie is noticed at its second login', async (t) => {
  // The library reads a clock once a millisecond; its timer is ours to move too.
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let clock = 1_000_000
  const at = (milliseconds: number) => {
    clock = 1_000_000 + milliseconds
    mock.timers.tick(5)
  }
  const fresh = () => loginLoopDetector(() => clock)

  const circle = fresh()
  circle.markUsed('nobody')
  t.equal(circle.detect('john', '10.0.0.1', 's1'), false, 'the first login')
  t.equal(circle.detect('jane', '10.0.0.1', 's2'), false, 'another user')
  t.equal(circle.detect('john', '10.0.0.2', 's3'), false, 'another address')
  at(9_999)
  t.equal(circle.detect('john', '10.0.0.1', 's4'), true, 'within ten seconds, the first never used')

  const kept = fresh()
  kept.detect('john', '10.0.0.1', 's1')
  kept.markUsed('s1')
  t.equal(kept.detect('john', '10.0.0.1', 's2'), false, 'the first session was used')
  kept.markUsed('s1')
  kept.markUsed('unknown')
  t.equal(kept.detect('john', '10.0.0.1', 's3'), true, 'the second was not, though the first was again')

  const two = fresh()
  two.detect('john', '10.0.0.1', 's1')
  two.detect('john', '10.0.0.1', 's2')
  two.markUsed('s1')
  t.equal(two.detect('john', '10.0.0.1', 's3'), true, 'an older session does not speak for the latest')

  at(20_000)
  const slow = fresh()
  slow.detect('john', '10.0.0.1', 's1')
  at(30_001)
  t.equal(slow.detect('john', '10.0.0.1', 's2'), false, 'after ten seconds')
  t.equal(loginLoopDetector().detect('john', '10.0.0.1', 's1'), false, 'with the clock of the process')
})
