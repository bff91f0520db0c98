import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import Fastify from 'fastify'
import docsGate from 'fastify-docs-gate'
import { accessDeniedPage, homePage } from './pages.js'

// For the demo only. A real service stores hashes (`npx fastify-docs-gate hash`), never passwords.
async function demoUsers() {
  return {
    johndoe: {
      password: await hash('secret'),
      scopes: ['admin'],
      name: 'John Doe',
      email: 'johndoe@example.com',
    },
    jane: { password: await hash('secret2'), name: 'Jane' },
    alice: { password: await hash('wonderland'), disabled: true },
  }
}

const book = {
  type: 'object',
  required: ['id', 'title', 'author'],
  properties: {
    id: { type: 'integer', examples: [1] },
    title: { type: 'string', examples: ['The Left Hand of Darkness'] },
    author: { type: 'string', examples: ['Ursula K. Le Guin'] },
  },
}

const user = {
  type: 'object',
  properties: {
    username: { type: 'string', examples: ['johndoe'] },
    name: { type: 'string', examples: ['John Doe'] },
    email: { type: 'string', examples: ['johndoe@example.com'] },
    scopes: { type: 'array', items: { type: 'string' }, examples: [['admin']] },
  },
}

function bookRoutes(app) {
  const books = [
    { id: 1, title: 'The Left Hand of Darkness', author: 'Ursula K. Le Guin' },
    { id: 2, title: 'Roadside Picnic', author: 'Arkady and Boris Strugatsky' },
  ]

  app.get(
    '/books',
    {
      schema: {
        tags: ['books'],
        operationId: 'listBooks',
        summary: 'All books',
        querystring: { type: 'object', properties: { author: { type: 'string' } } },
        response: { 200: { description: 'The books.', type: 'array', items: book } },
      },
    },
    async (request) => books.filter(({ author }) => author.includes(request.query.author ?? '')),
  )

  app.post(
    '/books',
    {
      onRequest: app.authorize('admin'),
      schema: {
        tags: ['books'],
        operationId: 'addBook',
        summary: 'Add a book (admin)',
        body: {
          type: 'object',
          required: ['title', 'author'],
          properties: { title: book.properties.title, author: book.properties.author },
        },
        response: { 201: { description: 'The book.', ...book } },
      },
    },
    async (request, reply) => {
      const added = { id: books.length + 1, ...request.body }
      books.push(added)
      return reply.code(201).send(added)
    },
  )
}

function userRoutes(app) {
  app.get(
    '/users/me',
    {
      onRequest: app.authenticate,
      schema: {
        tags: ['users'],
        operationId: 'getMe',
        summary: 'Who I am',
        response: { 200: { description: 'The user.', ...user } },
      },
    },
    async (request) => request.user,
  )

  app.get(
    '/users/me/items',
    {
      onRequest: app.authenticate,
      schema: {
        tags: ['users'],
        operationId: 'getMyItems',
        summary: 'What is mine',
        response: {
          200: {
            description: 'The items.',
            type: 'array',
            items: { type: 'object', properties: { item: { type: 'string' }, owner: { type: 'string' } } },
          },
        },
      },
    },
    async (request) => [{ item: 'A library card', owner: request.user.username }],
  )
}

function pageRoutes(app) {
  const hidden = { schema: { hide: true } }

  app.get('/', { onRequest: app.identify, ...hidden }, async (request, reply) =>
    reply.type('text/html; charset=utf-8').send(homePage(request.user)),
  )

  app.get(
    '/admin',
    { onRequest: app.authorize({ scopes: ['admin'], redirectTo: '/access-denied' }), ...hidden },
    async (request) => ({ message: `Welcome to the administration, ${request.user.username}.` }),
  )

  app.get('/access-denied', { onRequest: app.identify, ...hidden }, async (request, reply) =>
    reply
      .code(403)
      .type('text/html; charset=utf-8')
      .send(accessDeniedPage(request.user, request.query.returnTo)),
  )
}

/** Builds the demo service. The gate is registered before the routes. */
export async function buildService(options) {
  const app = Fastify(options)
  await app.register(docsGate, {
    users: await demoUsers(),
    // Sessions of the demo end with its process. A real service needs a secret that stays the same.
    secret: randomBytes(32),
    swagger: {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Library', version: '1.0.0', description: 'Books, and who may add them.' },
      },
    },
    pages: { title: 'Library' },
  })
  bookRoutes(app)
  userRoutes(app)
  pageRoutes(app)
  return app
}
