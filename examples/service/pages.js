const escapeHtml = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (title, content) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Library</title>
<style>
body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`

const signedOutLinks = '<a href="./docs">Documentation</a> <a href="./auth/login?returnTo=%2F">Log in</a>'
const signedInLinks = `<a href="./docs">Documentation</a> <a href="./users/me">Who I am</a> <a href="./users/me/items">My items</a>
<a href="./admin">Administration</a> <a href="./auth/logout">Log out</a>`

/** The public page. It greets users who are logged in and shows a sign-in link to everyone else. */
export function homePage(user) {
  const greeting = user ? `Hello, <b>${escapeHtml(user.name ?? user.username)}</b>.` : 'Hello, stranger.'
  return page('Library', `<p>${greeting}</p>\n<nav>${user ? signedInLinks : signedOutLinks}</nav>`)
}

/** The page that browsers are redirected to if the user may not open the administration. */
export function accessDeniedPage(user, returnTo) {
  const destination = typeof returnTo === 'string' ? `?returnTo=${encodeURIComponent(returnTo)}` : ''
  const text = user
    ? `Your account, <b>${escapeHtml(user.username)}</b>, does not have the scope that this page needs.`
    : 'You have to log in first.'
  const way = user
    ? '<a href="./auth/logout">Log out</a>, and log in with another account'
    : `<a href="./auth/login${escapeHtml(destination)}">Log in</a>`
  return page('Access denied', `<p>${text}</p>\n<p>${way}, or go <a href="./">home</a>.</p>`)
}
