import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import docsGate, { type DocsGateOptions } from '../plugins/index.ts'
import { type Log, logScan } from './log-scan.ts'

/** argon2id hashes with the smallest parameters, so that a login in a test takes a millisecond. */
export const HASHES = {
  secret: '$argon2id$v=19$m=64,t=1,p=1$w0uimoiCoemsstVeCcA48A$a/v3Bs5sxOnAwEsVZDZbOR2qbDwPkcwj129NCYBKZXM',
  secret2: '$argon2id$v=19$m=64,t=1,p=1$JaZEGwPtA9eYlATRf7givQ$74X057DphhIePbwLu/dU9o+ie/Ym3dSjxdM11I0xYrU',
  wonderland:
    '$argon2id$v=19$m=64,t=1,p=1$LtqfrZGWZ/pNFqNApzQkUg$mKehQeoi9VpS6BDFDZ2oH3TzUhP7UCdIdjNXawlngVI',
}

export const SECRET = 'a-secret-for-tests-of-more-than-32-bytes'

export const USERS = {
  johndoe: {
    password: HASHES.secret,
    scopes: ['admin', 'read'],
    name: 'John Doe',
    email: 'john@example.com',
  },
  jane: HASHES.secret2,
  alice: { password: HASHES.wonderland, disabled: true },
}

type Teardown = { teardown(run: () => unknown): unknown }

export interface TestAppOptions {
  /** Options of the gate that override the defaults of the tests. */
  readonly gate?: Partial<DocsGateOptions>
  /** Options of Fastify. */
  readonly server?: Omit<FastifyServerOptions, 'logger'> & { readonly logger?: Log }
  /** Called before the gate is registered, and after. */
  readonly before?: (app: FastifyInstance) => unknown
  readonly after?: (app: FastifyInstance) => unknown
}

/** An app with the gate and the routes `/open`, `/users/me` and `/admin`. It is closed in teardown. */
export async function testApp(t: Teardown, options: TestAppOptions = {}): Promise<FastifyInstance> {
  const scan = logScan()
  const logger = scan.loggerFor(options.server?.logger)
  const app = Fastify({ ...options.server, logger }) as unknown as FastifyInstance
  t.teardown(async () => {
    await app.close()
    scan.check()
  })
  scan.watch(app)
  await options.before?.(app)
  await app.register(docsGate, { users: USERS, secret: SECRET, ...options.gate })
  app.get('/open', { schema: { summary: 'OPEN-OPERATION' } }, async (request) => ({ user: request.user }))
  app.get('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
  app.post('/users/me', { onRequest: app.authenticate }, async (request) => request.user)
  app.get('/admin', { onRequest: app.authorize('admin') }, async () => ({ admin: true }))
  await options.after?.(app)
  await app.ready()
  return app
}

/** A Basic Authorization header. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** The headers of a navigation, as Chromium sends them on https or localhost. */
export const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** A Cookie header from the Set-Cookie headers of a response, without cleared cookies. */
export function cookieHeader(setCookie: string | string[] | undefined): string {
  const pairs = [setCookie ?? []].flat().map((value) => value.split(';', 1)[0] as string)
  return pairs.filter((pair) => !pair.endsWith('=')).join('; ')
}

/** Logs in with Basic credentials, as a program does. */
export async function logIn(app: FastifyInstance, username = 'johndoe', password = 'secret') {
  const response = await app.inject({
    url: '/auth/login',
    headers: { authorization: basic(username, password) },
  })
  const { access_token: token } = response.json<{ access_token: string }>()
  return { token, bearer: `Bearer ${token}`, cookie: cookieHeader(response.headers['set-cookie']) }
}

/** Listens on a free port of loopback. */
export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/**
 * Sends a request over a socket exactly as it is written, and returns everything until the server closes the socket.
 */
export async function rawRequest(port: number, request: string): Promise<string> {
  let isLate = false
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1').setTimeout(60_000, () => {
    isLate = true
    socket.destroy()
  })
  let response = ''
  socket.on('data', (chunk: string) => {
    response += chunk
  })
  socket.on('error', () => {})
  socket.write(request, 'latin1')
  await once(socket, 'close')
  if (isLate) throw new Error(`no end of the response within a minute: ${response.slice(0, 200)}`)
  return response
}

/** The Set-Cookie headers of a response, as a list. */
export function setCookies({
  headers,
}: {
  headers: { 'set-cookie'?: string | string[] | undefined }
}): string[] {
  return [headers['set-cookie'] ?? []].flat()
}

/** A compact JWS signed with HMAC. A string becomes a segment unchanged; anything else is encoded as JSON. */
export function forgeToken(
  header: unknown,
  payload: unknown,
  secret: string | Buffer = SECRET,
  hash = 'sha256',
): string {
  const segment = (part: unknown): string =>
    typeof part === 'string' ? part : Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = `${segment(header)}.${segment(payload)}`
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
}

/** The header and the claims of a token. */
export function decodeToken(token: string): {
  header: Record<string, unknown>
  claims: Record<string, unknown>
} {
  const [header, claims] = token
    .split('.', 2)
    .map((segment) => JSON.parse(Buffer.from(segment, 'base64url').toString()))
  return { header, claims }
}

/** Navigates like a browser: keeps cookies and drops cleared ones, but follows no redirects. */
export function browser(app: FastifyInstance) {
  const jar = new Map<string, string>()
  return {
    jar,
    async go(url: string, headers: Record<string, string> = {}, payload?: string) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await app.inject({
        method: payload === undefined ? 'GET' : 'POST',
        url,
        headers: {
          ...NAVIGATION,
          'sec-fetch-site': 'same-origin',
          ...(cookie !== '' && { cookie }),
          ...(payload !== undefined && FORM),
          ...headers,
        },
        ...(payload !== undefined && { payload }),
      })
      for (const line of setCookies(response)) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/;\s*max-age=0/i.test(line)) jar.delete(name)
        else jar.set(name, value)
      }
      return response
    },
  }
}
