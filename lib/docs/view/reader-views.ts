import { LRUCache } from 'lru-cache'
import { filtering, prepareFilter } from '../../openapi/filter/filter.ts'
import type { Operation } from '../../openapi/operations.ts'
import { runInSlices } from '../../openapi/time-slices.ts'
import { isThenable } from '../../runtime/deadline.ts'
import { maxEntries } from '../../runtime/max-entries.ts'
import type { User } from '../../session/user.ts'
import { hasScopes } from '../../validation/scope.ts'
import type { GuardedDocument } from '../document/app-document.ts'
import { createView, type View } from './view.ts'
import type { ViewCache } from './view-cache.ts'
import { type VisibleSet, visibleSet } from './visible-set.ts'

/** One operation of a document, as `docs.visible` gets it. */
export interface VisibleOperation {
  /** In upper case. */
  readonly method: string
  /** The path template, or the name of a webhook. */
  readonly path: string
  /** The operation object of the document. It must not be changed. */
  readonly operation: Readonly<Record<string, unknown>>
  /** The scopes that its guard requires; empty without a guard, or if the document is another service's. */
  readonly scopes: readonly string[]
}

/** Whether a user sees an operation. It has to be synchronous; any result but `true` hides the operation. */
export type Visible = (operation: VisibleOperation, user: User) => boolean

/** Returns the view of one document for a user. */
export interface ViewOfUser {
  (user: User): Promise<View>
  /** Makes the JSON and its codings before the first reader comes, if all readers get the same. */
  prepare(): Promise<void>
}

export interface ReaderViewsOptions {
  /** Identifies the document in the cache of views. */
  readonly name: string
  /** Loads the whole document. Called when it is first read. */
  readonly load: () => Promise<GuardedDocument>
  readonly visible: Visible | undefined
  readonly views: ViewCache
  /** Called once if `visible` throws or returns a promise. */
  readonly failed?: ((error: unknown) => void) | undefined
}

interface Prepared extends GuardedDocument {
  /** Undefined if every user sees all operations, so that none has to be checked. */
  readonly operations: readonly Operation[] | undefined
}

const MAX_REMEMBERED_SESSIONS = 10_000

const SYNCHRONOUS = 'docs.visible gave a promise: it has to be synchronous'

// A bug in `visible` hides operations. Readers cannot notice that, so it has to be reported.
function reportingFailures(visible: Visible, failed: (error: unknown) => void): Visible {
  let isReported = false
  function report(error: unknown): void {
    if (!isReported) failed(error)
    isReported = true
  }
  return (operation, user) => {
    try {
      const result = visible(operation, user)
      if (isThenable(result)) Promise.resolve(result).then(() => report(new TypeError(SYNCHRONOUS)), report)
      return result
    } catch (error) {
      report(error)
      return false
    }
  }
}

const hasRequiredScopes: Visible = ({ scopes }, user) => hasScopes(user.scopes, scopes)

/**
 * The views of a document. Users who see the same operations share a view; `visible` is called once for each operation
 * and session, and again if the session's scopes have changed.
 */
export function createReaderViews(options: ReaderViewsOptions): ViewOfUser {
  const { name, load, views, failed = () => {} } = options
  const visible = options.visible && reportingFailures(options.visible, failed)
  const sets = new LRUCache<string, { readonly scopes: string; readonly set: VisibleSet }>(
    maxEntries(MAX_REMEMBERED_SESSIONS),
  )
  let preparing: Promise<Prepared> | undefined

  async function prepare(): Promise<Prepared> {
    const loaded = await load()
    if (!visible && !loaded.requiresScopes) return { ...loaded, operations: undefined }
    return { ...loaded, operations: await runInSlices(prepareFilter(loaded.document)) }
  }

  // If it fails, the next reader tries again.
  function preparedOnce(): Promise<Prepared> {
    preparing ??= prepare().catch((error: unknown) => {
      preparing = undefined
      throw error
    })
    return preparing
  }

  function decide(operations: readonly Operation[], { scopesOf }: Prepared, user: User): VisibleSet {
    const sees = visible ?? hasRequiredScopes
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
    const set = decide(operations, document, user)
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
