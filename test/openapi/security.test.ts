import t from 'tap'
import type { OpenApiDocument } from '../../lib/openapi/document.ts'
import type { Operation } from '../../lib/openapi/operations.ts'
import type { Requirement } from '../../lib/openapi/security/security.ts'
import { danglingIn, deepFreeze, filterDocument, secureDocument } from '../document-checks.ts'
import { createValidate } from '../packages.ts'

type Json = Record<string, unknown>

const SCHEMES = {
  tokenUrl: '/auth/token',
  cookieName: 'docs-gate',
  scopes: { admin: 'All of it.', read: 'Reading.' },
}
const OPEN_ID = { ...SCHEMES, openIdConnectUrl: 'https://id.example/.well-known/openid-configuration' }
const INFO = { title: 'T', version: '1' }
const FINE = { responses: { 200: { description: 'Fine.' } } }
const MISSING = { $ref: '#/components/responses/Unauthenticated' }
const FORBIDDEN = { $ref: '#/components/responses/Forbidden' }

/** Operations under /admin ask for a scope, those under /me for a login, others for nothing. */
function guardOf({ path }: Operation): Requirement | null {
  if (path.startsWith('/admin')) return { scopes: ['admin'] }
  return path.startsWith('/me') ? { scopes: [] } : null
}

const PATHS = { '/open': { get: FINE }, '/me': { get: FINE }, '/admin': { get: FINE, post: FINE } }

const at = (value: unknown, ...names: string[]): unknown =>
  names.reduce<unknown>((member, name) => (member as Json | undefined)?.[name], value)

const ERROR = { type: 'object', properties: { statusCode: { type: 'integer' }, code: {}, message: {} } }

t.test('guarded operations get security requirements: OpenAPI 3.0, 3.1 with OIDC, Swagger 2', async (t) => {
  const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token.' }
  const cookie = { type: 'apiKey', in: 'cookie', name: 'docs-gate', description: "A browser's session." }
  const oauth2 = {
    type: 'oauth2',
    flows: { password: { tokenUrl: '/auth/token', scopes: SCHEMES.scopes } },
    description: 'A user name and a password, for a token.',
  }
  const before = { info: INFO, paths: PATHS }
  const v30 = secureDocument({ openapi: '3.0.3', ...before }, guardOf, SCHEMES)
  t.equal(at(v30, 'paths', '/open'), PATHS['/open'], 'shared')
  t.same(at(v30, 'paths', '/me', 'get'), {
    responses: { ...FINE.responses, 401: MISSING },
    security: [{ bearer: [] }, { cookie: [] }, { oauth2: [] }],
  })
  t.same(at(v30, 'paths', '/admin', 'post'), {
    responses: { ...FINE.responses, 401: MISSING, 403: FORBIDDEN },
    security: [{ bearer: [] }, { cookie: [] }, { oauth2: ['admin'] }],
  })
  t.same(at(v30, 'components', 'securitySchemes'), { bearer, cookie, oauth2 })
  const names = { cookieName: '__Host-docs-gate', plainCookieName: 'docs-gate' }
  const onBoth = secureDocument({ openapi: '3.0.3', ...before }, guardOf, { ...SCHEMES, ...names })
  t.same(at(onBoth, 'components', 'securitySchemes', 'cookie'), {
    ...cookie,
    name: '__Host-docs-gate',
    description: "A browser's session. On plain http the cookie is called `docs-gate`.",
  })
  t.match(at(v30, 'components'), {
    responses: {
      Unauthenticated: {
        description: String,
        headers: { 'WWW-Authenticate': { description: /Bearer/, schema: { type: 'string' } } },
        content: { 'application/json': { schema: ERROR } },
      },
      Forbidden: { headers: { 'WWW-Authenticate': {} } },
    },
  })
  t.equal(at(v30, 'components', 'schemas'), undefined, 'nothing stands among the schemas')

  const v31 = secureDocument({ openapi: '3.1.0', ...before }, guardOf, OPEN_ID)
  t.same(at(v31, 'paths', '/admin', 'get', 'security'), [
    { bearer: ['admin'] },
    { cookie: ['admin'] },
    { oauth2: ['admin'] },
    { openIdConnect: ['admin'] },
  ])
  t.match(at(v31, 'components', 'securitySchemes', 'openIdConnect'), {
    type: 'openIdConnect',
    openIdConnectUrl: OPEN_ID.openIdConnectUrl,
  })

  const v2 = secureDocument({ swagger: '2.0', ...before }, guardOf, OPEN_ID)
  t.same(at(v2, 'paths', '/admin', 'get'), {
    responses: {
      ...FINE.responses,
      401: { $ref: '#/responses/Unauthenticated' },
      403: { $ref: '#/responses/Forbidden' },
    },
    security: [{ bearer: [] }, { oauth2: ['admin'] }],
  })
  t.match(v2, {
    securityDefinitions: {
      bearer: { type: 'apiKey', in: 'header', name: 'Authorization' },
      oauth2: { type: 'oauth2', flow: 'password', tokenUrl: '/auth/token', scopes: SCHEMES.scopes },
    },
    responses: {
      Unauthenticated: {
        headers: { 'WWW-Authenticate': { type: 'string' } },
        schema: ERROR,
      },
    },
  })
  t.equal(at(v2, 'definitions'), undefined)
  t.equal(at(v2, 'components'), undefined)
})

interface Case {
  readonly title: string
  readonly given: Json
  /** Places of the result, with what is there. */
  readonly result: Readonly<Record<string, unknown>>
  readonly guard?: (operation: Operation) => Requirement | null
}

const admin = (operation: Json) => ({ paths: { '/admin': { get: operation } } })
const SECURITY = 'paths /admin get security'
const RESPONSES = 'paths /admin get responses'
const NAMES = [{ bearer: ['admin'] }, { cookie: ['admin'] }, { oauth2: ['admin'] }]

const CASES: readonly Case[] = [
  {
    title: 'what an operation says by itself wins',
    given: {
      paths: {
        '/admin/a': { get: { ...FINE, security: [] } },
        '/admin/b': { get: { ...FINE, security: [{ x: [] }] } },
      },
    },
    result: {
      'paths /admin/a get': { ...FINE, security: [] },
      'paths /admin/b get': { ...FINE, security: [{ x: [] }] },
      components: undefined,
    },
  },
  {
    title: 'answers that are described already are left as they are',
    given: admin({ responses: { 401: { description: 'Own.' } } }),
    result: { [RESPONSES]: { 401: { description: 'Own.' }, 403: FORBIDDEN } },
  },
  {
    title: 'a range of answers is left as it is',
    given: {
      paths: {
        '/admin/a': { get: { responses: { '4XX': {} } } },
        '/admin/b': { get: { responses: { '4xx': {} } } },
      },
    },
    result: { 'paths /admin/a get responses': { '4XX': {} }, 'paths /admin/b get responses': { '4xx': {} } },
  },
  {
    title: 'answers that are a reference are left as they are',
    given: admin({ responses: { $ref: '#/x-answers' } }),
    result: { [RESPONSES]: { $ref: '#/x-answers' }, [SECURITY]: NAMES },
  },
  {
    title: 'an operation without answers gets ours',
    given: { paths: { '/me': { get: {} }, '/me/b': { get: { responses: null } } } },
    result: { 'paths /me get responses': { 401: MISSING }, 'paths /me/b get responses': { 401: MISSING } },
  },
  {
    title: "the host's names are not taken; a scheme that means the same is used under its name",
    given: {
      ...admin(FINE),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'basic' },
          token: { type: 'http', scheme: 'Bearer', description: 'Theirs.' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'other' },
          cookie2: null,
          oauth2: { type: 'oauth2', flows: {} },
        },
        responses: { Unauthenticated: { description: 'Theirs.' } },
        schemas: { GateError: { title: 'Theirs.' } },
      },
    },
    result: {
      [SECURITY]: [{ token: ['admin'] }, { cookie3: ['admin'] }, { oauth22: ['admin'] }],
      [`${RESPONSES} 401`]: { $ref: '#/components/responses/Unauthenticated2' },
      'components responses Unauthenticated': { description: 'Theirs.' },
      'components schemas': { GateError: { title: 'Theirs.' } },
      'components securitySchemes bearer': { type: 'http', scheme: 'basic' },
    },
  },
  {
    title: 'scopes that nobody described are among those of the flow',
    given: { ...admin(FINE), openapi: '3.0.0' },
    guard: () => ({ scopes: ['unknown', 'admin'] }),
    result: {
      [SECURITY]: [{ bearer: [] }, { cookie: [] }, { oauth2: ['unknown', 'admin'] }],
      'components securitySchemes oauth2 flows password scopes': { unknown: '', ...SCHEMES.scopes },
    },
  },
  {
    title: 'paths that share a path item are guarded each for itself',
    given: {
      paths: {
        '/admin': { $ref: '#/components/pathItems/I' },
        '/open': { $ref: '#/components/pathItems/I' },
      },
      components: { pathItems: { I: { get: FINE, summary: 'S' } } },
    },
    result: {
      'paths /admin': {
        get: { responses: { ...FINE.responses, 401: MISSING, 403: FORBIDDEN }, security: NAMES },
        summary: 'S',
      },
      'paths /open': { $ref: '#/components/pathItems/I' },
      'components pathItems I': { get: FINE, summary: 'S' },
    },
  },
  {
    title: "an open operation is left alone under somebody else's security of the whole document",
    given: {
      security: [{ bearer: [] }, { theirs: [] }],
      paths: PATHS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          theirs: { type: 'http', scheme: 'basic' },
        },
      },
    },
    result: {
      'paths /open get': FINE,
      'paths /me get security': [{ bearer: [] }, { cookie: [] }, { oauth2: [] }],
    },
  },
  {
    title: 'an open operation says so under security of the whole document that is ours; a webhook does not',
    given: {
      security: [{ token: [] }],
      paths: { '/open': { get: FINE, post: { ...FINE, security: [{ token: [] }] } } },
      webhooks: { w: { post: FINE } },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    result: {
      'paths /open get': { ...FINE, security: [] },
      'paths /open post security': [{ token: [] }],
      'webhooks w post': FINE,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  },
  {
    title: 'the same for Swagger 2',
    given: {
      openapi: undefined,
      swagger: '2.0',
      security: [{ token: [] }, null],
      paths: { '/open': { get: FINE } },
      securityDefinitions: { token: { type: 'apiKey', in: 'header', name: 'Authorization' } },
    },
    result: { 'paths /open get security': [] },
  },
]

t.test('the host’s security stays, missing parts are added, the given document is unchanged', async (t) => {
  for (const { title, given, result, guard = guardOf } of CASES) {
    const whole = deepFreeze({ openapi: '3.1.0', info: INFO, ...given }) as OpenApiDocument
    const before = JSON.stringify(whole)
    const secured = secureDocument(whole, guard, SCHEMES)
    for (const [place, value] of Object.entries(result))
      t.same(at(secured, ...place.split(' ')), value, `${title}: ${place}`)
    t.equal(JSON.stringify(whole), before)
    t.equal(secureDocument(secured, guard, SCHEMES), secured, `${title}: secured again`)
    t.same(
      danglingIn(secured).filter((text) => !text.includes('x-answers')),
      [],
      title,
    )
  }
})

t.test('schemes that were added before are used again', async (t) => {
  const given = { openapi: '3.1.0', info: INFO, paths: PATHS }
  const once = secureDocument(given, guardOf, SCHEMES)
  const paths = { ...(once['paths'] as Json), '/me/new': { get: FINE } }
  const twice = secureDocument({ ...once, paths }, guardOf, SCHEMES)
  t.same(twice['components'], once['components'])
  t.same(at(twice, 'paths', '/me/new'), at(once, 'paths', '/me'))
})

t.test('without guards, the result is the given document', async (t) => {
  for (const given of [
    { openapi: '3.0.0', paths: PATHS },
    { swagger: '2.0', paths: {} },
    { security: 'text', paths: PATHS },
  ]) {
    t.equal(
      secureDocument(given, () => null, SCHEMES),
      given,
    )
  }
})

t.test(
  'a reader without the scope sees neither the operation nor the scope nor their response',
  async (t) => {
    const secured = secureDocument({ openapi: '3.1.0', info: INFO, paths: PATHS }, guardOf, SCHEMES)
    const shown = JSON.stringify(
      filterDocument(secured, (operation) => guardOf(operation)?.scopes.length !== 1),
    )
    t.match(shown, '"/me"')
    t.match(shown, '"read":"Reading."')
    t.notMatch(shown, /admin|Forbidden/)
  },
)

t.test('a secured document is valid', { timeout: 300_000 }, async (t) => {
  const validate = createValidate()
  const schemes = { ...OPEN_ID, tokenUrl: 'https://api.example/auth/token' }
  for (const version of [
    { openapi: '3.0.3' },
    { openapi: '3.1.0' },
    { openapi: '3.2.0' },
    { swagger: '2.0' },
  ]) {
    const secured = secureDocument({ ...version, info: INFO, paths: PATHS }, guardOf, schemes)
    for (const shown of [secured, filterDocument(secured, ({ path }) => path !== '/admin')]) {
      const { valid, errors } = await validate(shown)
      t.ok(valid, JSON.stringify(version), { errors })
    }
    // A relative reference: not in Swagger 2, whose schema asks for a URL.
    const relative = secureDocument({ ...version, info: INFO, paths: PATHS }, guardOf, SCHEMES)
    t.equal((await validate(relative)).valid, version.swagger === undefined, JSON.stringify(version))
  }
})
