// The names under which the pages keep things in the browser's storage.

/** The theme that somebody has chosen: `light` or `dark`. In localStorage. */
export const THEME_KEY = 'docs-gate:theme'

/** What was typed under "Try it out" when the session had ended. In sessionStorage. */
export const DRAFT_KEY = 'docs-gate:draft'

/** What Swagger UI's "Authorize" was told, with `persistAuthorization`: the name is Swagger UI's. In localStorage. */
export const AUTHORIZATION_KEY = 'authorized'

/** Whose that is: a user with a document. In localStorage. */
export const AUTHORIZATION_OWNER_KEY = 'docs-gate:authorized-by'
