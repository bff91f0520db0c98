// What is different from Swagger UI's own: its plugin interface is the documented way.

import { isCalledHere } from './carried.js'

/**
 * @typedef {{ createElement(type: unknown, props: object | null, ...children: unknown[]): unknown, Fragment: unknown }} React
 * @typedef {{ get(name: string): unknown }} Scheme
 * @typedef {{ React: React, authSelectors: any, oas3Selectors: any }} System
 * @typedef {{ path: string, text: string }} LinkProps
 * @typedef {{ note: string | undefined, tokenUrl: string }} Own what only a document of this service has: the sentence for who is signed in, and where its passwords become tokens
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

// Clients have no credentials of their own here: operation.css hides the fields for them.
/** @type {(tokenUrl: string) => (OAuth2: unknown, system: System) => (props: { schema: Scheme }) => unknown} */
const withoutClient =
  (tokenUrl) =>
  (OAuth2, { React }) =>
  (props) => {
    const { schema } = props
    const isOurs = schema.get('flow') === 'password' && schema.get('tokenUrl') === tokenUrl
    return React.createElement(
      'div',
      isOurs ? { className: 'docs-gate-password' } : null,
      React.createElement(OAuth2, props),
    )
  }

/** @param {Own | undefined} own */
export const pluginFor = (own) => ({
  statePlugins: { layout: { wrapActions: { scrollToElement } } },
  wrapComponents: {
    DeepLink,
    ...(own && { auths: withNote(own.note), oauth2: withoutClient(own.tokenUrl) }),
  },
})
