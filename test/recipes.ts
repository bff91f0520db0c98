import fastifyJwt from '@fastify/jwt'
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type onRequestHookHandler,
} from 'fastify'
import fp from 'fastify-plugin'

/** A text in the documents of the recipes, by which tests recognize them. */
export const PLANTED = 'PLANTED-IN-THE-DOCUMENT'

const CREDENTIALS = `Basic ${Buffer.from('docs:secret').toString('base64')}`

const isReader = ({ headers }: FastifyRequest): boolean => headers.authorization === CREDENTIALS
const challenge = (reply: FastifyReply): FastifyReply =>
  reply.code(401).header('www-authenticate', 'Basic realm="docs"')

/** Does the same as @fastify/basic-auth. */
async function basicAuth(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (!isReader(request)) return challenge(reply).send({ error: 'Unauthorized' })
}

/** Registers @fastify/swagger and routes to document. */
async function documented(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: { openapi: '3.0.3', info: { title: PLANTED, version: '1' } },
  })
  app.get('/things', { schema: { summary: PLANTED } }, async () => [])
  app.get('/', async () => 'hello')
}

/** Common recipes, from tutorials and READMEs, for putting the documentation of a Fastify service behind a login. */
export const RECIPES: Readonly<Record<string, (app: FastifyInstance, folder: string) => Promise<void>>> = {
  'no guard at all': async (app) => {
    await documented(app)
    await app.register(fastifySwaggerUi, { routePrefix: '/docs' })
  },
  'uiHooks with basic-auth': async (app) => {
    await documented(app)
    await app.register(fastifySwaggerUi, {
      routePrefix: '/documentation',
      uiHooks: { onRequest: basicAuth as onRequestHookHandler },
    })
  },
  'uiHooks with jwt': async (app) => {
    await documented(app)
    await app.register(fastifyJwt, { secret: 'of-the-recipe-and-long-enough-for-hmac' })
    await app.register(fastifySwaggerUi, {
      routePrefix: '/docs',
      uiHooks: { onRequest: async (request) => void (await request.jwtVerify()) },
    })
  },
  'uiHooks and baseDir': async (app, folder) => {
    await documented(app)
    await app.register(fastifySwaggerUi, {
      routePrefix: '/docs',
      baseDir: folder,
      uiHooks: {
        onRequest: basicAuth as onRequestHookHandler,
        preHandler: (_request, _reply, done) => done(),
      },
    })
  },
  'a hook that uiHooks does not know': async (app) => {
    await documented(app)
    await app.register(fastifySwaggerUi, {
      routePrefix: '/docs',
      uiHooks: { preValidation: basicAuth } as object,
    })
  },
  'a hand-made route over app.swagger()': async (app) => {
    await documented(app)
    app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  },
  'a check of the URL on the root': async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (request.url.startsWith('/docs') && !isReader(request)) return challenge(reply).send({ error: 'no' })
    })
    await documented(app)
    await app.register(fastifySwaggerUi, { routePrefix: '/docs' })
  },
  'a guard that is not there yet, because its plugin was not awaited': async (app) => {
    await documented(app)
    app.register(
      fp(async (inner) => {
        inner.decorate('docsAuth', basicAuth)
      }),
    )
    const { docsAuth } = app as unknown as { docsAuth: onRequestHookHandler }
    await app.register(fastifySwaggerUi, { routePrefix: '/documentation', uiHooks: { onRequest: docsAuth } })
  },
  'a guard that says 401 and goes on': async (app) => {
    await documented(app)
    app.register(async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        if (!isReader(request)) challenge(reply)
      })
      await scope.register(fastifySwaggerUi, { routePrefix: '/docs' })
    })
  },
  'a guarded scope, which says of what is not there that it is not': async (app) => {
    await documented(app)
    app.register(async (scope) => {
      scope.addHook('onRequest', basicAuth)
      await scope.register(fastifySwaggerUi, { routePrefix: '/docs' })
    })
  },
}

/** An app made by a recipe. It is not listening yet. */
export async function fromRecipe(name: string, folder: string, server: FastifyServerOptions = {}) {
  const app = Fastify(server) as unknown as FastifyInstance
  await RECIPES[name]?.(app, folder)
  return app
}
