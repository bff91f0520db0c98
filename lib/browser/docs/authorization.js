// The credentials that Swagger UI stores with `persistAuthorization`. They belong to one user and one document, and a
// logout removes them. Swagger UI stores them once per origin, and would send the credentials for one document to the
// servers of another document whose schemes have the same names.

import { AUTHORIZATION_KEY, AUTHORIZATION_OWNER_KEY } from './storage-keys.js'

// The browser may deny access to storage: then nothing is stored.
/** @param {() => void} run */
function tryStorage(run) {
  try {
    run()
  } catch {}
}

/**
 * Records the owner of the credentials that have just been stored.
 *
 * @param {string} owner a user with a document
 */
export function markAuthorization(owner) {
  tryStorage(() => localStorage.setItem(AUTHORIZATION_OWNER_KEY, owner))
}

/**
 * Removes the credentials of another owner. The same owner finds them again after their session has expired.
 *
 * @param {string} owner a user with a document
 */
export function claimAuthorization(owner) {
  tryStorage(() => {
    if (localStorage.getItem(AUTHORIZATION_OWNER_KEY) !== owner) localStorage.removeItem(AUTHORIZATION_KEY)
    localStorage.setItem(AUTHORIZATION_OWNER_KEY, owner)
  })
}
