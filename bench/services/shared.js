// What the services of several rows have in common.

export const PASSWORD = 'correct horse battery staple'

/** argon2id of it, m=19456, t=2, p=1: OWASP's parameters. */
export const ARGON2ID =
  '$argon2id$v=19$m=19456,t=2,p=1$QU1+GEcS26mRfo7KXb69zw$pRGTZxpxjgADqQQyTwFJMMSDSEatj6+jQ73+C2yRaGo'

/** bcrypt of it, cost 10: the default of most libraries. */
export const BCRYPT = '$2b$10$BjqbMpDL.rHKuGEIxCBwvOFvxPckTbpEdx.YcuvOrChieakw/0ibW'

/** bcrypt of it, cost 5: what `htpasswd -B` writes. */
export const BCRYPT_5 = '$2y$05$YHNm0p5BWIuDTh9C3KK0oeR8M1tnWJIW2lxpQhk1AGojmRQiESRyq'

/** For measurements only. */
export const SECRET = 'a secret of more than thirty-two bytes, for measurements only'

/** What every guarded route of every peer answers. */
export const ANSWER = { username: 'johndoe', scopes: ['things:read'], authenticated: true }

export const ANSWER_LENGTH = Buffer.byteLength(JSON.stringify(ANSWER))

/** Listens on a free port of 127.0.0.1 and tells which. */
export async function listen(app) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server.address().port
}
