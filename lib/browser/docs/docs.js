// The docs page: Swagger UI under the bar, and the session that it is read with.

import { fixAccessibility } from './accessibility.js'
import { claimAuthorization, markAuthorization } from './authorization.js'
import { tellOfBlocked } from './blocked.js'
import { carriedSession } from './carried.js'
import { configOf } from './config.js'
import { guideFocus } from './dialog.js'
import { isTrying, keepDraft, takeDraft, watchTyping } from './draft.js'
import { forgetSession } from './forget-session.js'
import { closeMenusByThemselves, offerThemes } from './menus.js'
import { endNotice } from './notice.js'
import { pluginFor } from './plugin.js'
import { watchSession } from './session.js'
import { joinTabs } from './tabs.js'
import { hideUntilKnown } from './veil.js'

/**
 * @typedef {Record<string, any>} Config of Swagger UI
 * @typedef {import('./session.js').Standing} Standing
 * @typedef {import('./draft.js').Draft} Draft
 */

// Of Swagger UI: what its script brings, and where the stock page leaves what it has started.
const page = /** @type {Window & { SwaggerUIBundle?: any, ui?: any }} */ (window)

// While a logout is under way the session still stands.
const LOGOUT_DELAYS = [0, 200, 500, 1000, 2000, 4000]

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector))

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * The host's configuration with what the page needs of it: the host's functions are called as before.
 *
 * @param {Config} config
 * @param {readonly unknown[]} plugins
 * @param {Draft | undefined} draft
 * @param {(response: Response) => void} onResponse
 * @param {() => void} onComplete
 * @returns {Config}
 */
function compose(config, plugins, draft, onResponse, onComplete) {
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
 * What the bar says of a document of this service; its references are relative to the page.
 *
 * @param {HTMLElement} bar
 */
function ownOf({ dataset: { note, tokenUrls, token, root } }) {
  if (tokenUrls === undefined || token === undefined || root === undefined) return undefined
  const at = (/** @type {string} */ reference) => new URL(reference, location.href).href
  return { note, tokenUrls: tokenUrls.split(' '), token: at(token), root: at(root) }
}

/**
 * Starts Swagger UI on the page.
 *
 * @param {string} spec the document, relative to the page's directory
 * @param {Config} uiConfig the host's
 */
export function start(spec, uiConfig) {
  const { SwaggerUIBundle } = page
  const config = configOf(spec, uiConfig, [SwaggerUIBundle.presets.apis])
  const bar = find('.docs-gate-bar')
  const form = /** @type {HTMLFormElement} */ (bar.querySelector('form'))
  const { session: url = '', user = '', document: name = '', expiresIn, loggedOut = '' } = bar.dataset
  const { discoveryText = '', scopes } = bar.dataset
  const own = ownOf(bar)
  const reader = `${user} ${config['url']}`
  const owner = { user, document: name }
  const ended = endNotice(bar)
  const draft = takeDraft(owner)
  let isTyped = draft?.isTyped ?? false
  let isOver = false
  let isLeaving = false

  const announce = () => ended.show(isOver, isTyped && isTrying(ui.getState()))

  /** @param {Standing} standing */
  function react(standing) {
    if (standing === 'unknown') return
    isOver = standing === 'over'
    announce()
    if (standing === 'other') location.reload()
  }
  const session = watchSession({ url, user, expiresIn: Number(expiresIn) }, react)

  function forget() {
    isOver = false
    forgetSession()
  }

  async function leaveWhenOver() {
    for (const delay of LOGOUT_DELAYS) {
      await pause(delay)
      if ((await session.ask()) !== 'over') continue
      forget()
      return location.replace(loggedOut)
    }
  }

  const tell = joinTabs(new URL(form.action).pathname, (news) => {
    if (news === 'signed-out') void leaveWhenOver()
    else if (isOver) void session.ask()
  })
  form.addEventListener('submit', () => {
    forget()
    tell('signed-out')
  })
  hideUntilKnown(find('.docs-gate-veil'), [bar, find('#swagger-ui')], session.askAnew, () => {
    // It may have ended by a logout, in another tab: nothing is kept.
    isLeaving = true
    location.replace(ended.login + location.hash)
  })
  addEventListener('pagehide', () => {
    if (isOver && !isLeaving) keepDraft(owner, ui.getState(), isTyped)
  })
  watchTyping(find('#swagger-ui'), () => {
    isTyped = true
    announce()
  })

  closeMenusByThemselves(bar)
  offerThemes(bar)
  tellOfBlocked(bar, find('#swagger-ui'))
  fixAccessibility(find('#swagger-ui'))
  guideFocus(find('#swagger-ui'))

  if (config['persistAuthorization']) claimAuthorization(reader)
  if (draft && location.hash === '') history.replaceState(null, '', draft.hash || location.href)
  const ui = SwaggerUIBundle(
    compose(
      config,
      [
        pluginFor({ spec: config['url'], discoveryText, own, onPersist: () => markAuthorization(reader) }),
        ...(own && scopes !== undefined
          ? [carriedSession({ token: own.token, scopes: scopes.split(' ') })]
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
  tell('signed-in')
  page.ui = ui
}

// With functions of the host's in it, the configuration comes in a script of its own, which calls.
const data = document.getElementById('docs-gate-ui')
if (data) {
  const { spec, uiConfig } = JSON.parse(data.textContent ?? '')
  start(spec, uiConfig)
}
