import type { User } from '../lib/session/user.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent this request, as a guard found out; null where nobody is logged in or no guard asked. */
    user: User | null
  }
}

export type { User }
