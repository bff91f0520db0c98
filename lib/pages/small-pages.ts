import { locationFrom } from '../http/relative-reference.ts'
import { displayPath } from './display-path.ts'
import { html } from './html.ts'
import type { PageContent, PageContext } from './page.ts'
import { fill, fillWith } from './texts.ts'

/** Where a request to log out was made, and the paths of both answers to it. */
export interface LogOut {
  readonly url: string
  readonly logout: string
  readonly back: string
}

/** A question with one button: a link alone never logs anybody out. */
export function logOutPage({ texts }: PageContext, { url, logout, back }: LogOut): PageContent {
  return {
    url,
    heading: texts.logOutTitle,
    content: html`<p class="short">${texts.logOutQuestion}</p>
<form method="post" action="${locationFrom(url, logout)}"><p><button type="submit">${texts.logOut}</button></p></form>
<p><a class="quiet" href="${locationFrom(url, back)}">${texts.stay}</a></p>`,
  }
}

/** Where a logout ends, with a way back in. */
export function loggedOutPage(
  { texts }: PageContext,
  { url, login }: { readonly url: string; readonly login: string },
): PageContent {
  return {
    url,
    heading: texts.loggedOutTitle,
    content: html`<p class="short" id="logged-out">${texts.loggedOutText}</p>
<p><a class="button" href="${locationFrom(url, login)}">${texts.signInAgain}</a></p>`,
  }
}

/** Who was turned away, and where they may go. */
export interface Denial {
  readonly url: string
  readonly username: string
  readonly missing: readonly string[]
  /** The path that logs out. */
  readonly logout: string
  /** What was asked for, for whoever signs in next. */
  readonly returnTo: string | undefined
  /** A path that the user may read. */
  readonly back: string
}

/** What a user sees whose account lacks a scope. */
export function accessDeniedPage({ texts }: PageContext, denial: Denial): PageContent {
  const { url, username, missing, logout, returnTo, back } = denial
  return {
    url,
    heading: texts.deniedTitle,
    content: html`<p id="denied">${fillWith(texts.deniedText, { username: html`<b>${username}</b>` })}</p>
<ul class="scopes">${missing.map(
      (scope) => html`
<li><code>${scope}</code></li>`,
    )}
</ul>
<p>${texts.deniedRemedy}</p>
<form method="post" action="${locationFrom(url, logout)}">
${returnTo !== undefined && html`<input type="hidden" name="returnTo" value="${returnTo}">`}
<p><button type="submit">${texts.signInAsOther}</button></p>
</form>
<p><a class="quiet" href="${locationFrom(url, back)}">${fill(texts.backTo, { path: displayPath(back) })}</a></p>`,
  }
}

/** What kept an answer from a browser, and where it is asked for again. */
export interface Outage {
  readonly url: string
  readonly text: string
  readonly again: string
  /** Whether that is this very page. */
  readonly isHere: boolean
}

/** What a browser is shown while nobody can be known. */
export function unavailablePage({ texts }: PageContext, { url, text, again, isHere }: Outage): PageContent {
  return {
    url,
    heading: texts.unavailableTitle,
    content: html`<p class="short">${text}</p>
<p><a class="button"${isHere && html` id="reload"`} href="${locationFrom(url, again)}">${texts.tryAgain}</a></p>`,
  }
}

/** What makes another site's link one of this site: the browser sends every cookie along with the next request. */
export function reloadPage({ texts }: PageContext, url: string, next: string): PageContent {
  return {
    url,
    heading: texts.reloadTitle,
    // The script goes on with the fragment, and once: a refresh would open a second password dialog over the first.
    head: html`<noscript><meta http-equiv="refresh" content="0; url=${next}"></noscript>`,
    content: html`<p class="short">${texts.reloadText}</p>
<p><a class="button" id="continue" href="${next}">${texts.reloadContinue}</a></p>`,
  }
}

/** What ends the circle of a browser that logs in and never keeps the cookie. */
export function cookieProblemPage(
  { texts }: PageContext,
  url: string,
  cookie: string,
  continueUrl: string,
): PageContent {
  const causes = [
    texts.cookieCauseBlocked,
    texts.cookieCauseInsecure,
    texts.cookieCauseProxy,
    texts.cookieCauseDomain,
  ]
  return {
    url,
    heading: texts.cookieTitle,
    content: html`<p>${fill(texts.cookieText, { cookie })}</p>
<ul>${causes.map(
      (cause) => html`
<li>${cause}</li>`,
    )}
</ul>
<p><a class="button" href="${continueUrl}">${texts.cookieContinue}</a></p>`,
  }
}
