// The plugin of Swagger UI that adapts it to the docs page.

import { callsPageOrigin } from './carried.js'
import { withAbsoluteUrls } from './urls.js'

/**
 * @typedef {{ createElement(type: unknown, props: object | null, ...children: unknown[]): unknown, Fragment: unknown }} React
 * @typedef {{ get(name: string): unknown }} Scheme
 * @typedef {{ React: React, authSelectors: any, oas3Selectors: any }} System
 * @typedef {{ path: string, text: string }} LinkProps
 * @typedef {import('./urls.js').AppDocumentLinks} AppDocumentLinks
 */

// Swagger UI's own scrolling ignores `scroll-padding`, so the bar would cover the element.
const scrollToElement = () => (/** @type {Element | null} */ element) => element?.scrollIntoView()

// The link of an operation is inside the button that opens the operation, which sets the same URL. A link inside a button
// is invalid HTML, so it becomes plain text.
/** @type {(Link: unknown, system: { React: React }) => (props: LinkProps) => unknown} */
const DeepLink = (Link, { React }) => {
  return (props) =>
    props.path.includes('/')
      ? React.createElement('span', {}, props.text)
      : React.createElement(Link, props, undefined)
}

// The dialog has a list for each security scheme. The note is shown above the first list.
/** @type {(note: string | undefined) => (Auths: unknown, system: System) => (props: { definitions: unknown }) => unknown} */
const withNote = (note) => (Auths, system) => (props) => {
  const { React, authSelectors } = system
  const isFirst = authSelectors.shownDefinitions()?.first() === props.definitions
  const isShown = note !== undefined && isFirst && callsPageOrigin(system)
  return React.createElement(
    React.Fragment,
    null,
    isShown && React.createElement('p', { id: 'docs-gate-note' }, note),
    React.createElement(Auths, props),
  )
}

// Swagger UI leaves out an OpenID provider whose discovery document it could not read, so the dialog might be empty.
// In some documents, a scheme is not even an object.
/** @param {any} scheme */
const isUnreadProvider = (scheme) =>
  scheme?.get?.('type') === 'openIdConnect' && !scheme.get('openIdConnectData')

/** @type {(select: (state: unknown) => any, system: any) => (state: unknown) => any} */
const definitionsToAuthorize =
  (select, { specSelectors }) =>
  (state) => {
    const definitions = select(state)
    const unread = specSelectors.securityDefinitions()?.filter(isUnreadProvider)
    const single = (/** @type {string} */ name) =>
      unread.filter((/** @type {unknown} */ _scheme, /** @type {string} */ one) => one === name)
    return unread ? definitions.concat(unread.keySeq().map(single)) : definitions
  }

// The dialog shows the schemes as they were when it was opened. This updates them once a discovery document has been read.
/** @param {any} system */
function refreshDialog({ authSelectors, authActions }) {
  // `false` after the dialog was closed.
  const shown = authSelectors.shownDefinitions() || undefined
  if (!shown?.some((/** @type {any} */ one) => one.some(isUnreadProvider))) return
  const names = shown.map((/** @type {any} */ one) => one.keySeq().first())
  const now = authSelectors.definitionsToAuthorize()
  authActions.showDefinitions(now.filter((/** @type {any} */ one) => names.includes(one.keySeq().first())))
}

/** @type {(update: (...resolved: unknown[]) => unknown, system: any) => (...resolved: unknown[]) => void} */
const updateResolvedSubtree =
  (update, system) =>
  (...resolved) => {
    update(...resolved)
    refreshDialog(system)
  }

/** @type {(text: string) => (Auths: unknown, system: System) => (props: { definitions: any }) => unknown} */
const withDiscoveryMessage =
  (text) =>
  (Auths, { React }) =>
  (props) => {
    const unread = props.definitions.find(isUnreadProvider)
    if (!unread) return React.createElement(Auths, props)
    const message = text.replace('{url}', () => unread.get('openIdConnectUrl'))
    return React.createElement('p', { className: 'auth-container' }, message)
  }

// The token endpoint of this service takes no client credentials, so operation.css hides their fields.
/** @type {(tokenEndpoint: string) => (OAuth2: unknown, system: System) => (props: { schema: Scheme }) => unknown} */
const withoutClient =
  (tokenEndpoint) =>
  (OAuth2, { React }) =>
  (props) => {
    const { schema } = props
    const isOwnScheme = schema.get('flow') === 'password' && schema.get('tokenUrl') === tokenEndpoint
    return React.createElement(
      'div',
      isOwnScheme ? { className: 'docs-gate-password' } : null,
      React.createElement(OAuth2, props),
    )
  }

/** @type {(documentUrl: string, appDocument: AppDocumentLinks | undefined) => (update: (document: unknown) => unknown) => (document: unknown) => unknown} */
const updateJsonSpec = (documentUrl, appDocument) => (update) => (document) =>
  update(withAbsoluteUrls(document, documentUrl, appDocument))

/** @type {(onPersist: () => void) => (persist: () => void) => () => void} */
const persistAuthorizationIfNeeded = (onPersist) => (persist) => () => {
  persist()
  onPersist()
}

/**
 * @param {object} page
 * @param {string} page.documentUrl
 * @param {string} page.discoveryText the message about a discovery document that could not be read
 * @param {AppDocumentLinks | undefined} page.appDocument set if the document describes this service
 * @param {() => void} page.onPersist called after Swagger UI may have stored credentials
 */
export const docsPagePlugin = ({ documentUrl, discoveryText, appDocument, onPersist }) => ({
  statePlugins: {
    auth: {
      wrapActions: { persistAuthorizationIfNeeded: persistAuthorizationIfNeeded(onPersist) },
      wrapSelectors: { definitionsToAuthorize },
    },
    layout: { wrapActions: { scrollToElement } },
    spec: {
      wrapActions: { updateJsonSpec: updateJsonSpec(documentUrl, appDocument), updateResolvedSubtree },
    },
  },
  wrapComponents: {
    DeepLink,
    auths: (/** @type {unknown} */ Auths, /** @type {System} */ system) =>
      withDiscoveryMessage(discoveryText)(
        appDocument ? withNote(appDocument.note)(Auths, system) : Auths,
        system,
      ),
    ...(appDocument && { oauth2: withoutClient(appDocument.tokenEndpoint) }),
  },
})
