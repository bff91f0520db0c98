// What somebody has typed under "Try it out", while they sign in again.

import { DRAFT_KEY } from './storage-keys.js'

/**
 * @typedef {{ user: string, document: string }} Owner
 * @typedef {{ toJS(): any, getIn(path: string[]): any }} State that of Swagger UI
 * @typedef {{ hash: string, tried: string[][], isTyped: boolean, state: Record<string, unknown> }} Draft
 */

const MAX_AGE_MILLISECONDS = 15 * 60 * 1000
// Parameters and content types, the scheme of Swagger 2, and bodies, servers and examples of OpenAPI 3.
const TYPED = [['spec', 'meta'], ['spec', 'scheme'], ['oas3']]

/** @param {State} state */
function typedIn(state) {
  /** @type {Record<string, any>} */
  const typed = {}
  for (const path of TYPED) {
    const [slice = '', part] = path
    const value = state.getIn(path)?.toJS()
    if (value === undefined) continue
    if (part === undefined) typed[slice] = value
    else typed[slice] = { ...typed[slice], [part]: value }
  }
  return typed
}

// Swagger UI keeps what is open as lists: ["operations", tag, operation, "try-it-out"].
/** @param {State} state */
function triedIn(state) {
  const shown = /** @type {Map<{ toJS(): string[] }, boolean> | undefined} */ (
    state.getIn(['layout', 'shown'])
  )
  const open = [...(shown?.entries() ?? [])].filter(([, isShown]) => isShown)
  return open.map(([key]) => key.toJS()).filter((key) => key[3] === 'try-it-out')
}

/**
 * Whether any operation is being tried out.
 *
 * @param {State} state
 */
export const isTrying = (state) => triedIn(state).length > 0

/**
 * Calls when something is typed, or chosen, in an operation.
 *
 * @param {Element} root
 * @param {() => void} onTyped
 */
export function watchTyping(root, onTyped) {
  root.addEventListener('input', ({ target }) => {
    if (target instanceof Element && target.closest('.opblock-body')) onTyped()
  })
}

// A file cannot be kept.
/**
 * @param {string} _name
 * @param {unknown} value
 */
const withoutFiles = (_name, value) => (value instanceof Blob ? undefined : value)

/**
 * Keeps what is typed, for the same user and document in this tab, and not for long.
 *
 * @param {Owner} owner
 * @param {State} state
 * @param {boolean} isTyped whether anything was typed at all
 */
export function keepDraft(owner, state, isTyped) {
  const draft = { hash: location.hash, tried: triedIn(state), isTyped, state: typedIn(state) }
  try {
    sessionStorage.setItem(DRAFT_KEY, JSON.stringify({ ...owner, savedAt: Date.now(), draft }, withoutFiles))
  } catch {
    // Storage is full or forbidden: nothing is kept.
  }
}

function dropDraft() {
  try {
    sessionStorage.removeItem(DRAFT_KEY)
  } catch {}
}

/**
 * What was kept. It is handed out once, and only to its owner.
 *
 * @param {Owner} owner
 * @returns {Draft | undefined}
 */
export function takeDraft({ user, document }) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(DRAFT_KEY) ?? 'null')
    dropDraft()
    const isOwn = kept?.user === user && kept.document === document
    return isOwn && Date.now() - kept.savedAt < MAX_AGE_MILLISECONDS ? kept.draft : undefined
  } catch {
    return undefined
  }
}
