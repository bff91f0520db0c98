// What is different from Swagger UI's own: its plugin interface is the documented way.

import { isCalledHere } from './carried.js'
import { withPlacedUrls } from './urls.js'

/**
 * @typedef {{ createElement(type: unknown, props: object | null, ...children: unknown[]): unknown, Fragment: unknown }} React
 * @typedef {{ get(name: string): unknown }} Scheme
 * @typedef {{ React: React, authSelectors: any, oas3Selectors: any }} System
 * @typedef {{ path: string, text: string }} LinkProps
 * @typedef {import('./urls.js').App & { note: string | undefined }} Own what only a document of this service has: where it is, and the sentence for who is signed in
 */

// The bar stays on screen, and Swagger UI's own way to scroll knows no scroll-padding.
const scrollToElement = () => (/** @type {Element | null} */ element) => element?.scrollIntoView()

// An operation's link stands inside the button that opens it, which puts the same address into the location.
/** @type {(Link: unknown, system: { React: React }) => (props: LinkProps) => unknown} */
const DeepLink = (Link, { React }) => {
  return (props) =>
    props.path.includes('/')
      ? React.createElement('span', {}, props.text)
      : React.createElement(Link, props, undefined)
}

// The dialog has a list for each way to authorize; the sentence stands over the first.
/** @type {(note: string | undefined) => (Auths: unknown, system: System) => (props: { definitions: unknown }) => unknown} */
const withNote = (note) => (Auths, system) => (props) => {
  const { React, authSelectors } = system
  const isFirst = authSelectors.shownDefinitions()?.first() === props.definitions
  const isSaid = note !== undefined && isFirst && isCalledHere(system)
  return React.createElement(
    React.Fragment,
    null,
    isSaid && React.createElement('p', { id: 'docs-gate-note' }, note),
    React.createElement(Auths, props),
  )
}

// Swagger UI leaves out an OpenID provider whose discovery document it could not read: the dialog would be empty.
// What is no scheme at all stands in some documents.
/** @param {any} scheme */
const isUnread = (scheme) => scheme?.get?.('type') === 'openIdConnect' && !scheme.get('openIdConnectData')

/** @type {(select: (state: unknown) => any, system: any) => (state: unknown) => any} */
const definitionsToAuthorize =
  (select, { specSelectors }) =>
  (state) => {
    const definitions = select(state)
    const unread = specSelectors.securityDefinitions()?.filter(isUnread)
    const single = (/** @type {string} */ name) =>
      unread.filter((/** @type {unknown} */ _scheme, /** @type {string} */ one) => one === name)
    return unread ? definitions.concat(unread.keySeq().map(single)) : definitions
  }

// The dialog shows what was known when it was opened.
/** @param {any} system */
function refreshDialog({ authSelectors, authActions }) {
  // `false` once it was closed.
  const shown = authSelectors.shownDefinitions() || undefined
  if (!shown?.some((/** @type {any} */ one) => one.some(isUnread))) return
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
const withUnread =
  (text) =>
  (Auths, { React }) =>
  (props) => {
    const unread = props.definitions.find(isUnread)
    if (!unread) return React.createElement(Auths, props)
    const said = text.replace('{url}', () => unread.get('openIdConnectUrl'))
    return React.createElement('p', { className: 'auth-container' }, said)
  }

// Clients have no credentials of their own here: operation.css hides the fields for them.
/** @type {(token: string) => (OAuth2: unknown, system: System) => (props: { schema: Scheme }) => unknown} */
const withoutClient =
  (token) =>
  (OAuth2, { React }) =>
  (props) => {
    const { schema } = props
    const isOurs = schema.get('flow') === 'password' && schema.get('tokenUrl') === token
    return React.createElement(
      'div',
      isOurs ? { className: 'docs-gate-password' } : null,
      React.createElement(OAuth2, props),
    )
  }

/** @type {(spec: string, own: Own | undefined) => (update: (document: unknown) => unknown) => (document: unknown) => unknown} */
const updateJsonSpec = (spec, own) => (update) => (document) => update(withPlacedUrls(document, spec, own))

/** @type {(told: () => void) => (persist: () => void) => () => void} */
const persistAuthorizationIfNeeded = (told) => (persist) => () => {
  persist()
  told()
}

/**
 * @param {object} page
 * @param {string} page.spec the URL of the document
 * @param {string} page.discoveryText what is said of an OpenID provider that could not be read
 * @param {Own | undefined} page.own
 * @param {() => void} page.onPersist called when what "Authorize" was told may have been stored
 */
export const pluginFor = ({ spec, discoveryText, own, onPersist }) => ({
  statePlugins: {
    auth: {
      wrapActions: { persistAuthorizationIfNeeded: persistAuthorizationIfNeeded(onPersist) },
      wrapSelectors: { definitionsToAuthorize },
    },
    layout: { wrapActions: { scrollToElement } },
    spec: { wrapActions: { updateJsonSpec: updateJsonSpec(spec, own), updateResolvedSubtree } },
  },
  wrapComponents: {
    DeepLink,
    auths: (/** @type {unknown} */ Auths, /** @type {System} */ system) =>
      withUnread(discoveryText)(own ? withNote(own.note)(Auths, system) : Auths, system),
    ...(own && { oauth2: withoutClient(own.token) }),
  },
})
