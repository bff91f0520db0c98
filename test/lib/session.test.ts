import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { mock } from 'node:test'
import Fastify from 'fastify'
import t from 'tap'
import {
  CrossOriginError,
  DocsGateError,
  InvalidTokenError,
  OptionsError,
  UnauthenticatedError,
  UsersUnavailableError,
} from '../../lib/errors.ts'
import { unauthorized } from '../../lib/flows/deny-access.ts'
import { createGate } from '../../lib/gate/gate.ts'
import { sessionApi } from '../../lib/gate/session-api.ts'
import { bearerChallenges } from '../../lib/http/challenge.ts'
import type { RequestLike } from '../../lib/http/request.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { type AuthenticationResult, authenticator, bearerToken } from '../../lib/session/authenticator.ts'
import { type CookieSettings, cookieValues, gateCookies } from '../../lib/session/cookie.ts'
import { createdAtOf, createSessionId, fingerprint, fingerprintOf } from '../../lib/session/session-id.ts'
import { type SessionStatus, userOf } from '../../lib/session/session-status.ts'
import { gateSessions, type Sessions } from '../../lib/session/sessions.ts'
import { memoryStore } from '../../lib/session/store/memory-store.ts'
import type { Session, SessionStore } from '../../lib/session/store/session-store.ts'
import { derivedKey, hmacCheck, randomSecret, type Secret, signingKey } from '../../lib/session/token/keys.ts'
import {
  type Claims,
  TOKEN_TYPE,
  type TokenCodec,
  type TokenKey,
  tokenCodec,
} from '../../lib/session/token/token.ts'
import type { Account, UserDirectory } from '../../lib/users/user-directory.ts'
import { registerTokens, type TokenTools } from '../../plugins/tokens.ts'
import { HASHES, SECRET } from '../helper.ts'

const requestOf = (headers: RequestLike['headers'] = {}, over: Partial<RequestLike> = {}): RequestLike => ({
  method: 'GET',
  url: '/docs',
  protocol: 'http',
  host: 'docs.example.com',
  ip: '127.0.0.1',
  headers,
  raw: { rawHeaders: Object.entries(headers).flatMap(([name, value]) => [name, String(value)]) },
  ...over,
})

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await null
}

// ---- keys

const pemOf = (type: 'P-256' | 'P-384' | 'secp256k1' | 'ed25519' | 'ed448' | 'x25519' | 'rsa'): string => {
  const options = { format: 'pem', type: 'pkcs8' } as const
  if (type === 'rsa')
    return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(options) as string
  if (type === 'ed25519') return generateKeyPairSync('ed25519').privateKey.export(options) as string
  if (type === 'ed448') return generateKeyPairSync('ed448').privateKey.export(options) as string
  if (type === 'x25519') return generateKeyPairSync('x25519').privateKey.export(options) as string
  return generateKeyPairSync('ec', { namedCurve: type }).privateKey.export(options) as string
}

const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const SEC1 = P256.privateKey.export({ format: 'pem', type: 'sec1' }) as string
const PKCS8 = P256.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
const PUBLIC = P256.publicKey.export({ format: 'pem', type: 'spki' }) as string
const ENCRYPTED = P256.privateKey.export({
  format: 'pem',
  type: 'pkcs8',
  cipher: 'aes-256-cbc',
  passphrase: 'hunter2',
}) as string

t.test(
  'a secret of 32 bytes or more signs HS256, a PEM key of P-256 ES256, one of Ed25519 EdDSA',
  async (t) => {
    const ecParameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
    const table: [string, Secret, string][] = [
      ['a text', SECRET, 'HS256'],
      ['32 bytes', 'abcdefghijklmnopqrstuvwxyz012345', 'HS256'],
      ['32 bytes in 16 characters', 'äöüßéèêëàáâãçñõø', 'HS256'],
      ['a Buffer', randomBytes(32), 'HS256'],
      ['a Buffer that is not UTF-8', Buffer.from([...Array(32).keys()].map((byte) => 255 - byte)), 'HS256'],
      ['one of this process', randomSecret(), 'HS256'],
      ['P-256', PKCS8, 'ES256'],
      ['P-256 in a Buffer', Buffer.from(PKCS8), 'ES256'],
      ['P-256 as SEC 1', SEC1, 'ES256'],
      ['as openssl ecparam prints it', ecParameters + SEC1, 'ES256'],
      ['after a line break', `\n  ${PKCS8}`, 'ES256'],
      ['with Windows line ends', PKCS8.replace(/\n/g, '\r\n'), 'ES256'],
      ['after the attributes of a PKCS #12 file', `Bag Attributes\n    friendlyName: x\n${PKCS8}`, 'ES256'],
      ['Ed25519', pemOf('ed25519'), 'EdDSA'],
    ]
    for (const [name, secret, algorithm] of table) {
      const key = signingKey(secret)
      t.equal(key.algorithm, algorithm, name)
      t.match(key.kid, /^[\w-]{8}$/, name)
      t.strictSame(derivedKey(signingKey(secret), 'x'), derivedKey(key, 'x'), `${name}: so do keys from it`)
      t.notSame(derivedKey(key, 'y'), derivedKey(key, 'x'), `${name}: one for each use`)
      t.notSame(derivedKey(signingKey(randomSecret()), 'x'), derivedKey(key, 'x'), name)
      t.equal(signingKey(secret).kid, key.kid, `${name}: the kid stays`)
      if (algorithm === 'HS256') t.strictSame(key.secret, secret, name)
      else t.match(key.secret, { private: /^-----BEGIN PRIVATE KEY/, public: /^-----BEGIN PUBLIC KEY/ }, name)
    }
    t.not(signingKey(SECRET).kid, signingKey(`${SECRET}x`).kid)
    t.equal(signingKey(SECRET).kid, signingKey(Buffer.from(SECRET)).kid, 'the bytes count')
    t.equal(signingKey(SEC1).kid, signingKey(PKCS8).kid, 'the key counts')
    t.notSame(randomSecret(), randomSecret())
  },
)

t.test('a secret that is weak, or no key that can sign, is refused without being shown', async (t) => {
  const table: [string, unknown, RegExp][] = [
    ['31 bytes', 'abcdefghijklmnopqrstuvwxyz01234', /31 bytes are too few.*randomBytes/],
    ['31 bytes in a Buffer', randomBytes(31), /31 bytes are too few.*randomBytes/],
    ['nothing', '', /0 bytes are too few.*randomBytes/],
    ['one character repeated', 'x'.repeat(64), /repeated.*randomBytes/],
    ['zeros', Buffer.alloc(64), /repeated.*randomBytes/],
    ['undefined', undefined, /a string or a Buffer is expected, not undefined.*randomBytes/],
    ['null', null, /not null.*randomBytes/],
    ['a number', 1_234_567_890, /not number.*randomBytes/],
    ['an object', { secret: SECRET }, /not object.*randomBytes/],
    ['bytes that are no Buffer', new Uint8Array(32), /not object.*randomBytes/],
    ['RSA', pemOf('rsa'), /type rsa cannot sign; write one of P-256 \(ES256\) or Ed25519 \(EdDSA\)/],
    ['P-384', pemOf('P-384'), /type ec secp384r1 cannot sign; write one of P-256/],
    ['secp256k1', pemOf('secp256k1'), /type ec secp256k1 cannot sign; write one of P-256/],
    ['Ed448', pemOf('ed448'), /type ed448 cannot sign; write one of P-256/],
    ['X25519', pemOf('x25519'), /type x25519 cannot sign; write one of P-256/],
    ['an encrypted key', ENCRYPTED, /cannot be read; write an unencrypted PKCS #8 key/],
    ['a key cut off', PKCS8.slice(0, 80), /cannot be read; write an unencrypted PKCS #8 key/],
    ['a public key, which everybody may know', PUBLIC, /cannot be read; write an unencrypted PKCS #8 key/],
    ['a public key in a Buffer', Buffer.from(`\n${PUBLIC}`), /cannot be read/],
    [
      'a certificate',
      `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----\n`,
      /cannot be read; write an unencrypted PKCS #8 key/,
    ],
  ]
  for (const [name, secret, message] of table) {
    try {
      signingKey(secret)
      t.fail(`${name}: accepted`)
    } catch (error) {
      t.ok(error instanceof TypeError && error instanceof OptionsError, name)
      t.match(error, { code: 'DOCS_GATE_OPTIONS', message }, name)
      const said = (error as Error).message
      t.match(said, /^secret: /, name)
      for (const line of String(secret).split(/\s+/)) {
        if (line.length > 20) t.notMatch(said, line, `${name} is not shown`)
      }
      t.notMatch(said, /xxxx|abcdef/, `${name} is not shown`)
    }
  }
})

// ---- tokens

const ISSUER = 'docs-gate'
const NOW = 1_800_000_000_000
const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const signed = (header: unknown, payload: unknown, secret: Secret = SECRET, hash = 'sha256'): string => {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}

/** A key that trusts every header and every payload under a good signature: the rest is the codec's to refuse. */
const trustingKey = (secret: string, kid: string): TokenKey => {
  const header = { alg: 'HS256', typ: TOKEN_TYPE, kid }
  return {
    sign: (claims) => signed(header, claims, secret),
    verify(token) {
      const [head, payload, signature] = token.split('.') as [string, string, string]
      const expected = createHmac('sha256', secret).update(`${head}.${payload}`).digest()
      if (!expected.equals(Buffer.from(signature, 'base64url'))) throw new Error('bad signature')
      return JSON.parse(Buffer.from(payload, 'base64url').toString())
    },
  }
}

const OTHER_SECRET = 'another-secret-of-more-than-32-bytes-for-tests'
const codecOf = (): TokenCodec =>
  tokenCodec(ISSUER, [trustingKey(SECRET, 'first'), trustingKey(OTHER_SECRET, 'second')])

const CLAIMS = { sub: 'johndoe', jti: 'j', iat: 1_800_000_000, exp: 1_800_001_800, sid: 's', scope: 'a b' }

/** The codec that a gate has, with @fastify/jwt behind it. */
async function realTools(issuer: string, ...secrets: [Secret, ...Secret[]]): Promise<TokenTools> {
  const [first, ...others] = secrets.map(signingKey)
  const app = Fastify()
  t.teardown(() => app.close())
  return registerTokens(app, issuer, [first as ReturnType<typeof signingKey>, ...others])
}

t.test('a token is read back by the key that signed it, expired or not', async (t) => {
  const full = { iss: ISSUER, aud: ISSUER, ...CLAIMS }
  const real = await realTools(ISSUER, SECRET)
  const ed25519 = pemOf('ed25519')
  const codecs: [string, TokenCodec][] = [
    ['by hand', codecOf()],
    ['HS256', real.codec],
    ['ES256', (await realTools(ISSUER, PKCS8)).codec],
    ['EdDSA', (await realTools(ISSUER, ed25519)).codec],
  ]
  for (const [name, codec] of codecs) {
    for (const claims of [
      CLAIMS,
      { ...CLAIMS, exp: 1, iat: 1 },
      { ...CLAIMS, scope: '', name: 'J', email: 'e@x' },
    ]) {
      const token = codec.issue(claims)
      t.match(codec.read(token), { iss: ISSUER, aud: ISSUER, ...claims }, name)
      const [head] = token.split('.')
      t.match(
        JSON.parse(Buffer.from(head as string, 'base64url').toString()),
        { typ: TOKEN_TYPE, kid: String },
        name,
      )
    }
    for (const [other, theirs] of codecs) {
      if (other !== name) t.equal(theirs.read(codec.issue(CLAIMS)), null, `${name} is not ${other}`)
    }
  }
  t.strictSame(codecOf().read(codecOf().issue(CLAIMS)), full)

  // Rotation: what the old secret signed is still good, what comes now is signed by the new one.
  const [old, both, next] = await Promise.all([
    realTools(ISSUER, OTHER_SECRET),
    realTools(ISSUER, SECRET, OTHER_SECRET, ed25519),
    realTools(ISSUER, SECRET),
  ])
  t.match(both.codec.read(old.codec.issue(CLAIMS)), CLAIMS)
  t.match(next.codec.read(both.codec.issue(CLAIMS)), CLAIMS)
  t.equal(next.codec.read(old.codec.issue(CLAIMS)), null, 'a secret that is gone')
  t.match(both.codec.read((await realTools(ISSUER, ed25519)).codec.issue(CLAIMS)), CLAIMS)
})

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Other spellings of the last character of a segment, whose decoded bytes are the same. */
function respelled(segment: string): string[] {
  const bytes = Buffer.from(segment, 'base64url')
  const head = segment.slice(0, -1)
  return [...BASE64URL]
    .map((last) => head + last)
    .filter((other) => other !== segment && Buffer.from(other, 'base64url').equals(bytes))
}

t.test('the first look at an HMAC passes what the library signs, and nothing else', async (t) => {
  const secrets: [string, Secret][] = [
    ['ASCII', SECRET],
    ['other letters', 'ключ-ключ-ключ-鍵鍵鍵鍵'],
    ['bytes', randomBytes(64)],
    ['bytes that are no text', Buffer.alloc(33, 0xff).fill(0xc0, 1, 9)],
  ]
  for (const [name, secret] of secrets) {
    const mayBeSigned = hmacCheck(secret)
    const { codec } = await realTools(ISSUER, secret)
    const token = codec.issue(CLAIMS)
    t.ok(mayBeSigned(token), name)
    t.match(codec.read(token), CLAIMS)
    t.notOk(hmacCheck(randomSecret())(token), 'another secret')
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
      if (mayBeSigned(changed)) t.fail(`${name}: changed at ${at}`)
    }
    const [head, body, signature] = token.split('.') as [string, string, string]
    const others = [
      '',
      'a',
      '.',
      '..',
      `${head}.${body}`,
      `${head}.${body}.`,
      `${token}A`,
      token.slice(0, -1),
      `.${token}`,
    ]
    for (const other of others) t.notOk(mayBeSigned(other), JSON.stringify(other))
    for (const other of respelled(signature))
      t.notOk(mayBeSigned(`${head}.${body}.${other}`), 'spelled otherwise')
  }
})

t.test('of the two ES256 signatures that anybody can make of one, one is good', async (t) => {
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const key = { key: createPublicKey(PKCS8), dsaEncoding: 'ieee-p1363' } as const
  const { codec } = await realTools(ISSUER, PKCS8)
  // Enough that signatures of both kinds are met, and some whose s begins with zeros.
  for (let i = 0; i < 300; i++) {
    const token = codec.issue({ ...CLAIMS, jti: `jti-${i}` })
    const [head, body, signature] = token.split('.') as [string, string, string]
    const bytes = Buffer.from(signature, 'base64url')
    const s = ORDER - BigInt(`0x${bytes.toString('hex', 32)}`)
    const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
    const isTwinValid = verify('sha256', Buffer.from(`${head}.${body}`), key, twin)
    const read = codec.read(`${head}.${body}.${twin.toString('base64url')}`)
    if (!isTwinValid || read !== null || codec.read(token) === null) t.fail(token)
  }
  const [head, body] = codec.issue(CLAIMS).split('.')
  for (const bytes of [0, 1, 31, 32, 33, 63, 65, 96]) {
    t.equal(codec.read(`${head}.${body}.${Buffer.alloc(bytes, 1).toString('base64url')}`), null, `${bytes}`)
  }
})

t.test('a hostile token is none of ours, whatever its shape, and never an error', async (t) => {
  const { codec: real } = await realTools(ISSUER, SECRET, OTHER_SECRET)
  const second = (await realTools(ISSUER, OTHER_SECRET)).codec.issue(CLAIMS)
  const foreign = (await realTools('another-app', SECRET)).codec
  const codecs: [string, TokenCodec, string][] = [
    ['by hand', codecOf(), trustingKey(OTHER_SECRET, 'second').sign({ iss: ISSUER, aud: ISSUER, ...CLAIMS })],
    ['real', real, second],
  ]
  for (const [kind, codec, tokenOfSecond] of codecs) {
    // Three lengths of scope, so that each segment is met with and without stray bits at its end.
    const good = codec.issue(CLAIMS)
    const [head, body, signature] = good.split('.') as [string, string, string]
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
    const headOfSecond = tokenOfSecond.split('.', 1)[0] as string
    const kidOfSecond = JSON.parse(Buffer.from(headOfSecond, 'base64url').toString()).kid as string
    const payload = { iss: ISSUER, aud: ISSUER, ...CLAIMS }
    t.match(codec.read(signed(header, payload)), CLAIMS, `${kind}: what the table signs itself is good`)
    t.match(codec.read(tokenOfSecond), CLAIMS, `${kind}: the second key is known`)

    const under = (over: object): string => signed({ ...header, ...over }, payload)
    const headers: [string, string][] = [
      ['alg none, no signature', `${encode({ ...header, alg: 'none' })}.${body}.`],
      ['alg none, two segments', `${encode({ ...header, alg: 'none' })}.${body}`],
      ['alg none, a signature', `${encode({ ...header, alg: 'none' })}.${body}.${signature}`],
      ['alg none, signed', under({ alg: 'none' })],
      ['alg None, signed', under({ alg: 'None' })],
      ['alg HS256 in lower case', under({ alg: 'hs256' })],
      ['HS512 with the same secret', signed({ ...header, alg: 'HS512' }, payload, SECRET, 'sha512')],
      ['HS384 with the same secret', signed({ ...header, alg: 'HS384' }, payload, SECRET, 'sha384')],
      ['HS512 under our header', signed(header, payload, SECRET, 'sha512')],
      ['alg RS256', under({ alg: 'RS256' })],
      ['no alg', under({ alg: undefined })],
      ['typ JWT', under({ typ: 'JWT' })],
      ['typ at+jwt', under({ typ: 'at+jwt' })],
      ['typ in capitals', under({ typ: TOKEN_TYPE.toUpperCase() })],
      ['typ with its tree', under({ typ: `application/${TOKEN_TYPE}` })],
      ['no typ', under({ typ: undefined })],
      ['unknown kid', under({ kid: 'nobody' })],
      ['kid of another key', under({ kid: kidOfSecond })],
      ['kid a path', under({ kid: '../../dev/null' })],
      ['kid a number', under({ kid: 1 })],
      ['kid null', under({ kid: null })],
      ['kid a list', under({ kid: [header['kid']] })],
      ['kid an object', under({ kid: { toString: 'x' } })],
      ['no kid', under({ kid: undefined })],
      ['crit', under({ crit: ['exp'] })],
      ['an empty crit', under({ crit: [] })],
      ['b64 false', under({ b64: false, crit: ['b64'] })],
      ['jwk', under({ jwk: { kty: 'oct', k: encode(SECRET) } })],
      ['jku', under({ jku: 'https://evil.com/jwks' })],
      ['x5u', under({ x5u: 'https://evil.com/cert' })],
      [
        'the same header in another order',
        signed(Object.fromEntries(Object.entries(header).reverse()), payload),
      ],
      ['the same header with a space', signed(` ${JSON.stringify(header)}`, payload)],
      ['alg twice', signed(JSON.stringify(header).replace('{', '{"alg":"none",'), payload)],
      ['a header that is no JSON', signed('{', payload)],
      ['a header that is a list', signed([header], payload)],
      ['a header that is null', signed('null', payload)],
      ['__proto__', signed('__proto__', payload)],
    ]

    const having = (over: object): string => signed(header, { ...payload, ...over })
    const wrong: Record<string, readonly unknown[]> = {
      iss: [1, null, '', 'Docs-Gate', 'docs-gate ', [ISSUER], {}, true],
      aud: [1, null, '', 'another-app', [ISSUER], [ISSUER, 'x'], {}, true],
      sub: [1, 0, null, '', [], ['johndoe'], {}, true, false],
      jti: [1, 0, null, '', [], ['j'], {}, true],
      sid: [1, 0, null, '', [], ['s'], {}, true],
      iat: ['1800000000', null, '', 0, -1, 1.5, [], [1], {}, true, 1e17],
      exp: ['1800001800', null, '', 0, -1, 1.5, [], [1_800_001_800], {}, true, 1e17, 9007199254740992],
      scope: [1, 0, null, [], ['a', 'b'], {}, true],
      name: [1, null, [], {}, true],
      email: [1, null, [], {}, true],
    }
    const claims: [string, string][] = [
      ...Object.entries(wrong).flatMap(([name, values]) =>
        values.map((value): [string, string] => [
          `${name} ${JSON.stringify(value)}`,
          having({ [name]: value }),
        ]),
      ),
      ...Object.keys(payload).map((name): [string, string] => [`no ${name}`, having({ [name]: undefined })]),
      ...['1e400', '-1e400', '1e999999', 'NaN', '1800001800.5'].map((exp): [string, string] => [
        `exp ${exp}`,
        signed(header, JSON.stringify(payload).replace('1800001800', exp)),
      ]),
      ['iat 1e400', signed(header, JSON.stringify(payload).replace('1800000000', '1e400'))],
      ['claims inherited', signed(header, `{"__proto__":${JSON.stringify(payload)}}`)],
      ['a payload that is null', signed(header, 'null')],
      ['a payload that is a list', signed(header, [payload])],
      ['a payload that is a text', signed(header, '"x"')],
      ['a payload that is a number', signed(header, '1')],
      ['a payload that is no JSON', signed(header, '{')],
      ['a payload that is not UTF-8', signed(header, `${JSON.stringify(payload).slice(0, -1)},\xff`)],
      ['deep JSON', signed(header, `${'['.repeat(2900)}${']'.repeat(2900)}`)],
      ['deep JSON in a claim', having({ sub: JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) })],
      ['deep JSON that does not end', signed(header, '{"a":'.repeat(1100))],
      ['over 8 KB', having({ scope: 'a '.repeat(4000) })],
      ['another issuer with the same secret', foreign.issue(CLAIMS)],
      ['another issuer under our header', having({ iss: 'another-app', aud: 'another-app' })],
      ['for another audience', having({ aud: 'another-app' })],
      ['signed with another secret', signed(header, payload, `${SECRET}x`)],
      ['signed with the other of our secrets', signed(header, payload, OTHER_SECRET)],
    ]

    const shapes: [string, string][] = [
      ['nothing', ''],
      ['dots', '..'],
      ['a word', 'token'],
      ['one segment', head],
      ['two segments', `${head}.${body}`],
      ['four segments', `${good}.${signature}`],
      ['five segments, as JWE', `${good}.${signature}.${signature}`],
      ['a leading dot', `.${good}`],
      ['an empty header', `.${body}.${signature}`],
      ['an empty payload', `${head}..${signature}`],
      ['an empty signature', `${head}.${body}.`],
      ['a trailing dot', `${good}.`],
      ['a trailing =', `${good}=`],
      ['= after the payload', `${head}.${body}=.${signature}`],
      ['= after the header', `${head}=.${body}.${signature}`],
      ['a space before', ` ${good}`],
      ['a space after', `${good} `],
      ['a line break after', `${good}\n`],
      ['a carriage return after', `${good}\r\n`],
      ['a tab after', `${good}\t`],
      ['NUL after', `${good}\0`],
      ['a space within', `${head}.${body}.${signature.slice(0, 5)} ${signature.slice(5)}`],
      ['a line break within', `${head}.${body}.${signature.slice(0, 5)}\n${signature.slice(5)}`],
      ['white space within the payload', `${head}.${body.slice(0, 5)} ${body.slice(5)}.${signature}`],
      ['quotes', `"${good}"`],
      ['percent-encoded', encodeURIComponent(`${good}=`)],
      ['plus and slash', `${head}.${body}.${signature.slice(0, -2)}+/`],
      ['not ASCII', `${head}.${body}.ü${signature.slice(1)}`],
      ['one character more', `${good}A`],
      ['one character less', good.slice(0, -1)],
      ['a signature of one character', `${head}.${body}.A`],
      ['twice', good + good],
      ['a good one behind another', `${good}, ${good}`],
      ['the header of the other key', `${headOfSecond}.${body}.${signature}`],
      ['a changed payload', `${head}.${encode({ ...payload, sub: 'admin' })}.${signature}`],
      ['over-long', 'a.'.repeat(100_000)],
    ]
    for (const [name, token] of [...headers, ...claims, ...shapes]) {
      t.equal(codec.read(token), null, `${kind}: ${name}`)
    }

    // Each segment's last character, spelled so that the decoded bytes stay the same.
    const seen = [0, 0, 0]
    for (const scope of ['a', 'ab', 'abc']) {
      const segments = codec.issue({ ...CLAIMS, scope }).split('.')
      for (const [index, segment] of segments.entries()) {
        for (const other of respelled(segment)) {
          const token = segments.with(index, other).join('.')
          t.equal(codec.read(token), null, `${kind}: segment ${index} ends in ${other.slice(-1)}`)
          seen[index] = (seen[index] ?? 0) + 1
        }
        // Signed anew over the odd spelling: good for every key that decodes before it looks.
        if (index !== 1) continue
        for (const other of respelled(segment)) {
          const text = `${segments[0]}.${other}`
          const mac = createHmac('sha256', SECRET).update(text).digest('base64url')
          t.equal(codec.read(`${text}.${mac}`), null, `${kind}: a signed odd spelling`)
        }
      }
    }
    t.ok((seen[1] ?? 0) > 0 && (seen[2] ?? 0) > 0, 'the table means what it says')

    const longest = codec.issue({ ...CLAIMS, scope: 'a'.repeat(4000) })
    t.ok(longest.length < 8192)
    t.match(codec.read(longest), { sub: 'johndoe' }, 'below 8 KB')
  }
  const later = signed(
    JSON.parse(Buffer.from(real.issue(CLAIMS).split('.', 1)[0] as string, 'base64url').toString()),
    { iss: ISSUER, aud: ISSUER, ...CLAIMS, nbf: 9_999_999_999 },
  )
  t.equal(real.read(later), null, 'nbf in the future')
})

t.test('8 KB to the byte is the longest token that is looked at', async (t) => {
  const verified: string[] = []
  const sure: TokenKey = {
    sign: () => 'head.body.mac',
    verify(token) {
      verified.push(token)
      return { iss: ISSUER, aud: ISSUER, ...CLAIMS }
    },
  }
  const codec = tokenCodec(ISSUER, [sure])
  const ofLength = (length: number): string => {
    const rest = length - 'head.'.length - '.AAAA'.length
    return `head.${'A'.repeat(rest)}.AAAA`
  }
  // 8,182 characters of payload: 2 over a multiple of four, canonical when they are zeros.
  t.match(codec.read(ofLength(8192)), CLAIMS)
  t.equal(codec.read(ofLength(8196)), null)
  t.equal(verified.length, 1, 'its signature is not even looked at')
  const broken: TokenKey = { sign: () => 'head.body.mac', verify: () => undefined }
  t.equal(tokenCodec(ISSUER, [broken]).read('head.AAAA.AAAA'), null, 'a key without a payload')
})

t.test('a session id says when it began and for which version, and nothing of the version', async (t) => {
  const id = createSessionId(NOW, 'v1')
  t.match(id, /^[0-9a-z]+\.[\w-]{22}\.[\w-]{8}$/)
  t.ok(id.length <= 64)
  t.equal(createdAtOf(id), NOW)
  t.equal(fingerprintOf(id), fingerprint('v1'))
  t.not(fingerprint('v1'), fingerprint('v2'))
  t.equal(new Set(Array.from({ length: 100 }, () => createSessionId(NOW, 'v1'))).size, 100)
  t.ok(Number.isNaN(createdAtOf('.x.y')), 'an id that is none')
})

// ---- stores

const sessionOf = (id: string, over: Partial<Session> = {}): Session => ({
  id,
  issuer: ISSUER,
  subject: 'johndoe',
  createdAt: NOW,
  expiresAt: NOW + 1000,
  ...over,
})

t.test('the memory store keeps sessions by id and by user, and forgets what is over', async (t) => {
  let clock = NOW
  const store = memoryStore(() => clock)
  const idsOf = async (issuer: string, subject: string) =>
    (await store.list(issuer, subject)).map(({ id }) => id)
  t.equal(store.get('a'), undefined)
  t.strictSame(await store.list(ISSUER, 'johndoe'), [])
  t.equal(store.delete('a'), undefined)

  const a = sessionOf('a')
  await store.set(a, 1)
  await store.set(sessionOf('b'), 1)
  await store.set(sessionOf('c', { subject: 'jane' }), 1)
  await store.set(sessionOf('d', { issuer: 'https://idp' }), 1)
  t.equal(store.get('a'), a)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['a', 'b'])
  t.strictSame(await idsOf(ISSUER, 'jane'), ['c'])
  t.strictSame(await idsOf('https://idp', 'johndoe'), ['d'], 'another issuer is another user')

  await store.set(sessionOf('e', { issuer: 'x', subject: 'y z' }), 1)
  t.strictSame(await idsOf('x', 'y z'), ['e'])
  t.strictSame(await idsOf('x', 'y'), [])

  await store.delete('a')
  await store.delete('a')
  t.equal(store.get('a'), undefined)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['b'])
  await store.delete('b')
  t.strictSame(await idsOf(ISSUER, 'johndoe'), [])

  clock += 1000
  t.strictSame(await idsOf(ISSUER, 'jane'), [], 'over')
  t.equal((await store.get('c'))?.id, 'c', 'and still there')
  await store.set(sessionOf('f', { expiresAt: clock + 1 }), 1)
  for (const id of ['c', 'd', 'e']) t.equal(store.get(id), undefined, `${id} is swept by the next login`)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['f'])
  await store.set(sessionOf('g', { expiresAt: clock + 1 }), 1)
  t.strictSame(await idsOf(ISSUER, 'johndoe'), ['f', 'g'], 'what is good is not swept')
  const own = memoryStore()
  await own.set(sessionOf('x', { expiresAt: Date.now() - 1 }), 1)
  t.strictSame(await own.list(ISSUER, 'johndoe'), [], 'by the clock of the process')
})

t.test('the memory store lists the sessions of a user oldest first, whichever of them ends', async (t) => {
  for (const gone of [
    [],
    ['a'],
    ['b'],
    ['c'],
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'b'],
    ['a', 'c'],
    ['c', 'b', 'a'],
  ]) {
    const store = memoryStore(() => NOW)
    const ids = async () => (await store.list(ISSUER, 'johndoe')).map(({ id }) => id)
    for (const id of ['a', 'b', 'c']) await store.set(sessionOf(id), 1)
    for (const id of gone) await store.delete(id)
    const left = ['a', 'b', 'c'].filter((id) => !gone.includes(id))
    t.strictSame(await ids(), left, `without ${gone}`)
    await store.set(sessionOf('d'), 1)
    t.strictSame(await ids(), [...left, 'd'], 'and the next one')
    await store.set(sessionOf('d', { subject: 'jane' }), 1)
    t.strictSame(await ids(), left, 'one id is one session')
  }
})

t.test('the memory store forgets in portions, however many sessions end at once', async (t) => {
  let clock = NOW
  const store = memoryStore(() => clock)
  const ids = Array.from({ length: 12_000 }, (_, index) => `s${index}`)
  for (const id of ids) await store.set(sessionOf(id, { subject: id }), 1)
  const left = () => ids.filter((id) => store.get(id) !== undefined).length
  const logIn = (id: string) => store.set(sessionOf(id, { expiresAt: clock + 1_000_000 }), 1000)
  clock += 1000
  t.equal(left(), 12_000)
  await logIn('x')
  t.equal(left(), 7000)
  await logIn('y')
  t.equal(left(), 7000, 'a portion a second')
  for (const [index, expected] of [2000, 0, 0].entries()) {
    clock += 1000
    await logIn(`z${index}`)
    t.equal(left(), expected)
  }
  t.equal((await store.list(ISSUER, 'johndoe')).length, 5, 'and none that is good')
})

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

const COOKIE: CookieSettings = { name: 'docs-gate', domain: undefined, secure: 'auto', sameSite: 'lax' }

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

// ---- users of sessions

const accountOf = (over: Partial<Account> = {}): Account =>
  Object.freeze({ username: 'johndoe', scopes: ['a', 'b'], name: 'J', email: 'e@x', version: 'v1', ...over })

t.test('the user of a request is what the token says and the directory still knows', async (t) => {
  const claims: Claims = { iss: ISSUER, aud: ISSUER, ...CLAIMS, name: 'from login' }
  const common = {
    username: 'johndoe',
    issuer: ISSUER,
    subject: 'johndoe',
    authenticatedBy: 'cookie',
    sessionId: 's',
    expiresAt: CLAIMS.exp * 1000,
  }
  const unknown = userOf(claims, ['a', 'b'], undefined, 'cookie')
  t.strictSame({ ...unknown }, { ...common, scopes: ['a', 'b'], name: 'from login' }, 'nobody to ask')
  const known = userOf(claims, ['a', 'b'], accountOf({ scopes: ['b', 'c'] }), 'cookie')
  t.strictSame({ ...known }, { ...common, scopes: ['b'], name: 'J', email: 'e@x' }, 'scopes are never added')
  const bare = userOf(
    claims,
    [],
    accountOf({ username: 'JohnDoe', name: undefined, email: undefined }),
    'bearer',
  )
  t.strictSame({ ...bare }, { ...common, username: 'JohnDoe', scopes: [], authenticatedBy: 'bearer' })
  for (const user of [unknown, known, bare]) t.ok(Object.isFrozen(user) && Object.isFrozen(user.scopes))
})

const SETTINGS = { issuer: ISSUER, idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 1000, maxPerUser: 3 }

interface TestSessionsOptions {
  readonly store?: SessionStore | null
  readonly directory?: Partial<UserDirectory>
  readonly settings?: Partial<typeof SETTINGS>
}

/** Sessions under a clock that the test moves, with one user, johndoe, unless told otherwise. */
function testSessions({ store, directory, settings }: TestSessionsOptions = {}) {
  const world = { now: NOW, account: accountOf() as Account | null }
  const now = () => world.now
  const find = directory?.find ?? (() => world.account)
  const users: UserDirectory = { verify: async () => null, find, findSince: find, ...directory }
  const kept = store === undefined ? memoryStore(now) : store
  const sessions = gateSessions({ ...SETTINGS, ...settings }, codecOf(), kept, users, { now })
  return { world, sessions, store: kept as SessionStore }
}

/** A store that takes a turn for everything, as one of another process does. */
function slowStore(): SessionStore {
  const store = memoryStore(() => NOW)
  return {
    get: async (id) => store.get(id),
    set: async (...session) => store.set(...session),
    delete: async (id) => store.delete(id),
    list: async (...user) => store.list(...user),
  }
}

const NO_FIND = { find: undefined } as unknown as Partial<UserDirectory>

t.test(
  'a session is opened with a token that is good for all of it, and idle too long it is over',
  async (t) => {
    const { world, sessions, store } = testSessions()
    const issued = await sessions.open(accountOf())
    t.match(issued, {
      token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
      expiresInSeconds: 100,
      scope: 'a b',
      session: { issuer: ISSUER, subject: 'johndoe', createdAt: NOW, expiresAt: NOW + 1_000_000 },
    })
    const { id } = issued.session
    t.strictSame(store.get(id), issued.session)
    t.strictSame(await sessions.list(ISSUER, 'johndoe'), [issued.session])
    t.equal(sessions.claimsOf(issued.token)?.sid, id)
    const claims = codecOf().read(issued.token)
    t.match(claims, { sub: 'johndoe', sid: id, iat: NOW / 1000, exp: NOW / 1000 + 100, scope: 'a b' })
    t.strictSame([claims?.name, claims?.email], [undefined, undefined], 'the directory is asked for them')
    t.not(claims?.jti, codecOf().read((await sessions.open(accountOf())).token)?.jti)

    const status = sessions.verify(issued.token, 'cookie') as SessionStatus
    t.match(status, { state: 'valid', user: { username: 'johndoe', scopes: ['a', 'b'], sessionId: id } })
    t.equal(sessions.verify(issued.token, 'cookie'), status, 'worked out once, with the memory store at once')
    t.match(sessions.verify(issued.token, 'bearer'), { user: { authenticatedBy: 'bearer' } })
    t.match(sessions.verify(issued.token, 'cookie'), { user: { authenticatedBy: 'cookie' } })

    world.now = NOW + 99_999
    t.match(sessions.verify(issued.token, 'cookie'), { state: 'valid' })
    world.now = NOW + 100_000
    t.strictSame(sessions.verify(issued.token, 'cookie'), { state: 'ended', sessionId: id }, 'idle')
    t.equal(sessions.claimsOf(issued.token)?.sid, id, 'an expired token says whose it was')

    t.strictSame(sessions.verify('junk', 'cookie'), { state: 'unknown' })
    t.equal(sessions.claimsOf('junk')?.sid, undefined)
    const unseen = testSessions()
    t.equal(unseen.sessions.claimsOf(issued.token)?.sid, id, 'also a token that was never judged')
    t.strictSame(
      unseen.sessions.verify(issued.token, 'cookie'),
      { state: 'ended', sessionId: id },
      'after a restart',
    )
  },
)

t.test('a session may be opened with some of the scopes, or none', async (t) => {
  const { sessions } = testSessions()
  for (const scopes of [['b'], []]) {
    const issued = await sessions.open(accountOf(), scopes)
    t.equal(issued.scope, scopes.join(' '))
    t.match(sessions.verify(issued.token, 'bearer'), { state: 'valid' })
    t.strictSame(
      (sessions.verify(issued.token, 'bearer') as { user: { scopes: unknown } }).user.scopes,
      scopes,
    )
  }
})

t.test(
  'a token is renewed after half of its life, the same for requests at a time, up to the end',
  async (t) => {
    const { world, sessions } = testSessions({
      settings: { idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 170 },
    })
    const { token, session } = await sessions.open(accountOf(), ['a'])
    const verified = (of: string) => {
      const status = sessions.verify(of, 'cookie') as SessionStatus
      if (status.state !== 'valid') throw new Error(status.state)
      return status.verified
    }
    t.equal(sessions.renew(verified(token)), undefined, 'at once')
    world.now = NOW + 49_999
    t.equal(sessions.renew(verified(token)), undefined, 'before half of its life')
    world.now = NOW + 50_000
    const renewed = sessions.renew(verified(token)) as string
    t.match(codecOf().read(renewed), {
      sub: 'johndoe',
      sid: session.id,
      iat: (NOW + 50_000) / 1000,
      exp: (NOW + 150_000) / 1000,
      scope: 'a',
    })
    t.not(codecOf().read(renewed)?.jti, codecOf().read(token)?.jti)
    t.equal(sessions.renew(verified(token)), renewed, 'a request at the same time')
    world.now = NOW + 60_000
    t.equal(sessions.renew(verified(token)), renewed, 'ten seconds later')
    world.now = NOW + 60_001
    const again = sessions.renew(verified(token)) as string
    t.not(again, renewed, 'later still')
    t.equal(codecOf().read(again)?.exp, (NOW + 161_000) / 1000)
    t.equal(sessions.renew(verified(renewed)), undefined, 'a new one is fresh')

    world.now = NOW + 100_000
    t.match(sessions.verify(token, 'cookie'), { state: 'ended' }, 'the old one expires all the same')
    const last = sessions.renew(verified(renewed)) as string
    t.equal(codecOf().read(last)?.exp, (NOW + 170_000) / 1000, 'never beyond the end of the session')
    world.now = NOW + 155_000
    t.equal(sessions.renew(verified(last)), undefined, 'there is nothing left to gain')
    world.now = NOW + 169_999
    t.match(sessions.verify(last, 'cookie'), { state: 'valid' })
    world.now = NOW + 170_000
    t.strictSame(
      sessions.verify(last, 'cookie'),
      { state: 'ended', sessionId: session.id },
      'the absolute timeout',
    )
    t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  },
)

t.test('a renewal of a session that began off the full second ends with it', async (t) => {
  const { world, sessions } = testSessions({
    settings: { idleTimeoutSeconds: 100, absoluteTimeoutSeconds: 100 },
  })
  world.now = NOW + 700
  const { token, expiresInSeconds } = await sessions.open(accountOf())
  t.equal(expiresInSeconds, 100)
  world.now = NOW + 99_999
  const status = sessions.verify(token, 'cookie') as SessionStatus
  t.equal(status.state, 'valid')
  t.equal(status.state === 'valid' && sessions.renew(status.verified), undefined)
})

t.test('the oldest sessions of a user give way', async (t) => {
  const { world, sessions } = testSessions()
  const tokens: string[] = []
  const open = async () => {
    world.now += 1000
    const { token } = await sessions.open(accountOf())
    tokens.push(token)
  }
  for (let i = 0; i < 3; i++) await open()
  const jane = await sessions.open(accountOf({ username: 'jane' }))
  const states = () => tokens.map((token) => (sessions.verify(token, 'cookie') as SessionStatus).state)
  t.strictSame(states(), ['valid', 'valid', 'valid'])
  await open()
  t.strictSame(states(), ['ended', 'valid', 'valid', 'valid'])
  await open()
  t.strictSame(states(), ['ended', 'ended', 'valid', 'valid', 'valid'])
  t.equal((await sessions.list(ISSUER, 'jane')).length, 1, 'others keep theirs')
  t.equal((await sessions.list(ISSUER, 'johndoe')).length, 3)
  t.ok(jane.token)

  const kept = new Map<string, Session>()
  const unordered: SessionStore = {
    get: (id) => kept.get(id),
    set: (session) => kept.set(session.id, session),
    delete: (id) => kept.delete(id),
    list: () => [...kept.values()].reverse(),
  }
  for (let i = 0; i < 6; i++)
    await unordered.set(sessionOf(`s${i}`, { createdAt: i, expiresAt: NOW + 1e6 }), 1)
  await unordered.set(sessionOf('expired', { createdAt: 9, expiresAt: NOW }), 1)
  await testSessions({ store: unordered }).sessions.open(accountOf())
  t.match([...kept.keys()], ['s4', 's5', 'expired', /./], 'also where there are more than there may be')
  const single = testSessions({ settings: { maxPerUser: 1 } })
  const first = await single.sessions.open(accountOf())
  const second = await single.sessions.open(accountOf())
  t.match(single.sessions.verify(first.token, 'cookie'), { state: 'ended' })
  t.match(single.sessions.verify(second.token, 'cookie'), { state: 'valid' })
})

t.test('a session is ended by its id, or with all others of its user', async (t) => {
  const { sessions } = testSessions()
  const [a, b, c] = [
    await sessions.open(accountOf()),
    await sessions.open(accountOf()),
    await sessions.open(accountOf()),
  ]
  const jane = await sessions.open(accountOf({ username: 'jane' }))
  await sessions.end(a.session.id)
  await sessions.end(a.session.id)
  await sessions.end('unknown')
  t.strictSame(sessions.verify(a.token, 'cookie'), { state: 'ended', sessionId: a.session.id })
  t.match(sessions.verify(b.token, 'cookie'), { state: 'valid' })
  await sessions.endAll('https://idp', 'johndoe')
  t.match(sessions.verify(b.token, 'cookie'), { state: 'valid' }, "another issuer's johndoe is somebody else")
  await sessions.endAll(ISSUER, 'johndoe')
  for (const { token } of [b, c]) t.match(sessions.verify(token, 'cookie'), { state: 'ended' })
  t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  t.equal((await sessions.list(ISSUER, 'jane'))[0]?.id, jane.session.id)
})

t.test('a session that ends is told of once, with the user and the reason', async (t) => {
  const told: object[] = []
  let account: Account | null = accountOf()
  const find = () => account
  const users: UserDirectory = { verify: async () => null, find, findSince: find }
  const settings = { ...SETTINGS, maxPerUser: 2 }
  const store = memoryStore(() => NOW)
  const sessions = gateSessions(settings, codecOf(), store, users, {
    now: () => NOW,
    onEnded: (about) => told.push(about),
  })
  const toldNow = () => told.splice(0)
  const [a, b] = [await sessions.open(accountOf()), await sessions.open(accountOf())]
  t.strictSame(toldNow(), [], 'a session that begins is none that ends')
  const c = await sessions.open(accountOf())
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'max_per_user' }])
  await sessions.end(a.session.id)
  await sessions.end('unknown')
  t.strictSame(toldNow(), [], 'it was over already')
  await sessions.end(b.session.id)
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'ended' }])
  await sessions.endAll(ISSUER, 'johndoe', { reason: 'revoked', ip: '127.0.0.1' })
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'revoked', ip: '127.0.0.1' }])
  t.match(sessions.verify(c.token, 'cookie'), { state: 'ended' })
  const d = await sessions.open(accountOf())
  account = null
  t.match(sessions.verify(d.token, 'cookie'), { state: 'ended' })
  await turns()
  t.match(sessions.verify(d.token, 'cookie'), { state: 'ended' })
  await turns()
  t.strictSame(toldNow(), [{ username: 'johndoe', reason: 'user_out' }])
})

t.test('what the store holds has to be the session of the token', async (t) => {
  const { token, session } = await testSessions().sessions.open(accountOf())
  const table: [string, unknown, string][] = [
    ['itself', session, 'valid'],
    ['a copy with more', { ...session, extra: 1 }, 'valid'],
    ['nothing', null, 'ended'],
    ['undefined', undefined, 'ended'],
    ['another user', { ...session, subject: 'jane' }, 'ended'],
    ['another issuer', { ...session, issuer: 'https://idp' }, 'ended'],
    ['an expired one', { ...session, expiresAt: NOW }, 'ended'],
    ['another id', { ...session, id: 'another' }, 'nonsense'],
    ['no end', { ...session, expiresAt: undefined }, 'nonsense'],
    ['an end that is none', { ...session, expiresAt: 'x' }, 'nonsense'],
    ['a text', JSON.stringify(session), 'nonsense'],
    ['an empty object', {}, 'nonsense'],
    ['true', true, 'nonsense'],
  ]
  const stateOf = async (sessions: Sessions): Promise<string> => {
    try {
      return (await sessions.verify(token, 'cookie')).state
    } catch (error) {
      t.match(error, { code: 'DOCS_GATE_STORE_UNAVAILABLE', cause: { name: 'TypeError' } })
      return 'nonsense'
    }
  }
  for (const [name, value, state] of table) {
    for (const returned of [value, Promise.resolve(value)]) {
      const store = { ...memoryStore(), get: () => returned } as SessionStore
      t.equal(await stateOf(testSessions({ store }).sessions), state, name)
    }
  }
})

t.test('a user who is out is out at once, and does not come back with the same session', async (t) => {
  const changes: [string, (account: Account) => Account | null][] = [
    ['removed or disabled', () => null],
    ['another version', (account) => ({ ...account, version: 'v2' })],
    ['no version any more', (account) => ({ ...account, version: '' })],
  ]
  for (const [name, change] of changes) {
    for (const wrap of [(value: unknown) => value, async (value: unknown) => value]) {
      const find = () => wrap(box.world.account) as Account | null
      const box: ReturnType<typeof testSessions> = testSessions({ directory: { find } })
      const { world, sessions, store } = box
      const { token, session } = await sessions.open(accountOf())
      t.match(await sessions.verify(token, 'cookie'), { state: 'valid' }, name)
      world.account = change(accountOf())
      t.strictSame(await sessions.verify(token, 'cookie'), { state: 'ended', sessionId: session.id }, name)
      await turns()
      t.equal(store.get(session.id), undefined, `${name}: deleted`)
      world.account = accountOf()
      t.match(await sessions.verify(token, 'cookie'), { state: 'ended' }, `${name}: and stays so`)
    }
  }
})

t.test(
  'a session that is newer than all that is known of its user is refused, and left to who knows more',
  async (t) => {
    const changes: [string, Account | null][] = [
      ['not there yet', null],
      ['with the password of before', accountOf({ version: 'v0' })],
    ]
    for (const [name, before] of changes) {
      for (const store of [undefined, slowStore()]) {
        const box = testSessions({
          ...(store && { store }),
          directory: { find: () => before, findSince: () => undefined },
        })
        const elsewhere = testSessions({ store: box.store })
        const { token, session } = await elsewhere.sessions.open(accountOf())
        t.match(await box.sessions.verify(token, 'cookie'), { state: 'ended', sessionId: session.id }, name)
        await turns()
        t.match(
          await elsewhere.sessions.verify(token, 'cookie'),
          { state: 'valid' },
          `${name}: it stands elsewhere`,
        )
      }
    }
  },
)

t.test('where what is known of a user is older than the session, they are looked up anew', async (t) => {
  for (const wrap of [(value: Account) => value, async (value: Account) => value]) {
    let asked = 0
    const stale = accountOf({ version: 'v0' })
    const { sessions, world } = testSessions({
      directory: {
        find: () => (asked === 0 ? world.account : stale),
        findSince(username, moment) {
          asked++
          t.strictSame([username, moment], ['johndoe', NOW])
          return wrap(accountOf()) as Account
        },
      },
    })
    const { token } = await sessions.open(accountOf())
    world.account = stale
    t.match(await sessions.verify(token, 'cookie'), { state: 'valid', user: { username: 'johndoe' } })
    t.equal(asked, 1)
  }
})

t.test('who is taken out while they log in is not let in, then or later', async (t) => {
  const changes: [string, Account | null][] = [
    ['removed or disabled', null],
    ['another version', accountOf({ version: 'v2' })],
  ]
  for (const [name, now] of changes) {
    const store = slowStore()
    const { sessions, world } = testSessions({ store })
    const opening = sessions.open(accountOf())
    world.account = now
    await t.rejects(opening, { code: 'DOCS_GATE_INVALID_CREDENTIALS' }, name)
    t.strictSame(await store.list(ISSUER, 'johndoe'), [], name)
  }
})

t.test('where the user cannot be looked up at the end of a login, no session is left behind', async (t) => {
  const store = slowStore()
  const error = new UsersUnavailableError({ cause: new Error('x') })
  const { sessions } = testSessions({ store, directory: { find: () => Promise.reject(error) } })
  await t.rejects(sessions.open(accountOf()), { code: 'DOCS_GATE_USERS_UNAVAILABLE' })
  t.strictSame(await store.list(ISSUER, 'johndoe'), [])
})

t.test(
  'of a user with another password, the sessions of before end, and those that began with it stay',
  async (t) => {
    const { sessions, world, store } = testSessions()
    const before = await sessions.open(accountOf())
    world.account = accountOf({ version: 'v2' })
    const since = await sessions.open(world.account)
    await sessions.endOutdated('johndoe')
    t.equal(await store.get(before.session.id), undefined)
    t.strictSame(await store.get(since.session.id), since.session)
    world.account = null
    await sessions.endOutdated('johndoe')
    t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  },
)

t.test('scopes that are taken away are gone, new ones wait for the next login, data follow', async (t) => {
  const { world, sessions } = testSessions()
  const { token } = await sessions.open(accountOf())
  const user = () => {
    const status = sessions.verify(token, 'bearer') as SessionStatus
    return status.state === 'valid' ? status.user : null
  }
  t.strictSame(user()?.scopes, ['a', 'b'])
  world.account = accountOf({ scopes: ['b', 'admin'], name: 'New', email: undefined })
  t.strictSame(user()?.scopes, ['b'])
  t.match(user(), { name: 'New' })
  t.notOk('email' in (user() as object))
  world.account = accountOf({ scopes: [] })
  t.strictSame(user()?.scopes, [])
  world.account = accountOf()
  t.strictSame(user()?.scopes, ['a', 'b'], 'given back, they are back')
})

t.test('a directory that answers another user closes the gate: nobody becomes somebody else', async (t) => {
  const other = accountOf({ username: 'jane', version: 'v1' })
  for (const wrap of [(value: Account) => value, async (value: Account) => value]) {
    let answer = accountOf()
    const find = () => wrap(answer) as Account
    const { sessions } = testSessions({ directory: { find, findSince: find } })
    const { token } = await sessions.open(accountOf())
    t.match(await sessions.verify(token, 'cookie'), { user: { username: 'johndoe' } })
    answer = other
    await t.rejects(async () => sessions.verify(token, 'cookie'), {
      code: 'DOCS_GATE_USERS_UNAVAILABLE',
      cause: { message: /^find\(\) answered another user/ },
    })
    answer = accountOf({ username: 'JohnDoe' })
    t.match(await sessions.verify(token, 'cookie'), { user: { username: 'JohnDoe', subject: 'johndoe' } })
  }
  const stale = accountOf({ version: 'v0' })
  const { sessions, world } = testSessions({
    directory: { find: () => world.account, findSince: () => other },
  })
  const { token } = await sessions.open(accountOf())
  world.account = stale
  await t.rejects(async () => sessions.verify(token, 'cookie'), { code: 'DOCS_GATE_USERS_UNAVAILABLE' })
})

t.test('a session begins after all that are there, whatever the clocks of other processes say', async (t) => {
  const store = slowStore()
  const settings = { maxPerUser: 1 }
  const [ahead, behind] = [testSessions({ store, settings }), testSessions({ store, settings })]
  behind.world.now = NOW - 60_000
  const first = await ahead.sessions.open(accountOf())
  const second = await behind.sessions.open(accountOf())
  t.equal(second.session.createdAt, first.session.createdAt + 1)
  t.match(await behind.sessions.verify(second.token, 'cookie'), { state: 'valid' })
  t.match(await ahead.sessions.verify(first.token, 'cookie'), { state: 'ended' })
  const third = await ahead.sessions.open(accountOf())
  t.match(await ahead.sessions.verify(third.token, 'cookie'), { state: 'valid' })
})

t.test('an idle second is a whole one, and is renewed', async (t) => {
  for (let offset = 0; offset < 1000; offset += 37) {
    const { world, sessions } = testSessions({
      settings: { idleTimeoutSeconds: 1, absoluteTimeoutSeconds: 10 },
    })
    world.now = NOW + offset
    const opened = await sessions.open(accountOf())
    t.equal(opened.expiresInSeconds, 1)
    world.now = NOW + offset + 999
    t.match(sessions.verify(opened.token, 'cookie'), { state: 'valid' }, `${offset}: as long as was said`)
    world.now = NOW + offset + 2000
    t.match(sessions.verify(opened.token, 'cookie'), { state: 'ended' }, `${offset}: and no second more`)
    let { token } = opened
    for (let at = offset; at < offset + 9500; at += 600) {
      world.now = NOW + at
      const status = sessions.verify(token, 'cookie') as SessionStatus
      t.equal(status.state, 'valid', `${offset}: after ${at - offset} ms`)
      if (status.state === 'valid') token = sessions.renew(status.verified) ?? token
    }
    world.now = NOW + offset + 10_000
    t.match(sessions.verify(token, 'cookie'), { state: 'ended' }, `${offset}: the absolute timeout`)
  }
})

t.test('users who cannot be looked up keep what their login found', async (t) => {
  const { sessions, world } = testSessions({ directory: NO_FIND })
  const { token } = await sessions.open(accountOf())
  const status = sessions.verify(token, 'cookie') as SessionStatus
  t.match(status, { user: { username: 'johndoe', name: 'J', email: 'e@x', scopes: ['a', 'b'] } })
  t.equal(sessions.verify(token, 'cookie'), status)
  world.now = NOW + 60_000
  const renewed = status.state === 'valid' ? (sessions.renew(status.verified) as string) : ''
  t.match(
    sessions.verify(renewed, 'cookie'),
    { state: 'valid', user: { name: 'J', email: 'e@x' } },
    'renewed as well',
  )
  const bare = await sessions.open(accountOf({ name: undefined, email: undefined }))
  const claims = codecOf().read(bare.token) as object
  t.notOk('name' in claims || 'email' in claims)
})

t.test('stateless sessions live in their tokens, and end by time or with their user', async (t) => {
  const { world, sessions } = testSessions({ store: null })
  const { token, session } = await sessions.open(accountOf())
  t.match(sessions.verify(token, 'cookie'), { state: 'valid', user: { sessionId: session.id } })
  await sessions.end(session.id)
  await sessions.endAll(ISSUER, 'johndoe')
  t.match(sessions.verify(token, 'cookie'), { state: 'valid' }, 'nothing is stored that could be ended')
  t.strictSame(await sessions.list(ISSUER, 'johndoe'), [])
  t.match(
    testSessions({ store: null }).sessions.verify(token, 'cookie'),
    { state: 'valid' },
    'in every process',
  )

  let current = token
  for (let second = 60; second < 1000; second += 60) {
    world.now = NOW + second * 1000
    const status = sessions.verify(current, 'cookie') as SessionStatus
    t.equal(status.state, 'valid', `after ${second} s`)
    if (status.state === 'valid') current = sessions.renew(status.verified) ?? current
  }
  t.equal(codecOf().read(current)?.exp, (NOW + 1_000_000) / 1000, 'the end of the session is in its id')
  world.now = NOW + 1_000_000
  t.strictSame(sessions.verify(current, 'cookie'), { state: 'ended', sessionId: session.id })

  const fresh = await sessions.open(accountOf())
  world.account = accountOf({ version: 'v2' })
  t.match(sessions.verify(fresh.token, 'cookie'), { state: 'ended' })
  world.account = null
  t.match(sessions.verify(fresh.token, 'cookie'), { state: 'ended' })
  await turns()
  const endless = codecOf().issue({ ...CLAIMS, exp: 9_999_999_999, sid: '.x.y' })
  t.match(sessions.verify(endless, 'cookie'), { state: 'ended' }, 'a session that never began')
  await sessions.close()
})

t.test('a store that throws, rejects or hangs closes the gate, with the reason as cause', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const cause = new Error('ECONNREFUSED')
  const ways: [string, () => never, object][] = [
    [
      'throws',
      () => {
        throw cause
      },
      cause,
    ],
    ['rejects', () => Promise.reject(cause) as never, cause],
    ['hangs', () => new Promise(() => {}) as never, { message: 'no answer within 1500 ms' }],
  ]
  const settle = async (run: () => unknown) => {
    const promise = (async () => run())()
    promise.catch(() => {})
    await turns()
    mock.timers.tick(1500)
    return promise
  }
  for (const [name, fail, reason] of ways) {
    const error = {
      name: 'StoreUnavailableError',
      code: 'DOCS_GATE_STORE_UNAVAILABLE',
      statusCode: 503,
      cause: reason,
    }
    const withBroken = (method: keyof SessionStore) =>
      testSessions({ store: { ...memoryStore(() => NOW), [method]: fail } })

    const get = withBroken('get').sessions
    const { token } = await get.open(accountOf())
    await t.rejects(
      settle(() => get.verify(token, 'cookie')),
      error,
      `get ${name}`,
    )
    t.strictSame(get.verify('junk', 'cookie'), { state: 'unknown' }, 'what is none of ours is not asked for')
    await t.rejects(
      settle(() => withBroken('set').sessions.open(accountOf())),
      error,
      `set ${name}`,
    )
    const list = withBroken('list').sessions
    await t.rejects(
      settle(() => list.open(accountOf())),
      error,
      `list ${name} at a login`,
    )
    await t.rejects(
      settle(() => list.list(ISSUER, 'johndoe')),
      error,
      `list ${name}`,
    )
    await t.rejects(
      settle(() => list.endAll(ISSUER, 'johndoe')),
      error,
      `list ${name} when all are ended`,
    )
    const { sessions, world } = withBroken('delete')
    await t.rejects(
      settle(() => sessions.end('x')),
      error,
      `delete ${name}`,
    )
    const issued = await sessions.open(accountOf())
    await t.rejects(
      settle(() => sessions.endAll(ISSUER, 'johndoe')),
      error,
      `delete ${name} when all are ended`,
    )

    // The user is out whether the session can be deleted or not, and nothing is left unhandled.
    const unhandled: unknown[] = []
    const note = (lost: unknown) => unhandled.push(lost)
    process.on('unhandledRejection', note)
    world.account = null
    t.match(await settle(() => sessions.verify(issued.token, 'cookie')), { state: 'ended' }, `delete ${name}`)
    await turns()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    t.strictSame(unhandled, [], `delete ${name}: nothing is left unhandled`)
  }
})

t.test('users who cannot be looked up right now close the gate too', async (t) => {
  const error = new UsersUnavailableError({ cause: new Error('x') })
  let isUp = true
  const find = async () => (isUp ? accountOf() : Promise.reject(error))
  const { sessions } = testSessions({ directory: { find } })
  const { token } = await sessions.open(accountOf())
  isUp = false
  await t.rejects(async () => sessions.verify(token, 'cookie'), {
    code: 'DOCS_GATE_USERS_UNAVAILABLE',
    statusCode: 503,
  })
})

t.test('the store is told how long to keep a session, and when the app closes', async (t) => {
  const told: unknown[] = []
  const store: SessionStore = {
    get: async () => null,
    set: async (...set) => told.push(set),
    delete: async () => {},
    list: async () => [],
    close: () => told.push('close'),
  }
  const { sessions } = testSessions({ store })
  const { session } = await sessions.open(accountOf())
  await sessions.close()
  t.strictSame(told, [[session, 1000], 'close'])
  await testSessions().sessions.close()
})

t.test('without a clock of the test, the clock is that of the process', async (t) => {
  const directory: UserDirectory = { verify: async () => null, find: () => accountOf() }
  const sessions = gateSessions(SETTINGS, codecOf(), memoryStore(), directory)
  const before = Date.now()
  const { session, token } = await sessions.open(accountOf())
  t.ok(session.createdAt >= before && session.createdAt <= Date.now())
  t.match(sessions.verify(token, 'cookie'), { state: 'valid' })
})

// ---- who sent a request

t.test('a Bearer header is told from any other', async (t) => {
  const table: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['Bearer', ''],
    ['Bearer ', ''],
    ['Bearer a', 'a'],
    ['bearer a', 'a'],
    ['BEARER   a', 'a'],
    ['Bearer a b', 'a b'],
    ['Bearer a, Bearer b', 'a, Bearer b'],
    ['Bearera', undefined],
    ['Basic a', undefined],
    [' Bearer a', undefined],
    ['DPoP a', undefined],
  ]
  for (const [sent, expected] of table) t.equal(bearerToken(sent), expected, String(sent))
})

/** An authenticator over sessions of one user, with the sync or the async way of a store. */
async function testAuthenticator(isAsync: boolean) {
  const memory = memoryStore(() => NOW)
  const asynchronous: SessionStore = { ...memory, get: async (id) => memory.get(id) }
  const { sessions, world } = testSessions({ store: isAsync ? asynchronous : memory })
  const serialize = (name: string, value: string) => `${name}=${value}; attributes`
  const cookies = gateCookies(COOKIE, serialize)
  const authenticate = authenticator(sessions, cookies, new Set(['https://app.example.com']))
  const open = async () => (await sessions.open(accountOf())).token
  return { authenticate, open, world, sessions }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const cookie = (...tokens: string[]) => ({ cookie: tokens.map((token) => `docs-gate=${token}`).join('; ') })

for (const isAsync of [false, true]) {
  const kind = isAsync ? 'with a store that answers later' : 'with the memory store'

  t.test(`a request is judged by its Bearer header alone, or else by its cookie, ${kind}`, async (t) => {
    const { authenticate, open, sessions, world } = await testAuthenticator(isAsync)
    const [good, ended] = [await open(), await open()]
    await sessions.end(sessions.claimsOf(ended)?.sid as string)
    const twice = { raw: { rawHeaders: ['Authorization', `Bearer ${good}`, 'authorization', 'Bearer x'] } }
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.com' }
    const trusted = { 'sec-fetch-site': 'cross-site', origin: 'https://app.example.com' }
    const post = { method: 'POST' }
    const invalid = 'DOCS_GATE_INVALID_TOKEN'
    const none = 'DOCS_GATE_UNAUTHENTICATED'
    const table: [string, RequestLike, string][] = [
      ['nothing', requestOf(), none],
      ['a good Bearer', requestOf(bearer(good)), 'bearer'],
      ['a good Bearer and junk in the cookie', requestOf({ ...bearer(good), ...cookie('junk') }), 'bearer'],
      ['a bad Bearer', requestOf(bearer('junk')), invalid],
      ['a bad Bearer and a good cookie', requestOf({ ...bearer('junk'), ...cookie(good) }), invalid],
      ['an empty Bearer and a good cookie', requestOf({ authorization: 'Bearer', ...cookie(good) }), invalid],
      ['an ended Bearer', requestOf(bearer(ended)), invalid],
      ['two Authorization headers', requestOf(bearer(good), twice), invalid],
      ['a good Bearer from elsewhere', requestOf({ ...bearer(good), ...foreign }, post), 'bearer'],
      ['Basic alone', requestOf({ authorization: 'Basic YTpi' }), none],
      ['Basic and a good cookie', requestOf({ authorization: 'Basic YTpi', ...cookie(good) }), 'cookie'],
      ['a good cookie', requestOf(cookie(good)), 'cookie'],
      ['junk', requestOf(cookie('junk')), invalid],
      ['an ended session', requestOf(cookie(ended)), invalid],
      ['an empty cookie', requestOf(cookie('')), none],
      ['junk first', requestOf(cookie('junk', good)), 'cookie'],
      ['junk last', requestOf(cookie(good, 'junk')), 'cookie'],
      ['an ended one, junk, a good one', requestOf(cookie(ended, 'junk', good)), 'cookie'],
      ['junk twice', requestOf(cookie('junk', 'more')), invalid],
      ['quoted', requestOf(cookie(`"${good}"`)), invalid],
      ['percent-encoded', requestOf(cookie(good.replace('.', '%2e'))), invalid],
      ['over-long', requestOf(cookie('x'.repeat(9000))), invalid],
      ['a suffix of our name', requestOf({ cookie: `xdocs-gate=${good}` }), none],
      ['the name of https on http', requestOf({ cookie: `__Host-docs-gate=${good}` }), none],
      ['the name of http on https', requestOf(cookie(good), { protocol: 'https' }), none],
      ['https', requestOf({ cookie: `__Host-docs-gate=${good}` }, { protocol: 'https' }), 'cookie'],
      [
        'a post of this site',
        requestOf({ ...cookie(good), 'sec-fetch-site': 'same-origin' }, post),
        'cookie',
      ],
      ['a post of another site', requestOf({ ...cookie(good), ...foreign }, post), 'DOCS_GATE_CROSS_ORIGIN'],
      ['with junk', requestOf({ ...cookie('junk'), ...foreign }, post), 'DOCS_GATE_CROSS_ORIGIN'],
      ['without a cookie', requestOf(foreign, post), none],
      ['a post of a trusted site', requestOf({ ...cookie(good), ...trusted }, post), 'cookie'],
      ['a get of another site', requestOf({ ...cookie(good), ...foreign }), 'cookie'],
    ]
    for (const [name, request, expected] of table) {
      const result: AuthenticationResult = await authenticate(request)
      if (result.user) {
        t.equal(result.user.authenticatedBy, expected, name)
        t.equal(result.cookie, undefined, `${name}: fresh, not renewed`)
      } else {
        t.equal(result.error.code, expected, name)
        t.ok(result.error instanceof DocsGateError)
      }
    }

    world.now = NOW + 60_000
    const renewal = await authenticate(requestOf(cookie(good)))
    const renewed = renewal.user ? (renewal.cookie as string) : ''
    t.match(renewed, /^docs-gate=[\w-]+\.[\w-]+\.[\w-]+; attributes$/)
    const together = await Promise.all(
      [0, 1, 2].map(async () => authenticate(requestOf(cookie('junk', good)))),
    )
    for (const result of together) t.equal(result.user && result.cookie, renewed, 'the same for all')
    const byBearer = await authenticate(requestOf(bearer(good)))
    t.ok(byBearer.user && byBearer.cookie === undefined, 'Bearer tokens are not renewed')
  })
}

t.test('a refusal carries the challenge that belongs to it', async (t) => {
  const challenges = bearerChallenges('r')
  const [missing, invalid, foreign] = [
    new UnauthenticatedError(),
    new InvalidTokenError(),
    new CrossOriginError(),
  ]
  t.strictSame(unauthorized(missing, challenges), {
    error: missing,
    headers: { 'www-authenticate': 'Bearer realm="r"' },
  })
  t.strictSame(unauthorized(invalid, challenges), {
    error: invalid,
    headers: { 'www-authenticate': 'Bearer realm="r", error="invalid_token"' },
  })
  t.strictSame(
    unauthorized(foreign, challenges),
    { error: foreign, headers: {} },
    'logging in would not help',
  )
})

// ---- app.docsGate

const SILENT = { info() {}, warn() {}, error() {} }

t.test('a store whose list is no list closes the gate', async (t) => {
  const { sessions } = testSessions({ store: { ...memoryStore(), list: () => undefined as never } })
  await t.rejects(sessions.list(ISSUER, 'johndoe'), { code: 'DOCS_GATE_STORE_UNAVAILABLE', statusCode: 503 })
})

t.test('app.docsGate begins, lists and ends sessions by name or by issuer and subject', async (t) => {
  const { codec, serializeCookie } = await realTools(ISSUER, SECRET)
  const apiOf = (users: object, session: object = {}) => {
    const gate = createGate(
      resolveSettings({ users, secret: SECRET, session }),
      '',
      codec,
      serializeCookie,
      SILENT,
    )
    return { api: sessionApi(gate, async () => []), gate }
  }
  const record = { jörg: { password: HASHES.secret, scopes: ['a'] } }
  const { api, gate } = apiOf(record)
  const made = await api.signIn('jo\u0308rg')
  t.match(made, { access_token: String, expires_in: 1800 })
  t.equal(made.cookie.split(';', 1)[0], `docs-gate=${made.access_token}`)
  t.match(made.cookie, /HttpOnly/)
  t.match(gate.sessions.verify(made.access_token, 'bearer'), { user: { username: 'jörg', scopes: ['a'] } })
  t.match(
    (await api.signIn('jörg', requestOf({}, { protocol: 'https' }))).cookie,
    /^__Host-docs-gate=.*; Secure/,
  )
  await t.rejects(api.signIn('nobody'), { code: 'DOCS_GATE_INVALID_CREDENTIALS', statusCode: 401 })

  t.equal((await api.sessionsOf('jo\u0308rg')).length, 2)
  const [first] = await api.sessionsOf({ issuer: ISSUER, subject: 'jörg' })
  t.strictSame(await api.sessionsOf({ issuer: 'https://idp', subject: 'jörg' }), [])
  await api.endSession(first?.id as string)
  t.match(gate.sessions.verify(made.access_token, 'bearer'), { state: 'ended' })
  t.equal((await api.sessionsOf('jörg')).length, 1)
  await api.endSessionsOf({ issuer: 'https://idp', subject: 'jörg' })
  t.equal((await api.sessionsOf('jörg')).length, 1)
  await api.endSessionsOf('jo\u0308rg')
  t.strictSame(await api.sessionsOf('jörg'), [])

  for (const wrong of [undefined, null, 7, {}, { issuer: ISSUER }, { subject: 'jörg' }]) {
    const written = { name: 'TypeError', message: /^docsGate: write the name of a user/ }
    await t.rejects(api.signIn(wrong as string), written)
    await t.rejects(api.sessionsOf(wrong as string), written)
    await t.rejects(api.endSessionsOf(wrong as string), written)
  }

  const database = apiOf({ verify: () => null })
  const unknown = await database.api.signIn('anybody')
  t.match(database.gate.sessions.verify(unknown.access_token, 'bearer'), {
    state: 'valid',
    user: { username: 'anybody', scopes: [] },
  })
  const asked = apiOf({
    verify: () => null,
    find: async (name: string) => (name.toLowerCase() === 'a' ? { username: 'A' } : null),
  })
  t.match(await asked.api.signIn('a'), { access_token: String })
  t.equal((await asked.api.sessionsOf('A')).length, 1, 'under the name of the account')
  await t.rejects(asked.api.signIn('b'), { code: 'DOCS_GATE_INVALID_CREDENTIALS' })
  const stateless = apiOf(record, { store: 'stateless' })
  await stateless.api.signIn('jörg')
  t.strictSame(await stateless.api.sessionsOf('jörg'), [])
})
