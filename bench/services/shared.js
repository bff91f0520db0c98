// Values and functions that several services use.

export const PASSWORD = 'correct horse battery staple'

/** The argon2id hash of the password, with OWASP's parameters m=19456, t=2, p=1. */
export const ARGON2ID =
  '$argon2id$v=19$m=19456,t=2,p=1$QU1+GEcS26mRfo7KXb69zw$pRGTZxpxjgADqQQyTwFJMMSDSEatj6+jQ73+C2yRaGo'

/** The bcrypt hash of the password with cost 10, the default of most libraries. */
export const BCRYPT = '$2b$10$BjqbMpDL.rHKuGEIxCBwvOFvxPckTbpEdx.YcuvOrChieakw/0ibW'

/** The bcrypt hash of the password with cost 5, the default of `htpasswd -B`. */
export const BCRYPT_5 = '$2y$05$YHNm0p5BWIuDTh9C3KK0oeR8M1tnWJIW2lxpQhk1AGojmRQiESRyq'

/** For measurements only. */
export const SECRET = 'a secret of more than thirty-two bytes, for measurements only'

/** The response body of every guarded route. */
export const BODY = { username: 'johndoe', scopes: ['things:read'], authenticated: true }

export const BODY_LENGTH = Buffer.byteLength(JSON.stringify(BODY))

/** Listens on a free port of 127.0.0.1 and resolves to it. */
export async function listen(app) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server.address().port
}
