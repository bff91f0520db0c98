import t from 'tap'
import { CrossOriginError, DocsGateError, InvalidTokenError, UnauthenticatedError } from '../../lib/errors.ts'
import { unauthorized } from '../../lib/flows/deny-access.ts'
import { bearerChallenges } from '../../lib/http/challenge.ts'
import type { RequestLike } from '../../lib/http/request.ts'
import { type AuthenticationResult, authenticator, bearerToken } from '../../lib/session/authenticator.ts'
import { gateCookies } from '../../lib/session/cookie.ts'
import { memoryStore } from '../../lib/session/store/memory-store.ts'
import type { SessionStore } from '../../lib/session/store/session-store.ts'
import { accountOf, COOKIE, cookie, NOW, requestOf, testSessions } from './fixtures.ts'

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
