import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { parseBasicCredentials, readCredentials } from '../../lib/http/basic-credentials.ts'
import { parseForm } from '../../lib/http/form.ts'
import { parseReturnTo } from '../../lib/http/return-to.ts'
import { bearerToken } from '../../lib/session/authenticator.ts'
import { cookieValues } from '../../lib/session/cookie.ts'
import { type Claims, TOKEN_TYPE, type TokenKey, tokenCodec } from '../../lib/session/token/token.ts'
import { accountKey, addressKey } from '../../lib/throttle/keys.ts'

const RUNS = { numRuns: 2000 }
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string())

const holds = (t: { pass(message: string): unknown }, property: fc.IProperty<unknown>): void => {
  fc.assert(property, RUNS)
  t.pass('holds')
}

const encode = (text: string): string => Buffer.from(text).toString('base64')
const isCredential = (text: string): boolean => readCredentials(text, '-') !== null

t.test('Basic: never throws, and gives back what a client encodes', async (t) => {
  holds(
    t,
    fc.property(anyText, (text) => {
      const credentials = parseBasicCredentials(text)
      return credentials === null || isCredential(credentials.username)
    }),
  )
  holds(
    t,
    fc.property(
      anyText,
      (text) => parseBasicCredentials(`Basic ${encode(text)}`) === null || text.includes(':'),
    ),
  )
  const name = anyText.filter((text) => isCredential(text) && !text.includes(':'))
  const password = anyText.filter(isCredential)
  holds(
    t,
    fc.property(name, password, (username, secret) => {
      const credentials = parseBasicCredentials(`Basic ${encode(`${username}:${secret}`)}`)
      return (
        credentials?.username === username.normalize('NFC') &&
        credentials.password === secret.normalize('NFC')
      )
    }),
  )
})

t.test('form: never throws, and gives back what a browser encodes', async (t) => {
  holds(
    t,
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const form = parseForm(Buffer.from(bytes))
      return form === null || form instanceof Map
    }),
  )
  const field = fc
    .string({ unit: 'grapheme' })
    .filter((text) => text.isWellFormed() && !text.includes('\uFFFD'))
  holds(
    t,
    fc.property(fc.dictionary(field, field), (fields) => {
      const form = parseForm(Buffer.from(new URLSearchParams(fields).toString()))
      return form !== null && Object.entries(fields).every(([key, value]) => form.get(key) === value)
    }),
  )
})

t.test('cookie: finds every value of a name and no part of another', async (t) => {
  const token = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/)
  const value = fc.stringMatching(/^[\x21\x23-\x3a\x3c-\x7e]{1,20}$/)
  holds(
    t,
    fc.property(fc.array(fc.tuple(token, value), { maxLength: 8 }), token, (pairs, name) => {
      const header = pairs.map(([key, text]) => `${key}=${text}`).join('; ')
      const wanted = pairs.filter(([key]) => key === name).map(([, text]) => text)
      return JSON.stringify(cookieValues(header, name)) === JSON.stringify(wanted)
    }),
  )
  holds(
    t,
    fc.property(anyText, (header) =>
      cookieValues(header, 'docs-gate').every((found) => header.includes(found)),
    ),
  )
})

t.test(
  'returnTo: whatever comes out stays on this site, outside our own routes, and comes out of itself',
  async (t) => {
    const reserved = ['/auth']
    const site = 'https://site.example'
    const piece = fc.constantFrom(
      '/',
      '\\',
      '//',
      '..',
      '.',
      '%2f',
      '%5c',
      '\t',
      '\n',
      ' ',
      '@',
      ':',
      '#',
      '?',
      'auth',
      'AUTH',
      '%61uth',
      ';',
      'evil.example',
      'https:',
      'javascript:',
    )
    const tricky = fc.array(fc.oneof(piece, anyText), { maxLength: 8 }).map((pieces) => pieces.join(''))
    for (const text of [anyText, tricky, tricky.map((rest) => `/${rest}`)]) {
      holds(
        t,
        fc.property(text, (given) => {
          const path = parseReturnTo(given, reserved)
          if (path === undefined) return true
          const url = new URL(`..${path}`, `${site}/auth/login`)
          return (
            url.origin === site &&
            !/^\/+auth(?:[/;]|$)/i.test(decodeURIComponent(url.pathname)) &&
            parseReturnTo(path, reserved) === path
          )
        }),
      )
    }
  },
)

// What one proxy or router may do to a path. Each does some of it, in an order of its own, and there may be several.
const HOPS: readonly ((path: string) => string)[] = [
  function decode(path) {
    const decodeRun = (run: string): string => Buffer.from(run.replaceAll('%', ''), 'hex').toString()
    return path.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun)
  },
  function decodeUnreserved(path) {
    return path.replace(/%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|2[de]|5f|7e)/gi, decodeURIComponent)
  },
  function resolveDotSegments(path) {
    const names: string[] = []
    for (const name of path.split('/').slice(1)) {
      if (name === '..') names.pop()
      else if (name !== '.') names.push(name)
    }
    return `/${names.join('/')}`
  },
  (path) => path.replace(/\/{2,}/g, '/'),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replace(/;[^/]*/g, ''),
  (path) => path.split(';', 1)[0] as string,
  (path) => path.split(/[?#]/, 1)[0] as string,
  (path) => path.split('\0', 1)[0] as string,
  (path) => path.replace(/[\0\t\r\n]/g, ''),
  (path) => path.replace(/[. ]+(?=\/|$)/g, ''),
  (path) => path.toLowerCase(),
  (path) => path.normalize('NFKC'),
]

t.test('returnTo: no chain of proxies turns what comes out into a route of ours', async (t) => {
  const piece = fc.constantFrom(
    ...['/', '/', '.', '..', 'auth', 'AUTH', 'docs', ';', ';x', '\\', '?', '#', '%00', '\uff0f', '\uff0e'],
    ...[
      '%2f',
      '%252f',
      '%25252f',
      '%2e',
      '%252e',
      '%5c',
      '%255c',
      '%3b',
      '%253b',
      '%3f',
      '%61uth',
      '%2561uth',
    ],
  )
  const path = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `/${pieces.join('')}`)
  const chain = fc.array(fc.constantFrom(...HOPS), { maxLength: 10 })
  for (const reserved of ['/auth', '/docs/auth']) {
    let [kept, reached] = [0, 0]
    const isReserved = new RegExp(`^/+${reserved.slice(1)}(?:[/;?#]|$)`, 'i')
    const reaches = (start: string, hops: readonly ((path: string) => string)[]): boolean =>
      hops.reduce(({ at, found }, hop) => ({ at: hop(at), found: found || isReserved.test(hop(at)) }), {
        at: start,
        found: isReserved.test(start),
      }).found
    fc.assert(
      fc.property(path, chain, (given, hops) => {
        const target = parseReturnTo(given, [reserved])?.split('?', 1)[0]
        if (target === undefined) {
          if (reaches(given, hops)) reached++
          return true
        }
        kept++
        return !reaches(target, hops)
      }),
      { numRuns: 30_000 },
    )
    t.ok(kept > 1000, `${reserved}: ${kept} were kept`)
    t.ok(reached > 0, `${reserved}: ${reached} of those that were dropped do get there`)
  }
})

const hmac = (input: string): string => createHmac('sha256', 'a key').update(input).digest('base64url')
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const key: TokenKey = {
  sign(claims) {
    const input = `${segment({ alg: 'HS256', typ: TOKEN_TYPE, kid: 'k' })}.${segment(claims)}`
    return `${input}.${hmac(input)}`
  },
  verify(token) {
    const [head, body, signature] = token.split('.') as [string, string, string]
    if (hmac(`${head}.${body}`) !== signature) throw new Error('signature')
    return JSON.parse(Buffer.from(body, 'base64url').toString())
  },
}

t.test(
  'token: never throws, reads what it issued, and refuses it with any one character changed',
  async (t) => {
    const codec = tokenCodec('docs-gate', [key])
    holds(
      t,
      fc.property(anyText, (token) => codec.read(token) === null),
    )
    const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((value) => value.isWellFormed())
    const date = fc.integer({ min: 1, max: 2 ** 40 })
    const claims = fc.record({ sub: text, jti: text, sid: text, scope: fc.string(), iat: date, exp: date })
    holds(
      t,
      fc.property(claims, (issued) => codec.read(codec.issue(issued))?.sub === issued.sub),
    )
    const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= '
    holds(
      t,
      fc.property(claims, fc.nat(), fc.constantFrom(...BASE64URL), (issued, at, character) => {
        const token = codec.issue(issued)
        const index = at % token.length
        const changed = token.slice(0, index) + character + token.slice(index + 1)
        return changed === token || codec.read(changed) === null
      }),
    )
    const value = fc.jsonValue() as fc.Arbitrary<unknown>
    const names = ['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'sid', 'scope'] as const
    holds(
      t,
      fc.property(claims, fc.constantFrom(...names), value, (issued, name, wrong) => {
        const good = { iss: 'docs-gate', aud: 'docs-gate', ...issued }
        const read = codec.read(key.sign({ ...good, [name]: wrong } as Claims))
        return read === null || typeof read[name] === typeof good[name]
      }),
    )
  },
)

t.test('Bearer and the throttle’s keys: never throw, whatever is sent', async (t) => {
  holds(
    t,
    fc.property(anyText, (text) => ['string', 'undefined'].includes(typeof bearerToken(text))),
  )
  holds(
    t,
    fc.property(anyText, (text) => accountKey(text).length === 22 && addressKey(text) !== undefined),
  )
  holds(
    t,
    fc.property(fc.ipV6(), (ip) => /^[0-9a-f:]+::\/64$|^\d+\./.test(addressKey(ip))),
  )
  const hex = (a: string, b: string): string => (Number(a) * 256 + Number(b)).toString(16)
  holds(
    t,
    fc.property(fc.ipV4(), (ip) => {
      const [a, b, c, d] = ip.split('.') as [string, string, string, string]
      const mapped = [`::ffff:${ip}`, `::ffff:${hex(a, b)}:${hex(c, d)}`, `64:ff9b::${ip}`]
      return mapped.every((spelling) => addressKey(spelling) === ip)
    }),
  )
})
