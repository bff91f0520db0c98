import { html } from './html.ts'
import { type PageContext, page } from './page.ts'
import { fill } from './texts.ts'

export interface SignIn {
  /** Where the form is posted to. */
  readonly action: string
  readonly returnTo: string | undefined
  readonly username: string | undefined
  /** What went wrong, where something did. */
  readonly problem: string | undefined
}

/** The form that logs in; under a cancelled Basic dialog too. */
export function signInPage(context: PageContext, { action, returnTo, username, problem }: SignIn): string {
  const { texts, title } = context
  const invalid = problem !== undefined && html` aria-invalid="true" aria-describedby="problem"`
  return page(
    context,
    fill(texts.signInTo, { title }),
    html`${problem !== undefined && html`<p id="problem" role="alert">${problem}</p>`}
<form method="post" action="${action}">
${returnTo !== undefined && html`<input type="hidden" name="returnTo" value="${returnTo}">`}
<p><label for="username">${texts.username}</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required${username === undefined && html` autofocus`}${invalid}></p>
<p><label for="password">${texts.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${username !== undefined && html` autofocus`}${invalid}></p>
<p><button type="submit">${texts.signIn}</button></p>
</form>
${returnTo !== undefined && html`<p>${fill(texts.destination, { path: returnTo })}</p>`}`,
  )
}
