import t from 'tap'
import { createGate } from '../../lib/gate/gate.ts'
import { sessionApi } from '../../lib/gate/session-api.ts'
import { resolveSettings } from '../../lib/options/settings.ts'
import { memoryStore } from '../../lib/session/store/memory-store.ts'
import { HASHES, SECRET } from '../helper.ts'
import { ISSUER, realTools, requestOf, testSessions } from '../session/fixtures.ts'

// ---- app.docsGate

const SILENT = { info() {}, warn() {}, error() {} }

t.test('a store whose list is no list closes the gate', async (t) => {
  const { sessions } = testSessions({ store: { ...memoryStore(), list: () => undefined as never } })
  await t.rejects(sessions.list(ISSUER, 'johndoe'), { code: 'DOCS_GATE_STORE_UNAVAILABLE', statusCode: 503 })
})

t.test('app.docsGate begins, lists and ends sessions by name or by issuer and subject', async (t) => {
  const { codec, serializeCookie } = await realTools(ISSUER, SECRET)
  const apiOf = (users: object, session: object = {}) => {
    const gate = createGate(
      resolveSettings({ users, secret: SECRET, session }),
      '',
      codec,
      serializeCookie,
      SILENT,
    )
    return { api: sessionApi(gate, async () => []), gate }
  }
  const record = { jörg: { password: HASHES.secret, scopes: ['a'] } }
  const { api, gate } = apiOf(record)
  const made = await api.signIn('jo\u0308rg')
  t.match(made, { access_token: String, expires_in: 1800 })
  t.equal(made.cookie.split(';', 1)[0], `docs-gate=${made.access_token}`)
  t.match(made.cookie, /HttpOnly/)
  t.match(gate.sessions.verify(made.access_token, 'bearer'), { user: { username: 'jörg', scopes: ['a'] } })
  t.match(
    (await api.signIn('jörg', requestOf({}, { protocol: 'https' }))).cookie,
    /^__Host-docs-gate=.*; Secure/,
  )
  await t.rejects(api.signIn('nobody'), { code: 'DOCS_GATE_INVALID_CREDENTIALS', statusCode: 401 })

  t.equal((await api.sessionsOf('jo\u0308rg')).length, 2)
  const [first] = await api.sessionsOf({ issuer: ISSUER, subject: 'jörg' })
  t.strictSame(await api.sessionsOf({ issuer: 'https://idp', subject: 'jörg' }), [])
  await api.endSession(first?.id as string)
  t.match(gate.sessions.verify(made.access_token, 'bearer'), { state: 'ended' })
  t.equal((await api.sessionsOf('jörg')).length, 1)
  await api.endSessionsOf({ issuer: 'https://idp', subject: 'jörg' })
  t.equal((await api.sessionsOf('jörg')).length, 1)
  await api.endSessionsOf('jo\u0308rg')
  t.strictSame(await api.sessionsOf('jörg'), [])

  for (const wrong of [undefined, null, 7, {}, { issuer: ISSUER }, { subject: 'jörg' }]) {
    const written = { name: 'TypeError', message: /^docsGate: write the name of a user/ }
    await t.rejects(api.signIn(wrong as string), written)
    await t.rejects(api.sessionsOf(wrong as string), written)
    await t.rejects(api.endSessionsOf(wrong as string), written)
  }

  const database = apiOf({ verify: () => null })
  const unknown = await database.api.signIn('anybody')
  t.match(database.gate.sessions.verify(unknown.access_token, 'bearer'), {
    state: 'valid',
    user: { username: 'anybody', scopes: [] },
  })
  const asked = apiOf({
    verify: () => null,
    find: async (name: string) => (name.toLowerCase() === 'a' ? { username: 'A' } : null),
  })
  t.match(await asked.api.signIn('a'), { access_token: String })
  t.equal((await asked.api.sessionsOf('A')).length, 1, 'under the name of the account')
  await t.rejects(asked.api.signIn('b'), { code: 'DOCS_GATE_INVALID_CREDENTIALS' })
  const stateless = apiOf(record, { store: 'stateless' })
  await stateless.api.signIn('jörg')
  t.strictSame(await stateless.api.sessionsOf('jörg'), [])
})
