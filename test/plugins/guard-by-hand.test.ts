import { connect as connectHttp2, constants } from 'node:http2'
import { createConnection } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fastifyAuth from '@fastify/auth'
import fastifyWebsocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import t, { type Test } from 'tap'
import docsGate, { type Guard } from '../../plugins/index.ts'
import { listen, logIn, NAVIGATION, rawRequest, SECRET, testApp, USERS } from '../helper.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly res?: { readonly statusCode: number }
}

/** An app whose log is kept. */
async function loggedApp(t: Test, declare: (app: FastifyInstance) => unknown, server: object = {}) {
  const lines: Line[] = []
  const logger = {
    level: 'info',
    stream: { write: (line: string) => void lines.push(JSON.parse(line)) },
  }
  const app = await testApp(t, { server: { ...server, logger }, after: declare })
  const errors = () => lines.filter(({ level }) => level >= 50)
  return { app, lines, errors }
}

const CALLS: Readonly<
  Record<string, (guard: Guard, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>>
> = {
  awaited: (guard, request, reply) => guard(request, reply),
  'among others': (guard, request, reply) => Promise.all([wait(1), guard(request, reply)]),
  'a bound copy': (guard, request, reply) => guard.bind(null)(request, reply),
  'called on the app': (guard, request, reply) => guard.call(request.server, request, reply),
  'through a wrapper': async (guard, request, reply) => {
    await guard(request, reply)
  },
  // As a NestJS guard says: true lets in.
  'as canActivate': async (guard, request, reply) => {
    const canActivate = async (): Promise<boolean> => {
      await guard(request, reply)
      return true
    }
    if (!(await canActivate())) throw new Error('refused')
  },
}

t.test('whoever awaits a guard by hand goes on for those alone whom it lets in', async (t) => {
  let entered = 0
  let cleaned = 0
  const { app, errors } = await loggedApp(t, (app) => {
    const guards = {
      authenticate: app.authenticate,
      authorize: app.authorize('admin'),
      redirecting: app.authorize({ scopes: ['admin'], redirectTo: '/open' }),
    }
    for (const [name, guard] of Object.entries(guards)) {
      for (const [call, use] of Object.entries(CALLS)) {
        const url = `/${name}/${call.replaceAll(' ', '-')}`
        async function enter(request: FastifyRequest, reply: FastifyReply) {
          try {
            await use(guard, request, reply)
            entered++
          } finally {
            cleaned++
          }
        }
        app.get(`${url}/handler`, async (request, reply) => {
          await enter(request, reply)
          return { user: request.user?.username }
        })
        for (const hook of ['onRequest', 'preHandler'] as const)
          app.get(`${url}/${hook}`, { [hook]: [enter, async () => {}] }, async ({ user }) => ({
            user: user?.username,
          }))
      }
    }
  })
  const { bearer } = await logIn(app)
  const jane = await logIn(app, 'jane', 'secret2')
  for (const name of ['authenticate', 'authorize', 'redirecting']) {
    for (const call of Object.keys(CALLS)) {
      for (const where of ['handler', 'onRequest', 'preHandler']) {
        const url = `/${name}/${call.replaceAll(' ', '-')}/${where}`
        const ask = async (headers: Record<string, string>) => {
          entered = 0
          cleaned = 0
          const { statusCode, body, headers: answered } = await app.inject({ url, headers })
          // The rest of a handler, which nobody waits for.
          await wait(1)
          return { statusCode, body, location: answered.location }
        }
        const navigation = await ask(NAVIGATION)
        t.equal(navigation.statusCode, 303, url)
        t.match(navigation.location, name === 'redirecting' ? /open\?returnTo=/ : /login\?returnTo=/)
        t.equal(navigation.body, '')
        t.equal(entered, 0, `${url}: the next line`)
        t.equal(cleaned, 1, `${url}: what a finally cleans up`)
        const program = await ask({})
        t.match([program.statusCode, entered, cleaned], [401, 0, 1], url)
        const good = await ask({ authorization: bearer })
        t.match([good.statusCode, entered, cleaned], [200, 1, 1], url)
        t.same(JSON.parse(good.body), { user: 'johndoe' })
        if (name === 'redirecting') {
          const lacking = await ask({ ...NAVIGATION, authorization: jane.bearer })
          t.match([lacking.statusCode, entered, cleaned], [303, 0, 1], `${url}: a scope is missing`)
        }
      }
    }
  }
  t.strictSame(errors(), [], 'nothing that looks like a mistake is logged')
})

t.test('a guard that answered fails with what is wrong with the request', async (t) => {
  const caught: unknown[] = []
  const { app, lines } = await loggedApp(t, (app) => {
    const enter = (guard: Guard) => async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        await guard(request, reply)
      } catch (error) {
        caught.push([
          (error as { code: string }).code,
          (error as { statusCode: number }).statusCode,
          reply.sent,
        ])
      }
      // What a host makes of it when it goes on all the same reaches nobody.
      return 'went on'
    }
    app.get('/user', enter(app.authenticate))
    app.get('/admin-only', enter(app.authorize({ scopes: ['admin'], redirectTo: '/open' })))
    app.get('/other', async (request, reply) => {
      await app.authenticate(request, reply).catch((cause: unknown) => {
        throw new Error('mine', { cause })
      })
      return 'went on'
    })
  })
  const jane = await logIn(app, 'jane', 'secret2')
  for (const [url, headers, code, status] of [
    ['/user', {}, 'DOCS_GATE_UNAUTHENTICATED', 401],
    ['/user', { authorization: 'Bearer x' }, 'DOCS_GATE_INVALID_TOKEN', 401],
    ['/admin-only', {}, 'DOCS_GATE_UNAUTHENTICATED', 401],
    ['/admin-only', { authorization: jane.bearer }, 'DOCS_GATE_FORBIDDEN', 403],
  ] as const) {
    caught.length = 0
    const response = await app.inject({ url, headers: { ...NAVIGATION, ...headers } })
    await wait(1)
    t.equal(response.statusCode, 303)
    t.equal(response.body, '')
    t.strictSame(caught, [[code, status, true]])
  }
  t.equal((await app.inject({ url: '/other', headers: NAVIGATION })).statusCode, 303)
  await wait(1)
  const own = lines.filter(({ level }) => level >= 50)
  t.match(
    own,
    [{ msg: /reply\.sent = true/, err: { message: /^mine/ } }],
    "the host's own errors are logged as ever",
  )
  t.ok(
    lines.some(({ msg, res }) => msg === 'request completed' && res?.statusCode === 303),
    'and so is what was answered',
  )
})

t.test('a guard that nobody awaits ends no process', async (t) => {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const { app, errors } = await loggedApp(t, (app) =>
    app.get('/floating', (request, reply) => {
      void app.authenticate(request, reply)
    }),
  )
  t.equal((await app.inject({ url: '/floating', headers: NAVIGATION })).statusCode, 303)
  await wait(5)
  t.strictSame(unhandled, [])
  // A program is answered by whoever awaits the guard: here by the host, later.
  app.inject('/floating').catch(() => {})
  await wait(5)
  t.strictSame(unhandled, [])
  t.strictSame(errors(), [])
})

t.test('the log of a host keeps its own fields, and its other methods', async (t) => {
  class Log {
    readonly #lines: unknown[][] = []
    readonly level = 'info'
    #add(...line: unknown[]) {
      this.#lines.push(line)
    }
    get lines() {
      return this.#lines
    }
    child = () => this
    info = (...line: unknown[]) => this.#add('info', ...line)
    error(...line: unknown[]) {
      this.#add('error', ...line)
    }
    fatal = this.info
    warn = this.info
    debug() {}
    trace() {}
    silent() {}
  }
  const log = new Log()
  const app = Fastify({ loggerInstance: log as never }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(docsGate, { users: USERS, secret: SECRET })
  let done: unknown
  app.get('/x', async (request, reply) => {
    try {
      await app.authenticate(request, reply)
    } finally {
      reply.log.error('text %d', 1 as never)
      reply.log.error(null as never)
      done = reply.log.level
    }
  })
  t.equal((await app.inject({ url: '/x', headers: NAVIGATION })).statusCode, 303)
  await wait(1)
  t.equal(done, 'info')
  t.strictSame(
    log.lines.filter(([level]) => level === 'error'),
    [
      ['error', 'text %d', 1],
      ['error', null],
    ],
  )
})

t.test('identify and guards of @fastify/auth go on as ever', async (t) => {
  const { app, errors } = await loggedApp(t, async (app) => {
    await app.register(fastifyAuth)
    app.get('/maybe', async (request, reply) => {
      await app.identify(request, reply)
      return { user: request.user?.username ?? null }
    })
    const key = async ({ headers }: FastifyRequest) => {
      if (headers['x-key'] !== 'k') throw new Error('no key')
    }
    app.register(async (scope) => {
      scope.addHook('preHandler', app.auth([key, app.authenticate as never]))
      scope.get('/either', async () => 'in')
    })
  })
  t.same((await app.inject({ url: '/maybe', headers: NAVIGATION })).json(), { user: null })
  t.equal((await app.inject({ url: '/either', headers: { 'x-key': 'k' } })).body, 'in')
  t.equal((await app.inject({ url: '/either', headers: NAVIGATION })).statusCode, 303)
  t.equal((await app.inject({ url: '/either' })).statusCode, 401)
  t.strictSame(errors(), [])
})

for (const http2 of [false, true]) {
  t.test(
    `who goes away while a handler awaits the guard gets no further; HTTP/${http2 ? 2 : 1}`,
    async (t) => {
      let entered = 0
      let left = 0
      let release = () => {}
      const { app, errors } = await loggedApp(
        t,
        (app) => {
          app.addHook('onSend', async ({ headers }) => {
            if (headers['x-hold'])
              await new Promise<void>((resolve) => {
                release = resolve
              })
          })
          app.get('/x', async (request, reply) => {
            await app.authenticate(request, reply).finally(() => left++)
            entered++
            return 'in'
          })
        },
        http2 ? { http2: true } : {},
      )
      const port = await listen(app)
      const closed = new Promise((resolve) =>
        app.server.once(http2 ? 'stream' : 'connection', (stream) => stream.once('close', resolve)),
      )
      if (http2) {
        const client = connectHttp2(`http://127.0.0.1:${port}`)
        const stream = client
          .request({ ':path': '/x', accept: 'text/html', 'x-hold': '1' })
          .on('error', () => {})
        stream.end()
        await wait(50)
        stream.close(constants.NGHTTP2_CANCEL)
        await closed
        client.destroy()
      } else {
        const socket = createConnection(port, '127.0.0.1').on('error', () => {})
        socket.write('GET /x HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nx-hold: 1\r\n\r\n')
        await wait(50)
        socket.resetAndDestroy()
        await closed
      }
      await wait(10)
      release()
      await wait(10)
      t.match([left, entered], [1, 0])
      t.strictSame(errors(), [])
    },
  )
}

function shakeHands(port: number, url: string, headers: Record<string, string>): Promise<string> {
  const handshake = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }
  const lines = Object.entries(handshake).map(([name, value]) => `${name}: ${value}`)
  return rawRequest(port, `GET ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
}

t.test(
  'a WebSocket handshake that is refused leaves no socket, whenever @fastify/websocket came',
  async (t) => {
    for (const order of ['before', 'after'] as const) {
      const app = await testApp(t, {
        [order]: async (app: FastifyInstance) => {
          await app.register(fastifyWebsocket)
        },
      })
      const port = await listen(app)
      const { cookie } = await logIn(app)
      for (const url of ['/docs', '/docs/', '/docs/nowhere', '/openapi.json', '/users/me']) {
        for (const headers of [{}, { accept: 'text/html' }, { cookie: 'docs-gate=x' }] as Record<
          string,
          string
        >[]) {
          const answer = await shakeHands(port, url, headers)
          t.match(answer, headers['accept'] ? /^HTTP\/1\.1 303 / : /^HTTP\/1\.1 401 /, `${order} ${url}`)
          t.match(answer, /\r\nconnection: close\r\n/i)
        }
      }
      // A route that the plugin has seen it upgrades itself, and closes: within half a minute.
      const seen = order === 'before' ? [] : ['/docs', '/docs/nowhere', '/auth/me', '/auth/login']
      for (const url of seen) t.match(await shakeHands(port, url, { cookie }), /^HTTP\/1\.1 (?:200|404|401) /)
      const closing = Promise.race([app.close().then(() => 'closed'), wait(5000, 'hangs')])
      t.equal(await closing, 'closed', order)
    }
  },
)
