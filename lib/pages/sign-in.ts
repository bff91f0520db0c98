import { displayPath } from './display-path.ts'
import { html, type SafeHtml } from './html.ts'
import type { PageContent, PageContext } from './page.ts'
import { fill, fillWith, inWords } from './texts.ts'

/** Why a login failed. */
export interface Problem {
  readonly text: string
  /** Whether the name or the password is wrong. */
  readonly isWrong?: boolean
  /** After how many seconds the user can try again. */
  readonly waitSeconds?: number | undefined
}

export interface SignIn {
  readonly url: string
  readonly returnTo: string | undefined
  readonly username: string | undefined
  /** Why the user has to sign in again, for example because the session has ended. */
  readonly notice: string | undefined
  readonly problem: Problem | undefined
}

// Inline, so that the button needs no further request.
const EYE = html`<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M2 12c2.5-4.5 6-7 10-7s7.5 2.5 10 7c-2.5 4.5-6 7-10 7s-7.5-2.5-10-7z"/><circle cx="12" cy="12" r="3"/><path class="slash" d="M4 4l16 16"/></svg>`

function problemPart({ texts }: PageContext, { text, waitSeconds }: Problem): SafeHtml {
  if (waitSeconds === undefined) return html`<p id="problem" role="alert">${text}</p>`
  // The countdown is an element of its own that screen readers do not announce every second.
  const time = html`<span id="time" role="timer" aria-live="off">${inWords(waitSeconds, texts.language)}</span>`
  return html`<p id="problem" role="alert" data-seconds="${waitSeconds}">${fillWith(text, { time })}</p>
<p id="wait-over" role="status" data-text="${texts.waitOver}"></p>`
}

// Without an action, browsers post the form to the page's URL and keep its fragment, which is needed after the login.
function passwordForm({ texts }: PageContext, { returnTo, username, problem }: SignIn): SafeHtml {
  const described = html`${problem?.isWrong && html` aria-invalid="true"`}${problem && html` aria-describedby="problem"`}`
  return html`<form method="post">
${returnTo !== undefined && html`<input type="hidden" name="returnTo" value="${returnTo}">`}
<p><label for="username">${texts.username}</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required${username === undefined && html` autofocus`}${described}></p>
<p><label for="password">${texts.password}</label>
<span class="password"><input id="password" name="password" type="password" autocomplete="current-password" required${username !== undefined && html` autofocus`}${described}>
<button type="button" id="show-password" aria-pressed="false" aria-label="${texts.showPassword}" title="${texts.showPassword}" hidden>${EYE}</button></span></p>
<p id="caps-lock" role="status" data-text="${texts.capsLock}"></p>
<p><button type="submit">${texts.signIn}</button></p>
</form>`
}

/** The sign-in page, also shown when a Basic dialog is cancelled. Other ways to sign in belong after the form. */
export function signInPage(context: PageContext, signIn: SignIn): PageContent {
  const { texts, title } = context
  const { url, notice, problem, returnTo } = signIn
  return {
    url,
    heading: fill(texts.signInTo, { title }),
    content: html`${
      notice !== undefined &&
      html`<p class="notice" role="status">${notice}</p>
`
    }${problem && problemPart(context, problem)}
${passwordForm(context, signIn)}
${returnTo !== undefined && html`<p class="destination">${fillWith(texts.destination, { path: html`<b>${displayPath(returnTo)}</b>` })}</p>`}`,
  }
}
