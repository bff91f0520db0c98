import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Gate } from '../lib/gate/gate.ts'
import { gateRoute } from '../lib/gate/route-role.ts'
import { isTrustedPreflight, preflightHeaders } from '../lib/http/cors.ts'
import { NO_STORE, writeResponse } from '../lib/http/response.ts'

// The routes that pages of trusted origins may read.
const ROUTES: Readonly<Record<string, string>> = { '/token': 'POST', '/revoke': 'POST', '/me': 'GET' }

// The host's @fastify/cors has run by now. It sets this property if it allows the origin.
const isAllowedByHost = (request: FastifyRequest): boolean =>
  (request as { corsPreflightEnabled?: boolean }).corsPreflightEnabled === true

/** Answers the CORS preflights of `trustedOrigins`. To other origins these routes do not exist. */
const preflightRoutes: FastifyPluginAsync<{ gate: Gate }> = async (scope, { gate }) => {
  const { trustedOrigins } = gate.settings
  const { config, ...options } = gateRoute(gate, 'public')
  for (const [url, methods] of Object.entries(ROUTES)) {
    async function answerPreflight(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      const isTrusted = isTrustedPreflight(request, trustedOrigins)
      if (!isTrusted && !isAllowedByHost(request)) {
        reply.callNotFound()
        return reply
      }
      const headers = isTrusted ? { ...NO_STORE, ...preflightHeaders(methods) } : NO_STORE
      writeResponse(reply, { status: 204, headers })
      return reply
    }
    scope.route({
      method: 'OPTIONS',
      url,
      ...options,
      config: { ...config, cors: { preflightContinue: true } } as typeof config,
      handler: answerPreflight,
    })
  }
}

export default preflightRoutes
