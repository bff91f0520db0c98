import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { hash } from '@node-rs/argon2'
import Fastify from 'fastify'
import docsGate from 'fastify-docs-gate'
import { ORCHARD, WAREHOUSE } from './documents.js'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))

export const BRAND = { logo: file('brand/logo.svg'), css: file('brand/pages.css') }

/** For the README: a font that looks the same on every machine. */
export const README_BRAND = { css: file('brand/readme.css') }

/** The credentials that the steps of pages.js sign in with. */
export const CREDENTIALS = { username: 'johndoe', password: 'secret' }

const users = {
  johndoe: {
    // These parameters are for a picture only: the hash is fast to compute, and so to guess.
    password: await hash(CREDENTIALS.password, { memoryCost: 64, timeCost: 1 }),
    scopes: ['orders:read', 'orders:write'],
    name: 'John Doe',
  },
}

const ORDERS = [
  { id: 'A-1042', state: 'open', items: [{ sku: 'apple-12', quantity: 3 }] },
  { id: 'A-1041', state: 'shipped', items: [{ sku: 'pear-3', quantity: 1 }] },
]

/** A session store in memory that is unavailable after `cut`. */
function breakableStore() {
  const sessions = new Map()
  let isCut = false
  const ifThere = (value) => {
    if (isCut) throw new Error('out of reach')
    return value
  }
  const store = {
    get: (id) => ifThere(sessions.get(id)),
    set: (session) => ifThere(void sessions.set(session.id, session)),
    delete: (id) => ifThere(void sessions.delete(id)),
    list: () => ifThere([...sessions.values()]),
  }
  const cut = () => {
    isCut = true
  }
  return { store, cut }
}

/**
 * A service in form mode, on a free port of this machine.
 *
 * @param {object} pages the brand
 * @param {object[]} docs
 */
export async function startService(pages = {}, docs = [{ path: '/docs', source: ORCHARD }]) {
  const app = Fastify()
  const { store, cut } = breakableStore()
  await app.register(docsGate, {
    users,
    secret: randomBytes(32),
    login: { mode: 'form' },
    session: { store },
    docs: [...docs, { path: '/ledger', source: WAREHOUSE, scopes: ['accounting'] }],
    pages: { title: 'Orchard', ...pages },
  })
  app.get('/orders', { onRequest: app.authenticate }, async () => ORDERS)
  app.post('/orders', { onRequest: app.authenticate }, async (_request, reply) =>
    reply.code(201).send(ORDERS[0]),
  )
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, origin, cut }
}

/** Several documents that all users may read. */
export const SEVERAL = [
  { path: '/docs', source: ORCHARD },
  { path: '/warehouse', source: WAREHOUSE },
  { path: '/partners', source: { ...WAREHOUSE, info: { title: 'Partners', version: '3' } } },
]
