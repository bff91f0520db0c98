/**
 * The gate without the type of `request.user`, for hosts whose @fastify/jwt declares its own.
 *
 * @module
 */

export type { Visible, VisibleOperation } from '../lib/docs/view/reader-views.ts'
export type { AuditFinding, AuditOptions } from '../lib/exposure/audit.ts'
export type { SignedIn, UserReference } from '../lib/gate/session-api.ts'
export type { RequestLike } from '../lib/http/request.ts'
export type { AuthorizeOptions } from '../lib/options/authorize.ts'
export type {
  CookieOptions,
  DocsOptions,
  LoginOptions,
  LogoutOptions,
  PagesOptions,
  RecordUser,
  SessionOptions,
  UserRecord,
} from '../lib/options/options.ts'
export type { Texts } from '../lib/pages/texts.ts'
export type { OwnRedisClient, RedisClient } from '../lib/redis/client.ts'
export type { Session, SessionStore } from '../lib/session/store/session-store.ts'
export type { Secret } from '../lib/session/token/keys.ts'
export type { User } from '../lib/session/user.ts'
export type { UserSource } from '../lib/users/callback-directory.ts'
export type { FoundUser, SourceUser } from '../lib/users/source-user.ts'
export {
  authenticate,
  authorize,
  type DocsGate,
  type DocsGateOptions,
  docsGate,
  docsGate as default,
  type Guard,
  type Guards,
  identify,
  type RouteGuardConfig,
} from './docs-gate.ts'
