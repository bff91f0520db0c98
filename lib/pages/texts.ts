/** Every text of the pages. `{...}` is filled in. */
export const ENGLISH = {
  language: 'en',
  signInTitle: 'Sign in',
  signInTo: 'Sign in to {title}',
  username: 'User name',
  password: 'Password',
  signIn: 'Sign in',
  wrongCredentials: 'The user name or the password is wrong.',
  throttled: 'Too many failed attempts. Try again in {minutes} min.',
  busy: 'Too many people are signing in at this moment. Try again.',
  destination: 'You are going to {path}.',
  logOutTitle: 'Log out',
  logOutQuestion: 'Do you want to log out?',
  logOut: 'Log out',
  loggedOutTitle: 'You are logged out',
  loggedOutText: 'Your session has ended.',
  signInAgain: 'Sign in again',
  cookieTitle: 'Your browser does not keep the session',
  cookieText:
    'You have signed in twice within a few seconds, and the session cookie “{cookie}” did not come back from your browser either time. The usual causes:',
  cookieCauseBlocked: 'Cookies are blocked for this site, by a setting or by an extension.',
  cookieCauseInsecure:
    'The page was opened over plain http while the service marks its cookie as Secure: open it over https.',
  cookieCauseProxy:
    'A proxy in between terminates https and the service does not know of it (trustProxy), or the proxy drops cookies.',
  cookieCauseDomain: 'The cookie’s domain does not belong to the address that you opened.',
  cookieContinue: 'Try to continue',
  signedInAs: 'Signed in as {username}',
  noScript: 'The API reference needs JavaScript. The document itself does not:',
  documents: 'Documents',
  download: 'Download',
  theme: 'Theme',
  themeSystem: 'System',
  themeLight: 'Light',
  themeDark: 'Dark',
  scopes: 'Scopes: {scopes}',
  noScopes: 'No scopes',
  docsSessionEnded: 'Your session has ended. What you have typed is kept until you sign in again.',
} as const

/** The texts of the pages, by name. */
export type Texts = { readonly [name in keyof typeof ENGLISH]: string }

/** A text with its places filled in. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place)
}
