// Requests that rows send to services.
import { PASSWORD } from './shared.js'

export const byBearer = (token) => ({ authorization: `Bearer ${token}` })

export const byBasic = (username) => ({
  authorization: `Basic ${Buffer.from(`${username}:${PASSWORD}`).toString('base64')}`,
})

/** A login by the OAuth 2 password grant. */
export const passwordGrant = (username) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ grant_type: 'password', username, password: PASSWORD }).toString(),
  expect: { status: 200 },
})
