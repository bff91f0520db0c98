import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Gate } from '../lib/gate/gate.ts'
import { sessionApi as createSessionApi, type DocsGate } from '../lib/gate/session-api.ts'

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

// A user who is enabled again later does not get these sessions back. A session that began with the new password stays:
// another instance may have read the change first.
function endOutdated(app: FastifyInstance, { sessions }: Gate, usernames: readonly string[]): void {
  for (const username of usernames) {
    sessions.endOutdated(username).catch((err: unknown) => {
      app.log.error({ err, username }, 'docs-gate: the sessions of a user who is out could not be ended')
    })
  }
}

/** Decorates the app with `docsGate`, and watches the users from the app's start to its end. */
async function sessionApi(
  app: FastifyInstance,
  { gate, audit }: { gate: Gate; audit: DocsGate['audit'] },
): Promise<void> {
  const { directory } = gate.settings
  app.decorate('docsGate', createSessionApi(gate, audit))
  app.addHook('onReady', async function docsGateWatchUsers() {
    directory.start?.({
      ...gate.outages.users,
      error: (details, message) => app.log.error(details, message),
      out: (usernames) => endOutdated(app, gate, usernames),
    })
  })
  app.addHook('onClose', async function docsGateClose() {
    directory.close?.()
    await gate.sessions.close()
  })
}

export default fp(sessionApi, { name: 'docs-gate-session-api', fastify: '5.x' })
