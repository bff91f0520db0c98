import t from 'tap'
import { logIn, testApp } from '../helper.ts'

type App = Awaited<ReturnType<typeof testApp>>

interface Operation {
  readonly security?: readonly Record<string, readonly string[]>[]
  readonly responses: Readonly<Record<string, unknown>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly securitySchemes?: Readonly<Record<string, { readonly type: string }>> }
}

async function read(app: App, username: string, password: string, spec = '/openapi'): Promise<Document> {
  const { bearer: authorization } = await logIn(app, username, password)
  const response = await app.inject({ url: `${spec}.json`, headers: { authorization } })
  return response.json<Document>()
}

const answer = { response: { 200: { type: 'object', properties: {} } } }

t.test('routes get security requirements from route hooks, scope hooks, config and schema', async (t) => {
  const app = await testApp(t, {
    after: async (host) => {
      const { authenticate, authorize } = host
      host.get('/one', { preHandler: authenticate }, async () => '')
      host.get('/list', { preHandler: [async () => {}, authorize('admin', 'read')] }, async () => '')
      host.get('/own', { onRequest: authenticate, schema: { security: [] } }, async () => '')
      const bound = authenticate.bind(null)
      host.get(
        '/bound',
        { onRequest: bound, config: { docsGate: { scopes: ['read'] } } as object },
        async () => '',
      )
      await host.register(
        async (scope) => {
          scope.get('/before', { schema: answer }, async () => ({}))
          scope.addHook('onRequest', authorize('admin'))
          scope.get('/after', async () => '')
        },
        { prefix: '/scope' },
      )
    },
  })
  const { paths, components } = await read(app, 'johndoe', 'secret')
  const asked = (path: string) => paths[path]?.['get']?.security?.map((one) => Object.values(one)[0])
  const statuses = (path: string) => Object.keys(paths[path]?.['get']?.responses ?? {})
  t.equal(asked('/open'), undefined)
  t.strictSame(asked('/users/me'), [[], [], []])
  t.strictSame(asked('/one'), [[], [], []])
  t.strictSame(asked('/list')?.[0], ['admin', 'read'])
  t.strictSame(asked('/own'), [], 'what the route says wins')
  t.strictSame(asked('/bound')?.[0], ['read'])
  t.strictSame(asked('/scope/before')?.[0], ['admin'])
  t.strictSame(asked('/scope/after')?.[0], ['admin'])
  t.strictSame(statuses('/users/me'), ['200', '401'])
  t.strictSame(statuses('/scope/before'), ['200', '401', '403'])
  t.strictSame(
    Object.values(components?.securitySchemes ?? {})
      .map(({ type }) => type)
      .sort(),
    ['apiKey', 'http', 'oauth2'],
  )
  t.notMatch(JSON.stringify(app.swagger()), /x-docs-gate|"401"/, 'the host’s own document stays as it is')
})

t.test('a transform that drops unknown fields shows no hidden operation', async (t) => {
  const openapi = { openapi: '3.1.0', info: { title: 'x', version: '1' } }
  const picked = (schema?: { summary?: string }) =>
    schema?.summary === undefined ? {} : { summary: schema.summary }
  const swaggers = {
    'picks the fields of a schema': {
      openapi,
      transform: ({ schema, url }: { schema: object; url: string }) => ({ schema: picked(schema), url }),
    },
    'moves paths besides': {
      openapi,
      transform: ({ schema, url }: { schema: object; url: string }) => ({
        schema: picked(schema),
        url: `/moved${url}`,
      }),
    },
    'makes the operations anew': {
      openapi,
      transformObject: ({
        openapiObject,
      }: {
        openapiObject: { paths: Record<string, { get?: object }> }
      }) => ({
        ...openapiObject,
        paths: Object.fromEntries(
          Object.entries(openapiObject.paths).map(([path, { get }]) => [
            path,
            { get: { ...picked(get), responses: {} } },
          ]),
        ),
      }),
    },
  }
  for (const [name, swagger] of Object.entries(swaggers)) {
    const warnings: string[] = []
    const logger = { level: 'warn', stream: { write: (line: string) => void warnings.push(line) } }
    const app = await testApp(t, { server: { logger }, gate: { swagger: swagger as object } })
    const all = Object.keys((await read(app, 'johndoe', 'secret')).paths)
    const some = Object.keys((await read(app, 'jane', 'secret2')).paths)
    t.ok(
      all.some((path) => path.endsWith('/admin')),
      name,
    )
    t.notOk(
      some.some((path) => path.endsWith('/admin')),
      name,
    )
    t.strictSame(some, name.startsWith('moves') ? ['/moved/users/me'] : ['/open', '/users/me'], name)
    t.notOk(
      all.some((path) => /docs|auth|openapi/.test(path)),
      `${name}: none of our own routes`,
    )
    const untraced = warnings.filter((line) => line.includes('have lost the mark of their route'))
    t.equal(untraced.length, name.startsWith('moves') ? 1 : 0, name)
    for (const line of untraced)
      t.match(JSON.parse(line), {
        scopes: ['admin'],
        operations: ['GET /moved/open', 'GET /moved/users/me', 'GET /moved/admin'],
      })
  }
})

t.test('two users read two documents, in JSON, YAML and on the page, each with its ETag', async (t) => {
  const app = await testApp(t)
  const [johndoe, jane] = [await logIn(app), await logIn(app, 'jane', 'secret2')]
  const get = (url: string, { bearer }: { bearer: string }, headers: object = {}) =>
    app.inject({ url, headers: { authorization: bearer, ...headers } })
  for (const url of ['/openapi.json', '/openapi.yaml']) {
    const [all, some] = [await get(url, johndoe), await get(url, jane)]
    t.match(all.body, '/admin')
    t.notMatch(some.body, '/admin')
    t.not(all.headers.etag, some.headers.etag)
    const stolen = await get(url, jane, { 'if-none-match': all.headers.etag })
    t.equal(stolen.statusCode, 200, 'another view’s ETag is no 304')
  }
})

t.test('a docs.visible that fails hides everything, and the log says so once', async (t) => {
  const lines: string[] = []
  const logger = { level: 'error', stream: { write: (line: string) => void lines.push(line) } }
  const visible = () => {
    throw new Error('a defect')
  }
  const app = await testApp(t, { server: { logger }, gate: { docs: { visible } } })
  t.strictSame((await read(app, 'johndoe', 'secret')).paths, {})
  t.strictSame((await read(app, 'jane', 'secret2')).paths, {})
  t.equal(lines.length, 1)
  t.match(JSON.parse(String(lines[0])), {
    msg: /^docs-gate: docs\.visible failed/,
    err: { message: 'a defect' },
  })
})

t.test('docs.visible decides what is seen, for a source too', async (t) => {
  const source = {
    openapi: '3.0.3',
    info: { title: 'Source', version: '1' },
    paths: {
      '/public': { get: { responses: {} } },
      '/internal': { get: { responses: {}, tags: ['internal'] } },
    },
  }
  const app = await testApp(t, {
    gate: {
      docs: [
        { path: '/docs', visible: ({ path, method }) => path === '/open' && method === 'GET' },
        {
          path: '/source',
          source,
          visible: ({ operation }, { scopes }) =>
            scopes.includes('admin') || !(operation['tags'] as string[] | undefined)?.includes('internal'),
        },
      ],
    },
  })
  t.strictSame(Object.keys((await read(app, 'johndoe', 'secret', '/docs/openapi')).paths), ['/open'])
  t.strictSame(Object.keys((await read(app, 'johndoe', 'secret', '/source/openapi')).paths), [
    '/public',
    '/internal',
  ])
  t.strictSame(Object.keys((await read(app, 'jane', 'secret2', '/source/openapi')).paths), ['/public'])
})

t.test('users are not mixed up if the host changes request.user after the guard', async (t) => {
  const app = await testApp(t, {
    gate: { docs: { visible: ({ path }, { username }) => path !== '/admin' || username === 'johndoe' } },
    after: (host) => {
      // Rows of a database, without our fields.
      host.addHook('preHandler', async (request) => {
        if (request.user) Object.assign(request, { user: { id: 7, scopes: [] } })
      })
    },
  })
  t.ok((await read(app, 'johndoe', 'secret')).paths['/admin'])
  t.notOk((await read(app, 'jane', 'secret2')).paths['/admin'])
  const { bearer: authorization } = await logIn(app, 'jane', 'secret2')
  const status = await app.inject({ url: '/docs/static/session.json', headers: { authorization } })
  t.equal(status.json<{ user: string }>().user, 'docs-gate jane')
  t.equal((await app.inject({ url: '/docs', headers: { authorization } })).statusCode, 200)
})
