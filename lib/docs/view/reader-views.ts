import { LRUCache } from 'lru-cache'
import { filtering, prepareFilter } from '../../openapi/filter/filter.ts'
import type { Operation } from '../../openapi/operations.ts'
import { runInSlices } from '../../openapi/time-slices.ts'
import { isThenable } from '../../runtime/deadline.ts'
import { atMost } from '../../runtime/max-entries.ts'
import type { User } from '../../session/user.ts'
import { hasScopes } from '../../validation/scope.ts'
import type { GuardedDocument } from '../document/app-document.ts'
import { createView, type View } from './view.ts'
import type { ViewCache } from './view-cache.ts'
import { type VisibleSet, visibleSet } from './visible-set.ts'

/** One operation of a document, as `visible` is asked about it. */
export interface VisibleOperation {
  /** In upper case. */
  readonly method: string
  /** The path's template; a webhook's name. */
  readonly path: string
  /** The operation, as it stands in the document. Not to be changed. */
  readonly operation: Readonly<Record<string, unknown>>
  /** The scopes that its guard asks for; none where there is no guard, or the document is another service's. */
  readonly scopes: readonly string[]
}

/** Whether a user sees an operation. Synchronous; anything but `true` hides. */
export type Visible = (operation: VisibleOperation, user: User) => boolean

/** What each user sees of one document. */
export interface Audience {
  (user: User): Promise<View>
  /** Makes the JSON and its codings ahead of the first reader, where every reader gets the same. */
  prepare(): Promise<void>
}

export interface AudienceOptions {
  /** Tells this document's views from those of others. */
  readonly name: string
  /** The whole document: asked for when it is first read. */
  readonly load: () => Promise<GuardedDocument>
  readonly visible: Visible | undefined
  readonly views: ViewCache
  /** Told, once, that `visible` threw or gave a promise: operations are hidden by a defect, and no reader can tell. */
  readonly failed?: ((error: unknown) => void) | undefined
}

interface Prepared extends GuardedDocument {
  /** Undefined where everybody sees all of them: then nobody has to look. */
  readonly operations: readonly Operation[] | undefined
}

const MAX_REMEMBERED_SESSIONS = 10_000

const SYNCHRONOUS = 'docs.visible gave a promise: it has to be synchronous'

// Anything but `true` hides, and nobody who reads what is left can tell that a defect hid the rest.
function telling(visible: Visible, failed: (error: unknown) => void): Visible {
  let isTold = false
  function tell(error: unknown): void {
    if (!isTold) failed(error)
    isTold = true
  }
  return (operation, user) => {
    try {
      const answer = visible(operation, user)
      if (isThenable(answer)) Promise.resolve(answer).then(() => tell(new TypeError(SYNCHRONOUS)), tell)
      return answer
    } catch (error) {
      tell(error)
      return false
    }
  }
}

const seesWhatTheyMayCall: Visible = ({ scopes }, user) => hasScopes(user.scopes, scopes)

/**
 * The audience of a document. Users who see the same operations share a view; `visible` is asked once for each session,
 * and again when the session's scopes have changed.
 */
export function createAudience(options: AudienceOptions): Audience {
  const { name, load, views, failed = () => {} } = options
  const visible = options.visible && telling(options.visible, failed)
  const sets = new LRUCache<string, { readonly scopes: string; readonly set: VisibleSet }>(
    atMost(MAX_REMEMBERED_SESSIONS),
  )
  let preparing: Promise<Prepared> | undefined

  async function prepare(): Promise<Prepared> {
    const loaded = await load()
    if (!visible && !loaded.asksForScopes) return { ...loaded, operations: undefined }
    return { ...loaded, operations: await runInSlices(prepareFilter(loaded.document)) }
  }

  // Where it failed, the next reader tries again.
  function preparedOnce(): Promise<Prepared> {
    preparing ??= prepare().catch((error: unknown) => {
      preparing = undefined
      throw error
    })
    return preparing
  }

  function ask(operations: readonly Operation[], { scopesOf }: Prepared, user: User): VisibleSet {
    const sees = visible ?? seesWhatTheyMayCall
    return visibleSet(operations, (one) => {
      const { method, path, operation } = one
      return sees({ method: method.toUpperCase(), path, operation, scopes: scopesOf(one) }, user)
    })
  }

  function setOf(operations: readonly Operation[], document: Prepared, user: User): VisibleSet {
    const session = user.sessionId ?? `${user.issuer} ${user.subject}`
    const scopes = user.scopes.join(' ')
    const known = sets.get(session)
    if (known && known.scopes === scopes) return known.set
    const set = ask(operations, document, user)
    sets.set(session, { scopes, set })
    return set
  }

  const viewOfAll = ({ document, tokenUrl }: Prepared): Promise<View> =>
    views.get(name, async (grown) => createView(document, { grown, tokenUrl }))

  async function viewOf(user: User): Promise<View> {
    const prepared = await preparedOnce()
    const { document, operations, tokenUrl } = prepared
    if (!operations) return viewOfAll(prepared)
    const set = setOf(operations, prepared, user)
    return views.get(`${name} ${set.key}`, async (grown) =>
      createView(await runInSlices(filtering(document, set.has)), { grown, tokenUrl }),
    )
  }

  async function prepareView(): Promise<void> {
    const prepared = await preparedOnce()
    if (prepared.operations) return
    const json = await (await viewOfAll(prepared)).json()
    json.prepare()
  }

  return Object.assign(viewOf, { prepare: prepareView })
}
