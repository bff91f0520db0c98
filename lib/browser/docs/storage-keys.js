// The keys of what the pages keep in the browser's storage.

/** The theme that the user has chosen, `light` or `dark`. In localStorage. */
export const THEME_KEY = 'docs-gate:theme'

/** The input under "Try it out", saved after the session has ended. In sessionStorage. */
export const DRAFT_KEY = 'docs-gate:draft'

/** The credentials that Swagger UI stores with `persistAuthorization`; Swagger UI defines this key. In localStorage. */
export const AUTHORIZATION_KEY = 'authorized'

/** The user and the document that those credentials belong to. In localStorage. */
export const AUTHORIZATION_OWNER_KEY = 'docs-gate:authorized-by'
