import { AUTHORIZATION_KEY, AUTHORIZATION_OWNER_KEY, DRAFT_KEY } from './storage-keys.js'

/** Removes from the browser's storage what must not outlast a session. */
export function forgetSession() {
  // A browser may forbid either storage to a site: then nothing is kept there.
  try {
    for (const key of [AUTHORIZATION_KEY, AUTHORIZATION_OWNER_KEY]) localStorage.removeItem(key)
  } catch {}
  try {
    sessionStorage.removeItem(DRAFT_KEY)
  } catch {}
}
