import { html } from './html.ts'
import { type PageContext, page } from './page.ts'
import { fill } from './texts.ts'

/** One button: a link alone never logs anybody out. */
export function logOutPage(context: PageContext, action: string): string {
  const { texts } = context
  return page(
    context,
    texts.logOutTitle,
    html`<p>${texts.logOutQuestion}</p>
<form method="post" action="${action}"><p><button type="submit">${texts.logOut}</button></p></form>`,
  )
}

/** Where a logout ends, with a way back in. */
export function loggedOutPage(context: PageContext, loginUrl: string): string {
  const { texts } = context
  return page(
    context,
    texts.loggedOutTitle,
    html`<p>${texts.loggedOutText}</p>
<p><a href="${loginUrl}">${texts.signInAgain}</a></p>`,
  )
}

/** What ends the circle of a browser that logs in and never keeps the cookie. */
export function cookieProblemPage(context: PageContext, cookie: string, continueUrl: string): string {
  const { texts } = context
  const causes = [
    texts.cookieCauseBlocked,
    texts.cookieCauseInsecure,
    texts.cookieCauseProxy,
    texts.cookieCauseDomain,
  ]
  return page(
    context,
    texts.cookieTitle,
    html`<p>${fill(texts.cookieText, { cookie })}</p>
<ul>${causes.map(
      (cause) => html`
<li>${cause}</li>`,
    )}
</ul>
<p><a href="${continueUrl}">${texts.cookieContinue}</a></p>`,
  )
}
