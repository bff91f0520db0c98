import { html, type SafeHtml } from '../../pages/html.ts'
import { fill, fillWith, type Texts } from '../../pages/texts.ts'

// An icon of 16 by 16, drawn with one line. It is hidden from assistive technology, because a label says the same.
const icon = (path: string): SafeHtml =>
  html`<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`

const ICONS = {
  documents: icon('M5.5 2.5h6l2 2v7h-8zM5.5 5h-3v8.5h8v-2'),
  download: icon('M8 2v8m-3-3 3 3 3-3M2.5 13.5h11'),
  theme: icon('M8 2a6 6 0 1 0 0 12zm0 0a6 6 0 0 1 0 12m0-9.5h4.8M8 8h6m-6 3.5h4.8'),
  user: icon('M8 8.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.5-2.5 2.8-3.5 5.5-3.5s5 1 5.5 3.5'),
  logOut: icon('M6.5 2.5h-4v11h4M10.5 5l3 3-3 3m3-3h-7'),
  menu: icon('m5 6.5 3 3 3-3'),
} as const

/** A document that the user may read. */
export interface DocumentLink {
  readonly title: string
  readonly href: string
  readonly isCurrent: boolean
}

/** The data of the bar above a document, for its elements and its scripts. */
export interface DocsBar {
  readonly title: string
  /** The name of the service, if it differs from the document's title. */
  readonly service: string | undefined
  readonly logo: string | undefined
  readonly username: string
  readonly scopes: readonly string[]
  /** The documents that the user may read. If there are several, the bar has a menu of them. */
  readonly documents: readonly DocumentLink[]
  readonly json: string
  readonly yaml: string
  readonly logoutAction: string
  /** Set if the document describes the service itself. */
  readonly app: AppDocumentLinks | undefined
  readonly session: DocsSession
  /** The options that its notices suggest to widen the page's policy. */
  readonly policyOptions: PolicyOptions
}

/** The names of the options that widen the content security policy of a docs page. */
export interface PolicyOptions {
  readonly connectSources: string
  readonly imageSources: string
}

/** What the authorization dialog of Swagger UI needs for a document that describes the service itself. */
export interface AppDocumentLinks {
  /** All spellings of the token URL that the document, or a scheme of the host's in it, may have. */
  readonly tokenUrls: readonly string[]
  /** The token endpoint and the root of the service, relative to the page. */
  readonly token: string
  readonly root: string
  /** Whether requests from the page carry the user's session. */
  readonly isCarried: boolean
}

/** The session of the reader, which the page's scripts watch. */
export interface DocsSession {
  /** Identifies the user. */
  readonly user: string
  /** Identifies the document. */
  readonly document: string
  /** In seconds. */
  readonly expiresIn: number
  /** The URL that tells whether the session is still valid. */
  readonly status: string
  readonly login: string
  readonly loggedOut: string
}

/** The file name of a downloaded document: its title, in letters of any language. */
export function fileNameOf(title: string): string {
  const words = title.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? ['openapi']
  return words.join('-').slice(0, 80)
}

function menu(icon: SafeHtml, label: string, content: SafeHtml): SafeHtml {
  return html`<details class="docs-gate-menu">
<summary title="${label}">${icon}<span class="docs-gate-label">${label}</span>${ICONS.menu}</summary>
<div class="docs-gate-panel">
${content}
</div>
</details>`
}

function documentsMenu(texts: Texts, documents: readonly DocumentLink[]): SafeHtml | false {
  if (documents.length < 2) return false
  const links = documents.map(
    ({
      title,
      href,
      isCurrent,
    }) => html`<li><a href="${href}"${isCurrent && html` aria-current="page"`}>${title}</a></li>
`,
  )
  return html`<nav aria-label="${texts.documents}">
${menu(ICONS.documents, texts.documents, html`<ul>\n${links}</ul>`)}
</nav>`
}

function downloadMenu(texts: Texts, { title, json, yaml }: DocsBar): SafeHtml {
  const name = fileNameOf(title)
  return menu(
    ICONS.download,
    texts.download,
    html`<ul>
<li><a href="${json}" download="${name}.json">JSON</a></li>
<li><a href="${yaml}" download="${name}.yaml">YAML</a></li>
</ul>`,
  )
}

// The menu needs scripts. Without them, the page has the system's theme.
function themeMenu(texts: Texts): SafeHtml {
  const choice = (value: string, label: string): SafeHtml =>
    html`<label><input type="radio" name="docs-gate-theme" value="${value}" autocomplete="off">${label}</label>`
  return html`<div class="docs-gate-themes">
${menu(
  ICONS.theme,
  texts.theme,
  html`<fieldset>
<legend>${texts.theme}</legend>
${choice('', texts.themeSystem)}
${choice('light', texts.themeLight)}
${choice('dark', texts.themeDark)}
</fieldset>`,
)}
</div>`
}

// A button, so that the scopes can also be shown by keyboard and by touch.
function userOf(texts: Texts, { username, scopes }: DocsBar): SafeHtml {
  const signedIn = fill(texts.signedInAs, { username })
  // On narrow screens, only the name is shown.
  const label = fillWith(texts.signedInAs, { username: html`<b>${username}</b>` }).map((part) =>
    typeof part === 'string' ? html`<span>${part}</span>` : part,
  )
  const held = scopes.length === 0 ? texts.noScopes : fill(texts.scopes, { scopes: scopes.join(', ') })
  return html`<div class="docs-gate-user">
<button type="button" aria-describedby="docs-gate-scopes">${ICONS.user}<span class="docs-gate-label">${label}</span></button>
<div class="docs-gate-panel" role="tooltip" id="docs-gate-scopes"><p class="docs-gate-name" aria-hidden="true">${signedIn}</p><p>${held}</p></div>
</div>`
}

const appData = (
  texts: Texts,
  { tokenUrls, token, root, isCarried }: AppDocumentLinks,
  scopes: readonly string[],
): SafeHtml =>
  html` data-token-urls="${tokenUrls.join(' ')}" data-token="${token}" data-root="${root}"${isCarried && html` data-note="${texts.authorizeNote}" data-scopes="${scopes.join(' ')}"`}`

// Hidden until a script fills in the blocked hosts.
function blockedNotices(texts: Texts, { connectSources, imageSources }: PolicyOptions): SafeHtml {
  const notice = (directive: string, text: string, option: string): SafeHtml =>
    html`<div hidden data-directive="${directive}" data-text="${fill(text, { option })}"><p></p><button type="button">${texts.dismiss}</button></div>`
  return html`<div class="docs-gate-notice docs-gate-blocked" role="status">${notice('connect-src', texts.blockedRequests, connectSources)}${notice('img-src', texts.blockedImages, imageSources)}</div>`
}

/** Covers the page while its content must not be shown. */
export const docsVeil = (texts: Texts): SafeHtml =>
  html`<div class="docs-gate-veil" role="alert"><div hidden><p>${texts.docsHidden}</p><p><button type="button">${texts.tryAgain}</button></p></div></div>`

/** The bar above Swagger UI. Without scripts, its links, menus and logout still work. */
export function docsBar(texts: Texts, bar: DocsBar): SafeHtml {
  const { session } = bar
  return html`<header class="docs-gate-bar" data-session="${session.status}" data-user="${session.user}" data-document="${session.document}" data-expires-in="${session.expiresIn}" data-logged-out="${session.loggedOut}" data-discovery-text="${texts.discoveryFailed}"${bar.app && appData(texts, bar.app, bar.scopes)}>
<div class="docs-gate-row">
<div class="docs-gate-title">
${bar.logo !== undefined && html`<img src="${bar.logo}" alt="">`}
${bar.service !== undefined && html`<p>${bar.service}</p>`}
<h1>${bar.title}</h1>
</div>
${documentsMenu(texts, bar.documents)}
${downloadMenu(texts, bar)}
${themeMenu(texts)}
${userOf(texts, bar)}
<form method="post" action="${bar.logoutAction}"><button type="submit" title="${texts.logOut}">${ICONS.logOut}<span class="docs-gate-label">${texts.logOut}</span></button></form>
</div>
<div class="docs-gate-notice" role="alert"><div hidden><p>${texts.docsSessionEnded}<span hidden> ${texts.docsDraftKept}</span></p><a href="${session.login}">${texts.signInAgain}</a></div></div>
${blockedNotices(texts, bar.policyOptions)}
</header>`
}
