import { AUTHORIZATION_KEY, AUTHORIZATION_OWNER_KEY, DRAFT_KEY } from './storage-keys.js'

/** Removes everything from the browser's storage that must not outlive a session. */
export function forgetSession() {
  // The browser may deny access to either storage: then nothing is stored there.
  try {
    for (const key of [AUTHORIZATION_KEY, AUTHORIZATION_OWNER_KEY]) localStorage.removeItem(key)
  } catch {}
  try {
    sessionStorage.removeItem(DRAFT_KEY)
  } catch {}
}
