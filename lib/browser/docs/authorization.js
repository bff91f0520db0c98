// What Swagger UI's "Authorize" was told, with `persistAuthorization`. It ends with the session and is its user's alone.

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
 * Leaves a user what is theirs: a session that expired has not forgotten it.
 *
 * @param {string} user
 */
export function claimAuthorization(user) {
  ifAllowed(() => {
    if (localStorage.getItem(OWNER) !== user) localStorage.removeItem(KEY)
    localStorage.setItem(OWNER, user)
  })
}
