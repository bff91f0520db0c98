import t from 'tap'
import { ROUTE_MARK, takeRouteMarks } from '../../lib/app-routes/route-marks.ts'
import { appDocument, externalDocument, type GuardedDocument } from '../../lib/docs/document/app-document.ts'
import { createReaderViews, type Visible, type VisibleOperation } from '../../lib/docs/view/reader-views.ts'
import type { View } from '../../lib/docs/view/view.ts'
import { createViewCache } from '../../lib/docs/view/view-cache.ts'
import type { OpenApiDocument } from '../../lib/openapi/document.ts'
import type { User } from '../../lib/session/user.ts'

const SCHEMES = { tokenUrl: '/auth/token', cookieName: 'docs-gate', scopes: {} }
const pet = { $ref: '#/components/schemas/Pet' }
const secret = { $ref: '#/components/schemas/Secret' }
const answers = (schema: object) => ({
  responses: { 200: { description: 'It.', content: { 'application/json': { schema } } } },
})

/** A document as @fastify/swagger makes it, with the marks of its routes. */
function document(): OpenApiDocument {
  const made = {
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    paths: {
      '/pets': { get: { [ROUTE_MARK]: '1', ...answers(pet) } },
      '/me': { get: { [ROUTE_MARK]: '2', ...answers(pet) } },
      '/admin': { post: { [ROUTE_MARK]: '3', ...answers(secret) } },
    },
    components: { schemas: { Pet: { type: 'object' }, Secret: { type: 'object', description: 'HIDDEN' } } },
  }
  takeRouteMarks(made)
  return made
}

const guard = (id: string | undefined, method: string, url: string, scopes: readonly string[] | null) => ({
  id,
  method,
  url,
  scopes,
  isHidden: false,
})
const GUARDS = [
  guard('1', 'GET', '/pets', null),
  guard('2', 'GET', '/me', []),
  guard('3', 'POST', '/admin', ['admin']),
  guard(undefined, 'GET', '/early', null),
]

const user = (sessionId: string | undefined, ...scopes: string[]): User => ({
  username: 'johndoe',
  issuer: 'docs-gate',
  subject: 'johndoe',
  scopes,
  authenticatedBy: 'cookie',
  ...(sessionId !== undefined && { sessionId }),
  expiresAt: 0,
})

const noWarning = (): void => {
  throw new Error('nothing is missing')
}
const own = () => appDocument(document(), GUARDS, SCHEMES, noWarning)

function viewsOf(load: () => Promise<GuardedDocument>, visible?: Visible) {
  return createReaderViews({ name: 'docs', load, visible, views: createViewCache() })
}

const textOf = async (view: View): Promise<string> => (await view.json()).plain.body.toString()
const pathsOf = async (view: View): Promise<string[]> => Object.keys(JSON.parse(await textOf(view)).paths)

t.test('the app’s own document gets the scopes of its guards, in a copy', async (t) => {
  const made = document()
  const before = JSON.stringify(made)
  const { document: said, scopesOf } = await appDocument(made, GUARDS, SCHEMES, noWarning)
  const paths = said['paths'] as Record<string, Record<string, { security?: unknown; responses: object }>>
  t.equal(paths['/pets']?.['get']?.security, undefined)
  t.ok(paths['/me']?.['get']?.security)
  t.match(Object.keys(paths['/admin']?.['post']?.responses ?? {}), ['200', '401', '403'])
  t.equal(JSON.stringify(made), before)
  const operation = { kind: 'path', operation: {}, pathItem: {}, at: [] } as const
  t.strictSame(scopesOf({ ...operation, method: 'post', path: '/admin' }), ['admin'])
  t.strictSame(scopesOf({ ...operation, method: 'get', path: '/me' }), [])
  t.strictSame(scopesOf({ ...operation, method: 'get', path: '/nowhere' }), [])
})

t.test('an operation without a route requires nothing if no guarded route is missing', async (t) => {
  const written = { openapi: '3.1.0', paths: { '/written': { get: { responses: {} } } } }
  const hidden = { ...guard('9', 'GET', '/hidden', ['admin']), isHidden: true }
  const head = guard('8', 'HEAD', '/head', ['admin'])
  const { document: said, requiresScopes } = await appDocument(
    written,
    [hidden, head, ...GUARDS.slice(0, 2)],
    SCHEMES,
    noWarning,
  )
  t.equal(said, written)
  t.equal(requiresScopes, false)
  t.equal((await appDocument(document(), [], SCHEMES, noWarning)).requiresScopes, false)
  t.equal((await own()).requiresScopes, true)
})

t.test('an operation without a mark is matched by method and path', async (t) => {
  const routes: [url: string, path: string][] = [
    ['/a', '/a'],
    ['/users/:id', '/users/{id}'],
    ['/users/:id/pets/:pet(^\\d+)', '/users/{user}/pets/{pet}'],
    ['/at/:lat-:lng(\\d+(\\.\\d+)?)', '/at/{lat}-{lng}'],
    ['/files/*', '/files/{*}'],
    ['/files/(^\\d+).png', '/files/{regexp1}.png'],
    ['/verb::watch', '/verb:watch'],
    ['/optional/:id?', '/optional/{id}'],
    ['/Case', '/case'],
    ['/slash/', '/slash'],
    ['/v1/based', '/based'],
    ['/v2/other', '/other'],
  ]
  const guards = routes.map(([url], index) => guard(String(index), 'GET', url, [`scope-${index}`]))
  const paths = Object.fromEntries(
    routes.map(([, path]) => [path, { get: { responses: {} }, post: { responses: {} } }]),
  )
  const servers = [{ url: 'https://pets.example/v1/' }, { url: '/v2' }, { url: 'http://[' }, {}, null]
  const made = { openapi: '3.1.0', servers, paths, webhooks: { a: { get: { responses: {} } } } }
  const warned: unknown[] = []
  const { document: said, scopesOf } = await appDocument(made, guards, SCHEMES, (...about) =>
    warned.push(about),
  )
  const operation = { kind: 'path', operation: {}, pathItem: {}, at: [] } as const
  for (const [index, [url, path]] of routes.entries()) {
    t.strictSame(scopesOf({ ...operation, method: 'get', path }), [`scope-${index}`], url)
    t.strictSame(scopesOf({ ...operation, method: 'post', path }), [], `POST ${url}`)
  }
  t.match(said, { paths: { '/a': { get: { security: Array, responses: { 401: {}, 403: {} } } } } })
  t.strictSame(warned, [], 'nothing is missing')

  const swagger2 = { swagger: '2.0', basePath: '/v1', paths: { '/based': { get: { responses: {} } } } }
  const { scopesOf: asked } = await appDocument(swagger2, guards, SCHEMES, noWarning)
  t.strictSame(asked({ ...operation, method: 'get', path: '/based' }), ['scope-10'])
})

t.test(
  'an operation that matches no route requires the scopes of the routes that have no operation',
  async (t) => {
    const made = document() as { paths: Record<string, unknown> }
    const { '/admin': admin, ...others } = made.paths
    const moved = {
      ...made,
      paths: { ...others, '/moved': { post: { ...(admin as { post: object }).post } } },
    }
    const warned: unknown[] = []
    const viewOf = viewsOf(() => appDocument(moved, GUARDS, SCHEMES, (...about) => warned.push(about)))
    t.strictSame(await pathsOf(await viewOf(user('a'))), ['/pets', '/me'])
    t.strictSame(await pathsOf(await viewOf(user('b', 'admin'))), ['/pets', '/me', '/moved'])
    t.match(warned, [[[{ method: 'post', path: '/moved' }], ['admin']]])
    t.equal(warned.length, 1)
  },
)

t.test(
  'an operation without a mark may belong to a missing route with its method, or with the same end of the path',
  async (t) => {
    const guards = [
      guard('1', 'OPTIONS', '/a', ['options']),
      guard('2', 'TRACE', '/a', ['trace']),
      guard('3', 'GET', '/users', null),
      guard('4', 'GET', '/api/users', ['admin']),
      guard('5', 'GET', '/api/orders/:id', ['orders']),
      guard('6', 'GET', '/orders/:order', null),
      guard('7', 'GET', '/other/orders/:id', ['never']),
      guard('8', 'GET', '/api/secret-users', ['never']),
    ]
    const answered = { responses: {} }
    const made = {
      openapi: '3.1.0',
      paths: {
        '/moved': { options: answered, trace: answered, put: answered },
        '/users': { get: answered },
        '/orders/{id}': { get: answered },
        '/other/orders/{id}': { get: { ...answered, [ROUTE_MARK]: '7' } },
      },
    }
    takeRouteMarks(made)
    const { scopesOf } = await appDocument(made, guards, SCHEMES, () => {})
    const operation = { kind: 'path', operation: {}, pathItem: {}, at: [] } as const
    const table: [string, string, string[]][] = [
      ['options', '/moved', ['options']],
      ['trace', '/moved', ['trace']],
      ['put', '/moved', []],
      ['get', '/users', ['admin']],
      ['get', '/orders/{id}', ['orders']],
      ['get', '/other/orders/{id}', ['never']],
    ]
    for (const [method, path, scopes] of table)
      t.strictSame(scopesOf({ ...operation, method, path }), scopes, `${method} ${path}`)
  },
)

t.test('operations with the same name require the scopes of all of them', async (t) => {
  const route = { responses: {} }
  const item = {
    get: { ...route, [ROUTE_MARK]: '3' },
    additionalOperations: { GET: { ...route, [ROUTE_MARK]: '2' } },
  }
  const made = { openapi: '3.2.0', paths: { '/twice': item } }
  takeRouteMarks(made)
  const { scopesOf } = await appDocument(made, GUARDS, SCHEMES, noWarning)
  const operation = {
    kind: 'path',
    operation: {},
    pathItem: {},
    at: [],
    method: 'get',
    path: '/twice',
  } as const
  t.strictSame(scopesOf(operation), ['admin'])

  const unmarked = {
    openapi: '3.2.0',
    paths: {
      '/twice': { get: { ...route, [ROUTE_MARK]: '3' }, additionalOperations: { GET: { ...route } } },
    },
  }
  takeRouteMarks(unmarked)
  const missing = guard('9', 'GET', '/missing', ['reader'])
  const both = await appDocument(unmarked, [...GUARDS, missing], SCHEMES, () => {})
  t.strictSame(both.scopesOf(operation), ['admin', 'reader'])
})

t.test('a user sees the operations whose scopes they have, and no trace of the others', async (t) => {
  const viewOf = viewsOf(own)
  const admin = await viewOf(user('a', 'admin'))
  const reader = await viewOf(user('b'))
  t.strictSame(await pathsOf(admin), ['/pets', '/me', '/admin'])
  t.strictSame(await pathsOf(reader), ['/pets', '/me'])
  t.notMatch(await textOf(reader), /HIDDEN|Secret|admin/i)
  const yaml = (await reader.yaml()).plain.body.toString()
  t.match(yaml, '/pets:')
  t.notMatch(yaml, /HIDDEN|Secret|admin/i)
})

t.test('users who see the same operations share a view', async (t) => {
  const viewOf = viewsOf(own)
  t.equal(await viewOf(user('a', 'read')), await viewOf(user('b')))
  t.not(await viewOf(user('c', 'admin')), await viewOf(user('b')))
  const fresh = viewsOf(own)
  const [first, second] = await Promise.all([fresh(user('a')), fresh(user('b'))])
  t.equal(first, second, 'who come at once, too')
})

t.test(
  'visible alone decides: it is called once per session and after a change of scopes, and any result but true hides',
  async (t) => {
    const asked: [VisibleOperation, User][] = []
    const visible: Visible = (operation, who) => {
      asked.push([operation, who])
      if (operation.path === '/me') throw new Error('a defect')
      return (operation.path === '/pets' || 'yes') as boolean
    }
    const viewOf = viewsOf(own, visible)
    const johndoe = user('a', 'admin')
    t.strictSame(await pathsOf(await viewOf(johndoe)), ['/pets'])
    t.match(asked[2], [
      { method: 'POST', path: '/admin', scopes: ['admin'], operation: { responses: {} } },
      johndoe,
    ])
    await viewOf(user('a', 'admin'))
    t.equal(asked.length, 3)
    await viewOf(user('a'))
    t.equal(asked.length, 6)
    await viewOf(user(undefined))
    await viewOf(user(undefined))
    t.equal(asked.length, 9, 'a token without a session is its user’s')
  },
)

t.test('an operation is hidden if visible fails, and the failure is reported once', async (t) => {
  const error = new Error('a defect')
  const cases: [string, unknown, unknown][] = [
    [
      'throws',
      () => {
        throw error
      },
      error,
    ],
    [
      'throws undefined',
      () => {
        throw undefined
      },
      undefined,
    ],
    ['async', async () => true, { name: 'TypeError', message: /synchronous/ }],
    [
      'rejects',
      async () => {
        throw error
      },
      error,
    ],
  ]
  for (const [name, visible, told] of cases) {
    const failures: unknown[] = []
    const viewOf = createReaderViews({
      name: 'docs',
      load: own,
      visible: visible as Visible,
      views: createViewCache(),
      failed: (failure) => failures.push(failure),
    })
    t.strictSame(await pathsOf(await viewOf(user('a'))), [], name)
    t.strictSame(await pathsOf(await viewOf(user('b'))), [], name)
    t.equal(failures.length, 1, name)
    t.match(failures, [told], name)
  }
})

t.test('all readers see the same document of another service', async (t) => {
  const viewOf = viewsOf(async () => externalDocument(document()))
  t.strictSame(await pathsOf(await viewOf(user('a'))), ['/pets', '/me', '/admin'])
  const empty = viewsOf(
    async () => externalDocument(document()),
    () => false,
  )
  t.strictSame(await pathsOf(await empty(user('a'))), [])
})

t.test('a document that cannot be loaded is loaded again for the next reader', async (t) => {
  let tries = 0
  const viewOf = viewsOf(async () => {
    tries++
    if (tries === 1) throw new Error('not yet')
    return own()
  })
  await t.rejects(viewOf(user('a')), { message: 'not yet' })
  t.strictSame(await pathsOf(await viewOf(user('a'))), ['/pets', '/me'])
  await viewOf(user('b'))
  t.equal(tries, 2)
})
