import type { User } from '../lib/session/user.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The user who sent this request. Null if no user is logged in, or no guard has run. */
    user: User | null
  }
}

export type { User }
