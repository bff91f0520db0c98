import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import t from 'tap'
import { OptionsError } from '../../lib/errors.ts'
import { derivedKey, hmacCheck, randomSecret, type Secret, signingKey } from '../../lib/session/token/keys.ts'
import { TOKEN_TYPE, type TokenCodec, type TokenKey, tokenCodec } from '../../lib/session/token/token.ts'
import { SECRET } from '../helper.ts'
import { CLAIMS, codecOf, encode, ISSUER, OTHER_SECRET, realTools, signed, trustingKey } from './fixtures.ts'

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
