/** Every text of the pages. `{...}` are placeholders. */
export const ENGLISH = {
  /** The language tag of the texts. Numbers and durations are formatted by it too. @see RFC 5646 */
  language: 'en',
  signInTo: 'Sign in to {title}',
  username: 'User name',
  password: 'Password',
  showPassword: 'Show password',
  capsLock: 'Caps Lock is on.',
  signIn: 'Sign in',
  signedOut: 'You were logged out.',
  sessionEnded: 'Your session ended. Sign in to go on.',
  wrongCredentials: 'The user name or the password is wrong.',
  throttled: 'Too many failed attempts. Try again in {time}.',
  busy: 'Too many people are signing in at this moment. Try again in {time}.',
  unavailable: 'Signing in does not work right now. Try again in a moment.',
  tooManyScopes:
    'Your account has more groups or scopes than a session here can carry. Ask whoever runs this service.',
  waitOver: 'You can try again now.',
  destination: 'You are going to {path}',
  logOutTitle: 'Log out',
  logOutQuestion: 'Do you want to log out?',
  logOut: 'Log out',
  stay: 'Stay signed in',
  loggedOutTitle: 'You are logged out',
  loggedOutText: 'Your session has ended.',
  signInAgain: 'Sign in again',
  deniedTitle: 'You have no access to this page',
  deniedText: 'You are signed in as {username}, and your account lacks a scope that this page asks for:',
  deniedRemedy: 'Whoever manages the accounts can give it to you.',
  signInAsOther: 'Sign in as somebody else',
  backTo: 'Back to {path}',
  unavailableTitle: 'This does not work right now',
  unavailableText: 'The service cannot check who you are. Try again in a moment.',
  documentBusy: 'This document is large and still being prepared. Try again in a few seconds.',
  unavailableLogOut: 'You may still be signed in. Try again in a moment.',
  tryAgain: 'Try again',
  reloadTitle: 'One moment',
  reloadText: 'You came from another site. Your session is checked next.',
  reloadContinue: 'Continue',
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
  authorizeNote:
    'You are signed in: requests from this page to this service carry your session, so nothing needs to be filled in here.',
  docsSessionEnded: 'Your session has ended.',
  docsHidden:
    'The service does not answer, so your session cannot be checked. Until then this page stays hidden.',
  docsDraftKept: 'What you have typed is kept until you sign in again.',
  blockedRequests:
    'The security policy blocked requests to {hosts}. An administrator can allow them with {option}.',
  blockedImages:
    'The security policy blocked images from {hosts}. An administrator can allow them with {option}.',
  dismiss: 'Dismiss',
  discoveryFailed:
    'The OpenID Connect discovery document {url} could not be read. The provider may not answer, or it may not allow requests from this page (CORS).',
} as const

/** The texts of the pages, by name. */
export type Texts = { readonly [name in keyof typeof ENGLISH]: string }

const PLACEHOLDER = /(\{\w+\})/

/** Fills placeholders with values of any type, and returns the parts of the text. Unknown placeholders stay. */
export function fillWith<T>(text: string, values: Readonly<Record<string, T>>): readonly (string | T)[] {
  const known = new Map(Object.entries(values))
  return text
    .split(PLACEHOLDER)
    .map((part) => (PLACEHOLDER.test(part) ? known.get(part.slice(1, -1)) : undefined) ?? part)
}

/** Fills the placeholders of a text. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return fillWith(text, values).join('')
}

/** A duration in words: below a minute in seconds, otherwise in minutes, rounded up. */
export function inWords(seconds: number, language: string): string {
  const [value, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute']
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value as number)
}
