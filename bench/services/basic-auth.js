// @fastify/basic-auth, which checks the password on every request. `hash`: an argon2id or a bcrypt hash.
import basicAuth from '@fastify/basic-auth'
import { verify as verifyArgon2 } from '@node-rs/argon2'
import { verify as verifyBcrypt } from '@node-rs/bcrypt'
import Fastify from 'fastify'
import { ARGON2ID, BCRYPT, BODY, listen, PASSWORD } from './shared.js'

const CHECKS = {
  argon2id: (password) => verifyArgon2(ARGON2ID, password),
  bcrypt: (password) => verifyBcrypt(password, BCRYPT),
}

export default async function start({ hash }) {
  const app = Fastify()
  await app.register(basicAuth, {
    async validate(username, password) {
      const isGood = await CHECKS[hash](password)
      if (username !== 'johndoe' || !isGood) return new Error('wrong')
    },
  })
  app.get('/users/me', { onRequest: app.basicAuth }, async () => BODY)
  const authorization = `Basic ${Buffer.from(`johndoe:${PASSWORD}`).toString('base64')}`
  return { port: await listen(app), authorization }
}
