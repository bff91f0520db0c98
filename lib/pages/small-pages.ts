import { locationFrom } from '../http/relative-reference.ts'
import { displayPath } from './display-path.ts'
import { html } from './html.ts'
import type { PageContent, PageContext } from './page.ts'
import { fill, fillWith } from './texts.ts'

/** The URL of the request, and the paths of the page's two choices: to log out, or to go back. */
export interface LogOut {
  readonly url: string
  readonly logout: string
  readonly back: string
}

/** Asks for confirmation, because a link of another site must not log users out. */
export function logOutPage({ texts }: PageContext, { url, logout, back }: LogOut): PageContent {
  return {
    url,
    heading: texts.logOutTitle,
    content: html`<p class="short">${texts.logOutQuestion}</p>
<form method="post" action="${locationFrom(url, logout)}"><p><button type="submit">${texts.logOut}</button></p></form>
<p><a class="quiet" href="${locationFrom(url, back)}">${texts.stay}</a></p>`,
  }
}

/** Confirms a logout, with a link to sign in again. */
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

/** A user whose account lacks a scope, and where the page leads. */
export interface Denial {
  readonly url: string
  readonly username: string
  readonly missing: readonly string[]
  /** The path that logs out. */
  readonly logout: string
  /** The path that was refused, for the user who signs in next. */
  readonly returnTo: string | undefined
  /** A path that the user may read. */
  readonly back: string
}

/** Tells a user which scopes their account lacks. */
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

/** Why a page is unavailable, and the path to try again. */
export interface Unavailability {
  readonly url: string
  readonly text: string
  readonly again: string
  /** Whether `again` is this page itself, so that trying again is a reload. */
  readonly isHere: boolean
}

/** Shown instead of a page while the session store or the user directory is unavailable. */
export function unavailablePage(
  { texts }: PageContext,
  { url, text, again, isHere }: Unavailability,
): PageContent {
  return {
    url,
    heading: texts.unavailableTitle,
    content: html`<p class="short">${text}</p>
<p><a class="button"${isHere && html` id="reload"`} href="${locationFrom(url, again)}">${texts.tryAgain}</a></p>`,
  }
}

/**
 * Turns a link of another site into one of this site. Browsers leave out SameSite cookies with the former, and send
 * them with the next request, which this page makes.
 */
export function reloadPage({ texts }: PageContext, url: string, next: string): PageContent {
  return {
    url,
    heading: texts.reloadTitle,
    // With a script, the refresh is not used: it would lose the fragment and open a second password dialog.
    head: html`<noscript><meta http-equiv="refresh" content="0; url=${next}"></noscript>`,
    content: html`<p class="short">${texts.reloadText}</p>
<p><a class="button" id="continue" href="${next}">${texts.reloadContinue}</a></p>`,
  }
}

/** Ends the login loop of a browser that does not keep the session cookie. */
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
