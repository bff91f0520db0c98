// Express with passport and express-session, with sessions in memory.

import { once } from 'node:events'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy } from 'passport-local'
import { BODY, PASSWORD, SECRET } from './shared.js'

const USER = { id: 'johndoe' }

function usePassport(app) {
  passport.use(
    new Strategy((username, password, done) =>
      done(null, username === USER.id && password === PASSWORD && USER),
    ),
  )
  passport.serializeUser((user, done) => done(null, user.id))
  passport.deserializeUser((id, done) => done(null, id === USER.id && USER))
  app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }))
  app.use(passport.session())
}

async function logIn(port) {
  const body = new URLSearchParams({ username: USER.id, password: PASSWORD })
  const response = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST', body })
  return response.headers.get('set-cookie').split(';', 1)[0]
}

export default async function start() {
  const app = express()
  usePassport(app)
  app.use(express.urlencoded())
  app.post('/login', passport.authenticate('local'), (_request, response) => response.json({}))
  app.get(
    '/users/me',
    (request, response, next) => (request.isAuthenticated() ? next() : response.sendStatus(401)),
    (_request, response) => response.json(BODY),
  )
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  return { port, cookie: await logIn(port) }
}
