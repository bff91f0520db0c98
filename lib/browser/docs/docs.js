// Starts the docs page: Swagger UI below the bar, and the checks of the user's session.

import { fixAccessibility } from './accessibility.js'
import { claimAuthorization, markAuthorization } from './authorization.js'
import { announceBlocked } from './blocked.js'
import { carriedSessionPlugin } from './carried.js'
import { configOf } from './config.js'
import { manageFocus } from './dialog.js'
import { isTrying, saveDraft, takeDraft, watchInput } from './draft.js'
import { forgetSession } from './forget-session.js'
import { closeMenusAutomatically, connectThemeMenu } from './menus.js'
import { sessionEndedNotice } from './notice.js'
import { docsPagePlugin } from './plugin.js'
import { watchSession } from './session.js'
import { connectTabs } from './tabs.js'
import { hideUntilConfirmed } from './veil.js'

/**
 * @typedef {Record<string, any>} Config the configuration of Swagger UI
 * @typedef {import('./draft.js').Draft} Draft
 * @typedef {import('./session.js').SessionStatus} SessionStatus
 * @typedef {import('./urls.js').AppDocumentLinks} AppDocumentLinks
 */

// Swagger UI's script sets `SwaggerUIBundle`. Its stock page sets `ui`, so this page does too.
const globals = /** @type {Window & { SwaggerUIBundle?: any, ui?: any }} */ (window)

// Another tab reports a logout before the server has ended the session; ask again after each delay.
const LOGOUT_DELAYS = [0, 200, 500, 1000, 2000, 4000]

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector))

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * Adds what the page needs to the configuration. The host's own functions are still called.
 *
 * @param {Config} config
 * @param {readonly unknown[]} plugins
 * @param {Draft | undefined} draft
 * @param {(response: Response) => void} onResponse
 * @param {() => void} onComplete
 * @returns {Config}
 */
function extendConfig(config, plugins, draft, onResponse, onComplete) {
  return {
    ...config,
    plugins: [...(config['plugins'] ?? []), ...plugins],
    initialState: { ...config['initialState'], ...draft?.state },
    responseInterceptor(/** @type {Response} */ response) {
      onResponse(response)
      return config['responseInterceptor'] ? config['responseInterceptor'](response) : response
    },
    onComplete() {
      onComplete()
      config['onComplete']?.()
    },
  }
}

/**
 * The links that the bar has for a document that describes this service, as absolute URLs.
 *
 * @param {HTMLElement} bar
 * @returns {AppDocumentLinks | undefined}
 */
function appDocumentOf({ dataset: { note, tokenUrls, token, root } }) {
  if (tokenUrls === undefined || token === undefined || root === undefined) return undefined
  const absolute = (/** @type {string} */ url) => new URL(url, location.href).href
  return { note, tokenUrls: tokenUrls.split(' '), tokenEndpoint: absolute(token), root: absolute(root) }
}

/**
 * Starts Swagger UI on the page.
 *
 * @param {string} spec the URL of the document, relative to the page's folder
 * @param {Config} uiConfig the host's
 */
export function start(spec, uiConfig) {
  const { SwaggerUIBundle } = globals
  const config = configOf(spec, uiConfig, [SwaggerUIBundle.presets.apis])
  const bar = find('.docs-gate-bar')
  const form = /** @type {HTMLFormElement} */ (bar.querySelector('form'))
  const { session: url = '', user = '', document: documentPath = '', expiresIn, loggedOut = '' } = bar.dataset
  const { discoveryText = '', scopes } = bar.dataset
  const appDocument = appDocumentOf(bar)
  const authorizationOwner = `${user} ${config['url']}`
  const draftOwner = { user, document: documentPath }
  const endedNotice = sessionEndedNotice(bar)
  const draft = takeDraft(draftOwner)
  let hasInput = draft?.hasInput ?? false
  let hasEnded = false
  let isLeaving = false

  const updateNotice = () => endedNotice.update(hasEnded, hasInput && isTrying(ui.getState()))

  /** @param {SessionStatus} status */
  function onStatus(status) {
    if (status === 'unavailable') return
    hasEnded = status === 'ended'
    updateNotice()
    if (status === 'other-user') location.reload()
  }
  const session = watchSession({ url, user, expiresIn: Number(expiresIn) }, onStatus)

  function onLogout() {
    // So that no draft is saved when the page is left.
    hasEnded = false
    forgetSession()
  }

  async function leaveAfterLogout() {
    for (const delay of LOGOUT_DELAYS) {
      await pause(delay)
      if ((await session.ask()) !== 'ended') continue
      onLogout()
      return location.replace(loggedOut)
    }
  }

  const sendToTabs = connectTabs(new URL(form.action).pathname, (message) => {
    if (message === 'signed-out') void leaveAfterLogout()
    else if (hasEnded) void session.ask()
  })
  form.addEventListener('submit', () => {
    onLogout()
    sendToTabs('signed-out')
  })
  hideUntilConfirmed(find('.docs-gate-veil'), [bar, find('#swagger-ui')], session.askAnew, () => {
    // Another tab may have logged out, and a logout must leave nothing behind: no draft is saved.
    isLeaving = true
    location.replace(endedNotice.login + location.hash)
  })
  addEventListener('pagehide', () => {
    if (hasEnded && !isLeaving) saveDraft(draftOwner, ui.getState(), hasInput)
  })
  watchInput(find('#swagger-ui'), () => {
    hasInput = true
    updateNotice()
  })

  closeMenusAutomatically(bar)
  connectThemeMenu(bar)
  announceBlocked(bar, find('#swagger-ui'))
  fixAccessibility(find('#swagger-ui'))
  manageFocus(find('#swagger-ui'))

  if (config['persistAuthorization']) claimAuthorization(authorizationOwner)
  if (draft && location.hash === '') history.replaceState(null, '', draft.hash || location.href)
  const ui = SwaggerUIBundle(
    extendConfig(
      config,
      [
        docsPagePlugin({
          documentUrl: config['url'],
          discoveryText,
          appDocument,
          onPersist: () => markAuthorization(authorizationOwner),
        }),
        ...(appDocument && scopes !== undefined
          ? [carriedSessionPlugin({ tokenEndpoint: appDocument.tokenEndpoint, scopes: scopes.split(' ') })]
          : []),
      ],
      draft,
      ({ status, url: from }) => {
        if (status === 401 && URL.canParse(from) && new URL(from).origin === location.origin)
          void session.ask()
      },
      () => {
        for (const operation of draft?.tried ?? []) {
          ui.layoutActions.show(operation.slice(0, 3), true)
          ui.layoutActions.show(operation, true)
        }
      },
    ),
  )
  sendToTabs('signed-in')
  globals.ui = ui
}

// Without this element, swagger-initializer.js calls `start`.
const data = document.getElementById('docs-gate-ui')
if (data) {
  const { spec, uiConfig } = JSON.parse(data.textContent ?? '')
  start(spec, uiConfig)
}
