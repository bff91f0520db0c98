// Keeps the input under "Try it out" while the user signs in again.

import { DRAFT_KEY } from './storage-keys.js'

/**
 * @typedef {{ user: string, document: string }} DraftOwner
 * @typedef {{ toJS(): any, getIn(path: string[]): any }} State the state of Swagger UI
 * @typedef {{ hash: string, tried: string[][], hasInput: boolean, state: Record<string, unknown> }} Draft
 */

const MAX_AGE_MILLISECONDS = 15 * 60 * 1000
// The parts of the state that hold input: parameters and content types, the scheme of Swagger 2, and the bodies, servers
// and examples of OpenAPI 3.
const INPUT_PATHS = [['spec', 'meta'], ['spec', 'scheme'], ['oas3']]

/** @param {State} state */
function inputIn(state) {
  /** @type {Record<string, any>} */
  const input = {}
  for (const path of INPUT_PATHS) {
    const [slice = '', part] = path
    const value = state.getIn(path)?.toJS()
    if (value === undefined) continue
    if (part === undefined) input[slice] = value
    else input[slice] = { ...input[slice], [part]: value }
  }
  return input
}

// The operations under "Try it out". Swagger UI has a key for everything that is open, here
// ["operations", tag, operation, "try-it-out"].
/** @param {State} state */
function triedOperations(state) {
  const shown = /** @type {Map<{ toJS(): string[] }, boolean> | undefined} */ (
    state.getIn(['layout', 'shown'])
  )
  const open = [...(shown?.entries() ?? [])].filter(([, isShown]) => isShown)
  return open.map(([key]) => key.toJS()).filter((key) => key[3] === 'try-it-out')
}

/**
 * Whether "Try it out" is on in any operation.
 *
 * @param {State} state
 */
export const isTrying = (state) => triedOperations(state).length > 0

/**
 * Calls `onInput` when the user types or chooses something in an operation.
 *
 * @param {Element} root
 * @param {() => void} onInput
 */
export function watchInput(root, onInput) {
  root.addEventListener('input', ({ target }) => {
    if (target instanceof Element && target.closest('.opblock-body')) onInput()
  })
}

// Files cannot be stored as JSON.
/**
 * @param {string} _name
 * @param {unknown} value
 */
const withoutFiles = (_name, value) => (value instanceof Blob ? undefined : value)

/**
 * Saves the input for 15 minutes. Only this tab can take it again, and only for the same user and document.
 *
 * @param {DraftOwner} owner
 * @param {State} state
 * @param {boolean} hasInput whether the user has typed anything
 */
export function saveDraft(owner, state, hasInput) {
  const draft = { hash: location.hash, tried: triedOperations(state), hasInput, state: inputIn(state) }
  try {
    sessionStorage.setItem(DRAFT_KEY, JSON.stringify({ ...owner, savedAt: Date.now(), draft }, withoutFiles))
  } catch {
    // The storage is full, or the browser denies access to it: nothing is saved.
  }
}

function removeDraft() {
  try {
    sessionStorage.removeItem(DRAFT_KEY)
  } catch {}
}

/**
 * Returns the saved draft once, and only to its owner.
 *
 * @param {DraftOwner} owner
 * @returns {Draft | undefined}
 */
export function takeDraft({ user, document }) {
  try {
    const saved = JSON.parse(sessionStorage.getItem(DRAFT_KEY) ?? 'null')
    removeDraft()
    const isOwner = saved?.user === user && saved.document === document
    return isOwner && Date.now() - saved.savedAt < MAX_AGE_MILLISECONDS ? saved.draft : undefined
  } catch {
    return undefined
  }
}
