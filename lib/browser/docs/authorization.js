// What Swagger UI's "Authorize" was told, with `persistAuthorization`. It ends with the session, and is for one user and one
// document alone: Swagger UI keeps one for the whole host, and would send what one document was told, to the servers of
// another one that calls its schemes the same.

const KEY = 'authorized'
const OWNER = 'docs-gate:authorized-by'

/** @param {() => void} run what storage may forbid */
function ifAllowed(run) {
  try {
    run()
  } catch {}
}

export function forgetAuthorization() {
  ifAllowed(() => {
    localStorage.removeItem(KEY)
    localStorage.removeItem(OWNER)
  })
}

/**
 * Says whose it is, when it has been stored.
 *
 * @param {string} owner
 */
export function markAuthorization(owner) {
  ifAllowed(() => localStorage.setItem(OWNER, owner))
}

/**
 * Leaves an owner what is theirs: a session that expired has not forgotten it.
 *
 * @param {string} owner a user with a document
 */
export function claimAuthorization(owner) {
  ifAllowed(() => {
    if (localStorage.getItem(OWNER) !== owner) localStorage.removeItem(KEY)
    localStorage.setItem(OWNER, owner)
  })
}
