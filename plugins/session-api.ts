import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Gate } from '../lib/gate.ts'
import { sessionApi as createSessionApi, type DocsGate } from '../lib/session/session-api.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sessions, for tests and for login flows of your own.
     *
     * @example
     * const { cookie } = await app.docsGate.signIn('johndoe')
     * const response = await app.inject({ url: '/users/me', headers: { cookie } })
     */
    docsGate: DocsGate
  }
}

export type { DocsGate }

/** Decorates the app with `docsGate`. */
async function sessionApi(app: FastifyInstance, { gate }: { gate: Gate }): Promise<void> {
  app.decorate('docsGate', createSessionApi(gate))
  app.addHook('onClose', async function docsGateClose() {
    await gate.sessions.close()
  })
}

export default fp(sessionApi, { name: 'docs-gate-session-api', fastify: '5.x' })
