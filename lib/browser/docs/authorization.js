// What Swagger UI's "Authorize" was told, with `persistAuthorization`. It ends with the session, and is for one user and one
// document alone: Swagger UI keeps one for the whole host, and would send what one document was told, to the servers of
// another one that calls its schemes the same.

import { AUTHORIZATION_KEY, AUTHORIZATION_OWNER_KEY } from './storage-keys.js'

/** @param {() => void} run what storage may forbid */
function ifAllowed(run) {
  try {
    run()
  } catch {}
}

/**
 * Says whose it is, when it has been stored.
 *
 * @param {string} owner
 */
export function markAuthorization(owner) {
  ifAllowed(() => localStorage.setItem(AUTHORIZATION_OWNER_KEY, owner))
}

/**
 * Leaves an owner what is theirs: a session that expired has not forgotten it.
 *
 * @param {string} owner a user with a document
 */
export function claimAuthorization(owner) {
  ifAllowed(() => {
    if (localStorage.getItem(AUTHORIZATION_OWNER_KEY) !== owner) localStorage.removeItem(AUTHORIZATION_KEY)
    localStorage.setItem(AUTHORIZATION_OWNER_KEY, owner)
  })
}
